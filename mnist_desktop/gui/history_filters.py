"""Turns what a person chooses above the list into the records that are to be shown."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QWidget

from mnist_desktop.gui.bars import PLAIN_LABELS
from mnist_desktop.gui.flow import FlowLayout
from mnist_desktop.gui.history_dates import DateFilter
from mnist_desktop.gui.history_rows import Shown
from mnist_desktop.gui.theme import Colours
from mnist_desktop.ink.names import shown_name
from mnist_desktop.log.record import Source

EVERYTHING = "all"
"""Data of the first entry of every choice; None would not be found by QComboBox.findData."""

BELOW = (0.999, 0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Confidences below which one can look; networks say most of what they say with more than 0.99."""

TYPING_MILLISECONDS = 300
"""How long the keys must rest until what was typed is looked for."""

MOST_DEVICES = 100
LONGEST_DEVICE = 30
"""Devices offered, and how much of their names; nobody chooses from more, and any program may have written them."""


class HistoryFilters(QWidget):
    """The choices used most in one row; the others behind “More filters”. Narrow windows break the row."""

    changed = Signal()
    """Other records are to be shown."""

    def __init__(self, device: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.digit = self._choice(self.tr("Digit"), ())
        verdicts = ((self.tr("Sure"), "digit"), (self.tr("Unsure"), "unsure"))
        self.verdict = self._choice(self.tr("Verdict"), verdicts)
        sources = (
            (self.tr("Drawings"), Source.CANVAS),
            (self.tr("Files"), Source.FILE),
            (self.tr("Clipboard"), Source.CLIPBOARD),
        )
        self.source = self._choice(self.tr("Source"), sources)
        self.time = DateFilter(self)
        self.name = QLineEdit(self)
        self.more = QPushButton(self)
        self.device = self._choice(self.tr("Device"), ((self.tr("This computer"), device),))
        below = tuple((self.tr("Below {share} %").format(share=f"{100 * share:g}"), share) for share in BELOW)
        self.below = self._choice(self.tr("Confidence"), below)
        self.corrected = QCheckBox(self.tr("Corrected only"), self)
        self.clear_all = QPushButton(self.tr("Clear filters"), self)
        self._typing = QTimer(self)
        self._build()
        self.set_labels(PLAIN_LABELS)
        self._show_more()
        self._chosen()

    def _choice(self, name: str, choices: Iterable[tuple[str, object]]) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(self.tr("Filter by {what}").format(what=name))
        box.setToolTip(box.accessibleName())
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.addItem(self.tr("{what}: all").format(what=name), EVERYTHING)
        for text, value in choices:
            box.addItem(text, value)
        box.currentIndexChanged.connect(self._chosen)
        return box

    def _build(self) -> None:
        self.name.setPlaceholderText(self.tr("Name contains…"))
        self.name.setAccessibleName(self.tr("Filter by a part of the name"))
        self.name.setToolTip(self.name.accessibleName())
        self.name.setClearButtonEnabled(True)
        self.name.setMaxLength(255)
        self.name.textChanged.connect(lambda _: self._typing.start())
        self.name.returnPressed.connect(self._typed)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MILLISECONDS)
        self._typing.timeout.connect(self._typed)
        self.time.changed.connect(self._chosen)
        self.corrected.toggled.connect(self._chosen)
        for button in (self.corrected, self.clear_all):
            button.setAccessibleName(button.text())
        self.more.setCheckable(True)
        self.more.toggled.connect(self._show_more)
        self.clear_all.clicked.connect(self.clear)
        row = FlowLayout(self)
        for part in (
            self.digit, self.verdict, self.source, self.time, self.name, self.more, *self._seldom, self.clear_all,
        ):  # fmt: skip
            row.addWidget(part)
        self._fit()

    @property
    def _seldom(self) -> tuple[QWidget, ...]:
        return self.device, self.below, self.corrected

    # --- what is chosen ----------------------------------------------------------------------------------------------

    def shown(self) -> Shown:
        """The filters as they stand now; “today” is another day tomorrow."""
        digit, verdict, source, device, below = (
            None if box.currentData() == EVERYTHING else box.currentData()
            for box in (self.digit, self.verdict, self.source, self.device, self.below)
        )
        since, until = self.time.bounds()
        return Shown(
            digit=digit,
            verdict=verdict,
            source=None if source is None else Source(source),
            # Names are kept as they are shown.
            name=shown_name(self.name.text().strip()) or None,
            device=device,
            since=since,
            until=until,
            below=below,
            corrected=self.corrected.isChecked(),
        )

    def clear(self) -> None:
        """Show everything again."""
        if self.clear_all.hasFocus():
            # The button goes; who pressed it by key goes on from the first choice.
            self.digit.setFocus()
        self.blockSignals(True)
        for box in (self.digit, self.verdict, self.source, self.device, self.below):
            box.setCurrentIndex(0)
        self.time.clear()
        self.name.clear()
        self.corrected.setChecked(False)
        self.blockSignals(False)
        self._typed()

    def set_labels(self, labels: tuple[str, ...]) -> None:
        """The labels of the model that reads now; they are what one can filter by."""
        chosen = self.digit.currentData()
        self.digit.blockSignals(True)
        while self.digit.count() > 1:
            self.digit.removeItem(1)
        for number, label in enumerate(labels):
            self.digit.addItem(label, number)
        self.digit.setCurrentIndex(max(0, self.digit.findData(chosen)))
        self.digit.blockSignals(False)
        if self.digit.currentData() != chosen:
            self._chosen()

    def set_colours(self, colours: Colours) -> None:
        """Fields and boxes are outlined in a colour that is seen: Fusion takes a darker one than the window's."""
        outlined = QPalette(self.palette())
        outlined.setColor(QPalette.ColorRole.Window, QColor(colours.border))
        for part in (self.name, self.corrected, self.time.first, self.time.last):
            part.setPalette(outlined)

    def add_devices(self, devices: Iterable[str]) -> None:
        """Offer devices that were seen in the log."""
        for device in devices:
            if self.device.count() <= MOST_DEVICES and self.device.findData(device) < 0:
                self.device.addItem(shown_name(device)[:LONGEST_DEVICE], device)

    @property
    def several_devices(self) -> bool:
        """Whether others than this computer were seen."""
        return self.device.count() > 2

    # --- inside ------------------------------------------------------------------------------------------------------

    def _typed(self) -> None:
        self._typing.stop()
        self._chosen()

    def _chosen(self) -> None:
        self.clear_all.setVisible(self.shown() != Shown())
        self._show_more()
        self.changed.emit()

    def _show_more(self) -> None:
        for part in self._seldom:
            part.setVisible(self.more.isChecked())
        set_here = sum((self.device.currentIndex() > 0, self.below.currentIndex() > 0, self.corrected.isChecked()))
        if set_here and not self.more.isChecked():
            self.more.setText(self.tr("More filters ({count} set)").format(count=set_here))
        else:
            self.more.setText(self.tr("More filters"))
        self.more.setAccessibleName(self.more.text())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        """The field for names is no wider than what it says asks for."""
        text = self.name.fontMetrics().horizontalAdvance(self.name.placeholderText())
        self.name.setFixedWidth(round(1.5 * text))

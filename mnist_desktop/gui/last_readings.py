"""A strip of the last readings, newest first: the glyph and what it was read as."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from mnist_desktop.gui.theme import SPACE

if TYPE_CHECKING:
    from uuid import UUID

    from mnist_desktop.gui.history_changes import Changed
    from mnist_desktop.log.record import Record

MOST = 8
"""As many as fit below a canvas of ordinary width."""

THUMBNAIL = 28
"""Side of a glyph in the strip, in device-independent pixels: its own."""


class LastReadings(QWidget):
    """A button for each reading of this session; those that do not fit are left out."""

    chosen = Signal(object)
    """The UUID of the record that the person wants to see."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._records: dict[UUID, Record] = {}
        # Behind a slow disk many records are saved at once: they come one by one, and are shown together.
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self._show)
        self._invitation = QLabel(self.tr("The last readings will be here"), self)
        self._invitation.setProperty("tone", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE // 2)
        row.addWidget(self._invitation)
        self._buttons = tuple(self._button(place) for place in range(MOST))
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch(1)
        self.setAccessibleName(self.tr("Last readings"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def _button(self, place: int) -> QPushButton:
        button = QPushButton(self)
        button.setProperty("compact", "yes")
        button.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        button.clicked.connect(lambda: self.chosen.emit(list(self._records)[place]))
        button.hide()
        return button

    @property
    def shown(self) -> tuple[QPushButton, ...]:
        """The buttons that one sees, the newest reading first."""
        if self._due.isActive():
            self._show()
        return tuple(button for button in self._buttons if not button.isHidden())

    def sizeHint(self) -> QSize:
        # The same with and without readings: the canvas keeps its size when the first one comes.
        return QSize(THUMBNAIL * MOST, max(THUMBNAIL, self.fontMetrics().height()) + 2 * SPACE)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def add(self, record: Record) -> None:
        """Put `record` first; a newer version of one that is there takes its place."""
        before = {} if record.id in self._records else {record.id: record}
        self._records = dict(list({**before, **self._records, record.id: record}.items())[:MOST])
        self._due.start()

    def changed(self, changed: Changed) -> None:
        """Records were corrected or deleted, here or in the History tab."""
        said = {row.id: row.corrected for row in changed.rows}
        self._records = {
            number: replace(record, corrected=said[number]) if number in said else record
            for number, record in self._records.items()
            if number not in changed.gone
        }
        self._due.start()

    def _show(self) -> None:
        self._due.stop()
        for button, record in zip(self._buttons, self._records.values(), strict=False):
            button.setIcon(QIcon(QPixmap.fromImage(QImage.fromData(record.glyph))))
            self._name(button, record)
        self._fit()

    def _name(self, button: QPushButton, record: Record) -> None:
        sure = record.verdict == "digit"
        text = record.corrected or (record.label if sure else None) or "?"
        # A label may be a word: it is shortened, and the tool tip has all of it.
        elided = button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, 2 * THUMBNAIL)
        button.setText(elided.replace("&", "&&"))
        name = self.tr("Read as {label}") if sure else self.tr("Read as {label}, unsure")
        if record.corrected:
            name = self.tr("Read as {label}, but it was {corrected}")
        name = name.format(label=record.label, corrected=record.corrected)
        button.setAccessibleName(name)
        button.setToolTip(self.tr("{name}: show it in the History").format(name=name))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show as many as there is room for, the newest first."""
        self._invitation.setVisible(not self._records)
        left = self.width()
        for place, button in enumerate(self._buttons):
            if place < len(self._records):
                left -= button.sizeHint().width()
                button.setVisible(left >= 0)
                left -= SPACE // 2
            else:
                button.hide()

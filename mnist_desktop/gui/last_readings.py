"""A strip of the last readings, newest first: the glyph, or those of a number, and what it was read as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from mnist_desktop.gui.theme import SPACE
from mnist_desktop.gui.tool_tips import as_it_stands

if TYPE_CHECKING:
    from mnist_desktop.gui.history_changes import Changed
    from mnist_desktop.log.record import Record

MOST = 8
"""As many as fit below a canvas of ordinary width."""

THUMBNAIL = 28
"""Side of a glyph in the strip, in device-independent pixels: its own."""

MOST_GLYPHS = 3
"""Of a longer number the first ones are shown."""

Entry = tuple["Record", ...]
"""The records of one drawing or picture, in reading order."""

Glyphs = tuple[bytes, ...]
"""Those that are shown of an entry, as PNG."""


class LastReadings(QWidget):
    """A button for each drawing or picture read in this session; those that do not fit are left out."""

    chosen = Signal(object)
    """The UUID of the record that the person wants to see; of a number that of its first digit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []
        self._icons: dict[Glyphs, QIcon] = {}
        # Behind a slow disk many records are saved at once: they come one by one, and are shown together.
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self._show)
        self._invitation = QLabel(self.tr("The last readings will be here"), self)
        self._invitation.setProperty("tone", "muted")
        self._row = row = QHBoxLayout(self)
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
        button.clicked.connect(lambda: self.chosen.emit(self._entries[place][0].id))
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

    def add(self, records: Sequence[Record]) -> None:
        """Put what was read first; a newer version of what is there takes its place."""
        ids = {record.id for record in records}
        for place, entry in enumerate(self._entries):
            if any(record.id in ids for record in entry):
                self._entries[place] = tuple(records)
                break
        else:
            self._entries = [tuple(records), *self._entries][:MOST]
        self._due.start()

    def changed(self, changed: Changed) -> None:
        """Records were corrected or deleted, here or in the History tab."""
        said = {row.id: row.corrected for row in changed.rows}
        entries = [
            tuple(
                replace(record, corrected=said[record.id]) if record.id in said else record
                for record in entry
                if record.id not in changed.gone
            )
            for entry in self._entries
        ]
        self._entries = [entry for entry in entries if entry]
        self._due.start()

    def _show(self) -> None:
        self._due.stop()
        shown = [tuple(record.glyph for record in entry[:MOST_GLYPHS]) for entry in self._entries]
        # An icon that is there already stays: Qt keeps pixmaps of each that it ever painted, up to 10 MB.
        self._icons = {glyphs: self._icons.get(glyphs) or QIcon(_side_by_side(glyphs)) for glyphs in shown}
        for button, entry, glyphs in zip(self._buttons, self._entries, shown, strict=False):
            button.setIconSize(QSize(THUMBNAIL * len(glyphs), THUMBNAIL))
            button.setIcon(self._icons[glyphs])
            self._name(button, entry)
        self._fit()

    def _name(self, button: QPushButton, entry: Entry) -> None:
        text = "".join(record.corrected or (record.label if _is_sure(record) else None) or "?" for record in entry)
        # A label may be a word: it is shortened, and the tool tip has all of it.
        elided = button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, 2 * THUMBNAIL)
        button.setText(elided.replace("&", "&&"))
        sure = all(_is_sure(record) for record in entry)
        name = self.tr("Read as {label}") if sure else self.tr("Read as {label}, unsure")
        if any(record.corrected for record in entry):
            name = self.tr("Read as {label}, but it was {corrected}")
        read = "".join(record.label or "" for record in entry)
        said = "".join(record.corrected or record.label or "" for record in entry)
        name = name.format(label=read, corrected=said)
        button.setAccessibleName(name)
        button.setToolTip(as_it_stands(self.tr("{name}: show it in the History").format(name=name)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show as many as there is room for, the newest first."""
        self._invitation.setVisible(not self._entries)
        left = self.width()
        for place, button in enumerate(self._buttons):
            if place < len(self._entries):
                left -= button.sizeHint().width()
                button.setVisible(left >= 0)
                left -= SPACE // 2
            else:
                button.hide()
        # At once: until Qt came to it, what has grown would be squeezed.
        self._row.activate()


def _is_sure(record: Record) -> bool:
    return record.verdict == "digit"


def _side_by_side(glyphs: Glyphs) -> QPixmap:
    """The glyphs at their own size."""
    pixmap = QPixmap(THUMBNAIL * len(glyphs), THUMBNAIL)
    pixmap.fill(Qt.GlobalColor.black)
    painter = QPainter(pixmap)
    for place, glyph in enumerate(glyphs):
        painter.drawImage(THUMBNAIL * place, 0, QImage.fromData(glyph))
    painter.end()
    return pixmap

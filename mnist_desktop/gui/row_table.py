"""Turns clicks and keys on a table into whole rows that are selected, several at once, however many there are."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QItemSelectionModel, QItemSelectionRange, QModelIndex, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from mnist_desktop.gui.theme import SPACE

THUMBNAIL = 42
"""Side of a glyph in a table: one and a half times its 28 pixels."""


class RowTable(QTableView):
    """Rows of one height with a glyph in each; Home and End are those of the list, and Tab comes to a selected row."""

    def __init__(self, model: QAbstractItemModel, *, stretched: int, lines: int, parent: QWidget | None) -> None:
        """The column `stretched` takes the room that the others leave; a row has room for so many `lines` of text."""
        super().__init__(parent)
        self._lines = lines
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # With every paint it would look at each selected cell, to find out whether all of its column are.
        header.setSelectionModel(QItemSelectionModel(model, header))
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)

    @property
    def selected_numbers(self) -> list[int]:
        """The numbers of the selected rows, from the top."""
        # By ranges: an index for each of all rows that were ever fetched would take a while.
        return sorted({number for part in self._ranges() for number in range(part.top(), part.bottom() + 1)})

    @property
    def first_selected(self) -> int | None:
        """The number of the first selected row."""
        return min((part.top() for part in self._ranges()), default=None)

    def _ranges(self) -> list[QItemSelectionRange]:
        selection = self.selectionModel().selection()
        return [selection.at(number) for number in range(selection.count())]

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_tab = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if by_tab and self.first_selected is None and self.model().rowCount():
            # Qt would stand on the first row without selecting it, and the next key leave it behind.
            self.selectRow(max(0, self.currentIndex().row()))

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        # Home and End are those of the list, not of a row.
        column = max(0, self.currentIndex().column())
        if action is QAbstractItemView.CursorAction.MoveHome:
            return self.model().index(0, column)
        if action is QAbstractItemView.CursorAction.MoveEnd:
            return self.model().index(self.model().rowCount() - 1, column)
        return super().moveCursor(action, modifiers)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.fit_text()
        super().changeEvent(event)

    def fit_text(self) -> None:
        """Make the rows as high as the glyph and the text need at the font that there is."""
        height = self._lines * self.fontMetrics().height() + SPACE
        self.verticalHeader().setDefaultSectionSize(max(THUMBNAIL + 6, height))

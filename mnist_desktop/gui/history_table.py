"""Shows the rows of the history, keeps the place one looks at, and turns keys on selected rows into wishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mnist_desktop.gui.columns_model import Index
from mnist_desktop.gui.history_cells import Column
from mnist_desktop.gui.history_model import HistoryModel
from mnist_desktop.gui.history_rows import HistoryRow
from mnist_desktop.gui.row_table import THUMBNAIL, RowTable
from mnist_desktop.gui.theme import SPACE

if TYPE_CHECKING:
    from uuid import UUID

GIVEN_UP = (Column.STATE, Column.SOURCE, Column.DEVICE, Column.NAME, Column.VERDICT, Column.CONFIDENCE)
"""Which columns a narrow table does without, in this order; the details of a record say it all."""

LONGEST_LABEL = 16
"""Characters of a label for which the column makes room."""


class HistoryTable(RowTable):
    """Whole rows are selected, several at once; it shows no more columns than fit."""

    label_typed = Signal(str)
    """A key that may be a label: what the selected readings were."""
    deletion_wanted = Signal()
    details_wanted = Signal()

    def __init__(self, model: HistoryModel, parent: QWidget | None = None) -> None:
        super().__init__(model, stretched=Column.NAME, lines=1, parent=parent)
        self._model = model
        self._widths: dict[Column, int] = {}
        self._several_devices = False
        self._longest_label = "8"
        self.setItemDelegateForColumn(Column.GLYPH, GlyphDelegate(self))
        self.setAccessibleName(self.tr("Readings, newest first"))
        self.doubleClicked.connect(lambda _: self.details_wanted.emit())
        self.fit_text()

    # --- what is selected --------------------------------------------------------------------------------------------

    @property
    def selected(self) -> tuple[HistoryRow, ...]:
        """The selected rows, from the top."""
        return tuple(self._model.rows[number] for number in self.selected_numbers)

    @property
    def current(self) -> HistoryRow | None:
        """The row that the keys move from, if it is selected."""
        index = self.currentIndex()
        if index.isValid() and self.selectionModel().isRowSelected(index.row()):
            return self._model.rows[index.row()]
        return None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.details_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.Delete) or event.key() == Qt.Key.Key_Backspace:
            self.deletion_wanted.emit()
        elif event.text().strip() and event.text().isprintable() and _is_plain(event):
            # Instead of Qt's search by the first letter, which would look through the whole log.
            self.label_typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    # --- the place one looks at --------------------------------------------------------------------------------------

    @property
    def last_on_screen(self) -> int:
        """The number of the last row that is seen."""
        last = self.indexAt(self.viewport().rect().bottomLeft())
        return last.row() if last.isValid() else self._model.rowCount()

    @property
    def at_the_top(self) -> bool:
        return self.verticalScrollBar().value() == 0

    def keeping_place(self, change: Callable[[], None]) -> None:
        """Do `change` to the rows without moving what one looks at, unless that is the newest: who looks there wants
        to see news."""
        anchor: tuple[UUID, int] | None = None
        if not self.at_the_top:
            top = self.indexAt(QPoint(0, 0))
            if top.isValid():
                anchor = (self._model.rows[top.row()].id, self.visualRect(top).top())
        change()
        if anchor is not None:
            self._restore_place(*anchor)

    def _restore_place(self, wanted: UUID, top: int) -> None:
        # Where the row is, or, when it is gone, the one that took its place.
        number = min(self._model.place_of(wanted), self._model.rowCount() - 1)
        self.updateGeometries()
        self.verticalScrollBar().setValue(number * self.verticalHeader().defaultSectionSize() - top)

    # --- columns -----------------------------------------------------------------------------------------------------

    def set_labels(self, labels: tuple[str, ...]) -> None:
        """Make room for the labels of the model that reads now."""
        self._longest_label = max((label[:LONGEST_LABEL] for label in labels), key=len, default="8")
        self.fit_text()

    def show_devices(self, *, several: bool) -> None:
        """Show who wrote a record where there is more than one who did."""
        if several != self._several_devices:
            self._several_devices = several
            self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def fit_text(self) -> None:
        """Widths from the text they hold, never from the rows there are: that would be a count by other means."""
        super().fit_text()
        metrics = QFontMetrics(self.font())
        widest = {
            Column.GLYPH: "",
            Column.LABEL: f"{self._longest_label} → {self._longest_label}",
            Column.CONFIDENCE: "> 99.9 %",
            Column.VERDICT: self.tr("unsure"),
            Column.SOURCE: self.tr("clipboard"),
            Column.NAME: "8888888888",
            Column.DEVICE: "8888888888",
            Column.TIME: "2888-88-88 88:88:88",
            Column.STATE: self.tr("delivered"),
        }
        header = self.horizontalHeader()
        header.setMinimumSectionSize(metrics.horizontalAdvance("888"))
        for column, text in widest.items():
            title = self._model.cells.header(column)
            width = max(metrics.horizontalAdvance(text), metrics.horizontalAdvance(title), THUMBNAIL) + 3 * SPACE
            self._widths[column] = width
            header.resizeSection(column, width)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Hide what there is no room for: a table that scrolls sideways hides as much, and not always the same."""
        shown = {column for column in Column if column is not Column.DEVICE or self._several_devices}
        for column in GIVEN_UP:
            if sum(self._widths[each] for each in shown) > self.viewport().width():
                shown.discard(column)
        for column in Column:
            self.setColumnHidden(column, column not in shown)
        # One column takes the room that is left, and is as wide as before when it no longer does.
        header, stretch = self.horizontalHeader(), QHeaderView.ResizeMode.Stretch
        if Column.NAME not in shown:
            header.setSectionResizeMode(Column.TIME, stretch)
        elif header.sectionResizeMode(Column.TIME) is stretch:
            header.setSectionResizeMode(Column.TIME, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(Column.TIME, self._widths[Column.TIME])


class GlyphDelegate(QStyledItemDelegate):
    """Paints a glyph at one and a half times its size, its pixels as they are."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        # The row's own background and selection first, without the pixmap.
        super().paint(painter, option, QModelIndex())
        rect: QRect = option.rect
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        place = QRect(0, 0, THUMBNAIL, THUMBNAIL)
        place.moveCenter(rect.center())
        if isinstance(pixmap, QPixmap) and not pixmap.isNull():
            painter.drawPixmap(place, pixmap)
        else:
            painter.fillRect(place, QColor("#808080"))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(THUMBNAIL + 6, THUMBNAIL + 6)


def _is_plain(event: QKeyEvent) -> bool:
    held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
    return held == Qt.KeyboardModifier.NoModifier

"""Shows the rows of a batch, and turns keys and clicks on them into wishes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QIcon, QKeyEvent, QKeySequence, QPainter, QPixmap
from PySide6.QtWidgets import (
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mnist_desktop.gui.batch_model import SIDE, BatchModel, Column, RowRole
from mnist_desktop.gui.batch_rows import MOST_GLYPHS, BatchRow
from mnist_desktop.gui.columns_model import LEFT, Index
from mnist_desktop.gui.row_table import THUMBNAIL, RowTable
from mnist_desktop.gui.theme import LIGHT, SPACE, Colours

LONGEST_TEXT = "888888 / 888888"
"""A number for which the column makes room; all of a longer one is in the tool tip."""


class BatchTable(RowTable):
    """Whole rows are selected, several at once; Enter opens one, Ctrl+C copies them."""

    open_wanted = Signal(object)
    """The BatchRow that the person wants to see on the canvas."""

    def __init__(self, model: BatchModel, parent: QWidget | None = None) -> None:
        super().__init__(model, stretched=Column.FILE, lines=2, parent=parent)
        self._model = model
        self._came: list[int] = []
        self._files = FileDelegate(self)
        self.setItemDelegateForColumn(Column.GLYPHS, StripDelegate(self))
        self.setItemDelegateForColumn(Column.FILE, self._files)
        self.setAccessibleName(self.tr("Files that were read"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.horizontalHeader().setSortIndicator(Column.GLYPHS, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.doubleClicked.connect(self._open)
        self.customContextMenuRequested.connect(self._show_menu)
        model.to_be_sorted.connect(self._note_selected)
        model.was_sorted.connect(self._select_noted)
        self.fit_text()

    def set_colours(self, colours: Colours) -> None:
        self._files.colours = colours
        self.viewport().update()

    def copy(self) -> None:
        """Put the selected rows on the clipboard, a line each."""
        if lines := [self._model.as_text(number) for number in self.selected_numbers]:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.text().strip() and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            # Qt would look for a row whose first column, a picture, begins with that.
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.open_wanted.emit(self._model.row(index.row()))

    def _note_selected(self) -> None:
        """Qt would follow each cell that is selected: seconds where a person picked every other row of thousands."""
        self._came = [self._model.came(number) for number in self.selected_numbers]
        with QSignalBlocker(self.selectionModel()):
            self.selectionModel().clearSelection()

    def _select_noted(self) -> None:
        selection = QItemSelection()
        for first, last in runs(self._model.numbers_of(self._came)):
            selection.append(self._model.whole_rows(first, last))
        # The same rows: nobody needs to hear of it.
        with QSignalBlocker(self.selectionModel()):
            self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)
        self._came = []
        self.viewport().update()

    def _show_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.selected_numbers:
            menu.addAction(self.tr("Open on the canvas")).triggered.connect(lambda: self._open(self.currentIndex()))
            menu.addAction(self.tr("Copy")).triggered.connect(self.copy)
            menu.addSeparator()
        order = menu.addMenu(self.tr("Sort by"))
        for column in Column:
            name = self.tr("Order of reading") if column is Column.GLYPHS else self._model.header(column)
            action = order.addAction(name)
            action.setCheckable(True)
            action.setChecked(column is self._model.sorted_by)
            action.triggered.connect(
                lambda _=False, column=column: self.sortByColumn(column, Qt.SortOrder.AscendingOrder)
            )
        menu.popup(self.viewport().mapToGlobal(position))

    def fit_text(self) -> None:
        super().fit_text()
        metrics = QFontMetrics(self.font())
        widest = {
            Column.GLYPHS: "",
            Column.TEXT: LONGEST_TEXT,
            Column.CONFIDENCE: "> 99.9 %",
            Column.OUTCOME: max(self._model.outcomes.values(), key=len),
        }
        header = self.horizontalHeader()
        for column, text in widest.items():
            # Room for the arrow beside the title, too.
            title = metrics.horizontalAdvance(self._model.header(column)) + 2 * SPACE
            header.resizeSection(column, max(metrics.horizontalAdvance(text), title, 2 * THUMBNAIL) + 3 * SPACE)


def runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each run of consecutive ascending numbers."""
    for _, run in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        members = [number for _, number in run]
        yield members[0], members[-1]


class StripDelegate(QStyledItemDelegate):
    """Paints the glyphs of a row as large as they fit."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        _paint_background(self, painter, option, index)
        rect: QRect = option.rect
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(pixmap, QPixmap) and not pixmap.isNull():
            room = QSize(rect.width() - 6, THUMBNAIL)
            place = QRect(QPoint(), pixmap.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio))
            place.moveCenter(rect.center())
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.height() < SIDE)
            painter.drawPixmap(place, pixmap)
            painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(MOST_GLYPHS * SIDE, THUMBNAIL + 6)


class FileDelegate(QStyledItemDelegate):
    """Paints the name of a file and, where it was not read, the reason below it."""

    colours = LIGHT

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(RowRole)
        if not isinstance(row, BatchRow) or row.error is None:
            super().paint(painter, option, index)
            return
        _paint_background(self, painter, option, index)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        area: QRect = option.rect.adjusted(4, 2, -4, -2)
        half = area.height() // 2
        lines = (
            (area.adjusted(0, 0, 0, -half), row.name, self.colours.text),
            (area.adjusted(0, half, 0, 0), row.reason, self.colours.error),
        )
        painter.save()
        for place, text, colour in lines:
            painter.setPen(QColor(self.colours.on_accent if selected else colour))
            shortened = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, int(LEFT), shortened)
        painter.restore()


def _paint_background(
    delegate: QStyledItemDelegate, painter: QPainter, option: QStyleOptionViewItem, index: Index
) -> None:
    """Paint the row's own background and selection, and nothing of what is in the cell."""
    empty = QStyleOptionViewItem(option)
    delegate.initStyleOption(empty, index)
    empty.text, empty.icon = "", QIcon()
    widget = option.widget
    widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, empty, painter, widget)

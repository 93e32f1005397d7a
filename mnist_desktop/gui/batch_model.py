"""Turns the rows of a batch into a table that Qt can paint, in the order that a person wants them."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Collection, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QItemSelectionRange, QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from mnist_desktop.gui.bars import percent
from mnist_desktop.gui.batch_rows import BatchRow, Outcome
from mnist_desktop.gui.columns_model import NOWHERE, ColumnsModel, Index
from mnist_desktop.gui.tool_tips import as_it_stands

SIDE = 28
"""Of a glyph, in pixels."""

Key = tuple[Any, int]
"""What rows are sorted by: a value of their column, then when they came."""

_IN_NEED = (Outcome.UNREAD, Outcome.UNSURE, Outcome.BLANK, Outcome.SURE)
"""What a person has to look at comes first."""


class Column(IntEnum):
    GLYPHS = 0
    TEXT = 1
    CONFIDENCE = 2
    OUTCOME = 3
    FILE = 4


_SORTED_BY: dict[Column, Callable[[BatchRow], Any]] = {
    # In the order in which they came.
    Column.GLYPHS: lambda _: 0,
    Column.TEXT: lambda row: (len(row.text), row.text),
    Column.CONFIDENCE: lambda row: -1.0 if row.confidence is None else row.confidence,
    Column.OUTCOME: lambda row: _IN_NEED.index(row.outcome),
    Column.FILE: lambda row: (row.file.name.casefold(), str(row.file), row.index),
}

CENTRED = frozenset({Column.GLYPHS, Column.TEXT, Column.CONFIDENCE})

RowRole = int(Qt.ItemDataRole.UserRole)
"""The BatchRow itself."""


class BatchModel(ColumnsModel):
    """Rows come in at their place: what one looks at stays sorted while the batch runs."""

    to_be_sorted = Signal()
    """Each row gets another place: who knows some by their places should now know them by when they came."""
    was_sorted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[BatchRow] = []
        self._keys: list[Key] = []
        self._column = Column.GLYPHS
        self._descending = False
        self._outcomes = {
            Outcome.UNREAD: self.tr("not read"),
            Outcome.UNSURE: self.tr("unsure"),
            Outcome.BLANK: self.tr("blank"),
            Outcome.SURE: self.tr("sure"),
        }
        names: dict[int, str] = {
            Column.GLYPHS: self.tr("Glyph"),
            Column.TEXT: self.tr("Digits"),
            Column.CONFIDENCE: self.tr("Confidence"),
            Column.OUTCOME: self.tr("Verdict"),
            Column.FILE: self.tr("File"),
        }
        self.name_columns(names, CENTRED)

    @property
    def outcomes(self) -> dict[Outcome, str]:
        """What they are called."""
        return self._outcomes

    @property
    def sorted_by(self) -> Column:
        return self._column

    def row(self, number: int) -> BatchRow:
        """The row at that place in the table."""
        return self._rows[self._place(number)]

    def came(self, number: int) -> int:
        """When the row at that place came, counted from 0: however they are sorted, that stays."""
        return self._keys[self._place(number)][1]

    def numbers_of(self, came: Collection[int]) -> list[int]:
        """The places now of the rows that came then, from the top."""
        wanted = set(came)
        return sorted(self._place(place) for place, (_, when) in enumerate(self._keys) if when in wanted)

    def whole_rows(self, first: int, last: int) -> QItemSelectionRange:
        """The cells of these rows, to be selected."""
        # Not `index`, for which Qt asks how many rows and columns there are: a person may select thousands.
        return QItemSelectionRange(self.createIndex(first, 0), self.createIndex(last, len(Column) - 1))

    def header(self, column: Column) -> str:
        return self._names[column]

    def add(self, rows: Sequence[BatchRow]) -> None:
        """Put each row where it belongs."""
        for row in rows:
            key = (_SORTED_BY[self._column](row), len(self._rows))
            place = bisect(self._keys, key)
            number = len(self._rows) - place if self._descending else place
            self.beginInsertRows(NOWHERE, number, number)
            self._rows.insert(place, row)
            self._keys.insert(place, key)
            self.endInsertRows()

    def clear(self) -> None:
        self.beginResetModel()
        self._rows.clear()
        self._keys.clear()
        self.endResetModel()

    def as_text(self, number: int) -> str:
        """A row as a line with tabs, for a spreadsheet."""
        row = self.row(number)
        confidence = "" if row.confidence is None else percent(row.confidence)
        return "\t".join((row.name, row.text, self._outcomes[row.outcome], confidence, row.error or ""))

    # --- what Qt asks ------------------------------------------------------------------------------------------------

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by one column."""
        # Qt asks twice where a menu asks once.
        if (Column(column), order is Qt.SortOrder.DescendingOrder) == (self._column, self._descending):
            return
        self.to_be_sorted.emit()
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        came = [self.came(index.row()) for index in before]
        if Column(column) is not self._column:
            self._column = Column(column)
            self._sort_rows()
        # The list itself always ascends.
        self._descending = order is Qt.SortOrder.DescendingOrder
        places = {number: place for place, (_, number) in enumerate(self._keys)}
        after = [
            self.index(self._place(places[number]), index.column()) for number, index in zip(came, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()
        self.was_sorted.emit()

    def _sort_rows(self) -> None:
        # Rows of equal value stay as they came, and no two values are compared by anything that Python has to call.
        rows = [row for _, row in sorted(zip((came for _, came in self._keys), self._rows, strict=True))]
        values = list(map(_SORTED_BY[self._column], rows))
        order = sorted(range(len(rows)), key=values.__getitem__)
        self._rows = [rows[came] for came in order]
        self._keys = [(values[came], came) for came in order]

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self.row(index.row()), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.DecorationRole and column is Column.GLYPHS:
            return strip_of(row.glyphs)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._hint(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        return row if role == RowRole else None

    def _place(self, number: int) -> int:
        """Where in the sorted list the row is that stands at `number` in the table, and the other way round."""
        return len(self._rows) - 1 - number if self._descending else number

    def _text(self, row: BatchRow, column: Column) -> str:
        match column:
            case Column.GLYPHS:
                return ""
            case Column.TEXT:
                return row.text
            case Column.CONFIDENCE:
                return "" if row.confidence is None else percent(row.confidence)
            case Column.OUTCOME:
                return self._outcomes[row.outcome]
            case Column.FILE:
                return row.name

    def _spoken(self, row: BatchRow, column: Column) -> str:
        """What a screen reader says of the cell."""
        if column is Column.GLYPHS:
            return self.tr("glyphs of {text}").format(text=row.text) if row.glyphs else self.tr("no glyph")
        if column is Column.FILE and row.error is not None:
            return f"{row.name}: {row.error}"
        return self._text(row, column)

    def _hint(self, row: BatchRow, column: Column) -> str:
        if row.error is not None:
            return as_it_stands(row.error)
        if column is Column.CONFIDENCE and len(row.records) > 1:
            return self.tr("of the digit that is least sure")
        return as_it_stands(row.name)


def strip_of(glyphs: Sequence[bytes]) -> QPixmap:
    """Glyphs side by side, a pixel apart; null where there are none."""
    if not glyphs:
        return QPixmap()
    strip = QImage(len(glyphs) * (SIDE + 1) - 1, SIDE, QImage.Format.Format_Grayscale8)
    strip.fill(128)
    lines = memoryview(strip.bits())
    for number, levels in enumerate(glyphs):
        for y in range(SIDE):
            start = y * strip.bytesPerLine() + number * (SIDE + 1)
            lines[start : start + SIDE] = levels[y * SIDE : (y + 1) * SIDE]
    return QPixmap.fromImage(strip)

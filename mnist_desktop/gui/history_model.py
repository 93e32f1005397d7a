"""Turns pages of the log into a table that fetches more as it is scrolled, and never counts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QImage, QPixmap

from mnist_desktop.gui.bars import percent
from mnist_desktop.gui.history_rows import HistoryPage, HistoryQuery, HistoryRow, Shown
from mnist_desktop.log.record import Source

if TYPE_CHECKING:
    from mnist_desktop.log.history import Cursor

PAGE = 100
"""Rows fetched at a time: some three screens."""

REFRESHED = 1000
"""Rows that a refresh brings up to date at most; who looks deeper than that is left in peace."""

THUMBNAILS = 1000
"""Glyphs kept as pixmaps, 3 kB each."""

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class Column(IntEnum):
    GLYPH = 0
    LABEL = 1
    CONFIDENCE = 2
    VERDICT = 3
    SOURCE = 4
    NAME = 5
    TIME = 6
    STATE = 7


CENTRED = frozenset({Column.GLYPH, Column.LABEL, Column.CONFIDENCE})
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class HistoryModel(QAbstractTableModel):
    """The records that fit the filters, newest first, as far as they were fetched.

    Every question carries a token; only the answer with the latest token counts, so that a page of the filters
    before, or from before a refresh, never mixes with those after.
    """

    page_wanted = Signal(object)
    """A HistoryQuery for whoever has the log."""
    refreshed = Signal()
    """The top is up to date again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[HistoryRow] = []
        self._shown = Shown()
        self._token = 0
        self._asked: HistoryQuery | None = None
        self._cursor: Cursor | None = None
        self._more = False
        self._thumbnails: dict[UUID, tuple[bytes | None, QPixmap]] = {}
        self._locale = QLocale()
        self._verdicts = {"digit": self.tr("sure"), "unsure": self.tr("unsure")}
        self._sources = {
            Source.CANVAS: self.tr("drawing"),
            Source.FILE: self.tr("file"),
            Source.CLIPBOARD: self.tr("clipboard"),
        }
        self._headers = {
            Column.GLYPH: self.tr("Glyph"),
            Column.LABEL: self.tr("Digit"),
            Column.CONFIDENCE: self.tr("Confidence"),
            Column.VERDICT: self.tr("Verdict"),
            Column.SOURCE: self.tr("Source"),
            Column.NAME: self.tr("Name"),
            Column.TIME: self.tr("Time"),
            Column.STATE: self.tr("Cassandra"),
        }

    # --- asking and being answered ---------------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[HistoryRow]:
        return self._rows

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked is not None

    def show_only(self, shown: Shown) -> None:
        """Begin anew with other filters."""
        self._shown = shown
        self._more = False
        self._cursor = None
        self.beginResetModel()
        self._rows = []
        self.endResetModel()
        self._ask(cursor=None, limit=PAGE)

    def refresh(self, looked_at: int) -> None:
        """Bring the rows up to number `looked_at`, the last one on the screen, up to date."""
        if self._asked is not None and self._asked.cursor is None:
            # The answer on its way may be from before the change: ask again once it is here.
            self._ask(cursor=None, limit=self._asked.limit)
            return
        self._ask(cursor=None, limit=min(max(PAGE, looked_at + PAGE // 2), REFRESHED))

    def receive(self, page: HistoryPage) -> None:
        """Take a page in, unless something newer was asked since."""
        if self._asked is None or page.query.token != self._token:
            return
        if page.error is not None:
            self._more = False
        elif page.query.cursor is None:
            self._take_top(page)
        else:
            self._take_more(page)
        # Only now: a view that hears of new rows must not ask for more while they are still being put in.
        self._asked = None
        if not page.rows and self._more:
            # Nothing that fits the filters so far back: a view without new rows would never ask again.
            self._ask(cursor=self._cursor, limit=PAGE)
        self.refreshed.emit()

    def canFetchMore(self, parent: Index = NOWHERE) -> bool:
        return not parent.isValid() and self._more and self._asked is None

    def fetchMore(self, parent: Index = NOWHERE) -> None:
        if self.canFetchMore(parent):
            self._ask(cursor=self._cursor, limit=PAGE)

    def _ask(self, cursor: Cursor | None, limit: int) -> None:
        self._token += 1
        self._asked = HistoryQuery(token=self._token, shown=self._shown, cursor=cursor, limit=limit)
        self.page_wanted.emit(self._asked)

    def _take_more(self, page: HistoryPage) -> None:
        known = {row.id for row in self._rows}
        new = [row for row in page.rows if row.id not in known]
        self._cursor = page.cursor
        self._more = page.cursor is not None
        if new:
            self.beginInsertRows(NOWHERE, len(self._rows), len(self._rows) + len(new) - 1)
            self._rows += new
            self.endInsertRows()

    def _take_top(self, page: HistoryPage) -> None:
        """Bring the newest rows up to date, touching only what differs, so that selection and scroll stay."""
        below = self._rows_below(page)
        if not below:
            # What was fetched further down may be out of date by now: it is fetched anew when scrolled to.
            self._cursor = page.cursor
            self._more = page.cursor is not None
        self._remove_all_but({row.id for row in (*page.rows, *below)})
        self._merge((*page.rows, *below))

    def _rows_below(self, page: HistoryPage) -> list[HistoryRow]:
        """The rows older than a refresh that did not reach down to where the person is."""
        if page.cursor is None or not page.rows or page.query.limit < REFRESHED:
            return []
        numbers = [number for number, row in enumerate(self._rows) if row.id == page.rows[-1].id]
        return self._rows[numbers[0] + 1 :] if numbers else []

    def _remove_all_but(self, wanted: set[UUID]) -> None:
        last = len(self._rows) - 1
        while last >= 0:
            first = last
            if self._rows[last].id not in wanted:
                while first > 0 and self._rows[first - 1].id not in wanted:
                    first -= 1
                self.beginRemoveRows(NOWHERE, first, last)
                del self._rows[first : last + 1]
                self.endRemoveRows()
            last = first - 1

    def _merge(self, rows: Sequence[HistoryRow]) -> None:
        """Become `rows`; the records that are there already come in the same order, for the log has only one."""
        present = {row.id for row in self._rows}
        number = 0
        while number < len(rows):
            if rows[number].id in present:
                if self._rows[number] != rows[number]:
                    self._rows[number] = rows[number]
                    self.dataChanged.emit(self.index(number, 0), self.index(number, len(Column) - 1))
                number += 1
                continue
            end = number
            while end < len(rows) and rows[end].id not in present:
                end += 1
            self.beginInsertRows(NOWHERE, number, end - 1)
            self._rows[number:number] = rows[number:end]
            self.endInsertRows()
            number = end

    # --- what Qt asks ----------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[Column(section)]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter if section in CENTRED else LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.DecorationRole and column is Column.GLYPH:
            return self._thumbnail(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._hint(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._text(row, column) or self.tr("glyph of {label}").format(label=row.label)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in CENTRED:
            return Qt.AlignmentFlag.AlignCenter
        return None

    def _text(self, row: HistoryRow, column: Column) -> str:
        match column:
            case Column.GLYPH:
                return ""
            case Column.LABEL:
                return row.label
            case Column.CONFIDENCE:
                return percent(row.confidence)
            case Column.VERDICT:
                return self._verdicts.get(row.verdict, row.verdict)
            case Column.SOURCE:
                return self._sources[row.source]
            case Column.NAME:
                return row.name or ""
            case Column.TIME:
                # The same in every country, and it sorts; the tool tip has the country's own.
                return self._local_time(row).toString("yyyy-MM-dd HH:mm:ss")
            case Column.STATE:
                return self.tr("delivered") if row.delivered else self.tr("waiting")

    def _hint(self, row: HistoryRow, column: Column) -> str | None:
        if column is Column.TIME:
            return self._locale.toString(self._local_time(row), QLocale.FormatType.LongFormat)
        if column is Column.NAME:
            return row.name
        return self.tr("read by {model}").format(model=row.model)

    def _local_time(self, row: HistoryRow) -> QDateTime:
        return QDateTime.fromMSecsSinceEpoch(round(row.time.timestamp() * 1000))

    def _thumbnail(self, row: HistoryRow) -> QPixmap:
        found = self._thumbnails.get(row.id)
        if found is None or found[0] != row.glyph:
            while len(self._thumbnails) >= THUMBNAILS:
                del self._thumbnails[next(iter(self._thumbnails))]
            pixmap = QPixmap()
            if row.glyph is not None:
                pixmap = QPixmap.fromImage(QImage(row.glyph, 28, 28, 28, QImage.Format.Format_Grayscale8))
            found = self._thumbnails[row.id] = (row.glyph, pixmap)
        return found[1]

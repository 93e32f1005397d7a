"""Turns pages of the log into a table that fetches more as it is scrolled, and never counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import QObject, Qt, Signal

from mnist_desktop.gui.columns_model import NOWHERE, ColumnsModel, Index
from mnist_desktop.gui.history_cells import Cells, Column
from mnist_desktop.gui.history_rows import HistoryPage, HistoryQuery, HistoryRow, Shown
from mnist_desktop.log.record import compare_key

if TYPE_CHECKING:
    from mnist_desktop.log.log import Cursor

PAGE = 100
"""Rows fetched at a time: some three screens."""

REFRESHED = 1000
"""Rows that a refresh brings up to date at most; who looks deeper than that is left in peace."""

EMPTY_PAGES = 8
"""Pages that may find nothing, one after the other, before the person is asked whether to search on."""

EMPTY_PAGES_MORE = 100
"""The same once the person wants to search on: at what a page looks through, millions of records."""

CENTRED = frozenset({Column.GLYPH, Column.LABEL, Column.CONFIDENCE})


class HistoryModel(ColumnsModel):
    """The records that fit the filters, newest first, as far as they were fetched.

    One question is under way at a time. Each carries a token; only the answer with the latest token counts, so that
    a page of the filters before never mixes with those after. Pages that find nothing are followed by the next one, up
    to a bound; then the model says how far it has searched, and waits for `search_on`.
    """

    page_wanted = Signal(object)
    """A HistoryQuery for whoever has the log."""
    refreshed = Signal()
    """An answer was taken in, or the search goes on or stopped."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cells = Cells(self)
        self.name_columns({column: self.cells.header(column) for column in Column}, CENTRED)
        self._rows: list[HistoryRow] = []
        self._ids: set[UUID] = set()
        self._shown = Shown()
        self._token = 0
        self._asked: HistoryQuery | None = None
        self._refresh_due: int | None = None
        self._begun = False
        self._cursor: Cursor | None = None
        self._more = False
        self._empty_pages = 0
        self._patience = EMPTY_PAGES

    # --- what there is ---------------------------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[HistoryRow]:
        return self._rows

    @property
    def shown(self) -> Shown:
        """The filters that these rows fit."""
        return self._shown

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked is not None

    @property
    def searched_back_to(self) -> datetime | None:
        """How far back, in UTC, nothing more was found; None while rows come, and at the end of all."""
        return self._cursor.time if self._cursor is not None and self._more and self._empty_pages else None

    @property
    def paused(self) -> bool:
        """Whether it waits for the person to say that it should search on."""
        return self._more and 0 < self._patience <= self._empty_pages

    def number_of(self, record_id: UUID) -> int | None:
        """Which row a record is in."""
        number = self.place_of(record_id)
        return number if number < len(self._rows) and self._rows[number].id == record_id else None

    def place_of(self, record_id: UUID) -> int:
        """The number of the first row that is no newer than this id."""
        wanted, low, high = compare_key(record_id), 0, len(self._rows)
        while low < high:
            middle = (low + high) // 2
            if compare_key(self._rows[middle].id) > wanted:
                low = middle + 1
            else:
                high = middle
        return low

    # --- asking and being answered ---------------------------------------------------------------------------------

    def show_only(self, shown: Shown) -> None:
        """Begin anew with other filters."""
        self._shown = shown
        self._begun = False
        self._refresh_due = None
        self._go_on_from(None)
        self._empty_pages = 0
        self._patience = EMPTY_PAGES
        self.beginResetModel()
        self._rows = []
        self._ids = set()
        self.endResetModel()
        self._ask(cursor=None, limit=PAGE)

    def refresh(self, looked_at: int) -> None:
        """Bring the rows up to number `looked_at`, the last one on the screen, up to date."""
        if self._asked is not None:
            # The answer on its way may be from before the change, but it is worth having: ask again once it is here.
            self._refresh_due = looked_at
            return
        self._ask(cursor=None, limit=min(max(PAGE, looked_at + PAGE // 2), REFRESHED))

    def search_on(self) -> None:
        """Look further back, where the search has paused."""
        self._patience = self._empty_pages + EMPTY_PAGES_MORE
        self._look_further()
        self.refreshed.emit()

    def stop_searching(self) -> None:
        """Ask for no further page of those that find nothing; the one under way still counts."""
        self._patience = max(1, self._empty_pages)
        self.refreshed.emit()

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
        if self._refresh_due is not None:
            looked_at, self._refresh_due = self._refresh_due, None
            self.refresh(looked_at)
        else:
            self._look_further()
        self.refreshed.emit()

    def canFetchMore(self, parent: Index = NOWHERE) -> bool:
        return not parent.isValid() and self._more and self._asked is None and not self.paused

    def fetchMore(self, parent: Index = NOWHERE) -> None:
        if self.canFetchMore(parent):
            self._ask(cursor=self._cursor, limit=PAGE)

    def _look_further(self) -> None:
        """After a page that found nothing: a view without new rows would never ask again."""
        if self._empty_pages:
            self.fetchMore()

    def _ask(self, cursor: Cursor | None, limit: int) -> None:
        self._token += 1
        self._asked = HistoryQuery(token=self._token, shown=self._shown, cursor=cursor, limit=limit)
        self.page_wanted.emit(self._asked)

    def _go_on_from(self, cursor: Cursor | None) -> None:
        self._cursor = cursor
        self._more = cursor is not None

    def _count_pages(self, found: Collection[HistoryRow]) -> None:
        if found:
            self._empty_pages, self._patience = 0, EMPTY_PAGES
        else:
            self._empty_pages += 1

    def _take_more(self, page: HistoryPage) -> None:
        self._go_on_from(page.cursor)
        self._count_pages(page.rows)
        new = [row for row in page.rows if row.id not in self._ids]
        if new:
            self._insert(len(self._rows), new)

    def _take_top(self, page: HistoryPage) -> None:
        """Bring the newest rows up to date, touching only what differs, so that selection and scroll stay."""
        below = self._rows_below(page)
        if not self._begun or (not below and not self._has_searched_past(page)):
            # What was fetched further down may be out of date by now: it is fetched anew when scrolled to.
            self._go_on_from(page.cursor)
            self._empty_pages = 0
            self._count_pages(page.rows)
        self._begun = True
        wanted = {row.id for row in (*page.rows, *below)}
        self._remove(lambda row: row.id not in wanted)
        self._merge((*page.rows, *below))

    def _rows_below(self, page: HistoryPage) -> list[HistoryRow]:
        """The rows older than a refresh that did not reach down to where the person is."""
        if page.cursor is None or not (_is_short(page) or page.query.limit >= REFRESHED):
            return []
        first = self.place_of(page.cursor.before)
        # The page itself may have ended with that very record.
        return [row for row in self._rows[first:] if row.id != page.cursor.before]

    def _has_searched_past(self, page: HistoryPage) -> bool:
        """Whether a search came further back than this page, which found less than it was to find, has looked."""
        if page.cursor is None or not _is_short(page):
            return False
        return self._cursor is None or compare_key(self._cursor.before) < compare_key(page.cursor.before)

    # --- changes -----------------------------------------------------------------------------------------------------

    def take_changes(self, rows: Sequence[HistoryRow], gone: Collection[UUID]) -> None:
        """Show at once what became of records, wherever in the list they are."""
        for row in rows:
            number = self.number_of(row.id)
            if number is not None:
                self._replace(number, row)
            elif self.reaches(row.id):
                self._insert(self.place_of(row.id), [row])
        if gone:
            self._remove(lambda row: row.id in gone)
        self.refreshed.emit()

    def reaches(self, record_id: UUID) -> bool:
        """Whether the list has been fetched as far back as this record."""
        return self._begun and (
            self._cursor is None or compare_key(record_id) >= compare_key(self._cursor.before) or not self._more
        )

    def _remove(self, unwanted: Callable[[HistoryRow], bool]) -> None:
        last = len(self._rows) - 1
        while last >= 0:
            first = last
            if unwanted(self._rows[last]):
                while first > 0 and unwanted(self._rows[first - 1]):
                    first -= 1
                self.beginRemoveRows(NOWHERE, first, last)
                self._ids.difference_update(row.id for row in self._rows[first : last + 1])
                del self._rows[first : last + 1]
                self.endRemoveRows()
            last = first - 1

    def _merge(self, rows: Sequence[HistoryRow]) -> None:
        """Become `rows`; the records that are there already come in the same order, for the log has only one."""
        number = 0
        while number < len(rows):
            if rows[number].id in self._ids:
                self._replace(number, rows[number])
                number += 1
                continue
            end = number
            while end < len(rows) and rows[end].id not in self._ids:
                end += 1
            self._insert(number, rows[number:end])
            number = end

    def _insert(self, number: int, rows: Sequence[HistoryRow]) -> None:
        self.beginInsertRows(NOWHERE, number, number + len(rows) - 1)
        self._rows[number:number] = rows
        self._ids.update(row.id for row in rows)
        self.endInsertRows()

    def _replace(self, number: int, row: HistoryRow) -> None:
        if self._rows[number] != row:
            self._rows[number] = row
            self.dataChanged.emit(self.index(number, 0), self.index(number, len(Column) - 1))

    # --- what Qt asks ----------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cells.text(row, column)
        if role == Qt.ItemDataRole.DecorationRole and column is Column.GLYPH:
            return self.cells.thumbnail(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.cells.hint(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.cells.spoken(row, column)
        return self.alignment(column) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _is_short(page: HistoryPage) -> bool:
    """Whether the page looked through as much as one page may before it was full."""
    return len(page.rows) < page.query.limit

"""A search that finds nothing says how far back it came, and goes on only when it is told to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from history_looking import record
from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.history_model import EMPTY_PAGES, EMPTY_PAGES_MORE, HistoryModel
from mnist_desktop.gui.history_rows import HistoryPage, HistoryQuery, HistoryRow, Shown, history_row
from mnist_desktop.gui.history_tab import HistoryTab
from mnist_desktop.log.log import Cursor, Entry
from mnist_desktop.log.record import Record, microseconds, new_id

NEWEST = datetime(2025, 12, 15, 12, tzinfo=UTC)
MONTH = timedelta(days=30)


def cursor(pages: int) -> Cursor:
    """Where a search has come to after so many pages: a month each."""
    return Cursor(before=new_id(NEWEST - pages * MONTH))


def row(number: int, *, at: datetime | None = None) -> HistoryRow:
    made: Record = record(number) if at is None else record(number, id=new_id(at), version=microseconds(at))
    return history_row(Entry(record=made, delivered=True))


class LongLog:
    """Answers like a log of which every page looks through one month, and finds what it is told to."""

    def __init__(self, model: HistoryModel, found: Callable[[int], tuple[HistoryRow, ...]] = lambda _: ()) -> None:
        self.asked: list[HistoryQuery] = []
        self.reached: Cursor | None = None
        self.pages = 0
        self._model = model
        self._found = found
        model.page_wanted.connect(self.asked.append)

    @property
    def waiting(self) -> bool:
        """Whether there is a question that is not answered yet."""
        return self._model.busy

    def answer(self) -> HistoryPage:
        """The page that answers the last question."""
        query = self.asked[-1]
        self.pages = 1 if query.cursor is None else self.pages + 1
        self.reached = cursor(self.pages)
        return HistoryPage(query=query, rows=self._found(self.pages), cursor=self.reached, connected=True)

    def answer_all(self, receive: Callable[[HistoryPage], None]) -> None:
        while self.waiting:
            receive(self.answer())


@pytest.fixture
def tab(qtbot: QtBot) -> HistoryTab:
    tab = HistoryTab("test")
    qtbot.addWidget(tab)
    tab.resize(800, 500)
    return tab


def day(time: datetime) -> QDate:
    here = time.astimezone()
    return QDate(here.year, here.month, here.day)


def month(pages: int) -> str:
    return QLocale().toString(day(NEWEST - pages * MONTH), "MMMM yyyy")


def test_a_search_that_finds_nothing_pauses_and_says_how_far_it_came(qtbot: QtBot, tab: HistoryTab) -> None:
    log = LongLog(tab.model)
    tab.show()
    log.answer_all(tab.receive)
    assert len(log.asked) == EMPTY_PAGES
    assert tab.search.text == f"Searched back to {month(EMPTY_PAGES)}."
    assert tab.message == "Nothing that fits these filters was found so far."
    assert not tab.model.canFetchMore()


def test_it_goes_on_when_told_to_and_stops_when_told_to(qtbot: QtBot, tab: HistoryTab) -> None:
    log = LongLog(tab.model)
    tab.show()
    log.answer_all(tab.receive)
    tab.search.button.setFocus()
    QTest.keyClick(tab.search.button, Qt.Key.Key_Space)
    assert log.asked[-1].cursor == log.reached
    tab.receive(log.answer())
    assert tab.search.text == f"Searching… back to {month(EMPTY_PAGES + 1)}"
    assert tab.search.button.text() == "Stop"
    QTest.mouseClick(tab.search.button, Qt.MouseButton.LeftButton)
    assert tab.search.button.text() == "Search on"
    # The page that was under way still counts, and is the last.
    log.answer_all(tab.receive)
    assert len(log.asked) == EMPTY_PAGES + 2
    assert tab.search.text == f"Searched back to {month(EMPTY_PAGES + 2)}."


def test_even_told_to_go_on_it_asks_again_after_a_bound(qtbot: QtBot, tab: HistoryTab) -> None:
    log = LongLog(tab.model)
    tab.show()
    log.answer_all(tab.receive)
    tab.search.button.click()
    log.answer_all(tab.receive)
    assert len(log.asked) == EMPTY_PAGES + EMPTY_PAGES_MORE
    assert tab.model.paused


def test_what_is_found_on_the_way_is_shown_and_the_search_line_goes(qtbot: QtBot, tab: HistoryTab) -> None:
    log = LongLog(tab.model, lambda page: (row(page),) if page == 12 else ())
    tab.show()
    log.answer_all(tab.receive)
    tab.search.button.click()
    while tab.model.rowCount() == 0:
        tab.receive(log.answer())
    assert log.pages == 12
    assert tab.search.text == ""
    assert tab.message == ""


def test_at_the_end_of_all_it_says_that_nothing_fits(qtbot: QtBot, tab: HistoryTab) -> None:
    asked: list[HistoryQuery] = []
    tab.model.page_wanted.connect(asked.append)
    tab.show()
    tab.filters.corrected.setChecked(True)
    tab.receive(HistoryPage(query=asked[-1], cursor=cursor(1), connected=True))
    tab.receive(HistoryPage(query=asked[-1], cursor=None, connected=True))
    assert tab.message == "No readings fit these filters."
    assert tab.search.text == ""


def test_another_filter_ends_the_search_and_its_late_answer_is_dropped(qtbot: QtBot, tab: HistoryTab) -> None:
    log = LongLog(tab.model)
    tab.show()
    log.answer_all(tab.receive)
    tab.search.button.click()
    late = HistoryPage(query=log.asked[-1], rows=(row(3),), cursor=None, connected=True)
    tab.filters.digit.setCurrentIndex(5)
    tab.receive(late)
    assert tab.model.rowCount() == 0
    assert log.asked[-1].shown == Shown(digit=4)
    assert tab.search.text == ""


def test_news_on_top_do_not_start_the_search_again(qtbot: QtBot, tab: HistoryTab) -> None:
    log = LongLog(tab.model)
    tab.show()
    log.answer_all(tab.receive)
    said = tab.search.text
    tab.records_changed()
    query = log.asked[-1]
    assert query.cursor is None
    tab.receive(HistoryPage(query=query, rows=(row(1, at=NEWEST),), cursor=cursor(1), connected=True))
    assert not log.waiting
    assert tab.model.rowCount() == 1
    assert tab.search.text == said
    tab.search.button.click()
    assert log.asked[-1].cursor == log.reached


def test_what_was_found_further_back_stays_when_news_come(qtbot: QtBot, tab: HistoryTab) -> None:
    old = row(1, at=NEWEST - 11.5 * MONTH)
    log = LongLog(tab.model, lambda page: (old,) if page == 12 else ())
    tab.show()
    log.answer_all(tab.receive)
    tab.search.button.click()
    while tab.model.rowCount() == 0:
        tab.receive(log.answer())
    log.answer_all(tab.receive)
    tab.records_changed()
    new = row(2, at=NEWEST)
    tab.receive(HistoryPage(query=log.asked[-1], rows=(new,), cursor=cursor(1), connected=True))
    assert [one.id for one in tab.model.rows] == [new.id, old.id]


def test_a_month_of_this_year_is_said_by_its_day_too(qtbot: QtBot) -> None:
    now = datetime.now(UTC)
    said = HistoryModel().cells.month_or_day(now)
    assert said == QLocale().toString(day(now), "d MMMM yyyy")


def test_while_it_searches_news_are_looked_for_once(qtbot: QtBot, tab: HistoryTab) -> None:
    log = LongLog(tab.model)
    tab.show()
    tab.receive(log.answer())
    for _ in range(20):
        tab.records_changed()
    assert len(log.asked) == 2
    tab.receive(log.answer())
    assert [query.cursor is None for query in log.asked] == [True, False, True]

"""The History tab in its window: what is new comes on top, what one looks at stays, and it says what it lacks."""

from __future__ import annotations

import pytest
from history_looking import open_history, record, save, seen, times
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.history_cells import Column
from mnist_desktop.gui.history_model import PAGE
from mnist_desktop.gui.history_rows import HistoryPage, HistoryQuery, history_row
from mnist_desktop.gui.history_tab import HistoryTab
from mnist_desktop.gui.window import Window
from mnist_desktop.log.log import Entry

from .conftest import WAIT, draw_one, draw_zero


def test_a_new_reading_is_in_the_history(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: window.history_tab.model.rowCount() == 1, timeout=WAIT)
    window.tabs.setCurrentWidget(window.read_tab)
    window.commands.clear.trigger()
    draw_zero(window)
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: [row.label for row in window.history_tab.model.rows] == ["0", "1"], timeout=WAIT)


def test_an_empty_history_says_what_to_do_and_that_cassandra_is_away(window: Window, qtbot: QtBot) -> None:
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: "No readings yet" in window.history_tab.message, timeout=WAIT)
    assert window.history_tab.note == "This computer's records only: Cassandra is not connected."


def test_with_cassandra_the_note_goes_and_what_was_delivered_says_so(qtbot: QtBot) -> None:
    tab = HistoryTab("test")
    qtbot.addWidget(tab)
    asked: list[HistoryQuery] = []
    tab.model.page_wanted.connect(asked.append)
    tab.show()
    delivered = history_row(Entry(record=record(3), delivered=True))
    tab.receive(HistoryPage(query=asked[-1], rows=(delivered,), connected=False))
    assert tab.note
    tab.records_changed()
    tab.receive(HistoryPage(query=asked[-1], rows=(delivered,), connected=True))
    assert not tab.note
    assert tab.model.index(0, Column.STATE).data() == "delivered"


def test_filters_that_nothing_fits_say_so(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: window.history_tab.model.rowCount() == 1, timeout=WAIT)
    window.history_tab.filters.digit.setCurrentText("7")
    qtbot.waitUntil(lambda: window.history_tab.message == "No readings fit these filters.", timeout=WAIT)
    window.history_tab.filters.digit.setCurrentText("1")
    qtbot.waitUntil(lambda: window.history_tab.model.rowCount() == 1, timeout=WAIT)


def test_scrolling_fetches_more(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(number) for number in range(3 * PAGE)], rows=PAGE)
    bar = tab.table.verticalScrollBar()

    def at_the_end() -> bool:
        bar.setValue(bar.maximum())
        return tab.model.rowCount() == 3 * PAGE

    qtbot.waitUntil(at_the_end, timeout=WAIT)


@pytest.mark.parametrize("place", [1, 777, 10_000])
def test_what_one_looks_at_stays_when_new_records_come(window: Window, qtbot: QtBot, place: int) -> None:
    tab = open_history(window, qtbot, [record(number) for number in range(PAGE)])
    bar = tab.table.verticalScrollBar()
    bar.setValue(min(place, bar.maximum()))
    before = seen(tab)
    save(window, *(record(number) for number in range(5000, 5030)))
    qtbot.waitUntil(lambda: times(tab.model)[:1] == [5029] and not tab.model.busy, timeout=WAIT)
    assert seen(tab) == before


def test_late_records_of_an_offline_desktop_come_in_their_place(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(number) for number in range(0, 2 * PAGE, 2)])
    tab.table.verticalScrollBar().setValue(777)
    before = seen(tab)
    save(window, *(record(number, device="other") for number in (1, 171, 199)))
    qtbot.waitUntil(lambda: tab.model.rowCount() == PAGE, timeout=WAIT)
    qtbot.waitUntil(lambda: 171 in times(tab.model), timeout=WAIT)
    assert times(tab.model) == sorted(times(tab.model), reverse=True)
    assert seen(tab) == before


def test_what_is_selected_stays_selected_when_new_records_come(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(number) for number in range(20)])
    tab.table.selectRow(7)
    chosen = tab.table.selected
    save(window, record(5000))
    qtbot.waitUntil(lambda: times(tab.model)[:1] == [5000], timeout=WAIT)
    assert tab.table.selected == chosen


def test_at_the_top_the_newest_comes_into_view(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(number) for number in range(PAGE)])
    save(window, record(5000))
    qtbot.waitUntil(lambda: times(tab.model)[:1] == [5000], timeout=WAIT)
    assert seen(tab) == (tab.model.rows[0].id, 0)

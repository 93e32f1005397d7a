"""The History tab: every record once, newest on top, more as one scrolls, and the place one looks at stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, QDateTime, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.history_model import PAGE, REFRESHED, Column, HistoryModel
from mnist_desktop.gui.history_rows import HistoryPage, HistoryQuery, Shown, history_page, history_row
from mnist_desktop.gui.history_tab import HistoryTab
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.log import Entry, Log, LogOptions
from mnist_desktop.log.record import Record, Source, microseconds, new_id, time_of

from .conftest import WAIT, draw_one, draw_zero

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def record(
    number: int, *, verdict: str = "digit", source: Source = Source.CANVAS, glyph: bytes | None = None
) -> Record:
    """The record made `number` seconds after START, of the digit `number` ends with."""
    record_id = new_id(START + timedelta(seconds=number))
    levels = np.zeros((28, 28), np.uint8)
    levels[number % 28, :] = 255
    return Record(
        id=record_id,
        version=microseconds(time_of(record_id)),
        digit=number % 10,
        label=str(number % 10),
        confidence=0.9,
        probabilities=(0.1,) * 10,
        verdict=verdict,
        source=source,
        model="test",
        device="test",
        glyph=Glyph(levels=levels).to_png() if glyph is None else glyph,
        name=f"{number}.png" if source is Source.FILE else None,
    )


@pytest.fixture
def log(home: Path) -> Iterator[Log]:
    log = Log(LogOptions(journal=home / "journal.sqlite", hosts=()))
    yield log
    log.close()


@pytest.fixture
def model(qtbot: QtBot, log: Log) -> HistoryModel:
    """A model whose questions the log answers at once."""
    model = HistoryModel()
    model.page_wanted.connect(lambda query: model.receive(history_page(log, query)))
    return model


def times(model: HistoryModel) -> list[int]:
    return [round((row.time - START).total_seconds()) for row in model.rows]


def fetch_all(model: HistoryModel) -> None:
    while model.canFetchMore():
        model.fetchMore()


def test_pages_follow_each_other_until_the_end_each_record_once(model: HistoryModel, log: Log) -> None:
    log.save_all([record(number) for number in range(3 * PAGE + 7)])
    model.show_only(Shown())
    assert model.rowCount() == PAGE
    model.fetchMore()
    assert model.rowCount() == 2 * PAGE
    fetch_all(model)
    assert times(model) == list(range(3 * PAGE + 7))[::-1]


def test_qts_own_checker_of_models_finds_no_fault(qtbot: QtBot, log: Log) -> None:
    batch = [record(number) for number in range(2 * PAGE + 7)]
    log.save_all(batch[:-3])
    model = HistoryModel()
    # It fetches more whenever it can, in the middle of every change.
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.page_wanted.connect(lambda query: model.receive(history_page(log, query)))
    model.show_only(Shown())
    log.save_all([*batch[-3:], batch[50].changed(START, deleted=True)])
    model.refresh(looked_at=0)
    fetch_all(model)
    assert times(model) == [number for number in range(2 * PAGE + 7)[::-1] if number != 50]
    assert tester.model() is model


def test_filters_show_what_fits(model: HistoryModel, log: Log) -> None:
    log.save_all(
        [
            record(number, verdict="unsure" if number % 3 == 0 else "digit", source=list(Source)[number % 2])
            for number in range(60)
        ]
    )
    model.show_only(Shown(digit=4, verdict="unsure", source=Source.CANVAS))
    assert times(model) == [54, 24]
    model.show_only(Shown(digit=4))
    assert times(model) == [54, 44, 34, 24, 14, 4]


def test_a_stale_answer_is_dropped(qtbot: QtBot, log: Log) -> None:
    log.save_all([record(number) for number in range(30)])
    model = HistoryModel()
    asked: list[HistoryQuery] = []
    model.page_wanted.connect(asked.append)
    model.show_only(Shown())
    model.show_only(Shown(digit=3))
    everything, threes = (history_page(log, query) for query in asked)
    model.receive(everything)
    assert model.rowCount() == 0
    model.receive(threes)
    model.receive(everything)
    assert times(model) == [23, 13, 3]


def test_a_refresh_puts_new_records_on_top_and_news_of_old_ones_in_place(model: HistoryModel, log: Log) -> None:
    old = [record(number) for number in range(20)]
    log.save_all(old)
    model.show_only(Shown())
    changes: list[int] = []
    model.dataChanged.connect(lambda first, *_: changes.append(first.row()))
    log.save_all([record(100), record(101), old[5].changed(START, label="9", digit=9)])
    model.refresh(looked_at=10)
    assert times(model) == [101, 100, *range(20)[::-1]]
    assert changes == [2 + 14]
    assert model.rows[16].label == "9"


def test_a_refresh_takes_away_what_no_longer_fits(model: HistoryModel, log: Log) -> None:
    old = [record(number) for number in range(40)]
    log.save_all(old)
    model.show_only(Shown(digit=7))
    log.save_all([old[17].changed(START, digit=1, label="1"), old[7].changed(START, deleted=True)])
    model.refresh(looked_at=0)
    assert times(model) == [37, 27]


def test_after_a_refresh_of_the_top_the_rest_is_fetched_anew(model: HistoryModel, log: Log) -> None:
    log.save_all([record(number) for number in range(5 * PAGE)])
    model.show_only(Shown())
    fetch_all(model)
    log.save(record(10_000))
    model.refresh(looked_at=30)
    assert model.rowCount() == PAGE
    fetch_all(model)
    assert times(model) == [10_000, *range(5 * PAGE)[::-1]]


def test_who_looks_deeper_than_a_refresh_reaches_keeps_the_rows_there(model: HistoryModel, log: Log) -> None:
    count = REFRESHED + 3 * PAGE
    log.save_all([record(number) for number in range(count)])
    model.show_only(Shown())
    fetch_all(model)
    log.save(record(10_000))
    model.refresh(looked_at=REFRESHED + 2 * PAGE)
    assert times(model) == [10_000, *range(count)[::-1]]


def test_an_error_of_the_log_leaves_the_rows_alone(qtbot: QtBot, log: Log) -> None:
    log.save_all([record(number) for number in range(3)])
    model = HistoryModel()
    asked: list[HistoryQuery] = []
    model.page_wanted.connect(asked.append)
    model.show_only(Shown())
    model.receive(history_page(log, asked[-1]))
    model.refresh(looked_at=0)
    model.receive(HistoryPage(query=asked[-1], error="The journal cannot be read."))
    assert model.rowCount() == 3
    assert not model.busy


def test_a_row_says_all_of_a_record(model: HistoryModel, log: Log) -> None:
    log.save(record(42, verdict="unsure", source=Source.FILE))
    model.show_only(Shown())
    texts = {column: model.index(0, column).data() for column in Column}
    local = QDateTime.fromSecsSinceEpoch(int((START + timedelta(seconds=42)).timestamp()))
    assert texts == {
        Column.GLYPH: "",
        Column.LABEL: "2",
        Column.CONFIDENCE: "90.0 %",
        Column.VERDICT: "unsure",
        Column.SOURCE: "file",
        Column.NAME: "42.png",
        Column.TIME: local.toString("yyyy-MM-dd HH:mm:ss"),
        Column.STATE: "waiting",
    }


def test_the_thumbnail_is_the_glyph(model: HistoryModel, log: Log) -> None:
    log.save(record(42))
    model.show_only(Shown())
    image = model.index(0, Column.GLYPH).data(Qt.ItemDataRole.DecorationRole).toImage()
    rows_of_ink = [y for y in range(28) if image.pixelColor(5, y).lightness() > 128]
    assert rows_of_ink == [42 % 28]


def test_a_name_that_breaks_lines_or_turns_them_round_is_shown_not_obeyed(model: HistoryModel, log: Log) -> None:
    log.save(replace(record(1, source=Source.FILE), name="new\nline\u202egpj.exe"))
    model.show_only(Shown())
    assert model.index(0, Column.NAME).data() == r"new\nline\u202egpj.exe"


def test_a_damaged_glyph_of_another_device_harms_nobody(model: HistoryModel, log: Log) -> None:
    log.save(record(1, glyph=b"\x89PNG\r\n\x1a\n" + b"\xff" * 40))
    model.show_only(Shown())
    assert model.index(0, Column.GLYPH).data(Qt.ItemDataRole.DecorationRole).isNull()


# --- the tab in its window ---


def fill(window: Window, count: int) -> None:
    """Put `count` records into the log of a running window, through its own log thread."""
    batch = [record(number) for number in range(count)]
    save(window, *batch)


def save(window: Window, *batch: Record) -> None:
    """Save in the log's own thread, as the window does, and have it told."""

    def job() -> None:
        assert window.log_worker.log is not None
        window.log_worker.log.save_all(batch)

    window.log_worker.run(job)
    window.log_worker.ask_state()


def rows(window: Window) -> int:
    model: QAbstractItemModel = window.history_tab.model
    return model.rowCount()


def test_a_new_reading_is_in_the_history(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: rows(window) == 1, timeout=WAIT)
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
    tab = HistoryTab()
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
    qtbot.waitUntil(lambda: rows(window) == 1, timeout=WAIT)
    window.history_tab.filters[0].setCurrentText("7")
    qtbot.waitUntil(lambda: window.history_tab.message == "No readings fit these filters.", timeout=WAIT)
    window.history_tab.filters[0].setCurrentText("1")
    qtbot.waitUntil(lambda: rows(window) == 1, timeout=WAIT)


def test_scrolling_fetches_more(window: Window, qtbot: QtBot) -> None:
    fill(window, 3 * PAGE)
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: rows(window) == PAGE, timeout=WAIT)
    bar = window.history_tab.table.verticalScrollBar()

    def at_the_end() -> bool:
        bar.setValue(bar.maximum())
        return rows(window) == 3 * PAGE

    qtbot.waitUntil(at_the_end, timeout=WAIT)


def test_what_one_looks_at_stays_when_new_records_come(window: Window, qtbot: QtBot) -> None:
    fill(window, PAGE)
    tab: HistoryTab = window.history_tab
    window.tabs.setCurrentWidget(tab)
    qtbot.waitUntil(lambda: rows(window) == PAGE, timeout=WAIT)
    tab.table.verticalScrollBar().setValue(777)
    before = seen(tab)
    save(window, record(5000))
    qtbot.waitUntil(lambda: times(tab.model)[:1] == [5000], timeout=WAIT)
    assert seen(tab) == before


def test_at_the_top_the_newest_comes_into_view(window: Window, qtbot: QtBot) -> None:
    fill(window, PAGE)
    tab: HistoryTab = window.history_tab
    window.tabs.setCurrentWidget(tab)
    qtbot.waitUntil(lambda: rows(window) == PAGE, timeout=WAIT)
    save(window, record(5000))
    qtbot.waitUntil(lambda: times(tab.model)[:1] == [5000], timeout=WAIT)
    assert seen(tab) == (tab.model.rows[0].id, 0)


def seen(tab: HistoryTab) -> tuple[object, int]:
    """The record at the top of the screen and how far it is scrolled."""
    QTest.qWait(0)
    top = tab.table.indexAt(tab.table.viewport().rect().topLeft())
    return tab.model.rows[top.row()].id, tab.table.visualRect(top).top()

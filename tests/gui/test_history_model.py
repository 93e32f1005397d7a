"""The rows of the History tab: every record once, newest first, more as one scrolls, stale answers dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from history_looking import START, record, times
from PySide6.QtCore import QDateTime, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.history_cells import Column
from mnist_desktop.gui.history_model import PAGE, REFRESHED, HistoryModel
from mnist_desktop.gui.history_rows import HistoryPage, HistoryQuery, Shown, history_page
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.record import Source


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


def test_one_question_is_under_way_at_a_time_however_many_changes_come(qtbot: QtBot, log: Log) -> None:
    log.save_all([record(number) for number in range(30)])
    model = HistoryModel()
    asked: list[HistoryQuery] = []
    model.page_wanted.connect(asked.append)
    model.show_only(Shown())
    for number in range(100, 150):
        log.save(record(number))
        model.refresh(looked_at=0)
    assert len(asked) == 1
    model.receive(history_page(log, asked[0]))
    assert model.rowCount() == 80
    assert len(asked) == 2
    log.save(record(200))
    model.receive(history_page(log, asked[1]))
    assert times(model)[0] == 200
    assert not model.busy


def test_a_late_record_is_in_its_place_at_the_next_look(model: HistoryModel, log: Log) -> None:
    log.save_all([record(number) for number in range(0, 60, 2)])
    model.show_only(Shown())
    log.save(record(31, device="was offline"))
    model.refresh(looked_at=10)
    assert times(model) == sorted([*range(0, 60, 2), 31], reverse=True)


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
        Column.DEVICE: "test",
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

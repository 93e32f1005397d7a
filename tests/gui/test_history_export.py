"""Exporting from the window: whole files of what the filters show, while saving goes on, and no halves."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from full_disk import full_disk
from history_looking import open_history, record, save
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from mnist_desktop.gui import history_export
from mnist_desktop.gui.window import Window
from mnist_desktop.log.lines import fields_of
from mnist_desktop.log.log import Filters, Log, LogOptions, Page

from .conftest import WAIT, close, draw_one

COUNT = 40


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pages of few records."""
    monkeypatch.setattr(history_export, "PAGE", 7)


def entries(home: Path) -> list[dict[str, Any]]:
    """What another process finds in the journal."""
    log = Log(LogOptions(journal=home / "journal.sqlite", hosts=()))
    try:
        return [fields_of(entry) for entry in log.page(None, Filters(), 10_000).entries]
    finally:
        log.close()


def wait_written(qtbot: QtBot, window: Window) -> str:
    qtbot.waitUntil(lambda: "written to" in window.history_tab.export.text, timeout=WAIT)
    return window.history_tab.export.text


def test_all_readings_are_written_as_json_lines(window: Window, qtbot: QtBot, home: Path, tmp_path: Path) -> None:
    open_history(window, qtbot, [record(number) for number in range(COUNT)])
    file = tmp_path / "all.jsonl"
    window.history_commands.export_to(file)
    said = wait_written(qtbot, window)
    assert said == "40 readings written to all.jsonl. They are this computer's only: Cassandra is not connected."
    assert [json.loads(line) for line in file.read_text("utf-8").splitlines()] == entries(home)
    assert [one.name for one in tmp_path.iterdir()] == ["all.jsonl"]


def test_what_the_filters_show_is_written_as_csv(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    tab = open_history(window, qtbot, [record(number) for number in range(COUNT)])
    tab.filters.digit.setCurrentText("3")
    file = tmp_path / "threes.csv"
    window.history_commands.export_to(file)
    assert wait_written(qtbot, window).startswith("4 readings written to threes.csv.")
    with file.open(newline="", encoding="utf-8") as lines:
        assert [row["label"] for row in csv.DictReader(lines)] == ["3"] * 4


def test_the_dialog_offers_both_kinds_and_adds_the_suffix(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    open_history(window, qtbot, [record(1)])
    window.commands.export.trigger()
    dialog = window.history_tab.findChildren(QFileDialog)[0]
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert not dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    assert dialog.nameFilters() == ["Table (*.csv)", "JSON lines (*.jsonl)"]
    dialog.filterSelected.emit("JSON lines (*.jsonl)")
    assert dialog.defaultSuffix() == "jsonl"
    dialog.fileSelected.emit(str(tmp_path / "one.jsonl"))
    dialog.reject()
    wait_written(qtbot, window)
    assert (tmp_path / "one.jsonl").exists()


class SlowLog(Log):
    """A log whose pages wait for the test, once it says so."""

    asked = 0
    before: Callable[[int], None] = staticmethod(lambda _: None)

    def page(self, *arguments: Any, **more: Any) -> Page:
        if arguments[2] == 7:
            SlowLog.asked += 1
            SlowLog.before(SlowLog.asked)
        return super().page(*arguments, **more)


@pytest.fixture
def slow(make_window: Callable[..., Window], home: Path, monkeypatch: pytest.MonkeyPatch) -> Window:
    monkeypatch.setattr(SlowLog, "asked", 0)
    options = LogOptions(journal=home / "journal.sqlite", hosts=())
    return make_window(open_log=lambda on_change: SlowLog(options, on_change=on_change))


def test_cancelling_leaves_nothing_behind_and_what_was_there_as_it_was(
    slow: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = open_history(slow, qtbot, [record(number) for number in range(COUNT)])
    file = tmp_path / "all.csv"
    file.write_text("what was there")
    slow.history_commands.export_to(file)
    qtbot.waitUntil(lambda: tab.export.button.text() == "Cancel", timeout=WAIT)
    assert not slow.commands.export.isEnabled()
    QTest.mouseClick(tab.export.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(slow.commands.export.isEnabled, timeout=WAIT)
    if SlowLog.asked <= COUNT // 7:
        assert tab.export.text == "The export was cancelled; nothing was written."
        assert file.read_text() == "what was there"
    assert [one.name for one in tmp_path.iterdir()] == ["all.csv"]


def test_saving_and_the_list_wait_neither_for_an_export_nor_for_its_cassandra(
    slow: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = open_history(slow, qtbot, [record(number) for number in range(COUNT)])
    answered = threading.Event()
    # The second page waits for Cassandra, as for a frozen node.
    monkeypatch.setattr(SlowLog, "before", staticmethod(lambda number: number < 2 or answered.wait(WAIT / 1000)))
    slow.history_commands.export_to(tmp_path / "all.csv")
    qtbot.waitUntil(lambda: SlowLog.asked == 2, timeout=WAIT)
    draw_one(slow)
    qtbot.waitUntil(lambda: slow.saved_count == 1 and tab.model.rowCount() == COUNT + 1, timeout=WAIT)
    assert not (tmp_path / "all.csv").exists()
    answered.set()
    wait_written(qtbot, slow)
    assert SlowLog.asked == 6


def test_closing_the_window_during_an_export_leaves_no_half_of_a_file(
    slow: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    open_history(slow, qtbot, [record(number) for number in range(COUNT)])
    slow.history_commands.export_to(tmp_path / "all.csv")
    close(qtbot, slow)
    assert {one.name for one in tmp_path.iterdir()} <= {"all.csv"}
    for whole in tmp_path.iterdir():
        assert len(whole.read_text().splitlines()) == COUNT + 1


@pytest.mark.parametrize(
    ("name", "why"),
    [("a folder.csv", "could not be written"), ("nowhere/all.csv", "could not be written"), ("all.txt", "must end in")],
)
def test_where_it_cannot_be_written_is_one_sentence(
    window: Window, qtbot: QtBot, tmp_path: Path, name: str, why: str
) -> None:
    tab = open_history(window, qtbot, [record(1)])
    (tmp_path / "a folder.csv").mkdir()
    window.history_commands.export_to(tmp_path / name)
    qtbot.waitUntil(lambda: why in tab.notice.text, timeout=WAIT)
    assert tab.export.text == ""
    assert window.commands.export.isEnabled()
    assert [one.name for one in tmp_path.iterdir()] == ["a folder.csv"]


def test_a_full_disk_is_one_sentence_and_leaves_what_was_there(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    tab = open_history(window, qtbot, [record(number) for number in range(COUNT)])
    file = tmp_path / "all.csv"
    file.write_text("what was there")
    with full_disk(room=1_000):
        window.history_commands.export_to(file)
        qtbot.waitUntil(lambda: bool(tab.notice.text), timeout=WAIT)
    assert tab.notice.text == "all.csv could not be written (File too large)."
    assert file.read_text() == "what was there"
    assert [one.name for one in tmp_path.iterdir()] == ["all.csv"]


def test_an_empty_history_makes_a_table_without_rows(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    open_history(window, qtbot)
    window.history_commands.export_to(tmp_path / "none.csv")
    assert wait_written(qtbot, window).startswith("0 readings written")
    assert len((tmp_path / "none.csv").read_text().splitlines()) == 1


def test_what_comes_while_it_exports_does_not_double_a_line(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    open_history(window, qtbot, [record(number) for number in range(COUNT)])
    window.history_commands.export_to(tmp_path / "all.jsonl")
    save(window, *(record(number) for number in range(500, 520)))
    wait_written(qtbot, window)
    ids = [json.loads(line)["id"] for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert len(ids) == len(set(ids)) >= COUNT

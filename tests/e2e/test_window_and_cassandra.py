"""The whole path in one window: drawn and opened digits arrive in a real Cassandra's table and show in History."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cassandra.cluster import Session
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from sample_records import make_record

from mnist_desktop.gui.app import surroundings
from mnist_desktop.gui.history_cells import Column
from mnist_desktop.gui.replay import pen_events
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.log import Log
from mnist_desktop.log.record import Record, bucket_of
from mnist_desktop.paths import find_paths, shipped
from mnist_desktop.settings import load_settings, log_options

pytestmark = [
    pytest.mark.cassandra,
    # Qt's offscreen platform says this of every window that is shown; it means nothing.
    pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"),
]

WAIT = 60_000
"""Milliseconds until a test gives up; no claim about speed."""

Open = Callable[[], Window]


@pytest.fixture
def open_window(qtbot: QtBot, cassandra_home: Path) -> Iterator[Open]:
    """Opens the program's own window, as `mnist-desktop` does, on the run's Cassandra."""
    windows: list[Window] = []

    def make() -> Window:
        paths = find_paths(os.environ)
        window = Window(surroundings(load_settings(paths, os.environ), paths))
        windows.append(window)
        with qtbot.waitSignal(window.ready, timeout=WAIT):
            window.show()
        return window

    yield make
    for window in windows:
        if window.isVisible():
            close(qtbot, window)
        window.deleteLater()


def close(qtbot: QtBot, window: Window) -> None:
    with qtbot.waitSignal(window.closed, timeout=WAIT):
        window.close()


def draw(window: Window, digit: int) -> None:
    """Draw the sample of `digit` with mouse events."""
    entry = next(read_ink_file(shipped("resources") / "drawings" / f"{digit}.json"))
    for _ in pen_events(window.read_tab.canvas, entry.drawing):
        pass


def table(cql: Session) -> list[tuple[int, str, str | None, bytes]]:
    """What the test's log holds in Cassandra, newest first: digit, source, name, glyph."""
    keyspace, log = os.environ["MNIST_DESKTOP_KEYSPACE"], os.environ["MNIST_DESKTOP_LOG"]
    found = []
    for bucket in cql.execute(f"SELECT bucket FROM {keyspace}.bucket WHERE log = %s", (log,)):
        rows = cql.execute(
            f"SELECT digit, source, name, glyph FROM {keyspace}.prediction WHERE log = %s AND bucket = %s",
            (log, bucket.bucket),
        )
        found += [(row.digit, row.source, row.name, row.glyph) for row in rows]
    return found


def history(window: Window) -> list[tuple[str, str]]:
    """Digit and state of the rows that the History tab shows."""
    model = window.history_tab.model
    return [
        (model.index(row, Column.LABEL).data(), model.index(row, Column.STATE).data())
        for row in range(model.rowCount())
    ]


def test_a_drawn_7_and_an_opened_4_arrive_in_cassandra_and_in_history(
    open_window: Open, qtbot: QtBot, cql: Session
) -> None:
    window = open_window()
    draw(window, 7)
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    picture = shipped("resources") / "pictures" / "4_on_paper.jpg"
    window.read_tab.open_files([picture])
    qtbot.waitUntil(lambda: window.saved_count == 2, timeout=WAIT)
    shown = window.read_tab.preview.levels
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: history(window) == [("4", "delivered"), ("7", "delivered")], timeout=WAIT)
    (opened, drawn) = table(cql)
    assert opened[:3] == (4, "file", picture.name)
    assert drawn[:3] == (7, "canvas", None)
    assert Glyph.from_png(opened[3]).levels.tobytes() == shown


def test_what_was_drawn_without_cassandra_arrives_when_the_next_window_finds_it(
    open_window: Open, qtbot: QtBot, cql: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassandra = os.environ["MNIST_DESKTOP_CASSANDRA"]
    # Nothing listens at port 1 of this computer.
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", "127.0.0.1:1")
    window = open_window()
    draw(window, 3)
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: "not connected, 1 waiting" in window.status.cassandra_text, timeout=WAIT)
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: history(window) == [("3", "waiting")], timeout=WAIT)
    close(qtbot, window)
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", cassandra)
    window = open_window()
    qtbot.waitUntil(lambda: window.status.cassandra_text == "Cassandra: connected", timeout=WAIT)
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: history(window) == [("3", "delivered")], timeout=WAIT)
    assert [row[0] for row in table(cql)] == [3]


def test_a_drawing_that_goes_on_stays_one_row(open_window: Open, qtbot: QtBot, cql: Session) -> None:
    window = open_window()
    entry = next(read_ink_file(shipped("resources") / "drawings" / "5.json"))
    events = pen_events(window.read_tab.canvas, entry.drawing)
    strokes = entry.drawing.strokes
    for _ in range(len(strokes[0].points) + 1):
        next(events)
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    # The next stroke extends the drawing and its record.
    for _ in events:
        pass
    qtbot.waitUntil(lambda: window.read_tab.settled and window.status.saved_text == "Saved", timeout=WAIT)
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: history(window) == [("5", "delivered")], timeout=WAIT)
    assert [row[0] for row in table(cql)] == [5]
    assert window.saved_count == 1


def test_a_reading_that_another_device_made_is_corrected_deleted_and_brought_back_in_cassandra(
    open_window: Open, qtbot: QtBot, cql: Session, tmp_path: Path
) -> None:
    made = deliver_elsewhere(tmp_path / "other.sqlite")
    window = open_window()
    qtbot.waitUntil(lambda: window.status.cassandra_text == "Cassandra: connected", timeout=WAIT)
    tab = window.history_tab
    window.tabs.setCurrentWidget(tab)
    qtbot.waitUntil(lambda: history(window) == [("7", "delivered")], timeout=WAIT)
    tab.table.selectRow(0)
    QTest.keyClick(tab.table, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: history(window) == [("7 → 1", "delivered")], timeout=WAIT)
    assert said_of(cql, made) == ("1", False, made.glyph)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: said_of(cql, made) == ("1", True, b""), timeout=WAIT)
    assert history(window) == []
    QTest.keyClick(tab.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: said_of(cql, made) == ("1", False, made.glyph), timeout=WAIT)
    qtbot.waitUntil(lambda: history(window) == [("7 → 1", "delivered")], timeout=WAIT)
    window.history_commands.export_to(tmp_path / "all.jsonl")
    qtbot.waitUntil(lambda: tab.export.text == "1 reading written to all.jsonl.", timeout=WAIT)
    assert json.loads((tmp_path / "all.jsonl").read_text())["id"] == str(made.id)


def deliver_elsewhere(journal: Path) -> Record:
    """A record that only Cassandra holds as far as this computer knows."""
    made = make_record(datetime.now(UTC))
    paths = find_paths(os.environ)
    log = Log(replace(log_options(load_settings(paths, os.environ), paths), journal=journal))
    log.save(made)
    # A busy machine's first answer may come too late for one attempt.
    assert any(log.deliver(WAIT / 1000).pending == 0 for _ in range(5))
    log.close()
    return made


def said_of(cql: Session, record: Record) -> tuple[str | None, bool, bytes]:
    """What Cassandra holds of a record: its correction, the mark of a deletion, its glyph."""
    keyspace, log = os.environ["MNIST_DESKTOP_KEYSPACE"], os.environ["MNIST_DESKTOP_LOG"]
    bucket = bucket_of(record.id, "month")
    row = cql.execute(
        f"SELECT corrected, deleted, glyph FROM {keyspace}.prediction WHERE log = %s AND bucket = %s AND id = %s",
        (log, bucket, record.id),
    ).one()
    return row.corrected, bool(row.deleted), row.glyph or b""

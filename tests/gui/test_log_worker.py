"""The log worker: what waits for a slow disk is committed together, and called saved only when it is."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.history_rows import HistoryPage, HistoryQuery, Shown
from mnist_desktop.gui.log_states import Kept, Saved
from mnist_desktop.gui.log_worker import GROUP, LogWorker
from mnist_desktop.gui.recorder import ToRecord
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.log.log import Cursor, Filters, Log, LogOptions, Page
from mnist_desktop.log.record import Record, Source
from mnist_desktop.recording import first_records

from .conftest import WAIT, modest_reader, records

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


class CountingLog(Log):
    """A log that remembers how many records each commit took."""

    def __init__(self, options: LogOptions) -> None:
        super().__init__(options)
        self.commits: list[int] = []

    def save_all(self, records: Sequence[Record]) -> bool:
        self.commits.append(len(records))
        return super().save_all(records)


@pytest.fixture
def log(home: Path) -> CountingLog:
    return CountingLog(LogOptions(journal=home / "journal.sqlite", hosts=()))


@pytest.fixture
def worker(qtbot: QtBot, log: CountingLog) -> Iterator[LogWorker]:
    worker = LogWorker(lambda _: log, "test")
    worker.start()
    yield worker
    worker.stop()


def to_record(sheet: int, *, strokes: int = 1) -> ToRecord:
    """The reading of a "1" drawn on `sheet`, of so many strokes."""
    stroke = Stroke(points=((0, 0), (0, 100)))
    number = modest_reader().read_digits(Drawing(strokes=(stroke,) * strokes))
    return ToRecord(
        sheet=sheet, number=number, source=Source.CANVAS, name=None, at=START + timedelta(seconds=sheet + strokes)
    )


@contextmanager
def busy_disk(worker: LogWorker) -> Iterator[None]:
    """Hold the worker's thread up with something else."""
    free = threading.Event()

    def hold() -> None:
        free.wait()

    worker.run(hold)
    try:
        yield
    finally:
        free.set()


class SilentLog(Log):
    """A log whose Cassandra says nothing until the log is closed, as a frozen node does."""

    def __init__(self, options: LogOptions) -> None:
        super().__init__(options)
        self.asked, self.closing = threading.Event(), threading.Event()

    def page(self, cursor: Cursor | None, filters: Filters, limit: int = 100) -> Page:
        self.asked.set()
        assert self.closing.wait(WAIT / 1000)
        return super().page(cursor, filters, limit)

    def close(self) -> None:
        self.closing.set()
        super().close()


def test_what_is_saved_does_not_wait_for_a_page_that_cassandra_keeps_waiting(qtbot: QtBot, home: Path) -> None:
    log = SilentLog(LogOptions(journal=home / "journal.sqlite", hosts=()))
    worker = LogWorker(lambda _: log, "test")
    pages: list[HistoryPage] = []
    worker.page_ready.connect(pages.append, Qt.ConnectionType.DirectConnection)
    worker.start()
    worker.fetch(HistoryQuery(shown=Shown(), token=1))
    qtbot.waitUntil(log.asked.is_set, timeout=WAIT)
    with qtbot.waitSignal(worker.saved, timeout=WAIT) as answer:
        worker.save(to_record(1))
    assert answer.args is not None
    assert answer.args[0].why is None
    assert pages == []
    # Closing waits for no answer either, and leaves nothing open.
    worker.stop()
    assert [page.query.token for page in pages] == [1]
    assert not [
        thread.name for thread in threading.enumerate() if thread.name.startswith(("log", "looking", "exporting"))
    ]


def test_a_page_that_is_asked_for_after_a_save_holds_what_was_saved(qtbot: QtBot, worker: LogWorker) -> None:
    with qtbot.waitSignal(worker.page_ready, timeout=WAIT) as answer, busy_disk(worker):
        worker.save(to_record(1))
        worker.fetch(HistoryQuery(shown=Shown(), token=1))
    assert answer.args is not None
    assert len(answer.args[0].rows) == 1


def save_all(worker: LogWorker, waiting: Iterable[ToRecord]) -> None:
    """Ask for all of them while the disk is busy."""
    with busy_disk(worker):
        for one in waiting:
            worker.save(one)


def test_readings_that_wait_for_the_disk_are_committed_together(
    qtbot: QtBot, worker: LogWorker, log: CountingLog, home: Path
) -> None:
    saved: list[Saved] = []
    worker.saved.connect(saved.append)
    waiting = [to_record(sheet) for sheet in range(300)]
    save_all(worker, waiting)
    qtbot.waitUntil(lambda: len(saved) == 300, timeout=WAIT)
    assert log.commits == [300]
    assert [one.sheet for one in saved] == list(range(300))
    assert {one.records[0].id for one in saved} == {record.id for record in records(home)}


def test_a_group_has_an_end(qtbot: QtBot, worker: LogWorker, log: CountingLog) -> None:
    saved: list[Saved] = []
    worker.saved.connect(saved.append)
    one = to_record(0)
    save_all(worker, [replace(one, sheet=sheet) for sheet in range(GROUP + 5)])
    qtbot.waitUntil(lambda: len(saved) == GROUP + 5, timeout=WAIT)
    assert log.commits == [GROUP, 5]


def test_every_reading_is_called_saved_only_after_its_commit(qtbot: QtBot, worker: LogWorker, home: Path) -> None:
    found: list[bool] = []

    def look(saved: Saved) -> None:
        other = Log(LogOptions(journal=home / "journal.sqlite", hosts=()))
        found.append(other.find(saved.records[0].id) is not None)
        other.close()

    # In the worker's own thread: what the journal holds at the moment of the signal counts.
    worker.saved.connect(look, Qt.ConnectionType.DirectConnection)
    save_all(worker, [to_record(sheet) for sheet in range(20)])
    qtbot.waitUntil(lambda: len(found) == 20, timeout=WAIT)
    assert all(found)


def test_a_drawing_that_goes_on_while_it_waits_is_one_record(qtbot: QtBot, worker: LogWorker, home: Path) -> None:
    saved: list[Saved] = []
    worker.saved.connect(saved.append)
    steps = [to_record(7, strokes=1), to_record(8), to_record(7, strokes=2)]
    save_all(worker, steps)
    qtbot.waitUntil(lambda: len(saved) == 3, timeout=WAIT)
    assert saved[0].records[0].id == saved[2].records[0].id
    held = {record.id: record for record in records(home)}
    assert len(held) == 2
    assert held[saved[0].records[0].id] == saved[2].records[0]


def test_one_reading_that_makes_no_record_takes_no_other_with_it(qtbot: QtBot, worker: LogWorker, home: Path) -> None:
    saved: list[Saved] = []
    failures: list[str] = []
    worker.saved.connect(saved.append)
    worker.failed.connect(failures.append)
    blank = ToRecord(sheet=2, number=modest_reader().read_digits(Drawing()), source=Source.CANVAS, name=None, at=START)
    waiting = [to_record(1), blank, to_record(3)]
    save_all(worker, waiting)
    qtbot.waitUntil(lambda: len(saved) == 2 and len(failures) == 1, timeout=WAIT)
    assert [one.sheet for one in saved] == [1, 3]
    assert len(records(home)) == 2
    assert "blank" in failures[0]


def test_a_journal_that_cannot_be_written_is_told_for_each_of_a_group(qtbot: QtBot, home: Path) -> None:
    (home / "journal.sqlite").mkdir()
    worker = LogWorker(lambda _: Log(LogOptions(journal=home / "journal.sqlite", hosts=())), "test")
    saved: list[Saved] = []
    worker.saved.connect(saved.append)
    worker.start()
    save_all(worker, [to_record(sheet) for sheet in range(3)])
    qtbot.waitUntil(lambda: len(saved) == 3, timeout=WAIT)
    assert all(one.why for one in saved)
    assert worker.log is not None
    assert len(worker.log.page(None, Filters(), 10).entries) == 3
    worker.stop()


def test_records_of_a_batch_are_committed_together_and_told_apart_from_sheets(
    qtbot: QtBot, worker: LogWorker, log: CountingLog, home: Path
) -> None:
    number = modest_reader().read_digits(Drawing(strokes=(Stroke(points=((0, 0), (0, 100))),)))
    made = [
        record
        for _ in range(3)
        for record in first_records(number, source=Source.FILE, name="a.png", device="test", now=START)
    ]
    saved: list[Saved] = []
    worker.saved.connect(saved.append)
    with qtbot.waitSignal(worker.kept, timeout=WAIT) as kept:
        worker.keep(made)
    assert kept.args == [Kept(ids=frozenset(record.id for record in made), why=None)]
    assert log.commits == [3]
    assert {record.id for record in records(home)} == {record.id for record in made}
    assert saved == []

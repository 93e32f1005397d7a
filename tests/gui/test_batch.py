"""A batch without the window around it: what is read, what is kept, what cancelling and closing leave behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.batch import Batch
from mnist_desktop.gui.batch_reading import MOST_AHEAD, BatchReading
from mnist_desktop.gui.batch_rows import BatchRow, Outcome, unread
from mnist_desktop.gui.batch_tab import BatchTab
from mnist_desktop.gui.log_worker import LogWorker
from mnist_desktop.gui.reading_worker import ModelSwitch, ReadingWorker
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.ink.named_files import NamedFile
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.recognition.classifier import ModelError, Prediction
from mnist_desktop.recognition.reader import Reader

from .conftest import WAIT, WidthClassifier, modest_reader, records

SECONDS = WAIT / 1000
ONE = '{"strokes": [[[0, 0], [0, 100]]]}'


class HeldClassifier(WidthClassifier):
    """Reads as its parent does, but waits where it is told to."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.asked = threading.Event()

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        self.asked.set()
        assert self.free.wait(SECONDS)
        return super().predict(glyphs)


class Setting:
    """A batch with its threads and its tab, but no window."""

    def __init__(self, home: Path, open_reader: Callable[[], Reader]) -> None:
        options = LogOptions(journal=home / "journal.sqlite", hosts=())
        self.reading = ReadingWorker(open_reader)
        self.log = LogWorker(lambda on_change: Log(options, on_change=on_change), "test")
        self.tab = BatchTab(QAction("Open…"), QAction("Open folder…"))
        self.batch = Batch(self.tab, self.reading, self.log, "test", self.log.keep)
        self.reading.start()
        self.log.start()

    @property
    def rows(self) -> list[BatchRow]:
        model = self.tab.model
        return [model.row(number) for number in range(model.rowCount())]

    @property
    def done(self) -> bool:
        return self.tab.sentence.startswith(("Done.", "Cancelled."))

    def close(self) -> None:
        self.batch.cancel()
        self.batch.stop(SECONDS)
        assert self.reading.stop(SECONDS)
        self.log.stop()
        self.tab.deleteLater()


@pytest.fixture
def held() -> HeldClassifier:
    return HeldClassifier()


@pytest.fixture
def make_setting(qtbot: QtBot, home: Path) -> Iterator[Callable[..., Setting]]:
    made: list[Setting] = []

    def make(open_reader: Callable[[], Reader] = modest_reader) -> Setting:
        made.append(Setting(home, open_reader))
        made[-1].tab.resize(900, 500)
        made[-1].tab.show()
        return made[-1]

    yield make
    for setting in made:
        setting.close()


@pytest.fixture
def ones(tmp_path: Path) -> list[NamedFile]:
    """Twenty ink files with a 1 each."""
    files = [tmp_path / f"{number:02}.json" for number in range(20)]
    for file in files:
        file.write_text(ONE)
    return [NamedFile(file=file) for file in files]


def test_each_file_is_a_row_and_a_record(
    make_setting: Callable[..., Setting], ones: list[NamedFile], qtbot: QtBot, home: Path
) -> None:
    setting = make_setting()
    setting.batch.read(ones)
    qtbot.waitUntil(lambda: setting.done, timeout=WAIT)
    assert [(row.name, row.text, row.outcome) for row in setting.rows] == [
        (f"{number:02}.json", "1", Outcome.SURE) for number in range(20)
    ]
    qtbot.waitUntil(lambda: len(records(home)) == 20, timeout=WAIT)
    held = {record.id: record.name for record in records(home)}
    assert {row.records[0]: row.name for row in setting.rows} == held
    assert setting.tab.sentence == "Done. Listed: 20 sure."


def test_several_digits_are_one_row_and_records_tied_together(
    make_setting: Callable[..., Setting], tmp_path: Path, qtbot: QtBot, home: Path
) -> None:
    file = tmp_path / "eleven.json"
    file.write_text('{"strokes": [[[0, 0], [0, 100]], [[150, 0], [150, 100]]]}')
    setting = make_setting()
    setting.batch.read([NamedFile(file=file)])
    qtbot.waitUntil(lambda: setting.done, timeout=WAIT)
    (row,) = setting.rows
    assert (row.text, len(row.glyphs)) == ("11", 2)
    qtbot.waitUntil(lambda: len(records(home)) == 2, timeout=WAIT)
    found = records(home)
    assert {record.id for record in found} == set(row.records)
    assert {record.position for record in found} == {0, 1}
    assert len({record.drawing for record in found}) == 1


def test_what_cannot_be_read_is_a_row_with_its_reason_and_the_rest_is_read(
    make_setting: Callable[..., Setting], tmp_path: Path, qtbot: QtBot, sample_picture: Path
) -> None:
    (tmp_path / "text.png").write_text("text")
    (tmp_path / "cut.jpg").write_bytes(sample_picture.read_bytes()[:2000])
    (tmp_path / "many.jsonl").write_text(f'{ONE}\n{ONE}\n{{"strokes": []}}\nrubbish\n{ONE}\n')
    files = [tmp_path / name for name in ("text.png", "cut.jpg", "missing.png", "many.jsonl")]
    setting = make_setting()
    setting.batch.read([*(NamedFile(file=file) for file in files), NamedFile(file=tmp_path, error="It is empty.")])
    qtbot.waitUntil(lambda: setting.done, timeout=WAIT)
    assert [(row.name, row.outcome) for row in setting.rows] == [
        ("text.png", Outcome.UNREAD),
        ("cut.jpg", Outcome.UNREAD),
        ("missing.png", Outcome.UNREAD),
        ("many.jsonl", Outcome.SURE),
        ("many.jsonl [1]", Outcome.SURE),
        ("many.jsonl [2]", Outcome.BLANK),
        ("many.jsonl", Outcome.UNREAD),
        (tmp_path.name, Outcome.UNREAD),
    ]
    reasons = [row.error for row in setting.rows if row.error]
    assert [reason.split()[0] for reason in reasons] == ["text.png", "cut.jpg", "missing.png", "many.jsonl:", "It"]
    assert setting.tab.sentence == "Done. Listed: 2 sure, 1 blank, 5 not read."


def test_a_second_batch_joins_the_one_that_runs(
    make_setting: Callable[..., Setting], ones: list[NamedFile], held: HeldClassifier, qtbot: QtBot
) -> None:
    setting = make_setting(lambda: Reader(modest_reader().model, held))
    held.free.clear()
    setting.batch.read(ones[:5])
    setting.batch.read(ones[5:])
    assert setting.tab.sentence.startswith("Reading… 0 of 20 files")
    held.free.set()
    qtbot.waitUntil(lambda: setting.done, timeout=WAIT)
    assert [row.name for row in setting.rows] == [named.file.name for named in ones if named.file is not None]


def test_cancel_ends_it_within_a_file_and_what_was_read_stays(
    make_setting: Callable[..., Setting], ones: list[NamedFile], held: HeldClassifier, qtbot: QtBot, home: Path
) -> None:
    setting = make_setting(lambda: Reader(modest_reader().model, held))
    setting.batch.read(ones[:3])
    qtbot.waitUntil(lambda: setting.done, timeout=WAIT)
    held.free.clear()
    held.asked.clear()
    setting.batch.read(ones[3:])
    assert held.asked.wait(SECONDS)
    QTest.mouseClick(setting.tab.cancel, Qt.MouseButton.LeftButton)
    assert setting.tab.sentence.startswith("Cancelled.")
    held.free.set()
    setting.batch.stop(SECONDS)
    setting.log.stop()
    assert len(setting.rows) == 3
    assert {record.id for record in records(home)} == {row.records[0] for row in setting.rows}


def test_after_a_cancel_another_batch_is_read(
    make_setting: Callable[..., Setting], ones: list[NamedFile], held: HeldClassifier, qtbot: QtBot
) -> None:
    setting = make_setting(lambda: Reader(modest_reader().model, held))
    held.free.clear()
    setting.batch.read(ones[:10])
    assert held.asked.wait(SECONDS)
    setting.batch.cancel()
    setting.batch.read(ones[10:12])
    held.free.set()
    qtbot.waitUntil(lambda: setting.tab.sentence.startswith("Done."), timeout=WAIT)
    assert [row.name for row in setting.rows] == ["10.json", "11.json"]


def test_without_a_model_each_file_says_so(
    make_setting: Callable[..., Setting], ones: list[NamedFile], qtbot: QtBot, home: Path
) -> None:
    def damaged() -> Reader:
        raise ModelError("It is damaged.")

    setting = make_setting(damaged)
    setting.batch.read(ones[:2])
    qtbot.waitUntil(lambda: setting.done, timeout=WAIT)
    assert [row.error for row in setting.rows] == ["There is no model to read it with."] * 2
    assert records(home) == []


def test_another_model_reads_what_comes_after_it_was_chosen(
    make_setting: Callable[..., Setting], ones: list[NamedFile], held: HeldClassifier, qtbot: QtBot, home: Path
) -> None:
    setting = make_setting(lambda: Reader(modest_reader().model, held))
    held.free.clear()
    setting.batch.read(ones)
    assert held.asked.wait(SECONDS)
    setting.reading.switch(ModelSwitch(choice="x", open_reader=modest_reader))
    held.free.set()
    qtbot.waitUntil(lambda: setting.done, timeout=WAIT)
    assert [row.text for row in setting.rows] == ["1"] * 20


def test_a_broken_engine_is_a_reason_not_the_end(
    make_setting: Callable[..., Setting], ones: list[NamedFile], qtbot: QtBot
) -> None:
    class Broken(WidthClassifier):
        def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
            raise ModelError("The engine ended.")

    setting = make_setting(lambda: Reader(modest_reader().model, Broken()))
    setting.batch.read(ones[:2])
    qtbot.waitUntil(lambda: setting.done, timeout=WAIT)
    assert [row.error for row in setting.rows] == ["This could not be read: The engine ended."] * 2


def test_reading_waits_for_a_disk_that_is_slower(qtbot: QtBot, tmp_path: Path) -> None:
    """What waits for the disk holds pictures: it must not become more and more."""
    (tmp_path / "many.jsonl").write_text(f"{ONE}\n" * (MOST_AHEAD + 50))
    worker = ReadingWorker(modest_reader)
    worker.start()
    reading = BatchReading(worker, "test")
    reading.read([NamedFile(file=tmp_path / "many.jsonl")])
    taken: list[int] = []

    def take() -> bool:
        taken.append(len(reading.take().read))
        return sum(taken) >= MOST_AHEAD

    qtbot.waitUntil(take, timeout=WAIT)
    assert sum(taken) == MOST_AHEAD
    assert reading.take().running
    reading.saved(MOST_AHEAD)
    qtbot.waitUntil(lambda: take() and not reading.take().running, timeout=WAIT)
    assert sum(taken) == MOST_AHEAD + 50
    assert reading.stop(SECONDS)
    assert worker.stop(SECONDS)


def test_closing_does_not_wait_for_a_model_that_is_not_there_yet(qtbot: QtBot, ones: list[NamedFile]) -> None:
    worker = ReadingWorker(modest_reader)
    reading = BatchReading(worker, "test")
    reading.read(ones)
    assert reading.stop(SECONDS)
    worker.stop(SECONDS)


def test_the_list_can_be_cleared_when_nothing_is_read(
    make_setting: Callable[..., Setting], ones: list[NamedFile], held: HeldClassifier, qtbot: QtBot
) -> None:
    setting = make_setting(lambda: Reader(modest_reader().model, held))
    setting.tab.model.add([unread(Path("c.png"), "c.png is empty.")])
    held.free.clear()
    setting.batch.read(ones[:1])
    assert not setting.tab.clear.isEnabled()
    held.free.set()
    qtbot.waitUntil(setting.tab.clear.isEnabled, timeout=WAIT)
    QTest.mouseClick(setting.tab.clear, Qt.MouseButton.LeftButton)
    assert setting.rows == []
    assert setting.tab.sentence == ""

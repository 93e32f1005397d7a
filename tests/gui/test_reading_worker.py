"""One thread that reads: the latest drawing wins, what must be read is, and nothing stops it but being stopped."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.reading_worker import ModelSwitch, ReadingWorker
from mnist_desktop.gui.readings import DrawingRead, DrawingRequest, ExplainRequest, PictureRead, PictureRequest
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.record import Source
from mnist_desktop.recognition.classifier import ModelError, Prediction
from mnist_desktop.recognition.reader import Reader

from .conftest import WAIT, WidthClassifier, modest_reader

SECONDS = WAIT / 1000


class HeldClassifier(WidthClassifier):
    """Reads as its parent does, but only when it is let."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.let = threading.Semaphore(0)

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        self.begun.release()
        assert self.let.acquire(timeout=SECONDS)
        return super().predict(glyphs)


def drawing(width: float) -> Drawing:
    return Drawing(strokes=(Stroke(points=((0.0, 0.0), (width, 50.0), (0.0, 100.0))),))


def request(revision: int) -> DrawingRequest:
    return DrawingRequest(revision=revision, drawing=drawing(revision))


@pytest.fixture
def held() -> HeldClassifier:
    return HeldClassifier()


@pytest.fixture
def worker(qtbot: QtBot, held: HeldClassifier) -> Iterator[ReadingWorker]:
    worker = ReadingWorker(lambda: Reader(modest_reader().model, held))
    with qtbot.waitSignal(worker.model_opened, timeout=WAIT):
        worker.start()
    yield worker
    for _ in range(10):
        held.let.release()
    assert worker.stop(SECONDS)


def test_only_the_latest_of_waiting_drawings_is_read(qtbot: QtBot, worker: ReadingWorker, held: HeldClassifier) -> None:
    answers: list[DrawingRead] = []
    worker.latest_read.connect(answers.append)
    worker.read(request(1))
    assert held.begun.acquire(timeout=SECONDS)
    for revision in range(2, 200):
        worker.read(request(revision))
    # A drawing so wide is looked at for several digits, too.
    for _ in range(10):
        held.let.release()
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=WAIT)
    assert [answer.request.revision for answer in answers] == [1, 199]


def test_what_must_be_read_is_read_behind_the_pen(qtbot: QtBot, worker: ReadingWorker, held: HeldClassifier) -> None:
    order: list[int] = []
    worker.latest_read.connect(lambda answer: order.append(answer.request.revision))
    worker.surely_read.connect(lambda answer: order.append(answer.request.revision))
    worker.read(request(1))
    assert held.begun.acquire(timeout=SECONDS)
    worker.read_surely(request(101))
    worker.read_surely(request(102))
    worker.read(request(2))
    worker.read(request(3))
    for _ in range(4):
        held.let.release()
    qtbot.waitUntil(lambda: len(order) == 4, timeout=WAIT)
    assert order == [1, 3, 101, 102]


def test_a_reading_that_breaks_is_told_and_the_next_one_goes_on(qtbot: QtBot) -> None:
    class Broken(WidthClassifier):
        def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
            raise ModelError("The engine has stopped.")

    worker = ReadingWorker(lambda: Reader(modest_reader().model, Broken()))
    answers: list[object] = []
    sentences: list[str] = []
    worker.surely_read.connect(answers.append)
    worker.failed.connect(sentences.append)
    worker.start()
    worker.read_surely(request(1))
    worker.read_surely(request(2))
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=WAIT)
    assert worker.stop(SECONDS)
    assert answers == [DrawingRead(request=request(n), number=None) for n in (1, 2)]
    assert sentences == ["This could not be read: The engine has stopped."] * 2


def test_without_a_model_pictures_are_still_shown(qtbot: QtBot, sample_picture: Path) -> None:
    def no_model() -> Reader:
        raise ModelError("There is no model.")

    worker = ReadingWorker(no_model)
    with qtbot.waitSignal(worker.model_failed, timeout=WAIT) as failed:
        worker.start()
    assert failed.args == ["There is no model."]
    with qtbot.waitSignal(worker.surely_read, timeout=WAIT) as read:
        worker.read_surely(PictureRequest(revision=1, source=Source.FILE, content=sample_picture, name="x"))
    assert worker.stop(SECONDS)
    assert read.args is not None
    answer = read.args[0]
    assert isinstance(answer, PictureRead)
    assert answer.shown is not None
    assert answer.number is None
    assert answer.error is None


def test_stopping_does_not_wait_for_what_is_queued(qtbot: QtBot, worker: ReadingWorker, held: HeldClassifier) -> None:
    worker.read(request(1))
    assert held.begun.acquire(timeout=SECONDS)
    for revision in range(2, 50):
        worker.read_surely(request(revision))
    held.let.release()
    assert worker.stop(SECONDS)
    assert not held.begun.acquire(blocking=False)


def named_reader(name: str, classifier: WidthClassifier | None = None) -> Reader:
    model = modest_reader().model
    return Reader(replace(model, card=replace(model.card, name=name)), classifier or WidthClassifier())


def switch_to(name: str, classifier: WidthClassifier | None = None) -> ModelSwitch:
    return ModelSwitch(choice=name, open_reader=lambda: named_reader(name, classifier))


def test_what_was_asked_for_before_a_switch_is_read_by_the_model_before(
    qtbot: QtBot, worker: ReadingWorker, held: HeldClassifier
) -> None:
    answers: list[DrawingRead] = []
    worker.surely_read.connect(answers.append)
    worker.read(request(1))
    assert held.begun.acquire(timeout=SECONDS)
    worker.read_surely(request(101))
    worker.switch(switch_to("another"))
    worker.read_surely(request(102))
    with qtbot.waitSignal(worker.model_opened, timeout=WAIT) as opened:
        held.let.release()
        held.let.release()
    assert opened.args is not None
    assert opened.args[0].name == "another"
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=WAIT)
    numbers = [answer.number for answer in answers]
    assert [number and number.digits[0].reading.model for number in numbers] == ["modest", "another"]


def test_of_several_switches_only_the_last_is_made(qtbot: QtBot, worker: ReadingWorker, held: HeldClassifier) -> None:
    opened: list[str] = []
    worker.model_opened.connect(lambda card: opened.append(card.name))
    worker.switched.connect(lambda switch: opened.append(switch.choice))
    worker.read(request(1))
    assert held.begun.acquire(timeout=SECONDS)
    for name in ("one", "two", "three"):
        worker.switch(switch_to(name))
    held.let.release()
    qtbot.waitUntil(lambda: opened == ["three", "three"], timeout=WAIT)


def test_a_model_that_cannot_be_opened_leaves_the_one_before_at_work(
    qtbot: QtBot, worker: ReadingWorker, held: HeldClassifier
) -> None:
    def damaged() -> Reader:
        raise ModelError("It is damaged.")

    switch = ModelSwitch(choice="x", open_reader=damaged)
    with qtbot.waitSignal(worker.switch_failed, timeout=WAIT) as failed:
        worker.switch(switch)
    assert failed.args == [switch, "It is damaged."]
    held.let.release()
    with qtbot.waitSignal(worker.latest_read, timeout=WAIT) as read:
        worker.read(request(1))
    assert read.args is not None
    assert read.args[0].number.digits[0].reading.model == "modest"


def test_the_model_before_is_closed_once_another_reads(qtbot: QtBot) -> None:
    closed: list[str] = []

    class Closing(WidthClassifier):
        def __init__(self, name: str) -> None:
            self._name = name

        def close(self) -> None:
            closed.append(self._name)

    worker = ReadingWorker(lambda: named_reader("one", Closing("one")))
    with qtbot.waitSignal(worker.model_opened, timeout=WAIT):
        worker.start()
    with qtbot.waitSignal(worker.model_opened, timeout=WAIT):
        worker.switch(switch_to("two", Closing("two")))
    assert closed == ["one"]
    assert worker.stop(SECONDS)
    assert closed == ["one", "two"]


def test_a_reading_of_another_model_is_not_explained_by_this_one(qtbot: QtBot, worker: ReadingWorker) -> None:
    reading = named_reader("another").read_drawing(drawing(20))
    with qtbot.waitSignal(worker.surely_read, timeout=WAIT) as answered:
        worker.read_surely(ExplainRequest(revision=1, reading=reading))
    assert answered.args is not None
    assert answered.args[0].explanation is None


def test_a_batch_waits_for_everything_that_somebody_waits_for(
    qtbot: QtBot, worker: ReadingWorker, held: HeldClassifier
) -> None:
    order: list[str] = []
    worker.latest_read.connect(lambda _: order.append("pen"), Qt.ConnectionType.DirectConnection)
    worker.surely_read.connect(lambda _: order.append("surely"), Qt.ConnectionType.DirectConnection)
    worker.read(request(1))
    assert held.begun.acquire(timeout=SECONDS)
    batch = [worker.behind(lambda _: order.append("first")), worker.behind(lambda _: order.append("second"))]
    worker.read_surely(request(2))
    worker.read(request(3))
    for _ in range(3):
        held.let.release()
    for one in batch:
        one.result(SECONDS)
    assert order == ["pen", "pen", "surely", "first", "second"]


def test_what_fails_behind_the_pen_is_told_to_who_asked_and_the_thread_goes_on(worker: ReadingWorker) -> None:
    def fail(_: Reader | None) -> None:
        raise ModelError("It broke.")

    assert isinstance(worker.behind(fail).exception(SECONDS), ModelError)
    assert worker.behind(lambda reader: reader is not None).result(SECONDS)


def test_who_asked_behind_the_pen_does_not_wait_for_a_thread_that_ended(
    worker: ReadingWorker, held: HeldClassifier
) -> None:
    worker.read(request(1))
    assert held.begun.acquire(timeout=SECONDS)
    waiting = worker.behind(lambda _: None)
    assert not worker.stop(0.0)
    assert waiting.cancelled()
    assert worker.behind(lambda _: None).cancelled()

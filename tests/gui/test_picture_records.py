"""What was chosen about a picture is recorded when it lasts, as another version of the picture's own record."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from mnist_desktop.gui.picture_steps import StepName
from mnist_desktop.gui.reading_worker import ModelSwitch
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.recognition.classifier import Prediction
from mnist_desktop.recognition.reader import Reader

from .conftest import NEVER, WAIT, WidthClassifier, draw_one, modest_reader, records, wait_saved
from .steered_picture import answers, drag, drag_over_the_one, preparation

Make = Callable[..., Window]


def other_reader(**changes: Any) -> Reader:
    """The modest model under another name."""
    model = modest_reader().model
    card = type(model.card)(**{**vars(model.card), "name": "other", **changes})
    return Reader(type(model)(folder=model.folder, card=card), WidthClassifier())


def test_moves_of_the_slider_make_one_record_when_they_rest(opened: Window, qtbot: QtBot, home: Path) -> None:
    slider = opened.read_tab.pictures.controls.threshold
    for value in range(-30, 31, 5):
        slider.setValue(value)
    wait_saved(qtbot, opened)
    assert preparation(home)["chosen"] == {"threshold": 0.3}


def test_what_was_chosen_last_is_recorded_when_the_picture_leaves_unread(
    make_window: Make, qtbot: QtBot, page: Path, home: Path
) -> None:
    let = threading.Semaphore(1)

    class Held(WidthClassifier):
        def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
            assert let.acquire(timeout=WAIT / 1000)
            let.release()
            return super().predict(glyphs)

    window = make_window(open_reader=lambda: Reader(modest_reader().model, Held()), rest_seconds=NEVER)
    window.read_tab.open_files([page])
    wait_saved(qtbot, window)
    assert let.acquire(timeout=WAIT / 1000)
    drag_over_the_one(window)
    window.commands.clear.trigger()
    assert not window.read_tab.settled
    let.release()
    wait_saved(qtbot, window)
    assert [record.label for record in records(home)] == ["1"]


def test_where_nothing_is_found_the_record_stays_as_it_was(opened: Window, qtbot: QtBot, home: Path) -> None:
    before = records(home)
    drag(opened, 240, 20, 60, 60)
    qtbot.waitUntil(lambda: "Blank" in opened.read_tab.answer.answer.sentence, timeout=WAIT)
    qtbot.waitUntil(lambda: opened.read_tab.settled, timeout=WAIT)
    assert records(home) == before
    strip = opened.read_tab.pictures.strip
    assert "Nothing" in strip.tiles[StepName.GLYPH].accessibleDescription()


def test_undo_brings_the_strokes_back_from_a_steered_picture(
    make_window: Make, qtbot: QtBot, page: Path, home: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    draw_one(window)
    drawing = window.read_tab.canvas.drawing
    window.read_tab.open_files([page])
    wait_saved(qtbot, window, 2)
    drag_over_the_one(window)
    qtbot.waitUntil(answers(window, "1"), timeout=WAIT)
    window.commands.undo.trigger()
    wait_saved(qtbot, window, 2)
    assert window.read_tab.canvas.picture is None
    assert window.read_tab.canvas.drawing == drawing
    assert [(record.label, record.name) for record in records(home)] == [("1", "page.png"), ("1", None)]


def test_a_picture_that_closes_with_the_window_is_recorded_as_it_was_chosen_last(
    make_window: Make, qtbot: QtBot, page: Path, home: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    window.read_tab.open_files([page])
    wait_saved(qtbot, window)
    drag_over_the_one(window)
    with qtbot.waitSignal(window.closed, timeout=WAIT):
        window.close()
    assert [record.label for record in records(home)] == ["1"]


def test_another_model_reads_the_picture_as_it_was_chosen_without_decoding_it_again(
    opened: Window, qtbot: QtBot, page: Path, home: Path
) -> None:
    drag_over_the_one(opened)
    wait_saved(qtbot, opened)
    page.unlink()
    opened.reading_worker.switch(ModelSwitch(choice="other", open_reader=other_reader))
    wait_saved(qtbot, opened, 2)
    kept = [(record.model, record.label, "chosen" in (record.preparation or "")) for record in records(home)]
    assert kept == [("other", "1", True), ("modest", "1", True)]
    assert opened.read_tab.pictures.controls.whole.isEnabled()


def test_a_picture_of_a_batch_that_is_opened_again_goes_on_with_its_record_but_not_under_another_model(
    opened: Window, qtbot: QtBot, page: Path, home: Path
) -> None:
    (first,) = records(home)
    tab = opened.read_tab
    opened.commands.clear.trigger()
    tab.open_again(page, 0, (first.id,))
    qtbot.waitUntil(lambda: tab.canvas.picture is not None and tab.settled, timeout=WAIT)
    drag_over_the_one(opened)
    wait_saved(qtbot, opened)
    assert [(record.id, record.label) for record in records(home)] == [(first.id, "1")]
    opened.reading_worker.switch(ModelSwitch(choice="other", open_reader=other_reader))
    wait_saved(qtbot, opened, 2)
    assert {(record.model, record.id == first.id) for record in records(home)} == {("modest", True), ("other", False)}


def test_a_picture_of_a_whole_thing_is_steered_as_well(make_window: Make, qtbot: QtBot, page: Path, home: Path) -> None:
    window = make_window(open_reader=lambda: other_reader(preparation="picture", input="grey"))
    window.read_tab.open_files([page])
    wait_saved(qtbot, window)
    drag_over_the_one(window)
    wait_saved(qtbot, window)
    assert preparation(home)["chosen"]["part"]
    picture = window.read_tab.canvas.picture
    assert picture is not None
    assert picture.steps is not None
    assert all(picture.steps.of(name, 0) is not None for name in StepName)

"""A picture shows how it was read, and what the person chooses about it is read at once and recorded when it lasts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.picture_steps import StepName
from mnist_desktop.gui.reading_worker import ModelSwitch
from mnist_desktop.gui.shown_picture import placed
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.choices import Choices
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.recognition.classifier import ModelError, Prediction
from mnist_desktop.recognition.reader import Reader

from .conftest import NEVER, WAIT, WidthClassifier, draw_one, modest_reader, pen, records, tablet, wait_saved

Make = Callable[..., Window]

ONE = (340, 100, 30, 120)
"""Where on the page a "1" stands, lighter than the "0" beside it: x, y, width, height."""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A dark "0" that is plainly the digit, and far from it a fainter "1"."""
    levels = np.full((300, 400), 250, np.uint8)
    rows, columns = np.mgrid[0:300, 0:400]
    ring = np.hypot((rows - 150) / 110, (columns - 110) / 90)
    levels[(ring > 0.75) & (ring < 1)] = 10
    x, y, width, height = ONE
    levels[y : y + height, x : x + width] = 200
    path = tmp_path / "page.png"
    Image.fromarray(levels).save(path)
    return path


@pytest.fixture
def opened(window: Window, qtbot: QtBot, page: Path) -> Window:
    window.read_tab.open_files([page])
    wait_saved(qtbot, window)
    assert window.read_tab.answer.answer.large == "0"
    return window


def on_canvas(window: Window, x: float, y: float) -> QPoint:
    """Where on the canvas a pixel of the picture is."""
    pane = window.read_tab.canvas.pane
    assert pane.picture is not None
    width, height = pane.picture.size
    spot = placed(QRectF(x / width, y / height, 0, 0), QRectF(0, 0, 1, 1), pane._target())
    return spot.topLeft().toPoint()


def drag(window: Window, x: int, y: int, width: int, height: int, *, release: bool = True) -> None:
    """Drag over a part of the picture, given in its pixels, with the mouse."""
    canvas = window.read_tab.canvas
    start, end = on_canvas(window, x, y), on_canvas(window, x + width, y + height)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, (start + end) / 2)
    QTest.mouseMove(canvas, end)
    if release:
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def drag_over_the_one(window: Window, *, release: bool = True) -> None:
    x, y, width, height = ONE
    drag(window, x - 25, y - 30, width + 50, height + 60, release=release)


def answers(window: Window, large: str) -> Callable[[], bool]:
    return lambda: window.read_tab.answer.answer.large == large


def preparation(home: Path) -> Any:
    (record,) = records(home)
    assert record.preparation is not None
    return json.loads(record.preparation)


def test_a_drag_says_which_part_of_the_picture_is_meant(opened: Window, qtbot: QtBot, home: Path) -> None:
    drag_over_the_one(opened)
    wait_saved(qtbot, opened)
    tab = opened.read_tab
    assert tab.answer.answer.large == "1"
    (record,) = records(home)
    assert (record.label, record.name) == ("1", "page.png")
    used = preparation(home)
    x, y, width, height = used["chosen"]["part"]
    assert abs(x - (ONE[0] - 25)) < 5
    assert abs(y - (ONE[1] - 30)) < 5
    left, top, across, down = used["box"]
    assert x <= left < left + across <= x + width
    assert y <= top < top + down <= y + height
    assert tab.canvas.picture is not None
    assert len(tab.canvas.picture.boxes) == 1


def test_the_answer_follows_before_the_mouse_is_released(
    make_window: Make, qtbot: QtBot, page: Path, home: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    window.read_tab.open_files([page])
    wait_saved(qtbot, window)
    drag_over_the_one(window, release=False)
    qtbot.waitUntil(answers(window, "1"), timeout=WAIT)
    assert [record.label for record in records(home)] == ["0"]
    QTest.keyClick(window.read_tab.canvas, Qt.Key.Key_Escape)
    qtbot.waitUntil(answers(window, "0"), timeout=WAIT)
    assert window.read_tab.canvas.pane.part is None
    QTest.mouseRelease(window.read_tab.canvas, Qt.MouseButton.LeftButton)
    assert window.read_tab.settled


@pytest.mark.parametrize("focus", ["canvas", "threshold", "tile"])
def test_escape_leads_back_to_the_whole_picture_before_it_clears(opened: Window, qtbot: QtBot, focus: str) -> None:
    tab = opened.read_tab
    widgets: dict[str, QWidget] = {
        "canvas": tab.canvas,
        "threshold": tab.pictures.controls.threshold,
        "tile": tab.pictures.strip.tiles[StepName.INK],
    }
    drag_over_the_one(opened)
    wait_saved(qtbot, opened)
    widgets[focus].setFocus()
    QTest.keyClick(widgets[focus], Qt.Key.Key_Escape)
    assert tab.canvas.pane.part is None
    qtbot.waitUntil(answers(opened, "0"), timeout=WAIT)
    assert tab.canvas.picture is not None
    QTest.keyClick(widgets[focus], Qt.Key.Key_Escape)
    assert tab.canvas.picture is None


def test_a_button_leads_back_to_the_whole_picture(opened: Window, qtbot: QtBot, home: Path) -> None:
    whole = opened.read_tab.pictures.controls.whole
    assert not whole.isEnabled()
    drag_over_the_one(opened)
    wait_saved(qtbot, opened)
    assert whole.isEnabled()
    QTest.mouseClick(whole, Qt.MouseButton.LeftButton)
    wait_saved(qtbot, opened)
    assert not whole.isEnabled()
    assert [record.label for record in records(home)] == ["0"]
    assert "chosen" not in preparation(home)


def test_the_part_can_be_chosen_by_keys(opened: Window, qtbot: QtBot) -> None:
    canvas = opened.read_tab.canvas
    canvas.setFocus()
    for _ in range(40):
        QTest.keyClick(canvas, Qt.Key.Key_Right)
    for _ in range(11):
        QTest.keyClick(canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    part = canvas.pane.part
    assert part is not None
    for _ in range(40):
        QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.pane.part is not None
    assert canvas.pane.part[0] + canvas.pane.part[2] == 400
    qtbot.waitUntil(answers(opened, "1"), timeout=WAIT)


def test_light_and_dark_can_be_flipped_and_back(opened: Window, qtbot: QtBot, home: Path) -> None:
    flip = opened.read_tab.pictures.controls.flip
    before = preparation(home)
    QTest.mouseClick(flip, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.read_tab.pictures.steering.settled, timeout=WAIT)
    picture = opened.read_tab.canvas.picture
    assert picture is not None
    assert picture.choices == Choices(polarity="light on dark")
    assert flip.isChecked()
    QTest.mouseClick(flip, Qt.MouseButton.LeftButton)
    wait_saved(qtbot, opened)
    assert not flip.isChecked()
    assert preparation(home) == before


def test_the_threshold_is_moved_by_keys_and_back_to_automatic(opened: Window, qtbot: QtBot, home: Path) -> None:
    controls = opened.read_tab.pictures.controls
    before = preparation(home)
    assert "automatic" in controls.threshold.accessibleName()
    controls.threshold.setFocus()
    for _ in range(5):
        QTest.keyClick(controls.threshold, Qt.Key.Key_Right)
    wait_saved(qtbot, opened)
    moved = preparation(home)
    assert moved["threshold"] > before["threshold"]
    assert moved["chosen"] == {"threshold": 0.05}
    assert "+5 %" in controls.threshold.accessibleName()
    QTest.mouseClick(controls.automatic, Qt.MouseButton.LeftButton)
    wait_saved(qtbot, opened)
    assert preparation(home) == before


def test_a_drag_of_the_slider_falls_into_the_automatic_place(opened: Window) -> None:
    slider = opened.read_tab.pictures.controls.threshold
    slider.setValue(60)
    middle = slider.rect().center()
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton, pos=middle)
    assert slider.value() == 0


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


def test_readings_of_views_that_have_passed_do_not_queue(make_window: Make, qtbot: QtBot, page: Path) -> None:
    let, begun = threading.Semaphore(0), threading.Semaphore(0)
    asked: list[Choices] = []

    class Watched(Reader):
        def read_digits(self, subject: Any, choices: Any = None, **options: Any) -> Any:
            asked.append(choices)
            begun.release()
            assert let.acquire(timeout=WAIT / 1000)
            return super().read_digits(subject, choices, **options)

    window = make_window(open_reader=lambda: Watched(modest_reader().model, WidthClassifier()), rest_seconds=NEVER)
    tab = window.read_tab
    tab.open_files([page])
    let.release()
    wait_saved(qtbot, window)
    assert begun.acquire(timeout=WAIT / 1000)
    slider = tab.pictures.controls.threshold
    slider.setValue(1)
    assert begun.acquire(timeout=WAIT / 1000)
    for value in range(2, 40):
        slider.setValue(value)
    for _ in range(40):
        let.release()
    picture = tab.canvas.picture
    assert picture is not None
    qtbot.waitUntil(
        lambda: tab.canvas.picture is not None and tab.canvas.picture.choices.threshold == 0.39, timeout=WAIT
    )
    assert [each.threshold for each in asked] == [0.0, 0.01, 0.39]


def test_a_picture_is_steered_without_being_decoded_again(opened: Window, qtbot: QtBot, page: Path) -> None:
    page.unlink()
    drag_over_the_one(opened)
    wait_saved(qtbot, opened)
    assert opened.read_tab.answer.answer.large == "1"
    assert not opened.read_tab.notice.isVisible()


def test_where_nothing_is_found_the_record_stays_as_it_was(opened: Window, qtbot: QtBot, home: Path) -> None:
    before = records(home)
    drag(opened, 240, 20, 60, 60)
    qtbot.waitUntil(lambda: "Blank" in opened.read_tab.answer.answer.sentence, timeout=WAIT)
    qtbot.waitUntil(lambda: opened.read_tab.settled, timeout=WAIT)
    assert records(home) == before
    strip = opened.read_tab.pictures.strip
    assert "Nothing" in strip.tiles[StepName.GLYPH].accessibleDescription()


def test_the_steps_and_controls_are_there_only_while_a_picture_is(opened: Window, qtbot: QtBot) -> None:
    tab = opened.read_tab
    shown = [tab.pictures.strip, *tab.pictures.controls.widgets]
    assert all(widget.isVisible() for widget in shown)
    opened.commands.clear.trigger()
    assert not any(widget.isVisible() for widget in shown)
    assert opened.commands.eraser.isEnabled()


def test_the_steps_end_in_the_very_glyph_and_each_is_named_and_described(opened: Window) -> None:
    tab = opened.read_tab
    picture = tab.canvas.picture
    assert picture is not None
    assert picture.steps is not None
    glyph = picture.steps.of(StepName.GLYPH, 0)
    assert glyph is not None
    levels = bytes(glyph.image.constBits())
    assert levels == tab.preview.levels
    for tile in tab.pictures.strip.tiles.values():
        assert tile.accessibleName()
        assert tile.accessibleDescription()
        assert tile.focusPolicy() is Qt.FocusPolicy.StrongFocus


def test_the_ink_step_shows_the_digit_black_and_what_was_left_out_grey(opened: Window, qtbot: QtBot) -> None:
    tab = opened.read_tab
    tab.pictures.controls.threshold.setValue(-60)
    wait_saved(qtbot, opened)
    picture = tab.canvas.picture
    assert picture is not None
    assert picture.steps is not None
    ink = picture.steps.ink.image
    assert (ink.width(), ink.height()) == (400, 300)
    assert {ink.pixelColor(110, 50).lightness(), ink.pixelColor(110, 150).lightness()} == {0, 255}


def looked_at(window: Window) -> StepName:
    return window.read_tab.pictures.strip.looked_at


def colour_on_canvas(window: Window, x: int, y: int) -> int:
    canvas = window.read_tab.canvas
    return int(canvas.grab().toImage().pixelColor(on_canvas(window, x, y)).lightness())


def test_a_step_is_looked_at_large_by_click_by_keys_and_under_the_mouse(opened: Window, qtbot: QtBot) -> None:
    strip = opened.read_tab.pictures.strip
    x, y, width, height = ONE
    inside = x + width // 2, y + height // 2
    assert colour_on_canvas(opened, *inside) == pytest.approx(200, abs=3)
    ink = strip.tiles[StepName.INK]
    QTest.mouseClick(ink, Qt.MouseButton.LeftButton)
    assert looked_at(opened) is StepName.INK
    assert colour_on_canvas(opened, *inside) in {0, 195, 255}
    ink.looked_at.emit(False)
    assert colour_on_canvas(opened, *inside) in {0, 195, 255}
    ink.setFocus()
    QTest.keyClick(ink, Qt.Key.Key_Up)
    QTest.keyClick(strip.tiles[StepName.FLATTENED], Qt.Key.Key_Up)
    assert looked_at(opened) is StepName.PICTURE
    assert colour_on_canvas(opened, *inside) == pytest.approx(200, abs=3)
    ink.looked_at.emit(True)
    assert colour_on_canvas(opened, *inside) in {0, 195, 255}
    ink.looked_at.emit(False)
    assert colour_on_canvas(opened, *inside) == pytest.approx(200, abs=3)


def test_in_a_larger_window_the_steps_are_larger_and_fill_the_strip(opened: Window, qtbot: QtBot) -> None:
    strip = opened.read_tab.pictures.strip
    opened.resize(900, 600)
    tile = strip.tiles[StepName.CROP]
    qtbot.waitUntil(lambda: opened.size() == QSize(900, 600) and tile.width() > strip.width() - 30, timeout=WAIT)
    small = tile.size()
    opened.resize(1600, 1000)
    qtbot.waitUntil(lambda: tile.width() > small.width() + 20 and tile.width() > strip.width() - 30, timeout=WAIT)
    assert tile.height() > small.height() + 20
    opened.resize(900, 600)
    qtbot.waitUntil(lambda: tile.size() == small, timeout=WAIT)


def test_another_picture_begins_unsteered(opened: Window, qtbot: QtBot, sample_picture: Path) -> None:
    tab = opened.read_tab
    tab.pictures.controls.threshold.setValue(20)
    tab.pictures.strip.tiles[StepName.INK].click()
    tab.open_files([sample_picture])
    wait_saved(qtbot, opened, 2)
    assert tab.pictures.steering.choices == Choices()
    assert tab.pictures.controls.threshold.value() == 0
    assert tab.pictures.strip.looked_at is StepName.PICTURE


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


def test_a_part_of_a_part_can_be_chosen_on_its_ink_which_does_not_move_under_the_hand(
    make_window: Make, qtbot: QtBot, page: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    tab = window.read_tab
    tab.open_files([page])
    wait_saved(qtbot, window)
    pane = tab.canvas.pane
    pane.choose_part((200, 0, 200, 300))
    qtbot.waitUntil(answers(window, "1"), timeout=WAIT)
    tab.pictures.strip.tiles[StepName.INK].click()
    target = pane._target()
    start, end = target.center().toPoint(), target.bottomRight().toPoint()
    QTest.mousePress(tab.canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(tab.canvas, (start + end) / 2)
    qtbot.waitUntil(lambda: pane.picture is not None and pane.picture.choices.part == pane.part, timeout=WAIT)
    assert pane._target() == target
    QTest.mouseMove(tab.canvas, end)
    QTest.mouseRelease(tab.canvas, Qt.MouseButton.LeftButton, pos=end)
    assert pane.part is not None
    assert pane.part == pytest.approx((300, 150, 100, 150), abs=2)


def test_a_pen_on_a_tablet_chooses_a_part_as_the_mouse_does(opened: Window) -> None:
    canvas = opened.read_tab.canvas
    device = pen(QPointingDevice.PointerType.Pen)
    start, end = on_canvas(opened, 300, 50), on_canvas(opened, 390, 260)
    tablet(canvas, device, QEvent.Type.TabletPress, start.x(), start.y(), 0.5)
    tablet(canvas, device, QEvent.Type.TabletMove, end.x(), end.y(), 0.5)
    tablet(canvas, device, QEvent.Type.TabletRelease, end.x(), end.y(), 0.0)
    assert canvas.pane.part == pytest.approx((300, 50, 90, 210), abs=2)
    assert canvas.drawing.blank


def test_a_click_on_a_digit_looks_at_it_and_chooses_no_part(make_window: Make, qtbot: QtBot, tmp_path: Path) -> None:
    levels = np.full((200, 400), 250, np.uint8)
    for left in (60, 200, 330):
        levels[40:160, left : left + 18] = 10
    path = tmp_path / "ones.png"
    Image.fromarray(levels).save(path)
    window = make_window()
    tab = window.read_tab
    tab.open_files([path])
    qtbot.waitUntil(answers(window, "111"), timeout=WAIT)
    QTest.mouseClick(tab.canvas, Qt.MouseButton.LeftButton, pos=on_canvas(window, 208, 100))
    assert (tab.canvas.pane.digit, tab.canvas.pane.part) == (1, None)
    picture = tab.canvas.picture
    assert picture is not None
    assert picture.steps is not None
    assert len(picture.steps.crops) == len(picture.steps.glyphs) == 3


def test_tab_goes_from_the_buttons_through_the_controls_and_from_the_picture_through_its_steps(opened: Window) -> None:
    tab = opened.read_tab
    controls, tiles = tab.pictures.controls, list(tab.pictures.strip.tiles.values())
    tab.canvas.pane.choose_part((10, 10, 100, 100))
    controls.threshold.setValue(10)
    controls.whole.setFocus()
    passed = []
    for _ in range(4):
        passed.append(opened.focusWidget())
        QTest.keyClick(opened.focusWidget(), Qt.Key.Key_Tab)
    assert passed == [controls.whole, controls.flip, controls.threshold, controls.automatic]
    tab.canvas.setFocus()
    QTest.keyClick(tab.canvas, Qt.Key.Key_Tab)
    assert opened.focusWidget() in tiles


def other_reader(**changes: Any) -> Reader:
    """The modest model under another name."""
    model = modest_reader().model
    card = type(model.card)(**{**vars(model.card), "name": "other", **changes})
    return Reader(type(model)(folder=model.folder, card=card), WidthClassifier())


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


def test_without_a_model_a_picture_is_shown_and_nothing_is_offered_that_does_nothing(
    make_window: Make, qtbot: QtBot, page: Path
) -> None:
    def none() -> Reader:
        raise ModelError("There is no model.")

    window = make_window(open_reader=none)
    tab = window.read_tab
    tab.open_files([page])
    qtbot.waitUntil(lambda: tab.canvas.picture is not None, timeout=WAIT)
    assert not tab.pictures.strip.isVisible()
    assert not any(widget.isVisible() for widget in tab.pictures.controls.widgets)
    drag_over_the_one(window)
    qtbot.waitUntil(lambda: tab.settled, timeout=WAIT)

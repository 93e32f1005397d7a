"""What the person chooses about a picture, its part, side and threshold, is read at once, by mouse, pen and keys."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.picture_steps import StepName
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.choices import Choices
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.reader import Reader

from .conftest import FAINT_ONE, NEVER, WAIT, WidthClassifier, modest_reader, pen, records, tablet, wait_saved
from .steered_picture import answers, drag_over_the_one, on_canvas, preparation

Make = Callable[..., Window]


def test_a_drag_says_which_part_of_the_picture_is_meant(opened: Window, qtbot: QtBot, home: Path) -> None:
    drag_over_the_one(opened)
    wait_saved(qtbot, opened)
    tab = opened.read_tab
    assert tab.answer.answer.large == "1"
    (record,) = records(home)
    assert (record.label, record.name) == ("1", "page.png")
    used = preparation(home)
    x, y, width, height = used["chosen"]["part"]
    assert abs(x - (FAINT_ONE[0] - 25)) < 5
    assert abs(y - (FAINT_ONE[1] - 30)) < 5
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


def test_another_picture_begins_unsteered(opened: Window, qtbot: QtBot, sample_picture: Path) -> None:
    tab = opened.read_tab
    tab.pictures.controls.threshold.setValue(20)
    tab.pictures.strip.tiles[StepName.INK].click()
    tab.open_files([sample_picture])
    wait_saved(qtbot, opened, 2)
    assert tab.pictures.steering.choices == Choices()
    assert tab.pictures.controls.threshold.value() == 0
    assert tab.pictures.strip.looked_at is StepName.PICTURE


def test_a_pen_on_a_tablet_chooses_a_part_as_the_mouse_does(opened: Window) -> None:
    canvas = opened.read_tab.canvas
    device = pen(QPointingDevice.PointerType.Pen)
    start, end = on_canvas(opened, 300, 50), on_canvas(opened, 390, 260)
    tablet(canvas, device, QEvent.Type.TabletPress, start.x(), start.y(), 0.5)
    tablet(canvas, device, QEvent.Type.TabletMove, end.x(), end.y(), 0.5)
    tablet(canvas, device, QEvent.Type.TabletRelease, end.x(), end.y(), 0.0)
    assert canvas.pane.part == pytest.approx((300, 50, 90, 210), abs=2)
    assert canvas.drawing.blank


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

"""A picture shows how it was read, step by step, and each step can be looked at as large and acted upon."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.picture_steps import StepName
from mnist_desktop.gui.theme import LIGHT
from mnist_desktop.gui.window import Window

from .conftest import FAINT_ONE, NEVER, WAIT, wait_saved
from .steered_picture import answers, on_canvas

Make = Callable[..., Window]


def looked_at(window: Window) -> StepName:
    return window.read_tab.pictures.strip.looked_at


def colour_on_canvas(window: Window, x: int, y: int) -> int:
    canvas = window.read_tab.canvas
    return int(canvas.grab().toImage().pixelColor(on_canvas(window, x, y)).lightness())


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


def test_a_step_is_looked_at_large_by_click_by_keys_and_under_the_mouse(opened: Window, qtbot: QtBot) -> None:
    strip = opened.read_tab.pictures.strip
    x, y, width, height = FAINT_ONE
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


def test_the_outline_of_a_digit_at_the_edge_of_a_step_is_seen_on_all_four_sides(opened: Window, qtbot: QtBot) -> None:
    tab = opened.read_tab
    # The upper half of the "0": its ink ends where the part ends.
    tab.canvas.pane.choose_part((0, 20, 220, 130))
    qtbot.waitUntil(lambda: tab.settled, timeout=WAIT)
    tab.pictures.strip.tiles[StepName.INK].click()
    target = tab.canvas.pane._target().toRect()
    ratio = tab.canvas.devicePixelRatioF()
    image = tab.canvas.grab(target).toImage()
    middle = round(target.width() * 110 / 220 * ratio)
    lowest = [image.pixelColor(middle, image.height() - 1 - row).name() for row in range(round(4 * ratio))]
    assert LIGHT.accent in lowest

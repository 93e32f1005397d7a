"""Several digits on one sheet: each is seen and looked at by itself, and one digit looks as it always did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.window import Window

from .conftest import WAIT, draw, records, wait_saved
from .drawn_numbers import best, labels, real_reader, wait_read, write

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make) -> Window:
    """A wide window that reads with the shipped model."""
    window = make_window(open_reader=real_reader)
    window.resize(1200, 700)
    return window


def test_one_digit_shows_nothing_more_than_before(window: Window, qtbot: QtBot, home: Path) -> None:
    write(window, 4, 100)
    wait_saved(qtbot, window)
    tab = window.read_tab
    assert tab.answer.answer.large == "4"
    assert tab.strip.isHidden()
    assert not tab.strip.buttons
    (record,) = records(home)
    assert (record.drawing, record.position) == (None, None)


def test_a_number_is_shown_large_and_digit_by_digit(window: Window, qtbot: QtBot) -> None:
    for place, digit in enumerate((3, 0, 7)):
        write(window, digit, 60 + 150 * place)
    wait_read(qtbot, window, "307")
    tab = window.read_tab
    assert "3 digits" in tab.answer.answer.sentence
    assert labels(window) == ["3", "0", "7"]
    assert "307" in tab.answer.accessibleDescription()
    assert all(f"Digit {place} of 3: " in each.accessibleName() for place, each in enumerate(tab.strip.buttons, 1))


def test_bars_and_glyph_are_those_of_the_digit_under_the_pen(window: Window, qtbot: QtBot) -> None:
    tab = window.read_tab
    write(window, 3, 60)
    write(window, 7, 210)
    wait_read(qtbot, window, "37")
    assert [button.isChecked() for button in tab.strip.buttons] == [False, True]
    assert best(window) == "7"
    # Nearer to the first one than to the second: it is part of the first.
    window.commands.undo.trigger()
    window.commands.undo.trigger()
    wait_read(qtbot, window, "3")
    assert tab.strip.isHidden()
    write(window, 1, 330)
    wait_read(qtbot, window, "31")
    assert best(window) == "1"


def test_a_click_shows_glyph_bars_and_verdict_of_another_digit(window: Window, qtbot: QtBot) -> None:
    write(window, 3, 60)
    write(window, 7, 210)
    wait_read(qtbot, window, "37")
    tab = window.read_tab
    seven = tab.preview.levels
    QTest.mouseClick(tab.strip.buttons[0], Qt.MouseButton.LeftButton)
    assert best(window) == "3"
    assert tab.preview.levels != seven
    assert tab.preview.levels == tab.strip.buttons[0].digit.levels
    assert tab.strip.verdict.startswith("Digit 1 of 2: 3, ")
    assert tab.answer.answer.large == "37"


def test_arrow_keys_go_from_digit_to_digit_and_tab_leaves_them(window: Window, qtbot: QtBot) -> None:
    for place, digit in enumerate((3, 0, 7)):
        write(window, digit, 60 + 150 * place)
    wait_read(qtbot, window, "307")
    tab = window.read_tab
    window.activateWindow()
    tab.explain.setFocus()
    QTest.keyClick(tab.explain, Qt.Key.Key_Tab)
    assert window.focusWidget() is tab.strip.buttons[2]
    QTest.keyClick(tab.strip.buttons[2], Qt.Key.Key_Left)
    assert window.focusWidget() is tab.strip.buttons[1]
    assert best(window) == "0"
    QTest.keyClick(tab.strip.buttons[1], Qt.Key.Key_Left)
    assert best(window) == "3"
    QTest.keyClick(tab.strip.buttons[0], Qt.Key.Key_Right)
    assert best(window) == "0"
    QTest.keyClick(tab.strip.buttons[1], Qt.Key.Key_Tab)
    assert window.focusWidget() not in tab.strip.buttons


def test_what_decided_is_shown_of_the_digit_that_is_looked_at(make_window: Make, qtbot: QtBot) -> None:
    window = make_window(open_reader=real_reader)
    window.resize(1200, 700)
    tab = window.read_tab
    write(window, 3, 60)
    write(window, 7, 210)
    wait_read(qtbot, window, "37")
    tab.explain.click()
    qtbot.waitUntil(lambda: tab.preview.overlay is not None, timeout=WAIT)
    of_seven = tab.preview.overlay
    tab.strip.buttons[0].click()
    qtbot.waitUntil(lambda: tab.preview.overlay not in (None, of_seven), timeout=WAIT)
    assert tab.preview.overlay is not None
    assert of_seven is not None
    assert tab.preview.overlay.pixels != of_seven.pixels


def test_digits_are_outlined_faintly_and_one_digit_is_not(window: Window, qtbot: QtBot) -> None:
    canvas = window.read_tab.canvas
    write(window, 3, 60)
    wait_saved(qtbot, window)
    alone = canvas.grab().toImage()
    canvas.outline((), 0)
    assert canvas.grab().toImage() == alone
    write(window, 7, 210)
    wait_read(qtbot, window, "37")
    outlined = canvas.grab().toImage()
    canvas.outline((), 0)
    plain = canvas.grab().toImage()
    changed = [
        (x, y)
        for x in range(plain.width())
        for y in range(0, plain.height(), 7)
        if plain.pixelColor(x, y) != outlined.pixelColor(x, y)
    ]
    assert changed
    # On the paper, not on the ink, and around both digits.
    assert all(plain.pixelColor(x, y).lightness() > 200 for x, y in changed)
    assert min(x for x, _ in changed) < 80
    assert max(x for x, _ in changed) > 250


def test_an_unsure_digit_is_marked_and_named(make_window: Make, qtbot: QtBot) -> None:
    window = make_window()
    window.resize(1200, 700)
    canvas = window.read_tab.canvas
    draw(canvas, (40, 60), (40, 120), (40, 180), (40, 240))
    draw(canvas, (180, 60), (250, 150), (180, 240), (110, 150), (180, 60))
    draw(canvas, (420, 60), (490, 150), (420, 240))
    qtbot.waitUntil(lambda: len(window.read_tab.strip.buttons) == 3, timeout=WAIT)
    tab = window.read_tab
    assert tab.answer.answer.large == "101"
    assert tab.answer.answer.sentence == "Unsure of digit 3"
    assert tab.answer.answer.doubted == {2}
    assert tab.answer.answer.tone == "warning"
    assert [button.digit.doubted for button in tab.strip.buttons] == [False, False, True]
    assert "unsure, could be 1 or 0" in tab.strip.verdict
    wait_saved(qtbot, window, 3)
    tab.it_was.buttons["7"].click()
    qtbot.waitUntil(lambda: tab.strip.verdict == "Digit 3 of 3: you said it was 7", timeout=WAIT)
    assert labels(window) == ["1", "0", "7"]
    assert not tab.strip.buttons[2].digit.doubted

"""Nothing is clipped or covered on the Read tab, in a small window and with a large font of the system."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.answer_side import ROOMY
from mnist_desktop.gui.window import Window

from .conftest import WAIT, draw_one, wait_saved
from .drawn_numbers import real_reader, write

Make = Callable[..., Window]


@pytest.fixture(params=[1.0, 2.0], ids=["the system's font", "twice the system's font"])
def font(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[QFont]:
    before = QFont(qapp.font())
    larger = QFont(before)
    larger.setPointSizeF(before.pointSizeF() * request.param)
    qapp.setFont(larger)
    yield larger
    qapp.setFont(before)


@pytest.fixture
def small(font: QFont, make_window: Make, qtbot: QtBot) -> Window:
    window = make_window()
    window.resize(900, 600)
    draw_one(window)
    wait_saved(qtbot, window)
    return window


def place(widget: QWidget, window: Window) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def test_the_window_is_no_larger_than_asked(small: Window) -> None:
    assert (small.width(), small.height()) == (900, 600)


def test_every_button_has_room_for_its_words(small: Window) -> None:
    for button in small.read_tab.findChildren(QPushButton):
        if button.isVisible():
            needed = button.fontMetrics().horizontalAdvance(button.text())
            assert button.width() >= needed, button.text()
            assert button.height() >= button.fontMetrics().height(), button.text()


def test_nothing_covers_anything_else(small: Window) -> None:
    tab = small.read_tab
    left = [tab.canvas, tab.last_readings]
    right = [tab.preview, tab.explain, tab.answer, tab.it_was, tab.bars]
    for group in (left, right):
        for first, second in combinations(group, 2):
            assert not place(first, small).intersects(place(second, small)), (first, second)


def test_canvas_glyph_and_answer_are_all_on_the_screen(small: Window) -> None:
    tab = small.read_tab
    for widget in (tab.canvas, tab.last_readings, tab.preview, tab.answer, small.status):
        assert small.rect().contains(place(widget, small)), widget
    assert tab.canvas.width() >= 220
    assert tab.canvas.height() >= 220


def test_the_answer_has_room_for_its_longest_sentence(small: Window) -> None:
    answer = small.read_tab.answer
    assert answer.width() >= answer.minimumSizeHint().width()
    assert answer.height() >= answer.minimumSizeHint().height()


def test_the_bars_give_way_before_anything_has_to_be_scrolled_and_nothing_above_them_moves(
    font: QFont, make_window: Make, qtbot: QtBot
) -> None:
    window = make_window(open_reader=real_reader)
    window.resize(900, 600)
    tab, scroll_bar = window.read_tab, window.read_tab._side.verticalScrollBar()
    qtbot.waitUntil(lambda: window.height() == 600, timeout=WAIT)
    write(window, 4, 20)
    wait_saved(qtbot, window)

    def above() -> list[QRect]:
        return [place(part, window) for part in (tab.preview, tab.explain)]

    before = above()
    write(window, 7, 160)
    qtbot.waitUntil(lambda: len(tab.strip.buttons) == 2, timeout=WAIT)
    qtbot.waitUntil(lambda: scroll_bar.maximum() == 0 or tab.bars.height() == tab.bars.minimumHeight(), timeout=WAIT)
    qtbot.waitUntil(lambda: above() == before, timeout=WAIT)


def test_the_parts_of_the_answer_stand_closer_together_in_a_low_window_only(make_window: Make, qtbot: QtBot) -> None:
    window = make_window()
    tab = window.read_tab

    def gap() -> int:
        return place(tab.it_was, window).top() - place(tab.explain, window).bottom()

    window.resize(1000, 600)
    qtbot.waitUntil(lambda: window.height() == 600 and gap() < ROOMY, timeout=WAIT)
    window.resize(1000, 1000)
    qtbot.waitUntil(lambda: window.height() == 1000 and gap() >= ROOMY, timeout=WAIT)

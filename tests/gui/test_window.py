"""What the window does when something is missing, when it closes, and by the keyboard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.window import Window
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.reader import Reader

from .conftest import (
    NEVER,
    WAIT,
    close,
    draw_one,
    modest_reader,
    records,
    wait_saved,
)

Make = Callable[..., Window]


def test_without_a_model_one_can_draw_and_is_told(make_window: Make, qtbot: QtBot, home: Path) -> None:
    def damaged() -> Reader:
        raise ModelError("The model is damaged: model.tflite is not the file that its card describes.")

    window = make_window(open_reader=damaged)
    assert "damaged" in window.read_tab.notice.text
    assert "nothing is read or recorded" in window.read_tab.notice.text
    draw_one(window)
    assert not window.read_tab.canvas.drawing.blank
    close(qtbot, window)
    assert records(home) == []


def test_a_notice_from_before_the_window_is_shown(make_window: Make) -> None:
    window = make_window(notice="settings.toml is damaged; mend or remove it.")
    assert window.read_tab.notice.text == "settings.toml is damaged; mend or remove it."


def test_strokes_made_before_the_model_is_loaded_are_read_and_recorded(
    qtbot: QtBot, home: Path, build_window: Callable[..., Window]
) -> None:
    let = threading.Event()

    def slow() -> Reader:
        assert let.wait(WAIT / 1000)
        return modest_reader()

    window = build_window(open_reader=slow)
    window.show()
    qtbot.waitExposed(window)
    draw_one(window)
    assert window.read_tab.preview.levels is None
    let.set()
    wait_saved(qtbot, window)
    assert window.read_tab.answer.answer.large == "1"
    close(qtbot, window)
    assert [record.label for record in records(home)] == ["1"]


def test_files_named_at_the_start_are_opened(make_window: Make, qtbot: QtBot, sample_picture: Path) -> None:
    window = make_window(files=[sample_picture])
    wait_saved(qtbot, window)


def test_a_sentence_about_a_hebrew_file_name_still_runs_from_the_left(window: Window, qtbot: QtBot) -> None:
    (label,) = window.read_tab.notice.findChildren(QLabel)

    def first_inked_column(sentence: str) -> int:
        window.read_tab.notice.say(sentence)
        qtbot.waitUntil(lambda: label.width() > 400, timeout=WAIT)
        image = label.grab().toImage()
        paper = image.pixelColor(0, 0)
        ratio = image.devicePixelRatio()
        columns = range(image.width())
        return round(
            next(x for x in columns if any(image.pixelColor(x, y) != paper for y in range(image.height()))) / ratio
        )

    assert first_inked_column("ארבע.png is empty.") < 20
    assert window.read_tab.notice.text == "ארבע.png is empty."


def test_closing_records_the_drawing_that_was_just_finished(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window(rest_seconds=NEVER)
    draw_one(window)
    close(qtbot, window)
    assert [record.label for record in records(home)] == ["1"]


def test_closing_in_the_middle_of_a_stroke_records_it(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window(rest_seconds=NEVER)
    canvas = window.read_tab.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 60))
    QTest.mouseMove(canvas, QPoint(150, 240))
    close(qtbot, window)
    assert [record.label for record in records(home)] == ["1"]


def test_size_and_place_are_remembered_in_the_home(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window()
    window.resize(760, 560)
    close(qtbot, window)
    assert (home / "window.ini").is_file()
    assert make_window().size().toTuple() == (760, 560)


def test_everything_is_within_reach_of_the_keyboard(window: Window, qtbot: QtBot) -> None:
    keys, control = Qt.Key, Qt.KeyboardModifier.ControlModifier
    draw_one(window)
    QTest.keyClick(window, keys.Key_Z, control)
    assert window.read_tab.canvas.drawing.blank
    QTest.keyClick(window, keys.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert not window.read_tab.canvas.drawing.blank
    QTest.keyClick(window, keys.Key_2, control)
    assert window.tabs.currentWidget() is window.history_tab
    QTest.keyClick(window, keys.Key_1, control)
    assert window.tabs.currentWidget() is window.read_tab
    QTest.keyClick(window, keys.Key_Escape)
    assert window.read_tab.canvas.drawing.blank


def test_in_the_history_no_key_changes_the_canvas_that_one_does_not_see(window: Window, qtbot: QtBot) -> None:
    keys, control = Qt.Key, Qt.KeyboardModifier.ControlModifier
    draw_one(window)
    drawing = window.read_tab.canvas.drawing
    QTest.keyClick(window, keys.Key_2, control)
    for key, modifier in ((keys.Key_Z, control), (keys.Key_Escape, Qt.KeyboardModifier.NoModifier)):
        QTest.keyClick(window, key, modifier)
        assert window.read_tab.canvas.drawing == drawing
    QTest.keyClick(window, keys.Key_1, control)
    QTest.keyClick(window, keys.Key_Z, control)
    assert window.read_tab.canvas.drawing.blank


@pytest.mark.parametrize("tab", ["read_tab", "history_tab"])
def test_tab_goes_round_all_controls_and_each_has_a_name(window: Window, qtbot: QtBot, tab: str) -> None:
    page: QWidget = getattr(window, tab)
    window.tabs.setCurrentWidget(page)
    draw_one(window)
    focusable = {
        child
        for child in page.findChildren(QWidget)
        if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    reached = set()
    for _ in range(len(focusable) + 10):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is not None:
            reached.add(focus)
    assert focusable <= reached
    assert all(child.accessibleName() for child in focusable)


def test_what_screen_readers_say_is_what_is_shown(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    assert window.read_tab.bars.accessibleDescription().startswith("1 98.0 %")
    assert window.read_tab.preview.accessibleDescription().endswith("of ink in 28 by 28")

"""What menus, buttons and settings do to the canvas in the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.tools import FIELD, PenWidth, Tool
from mnist_desktop.gui.window import Window
from mnist_desktop.recording import unpack_ink

from .conftest import NEVER, WAIT, close, draw, draw_one, draw_zero, records, wait_saved

Make = Callable[..., Window]


def button(window: Window, text: str) -> QPushButton:
    return next(button for button in window.read_tab.findChildren(QPushButton) if button.text() == text)


# --- undo and redo by name ---


def test_undo_and_redo_say_what_they_do(window: Window) -> None:
    undo, redo, canvas = window.commands.undo, window.commands.redo, window.read_tab.canvas
    assert (undo.text(), redo.text()) == ("Undo", "Redo")
    draw_one(window)
    assert undo.text() == "Undo stroke"
    window.commands.eraser.trigger()
    draw(canvas, (60, 150), (240, 150))
    assert undo.text() == "Undo erasing"
    window.commands.clear.trigger()
    assert undo.text() == "Undo clear"
    undo.trigger()
    assert (undo.text(), redo.text()) == ("Undo erasing", "Redo clear")
    undo.trigger()
    undo.trigger()
    assert (undo.text(), redo.text()) == ("Undo", "Redo stroke")


def test_the_button_stays_short_and_its_tool_tip_says_the_rest(window: Window) -> None:
    draw_one(window)
    undo = button(window, "Undo")
    assert undo.toolTip().startswith("Undo stroke (")
    assert undo.accessibleName() == "Undo stroke"


def test_opening_a_drawing_is_a_step_of_its_own(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "seven.json"
    path.write_text('{"strokes": [[[0, 0], [5, 0], [2, 9]]]}')
    window.read_tab.open_files([path])
    wait_saved(qtbot, window)
    assert window.commands.undo.text() == "Undo opening"


# --- eraser, pen, copy ---


def test_the_eraser_is_a_key_a_menu_entry_and_a_button(window: Window) -> None:
    tools = []
    QTest.keyClick(window, Qt.Key.Key_E)
    tools.append(window.read_tab.canvas.tool)
    assert button(window, "Eraser").isChecked()
    button(window, "Eraser").click()
    tools.append(window.read_tab.canvas.tool)
    assert tools == [Tool.ERASER, Tool.PEN]
    assert not window.commands.eraser.isChecked()


def test_what_is_rubbed_out_is_read_anew_and_makes_the_same_record_again(
    window: Window, qtbot: QtBot, home: Path
) -> None:
    draw_one(window)
    draw(window.read_tab.canvas, (40, 60), (260, 60))
    wait_saved(qtbot, window)
    (before,) = records(home)
    assert before.label == "0"
    window.commands.eraser.trigger()
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        draw(window.read_tab.canvas, (40, 60), (130, 60))
        draw(window.read_tab.canvas, (170, 60), (260, 60))
    qtbot.waitUntil(lambda: window.read_tab.settled, timeout=WAIT)
    qtbot.waitUntil(lambda: [record.label for record in records(home)] == ["1"], timeout=WAIT)
    (after,) = records(home)
    assert after.id == before.id
    assert after.ink is not None
    assert unpack_ink(after.ink) == window.read_tab.canvas.drawing


def test_undoing_what_was_rubbed_out_takes_the_old_record_up_again(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    (first,) = records(home)
    window.commands.eraser.trigger()
    draw(window.read_tab.canvas, (150, 60), (150, 150), (150, 240))
    assert window.read_tab.canvas.drawing.blank
    window.commands.undo.trigger()
    window.commands.eraser.trigger()
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        draw(window.read_tab.canvas, (40, 60), (260, 60))
    (extended,) = records(home)
    assert (extended.id, extended.label) == (first.id, "0")


def test_a_drawing_is_copied_as_a_picture(window: Window) -> None:
    draw_one(window)
    QTest.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    image = QGuiApplication.clipboard().image()
    assert not image.isNull()
    x, y = (value * image.width() / FIELD for value in window.read_tab.canvas.drawing.strokes[0].points[1])
    assert image.pixelColor(round(x), round(y)) == QColor("black")


def test_pen_width_and_new_sheets_are_remembered(make_window: Make, qtbot: QtBot) -> None:
    window = make_window()
    next(a for a in window.commands.pen_widths.actions() if a.data() == PenWidth.BROAD).trigger()
    window.commands.new_sheets.trigger()
    close(qtbot, window)
    later = make_window()
    assert later.read_tab.canvas.pen_width is PenWidth.BROAD
    assert later.commands.pen_widths.checkedAction().data() == PenWidth.BROAD
    assert later.commands.new_sheets.isChecked()


def test_a_choice_that_nobody_can_make_is_left_alone(make_window: Make, home: Path) -> None:
    (home / "window.ini").write_text("[General]\npen_width=enormous\nnew_sheets=@Invalid()\n")
    window = make_window()
    assert window.read_tab.canvas.pen_width is PenWidth.MEDIUM
    assert not window.commands.new_sheets.isChecked()


# --- a new sheet for each digit ---


def strokes_on(window: Window) -> int:
    return len(window.read_tab.canvas.drawing.strokes)


def test_with_new_sheets_the_next_stroke_begins_another_record(window: Window, qtbot: QtBot, home: Path) -> None:
    window.commands.new_sheets.trigger()
    draw_one(window)
    wait_saved(qtbot, window)
    assert window.read_tab.answer.answer.large == "1"
    draw_zero(window)
    assert strokes_on(window) == 1
    wait_saved(qtbot, window, 2)
    assert [record.label for record in records(home)] == ["0", "1"]


def test_without_new_sheets_the_next_stroke_belongs_to_the_digit(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    draw_zero(window)
    assert strokes_on(window) == 2


def test_the_second_stroke_of_a_digit_that_is_not_finished_stays_on_its_sheet(make_window: Make, qtbot: QtBot) -> None:
    window = make_window(rest_seconds=NEVER)
    window.commands.new_sheets.trigger()
    draw_one(window)
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == "1", timeout=WAIT)
    draw(window.read_tab.canvas, (60, 150), (240, 150))
    assert strokes_on(window) == 2


def test_what_is_unsure_stays_open_for_more_strokes(window: Window, qtbot: QtBot) -> None:
    window.commands.new_sheets.trigger()
    draw(window.read_tab.canvas, (150, 60), (220, 150), (150, 240))
    wait_saved(qtbot, window)
    assert window.read_tab.answer.answer.large == "?"
    draw(window.read_tab.canvas, (60, 150), (240, 150))
    assert strokes_on(window) == 2


def test_going_back_to_a_sheet_that_was_turned_too_early_goes_on_with_it(
    window: Window, qtbot: QtBot, home: Path
) -> None:
    window.commands.new_sheets.trigger()
    draw_one(window)
    wait_saved(qtbot, window)
    draw(window.read_tab.canvas, (40, 60), (260, 60))
    window.commands.undo.trigger()
    window.commands.undo.trigger()
    assert strokes_on(window) == 1
    draw(window.read_tab.canvas, (40, 60), (260, 60))
    assert strokes_on(window) == 2


def test_keys_never_turn_the_sheet(window: Window, qtbot: QtBot) -> None:
    window.commands.new_sheets.trigger()
    draw_one(window)
    wait_saved(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window.read_tab.canvas, Qt.Key.Key_Space)
    QTest.keyClick(window.read_tab.canvas, Qt.Key.Key_Space)
    assert strokes_on(window) == 2


@pytest.mark.parametrize("rubbed", [True, False])
def test_after_the_rubber_the_sheet_stays(window: Window, qtbot: QtBot, rubbed: bool) -> None:
    window.commands.new_sheets.trigger()
    draw_one(window)
    wait_saved(qtbot, window)
    if rubbed:
        window.commands.eraser.trigger()
        with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
            draw(window.read_tab.canvas, (150, 230), (150, 250))
        window.commands.eraser.trigger()
        qtbot.waitUntil(lambda: window.read_tab.settled, timeout=WAIT)
    draw(window.read_tab.canvas, (60, 150), (240, 150))
    assert strokes_on(window) == (2 if rubbed else 1)


def test_the_window_says_escape_to_the_keys_pen_first(window: Window) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    canvas = window.read_tab.canvas
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    QTest.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.pen_is_down
    assert not canvas.drawing.blank
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.drawing.blank


def test_a_mouse_without_a_new_sheet_keeps_the_answer_until_it_draws(window: Window, qtbot: QtBot) -> None:
    window.commands.new_sheets.trigger()
    draw_one(window)
    wait_saved(qtbot, window)
    QTest.mouseMove(window.read_tab.canvas, QPoint(50, 50))
    assert window.read_tab.answer.answer.large == "1"
    assert strokes_on(window) == 1

"""A drawing becomes one record, by the rule of sheets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.window import Window
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.record import Source
from mnist_desktop.recording import unpack_ink

from .conftest import (
    NEVER,
    WAIT,
    close,
    draw,
    draw_one,
    draw_zero,
    records,
    wait_saved,
)

Make = Callable[..., Window]


def test_a_drawing_is_recorded_when_the_pen_has_rested(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    (record,) = records(home)
    assert (record.label, record.source, record.name, record.verdict) == ("1", Source.CANVAS, None, "digit")
    assert record.ink is not None
    assert unpack_ink(record.ink) == window.read_tab.canvas.drawing
    assert Glyph.from_png(record.glyph).levels.tobytes() == window.read_tab.preview.levels


def test_nothing_is_recorded_while_the_pen_is_down(make_window: Make, qtbot: QtBot) -> None:
    window = make_window(rest_seconds=0.01)
    canvas = window.read_tab.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 60))
    QTest.mouseMove(canvas, QPoint(150, 240))
    with qtbot.assertNotEmitted(window.read_tab.to_record, wait=100):
        qtbot.waitUntil(lambda: window.read_tab.preview.levels is not None, timeout=WAIT)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 240))
    wait_saved(qtbot, window)


def test_the_next_stroke_extends_the_same_record(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    (first,) = records(home)
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        draw(window.read_tab.canvas, (40, 60), (260, 60))
    (second,) = records(home)
    assert second.id == first.id
    assert second.version > first.version
    assert (first.label, second.label) == ("1", "0")
    assert second.ink is not None
    assert len(unpack_ink(second.ink).strokes) == 2


def test_clear_records_at_once_and_begins_another_record(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window(rest_seconds=NEVER)
    draw_one(window)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    draw_zero(window)
    window.commands.clear.trigger()
    qtbot.waitUntil(lambda: window.saved_count == 2, timeout=WAIT)
    assert [record.label for record in records(home)] == ["0", "1"]


def test_a_record_is_of_the_last_stroke_even_when_clear_comes_before_its_reading(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    drawn = []
    for x in range(40, 260, 10):
        draw_one(window, x)
        drawn.append(window.read_tab.canvas.drawing)
        window.commands.clear.trigger()
    qtbot.waitUntil(lambda: window.saved_count == len(drawn), timeout=WAIT)
    inks = [unpack_ink(record.ink) for record in records(home) if record.ink is not None]
    assert inks == drawn[::-1]


def test_undoing_a_clear_takes_the_old_record_up_again(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    window.commands.clear.trigger()
    wait_saved(qtbot, window)
    window.commands.undo.trigger()
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        draw(window.read_tab.canvas, (40, 60), (260, 60))
    (record,) = records(home)
    assert record.label == "0"


def test_an_undo_is_recorded_and_an_undo_to_nothing_keeps_what_was(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    draw(window.read_tab.canvas, (40, 60), (260, 60))
    wait_saved(qtbot, window)
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        window.commands.undo.trigger()
    assert [record.label for record in records(home)] == ["1"]
    with qtbot.assertNotEmitted(window.read_tab.to_record, wait=200):
        window.commands.undo.trigger()
    assert [record.label for record in records(home)] == ["1"]


def test_what_is_drawn_after_undoing_everything_is_another_record(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window()
    draw_one(window)
    wait_saved(qtbot, window)
    window.commands.undo.trigger()
    draw_zero(window)
    wait_saved(qtbot, window, 2)
    assert [record.label for record in records(home)] == ["0", "1"]


def test_redoing_the_first_stroke_takes_its_record_up_again(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window()
    draw_one(window)
    wait_saved(qtbot, window)
    (first,) = records(home)
    window.commands.undo.trigger()
    window.commands.redo.trigger()
    draw_zero(window)
    wait_saved(qtbot, window)
    (extended,) = records(home)
    assert extended.id == first.id
    assert extended.version > first.version


def test_a_stroke_undone_before_it_was_recorded_is_recorded_when_it_is_redone(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    draw_one(window)
    window.commands.undo.trigger()
    window.commands.redo.trigger()
    window.commands.clear.trigger()
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    assert [record.label for record in records(home)] == ["1"]


def test_undo_and_redo_to_the_same_drawing_makes_no_new_version(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    with qtbot.assertNotEmitted(window.read_tab.to_record, wait=200):
        window.commands.undo.trigger()
        window.commands.redo.trigger()


def test_a_blank_canvas_makes_no_record(window: Window, qtbot: QtBot, home: Path) -> None:
    with qtbot.assertNotEmitted(window.read_tab.to_record, wait=200):
        window.commands.clear.setEnabled(True)
        window.commands.clear.trigger()
    close(qtbot, window)
    assert records(home) == []

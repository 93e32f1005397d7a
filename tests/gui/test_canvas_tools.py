"""Eraser, pressure, widths and cursors of the canvas, and the pen that keys move."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mnist_desktop.gui.canvas import Canvas
from mnist_desktop.gui.keyboard_pen import LARGE_STEP, STEP
from mnist_desktop.gui.theme import LIGHT
from mnist_desktop.gui.tools import RUBBER, PenWidth, Tool
from mnist_desktop.ink.drawing import Drawing, to_json
from mnist_desktop.ink.sketch import Change

from .conftest import draw, pen, tablet

KEYS = Qt.Key


def ink_across(canvas: Canvas, y: int) -> int:
    """How many pixels of row `y` are ink."""
    image = canvas.grab().toImage()
    return sum(image.pixelColor(x, y) == QColor(LIGHT.ink) for x in range(image.width()))


# --- the eraser ---


def test_the_eraser_cuts_a_stroke_where_it_crosses_it(canvas: Canvas) -> None:
    draw(canvas, (30, 150), (270, 150))
    canvas.set_tool(Tool.ERASER)
    draw(canvas, (150, 60), (150, 240))
    left, right = canvas.drawing.strokes
    reach = RUBBER + PenWidth.MEDIUM.units / 2
    assert [x for x, _ in left.points] == pytest.approx([100, 500 - reach])
    assert [x for x, _ in right.points] == pytest.approx([500 + reach, 900])


def test_nothing_inked_is_left_where_the_erasers_ring_went(canvas: Canvas) -> None:
    draw(canvas, (30, 150), (270, 150))
    canvas.set_tool(Tool.ERASER)
    draw(canvas, (150, 60), (150, 240))
    image = canvas.grab().toImage()
    # Less a pixel for the soft edge of a line.
    ring = int(RUBBER / 1000 * 300) - 1
    for x in range(150 - ring, 150 + ring + 1):
        for y in range(140, 161):
            assert image.pixelColor(x, y) == QColor(LIGHT.paper)


def test_erasing_is_one_step_back_and_forth(canvas: Canvas) -> None:
    draw(canvas, (30, 150), (270, 150))
    whole = canvas.drawing
    canvas.set_tool(Tool.ERASER)
    draw(canvas, (60, 60), (60, 240), (240, 240), (240, 60))
    rubbed = canvas.drawing
    assert len(rubbed.strokes) == 3
    assert canvas.undoable is Change.ERASING
    canvas.undo()
    assert canvas.drawing == whole
    canvas.redo()
    assert canvas.drawing == rubbed


def test_rubbing_everything_out_says_so_with_what_was_there_before(canvas: Canvas) -> None:
    emptied: list[Drawing] = []
    canvas.emptied.connect(emptied.append)
    draw(canvas, (30, 150), (270, 150))
    whole = canvas.drawing
    canvas.set_tool(Tool.ERASER)
    draw(canvas, (30, 150), (150, 150), (270, 150))
    assert canvas.drawing.blank
    assert emptied == [whole]
    assert emptied[0] is whole


def test_the_eraser_draws_nothing_on_an_empty_canvas(canvas: Canvas) -> None:
    canvas.set_tool(Tool.ERASER)
    draw(canvas, (30, 150), (270, 150))
    assert canvas.drawing.blank
    assert canvas.undoable is None


def test_the_other_end_of_a_pen_erases_whatever_the_tool(canvas: Canvas) -> None:
    tip = pen(QPointingDevice.PointerType.Pen)
    for x in (30, 270):
        tablet(canvas, tip, QEvent.Type.TabletPress, x, 100, 0.4)
        tablet(canvas, tip, QEvent.Type.TabletMove, x, 150, 0.9)
        tablet(canvas, tip, QEvent.Type.TabletRelease, x, 150, 0)
    assert [len(stroke.points) for stroke in canvas.drawing.strokes] == [2, 2]
    eraser = pen(QPointingDevice.PointerType.Eraser)
    tablet(canvas, eraser, QEvent.Type.TabletPress, 31, 101, 0.5)
    tablet(canvas, eraser, QEvent.Type.TabletMove, 31, 150, 0.5)
    tablet(canvas, eraser, QEvent.Type.TabletRelease, 31, 150, 0)
    assert len(canvas.drawing.strokes) == 1
    canvas.undo()
    assert len(canvas.drawing.strokes) == 2


# --- pressure and width ---


def test_a_line_is_wider_where_the_pen_presses_harder(canvas: Canvas) -> None:
    canvas.grab()
    tip = pen(QPointingDevice.PointerType.Pen)
    tablet(canvas, tip, QEvent.Type.TabletPress, 150, 30, 0.1)
    for y in range(40, 271, 10):
        tablet(canvas, tip, QEvent.Type.TabletMove, 150, y, y / 300)
    tablet(canvas, tip, QEvent.Type.TabletRelease, 150, 271, 0)
    top, middle, bottom = (ink_across(canvas, y) for y in (60, 150, 240))
    assert top < middle < bottom
    # It looks the same when it is painted at once, and ends as wide as it was, not as thin as the lifted pen.
    canvas.set_colours(LIGHT)
    assert [ink_across(canvas, y) for y in (60, 150, 240)] == pytest.approx([top, middle, bottom], abs=1)
    assert canvas.drawing.strokes[0].pressures[-1] == pytest.approx(270 / 300)


def test_pressure_changes_neither_what_is_read_nor_what_is_kept(canvas: Canvas) -> None:
    tip = pen(QPointingDevice.PointerType.Pen)
    drawings = []
    for pressure in (0.1, 1.0):
        tablet(canvas, tip, QEvent.Type.TabletPress, 150, 30, pressure)
        tablet(canvas, tip, QEvent.Type.TabletMove, 150, 270, pressure)
        tablet(canvas, tip, QEvent.Type.TabletRelease, 150, 270, 0)
        drawings.append(canvas.drawing)
        canvas.clear()
    assert drawings[0] == drawings[1]
    assert to_json(drawings[0]) == to_json(drawings[1])


@pytest.mark.parametrize("width", list(PenWidth))
def test_the_pen_is_as_wide_as_chosen_and_the_drawing_the_same(canvas: Canvas, width: PenWidth) -> None:
    draw(canvas, (150, 30), (150, 270))
    before = canvas.drawing
    canvas.set_pen_width(width)
    assert ink_across(canvas, 150) == pytest.approx(width.units / 1000 * 300, abs=2)
    assert canvas.drawing is before


def test_a_copied_drawing_is_black_on_white_in_the_dark_too(canvas: Canvas) -> None:
    draw(canvas, (150, 30), (150, 270))
    image = canvas.as_image()
    assert image.pixelColor(image.width() // 2, image.height() // 2) == QColor("#000000")
    assert image.pixelColor(3, 3) == QColor("#ffffff")


# --- cursors ---


def test_the_cursor_is_a_ring_as_wide_as_the_tool(canvas: Canvas) -> None:
    def across() -> float:
        pixmap = canvas.cursor().pixmap()
        return pixmap.width() / pixmap.devicePixelRatio() - 4

    assert across() == pytest.approx(PenWidth.MEDIUM.units * 0.3, abs=1)
    canvas.set_tool(Tool.ERASER)
    assert across() == pytest.approx(2 * RUBBER * 0.3, abs=1)
    canvas.resize(600, 600)
    assert across() == pytest.approx(2 * RUBBER * 0.6, abs=1)


def test_a_pen_that_is_turned_round_shows_the_eraser_before_it_touches(canvas: Canvas) -> None:
    tablet(canvas, pen(QPointingDevice.PointerType.Pen), QEvent.Type.TabletMove, 100, 100, 0, held=False)
    as_pen = canvas.cursor().pixmap().width()
    tablet(canvas, pen(QPointingDevice.PointerType.Eraser), QEvent.Type.TabletMove, 100, 100, 0, held=False)
    assert canvas.cursor().pixmap().width() > as_pen
    assert canvas.drawing.blank


# --- the keys' pen ---


def test_arrows_move_a_pen_and_space_puts_it_down_and_lifts_it(canvas: Canvas) -> None:
    canvas.draw_by_keys()
    QTest.keyClick(canvas, KEYS.Key_Up)
    QTest.keyClick(canvas, KEYS.Key_Space)
    assert canvas.pen_is_down
    QTest.keyClick(canvas, KEYS.Key_Right)
    QTest.keyClick(canvas, KEYS.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(canvas, KEYS.Key_Space)
    QTest.keyClick(canvas, KEYS.Key_Left)
    assert not canvas.pen_is_down
    (stroke,) = canvas.drawing.strokes
    start = (500, 500 - STEP)
    corner = (500 + STEP, 500 - STEP)
    expected = [start, corner, (corner[0], corner[1] + LARGE_STEP)]
    assert [value for point in stroke.points for value in point] == pytest.approx(
        [value for point in expected for value in point]
    )


def test_escape_lifts_the_keys_pen(canvas: Canvas) -> None:
    canvas.draw_by_keys()
    QTest.keyClick(canvas, KEYS.Key_Space)
    override = QKeyEvent(QEvent.Type.ShortcutOverride, KEYS.Key_Escape.value, Qt.KeyboardModifier.NoModifier)
    override.ignore()
    QApplication.sendEvent(canvas, override)
    assert override.isAccepted()
    QTest.keyClick(canvas, KEYS.Key_Escape)
    assert not canvas.pen_is_down
    assert len(canvas.drawing.strokes) == 1


def test_the_keys_pen_stays_on_the_field(canvas: Canvas) -> None:
    canvas.draw_by_keys()
    for _ in range(12):
        QTest.keyClick(canvas, KEYS.Key_Home, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(canvas, KEYS.Key_Space)
    QTest.keyClick(canvas, KEYS.Key_Space)
    assert canvas.drawing.strokes[0].points == ((0, 0),)


def test_the_keys_pen_is_lifted_when_the_focus_goes(canvas: Canvas) -> None:
    canvas.draw_by_keys()
    QTest.keyClick(canvas, KEYS.Key_Space)
    canvas.clearFocus()
    assert not canvas.pen_is_down


def test_space_that_is_held_does_not_lift_the_pen_again(canvas: Canvas) -> None:
    canvas.draw_by_keys()
    for again in (False, True, True):
        event = QKeyEvent(
            QEvent.Type.KeyPress, KEYS.Key_Space.value, Qt.KeyboardModifier.NoModifier, " ", autorep=again
        )
        QApplication.sendEvent(canvas, event)
    assert canvas.pen_is_down
    canvas.clearFocus()


def test_the_keys_pen_is_seen_and_the_mouse_takes_it_away(canvas: Canvas) -> None:
    draw(canvas, (20, 20), (25, 25))
    without = canvas.grab().toImage()
    canvas.draw_by_keys()
    assert canvas.grab().toImage() != without
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(280, 280))
    canvas.undo()
    assert canvas.grab().toImage() == without


def test_the_keys_rub_out_with_the_eraser(canvas: Canvas) -> None:
    draw(canvas, (30, 150), (270, 150))
    canvas.set_tool(Tool.ERASER)
    canvas.draw_by_keys()
    QTest.keyClick(canvas, KEYS.Key_Space)
    QTest.keyClick(canvas, KEYS.Key_Space)
    assert len(canvas.drawing.strokes) == 2


def test_while_a_hand_draws_the_keys_wait(canvas: Canvas) -> None:
    canvas.draw_by_keys()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(30, 30))
    QTest.keyClick(canvas, KEYS.Key_Space)
    QTest.keyClick(canvas, KEYS.Key_Right)
    QTest.mouseMove(canvas, QPoint(60, 60))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    assert [stroke.points for stroke in canvas.drawing.strokes] == [((100, 100), (200, 200))]
    assert canvas.on_widget((500, 500)) == QPointF(150, 150)

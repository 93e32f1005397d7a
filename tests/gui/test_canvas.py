"""What mouse, pen and finger leave on the canvas, and what resizing takes away: nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPaintEvent, QPointingDevice, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.canvas import Canvas
from mnist_desktop.gui.shown_picture import ShownPicture
from mnist_desktop.gui.theme import LIGHT
from mnist_desktop.gui.tools import FIELD, PenWidth
from mnist_desktop.ink.drawing import Drawing, Stroke

from .conftest import draw, pen, tablet


def ink_pixels(canvas: Canvas) -> int:
    image = canvas.grab().toImage()
    ink = QColor(LIGHT.ink)
    return sum(image.pixelColor(x, y) == ink for x in range(0, image.width(), 3) for y in range(0, image.height(), 3))


def test_a_mouse_stroke_becomes_a_stroke(canvas: Canvas) -> None:
    draw(canvas, (30, 30), (150, 150), (270, 30))
    assert canvas.drawing == Drawing(strokes=(Stroke(points=((100, 100), (500, 500), (900, 100))),))


def test_a_tap_is_a_dot(canvas: Canvas) -> None:
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 150))
    assert canvas.drawing == Drawing(strokes=(Stroke(points=((500, 500),)),))
    assert ink_pixels(canvas) > 0


def test_the_drawing_is_told_with_every_move(canvas: Canvas, qtbot: QtBot) -> None:
    told: list[Drawing] = []
    canvas.drawing_changed.connect(told.append)
    draw(canvas, (30, 30), (60, 60), (90, 90))
    assert [len(drawing.strokes[0].points) for drawing in told] == [1, 2, 3]


def test_the_right_button_does_not_draw(canvas: Canvas) -> None:
    QTest.mouseClick(canvas, Qt.MouseButton.RightButton, pos=QPoint(50, 50))
    assert canvas.drawing.blank


def test_a_mouse_that_only_hovers_does_not_draw(canvas: Canvas) -> None:
    QTest.mouseMove(canvas, QPoint(50, 50))
    QTest.mouseMove(canvas, QPoint(90, 90))
    assert canvas.drawing.blank


def test_undo_redo_and_clear_go_back_and_forth(canvas: Canvas) -> None:
    draw(canvas, (30, 30), (90, 90))
    one = canvas.drawing
    draw(canvas, (90, 30), (30, 90))
    two = canvas.drawing
    canvas.clear()
    assert canvas.drawing.blank
    canvas.undo()
    assert canvas.drawing == two
    canvas.undo()
    assert canvas.drawing == one
    canvas.redo()
    assert canvas.drawing == two
    canvas.redo()
    assert canvas.drawing.blank
    assert canvas.redoable is None


def test_a_pen_that_hovers_does_not_draw(canvas: Canvas) -> None:
    tablet(canvas, pen(QPointingDevice.PointerType.Pen), QEvent.Type.TabletMove, 100, 100, 0)
    assert canvas.drawing.blank


def test_a_finger_draws_and_a_second_one_does_not(canvas: Canvas) -> None:
    screen = QTest.createTouchDevice()
    touch = QTest.touchEvent(canvas, screen)
    touch.press(0, QPoint(60, 60), canvas).commit()
    touch.move(0, QPoint(60, 120), canvas).press(1, QPoint(200, 200), canvas).commit()
    touch.move(0, QPoint(60, 180), canvas).move(1, QPoint(250, 250), canvas).commit()
    touch.release(0, QPoint(60, 180), canvas).release(1, QPoint(250, 250), canvas).commit()
    (stroke,) = canvas.drawing.strokes
    assert stroke.points[0] == pytest.approx((200, 200))
    assert stroke.points[-1] == pytest.approx((200, 600))


def test_when_the_first_finger_goes_the_second_one_does_not_draw_on(canvas: Canvas) -> None:
    touch = QTest.touchEvent(canvas, QTest.createTouchDevice())
    touch.press(0, QPoint(60, 60), canvas).commit()
    touch.move(0, QPoint(60, 120), canvas).press(1, QPoint(200, 200), canvas).commit()
    touch.release(0, QPoint(60, 120), canvas).stationary(1).commit()
    touch.move(1, QPoint(250, 250), canvas).commit()
    touch.release(1, QPoint(250, 250), canvas).commit()
    (stroke,) = canvas.drawing.strokes
    assert [x for x, _ in stroke.points] == pytest.approx([200] * len(stroke.points))
    assert not canvas.pen_is_down


@pytest.mark.parametrize("size", [(220, 600), (900, 230), (240, 240), (1200, 1000)])
def test_resizing_loses_no_ink(canvas: Canvas, size: tuple[int, int]) -> None:
    canvas.resize(700, 300)
    draw(canvas, (5, 20), (350, 150), (695, 280))
    before = canvas.drawing
    canvas.resize(*size)
    assert canvas.drawing == before
    left, top, right, bottom = before.bounds()
    corners = [canvas.on_widget(point) for point in ((left, top), (right, bottom))]
    assert all(canvas.rect().contains(corner.toPoint()) for corner in corners)


def test_a_stroke_goes_on_when_the_window_is_resized_under_the_pen(canvas: Canvas) -> None:
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(30, 30))
    QTest.mouseMove(canvas, QPoint(60, 60))
    canvas.resize(600, 600)
    QTest.mouseMove(canvas, QPoint(300, 300))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    assert canvas.drawing.strokes[0].points == ((100, 100), (200, 200), (500, 500))


def test_what_grew_piece_by_piece_looks_like_what_is_painted_at_once(canvas: Canvas) -> None:
    canvas.grab()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    for x, y in ((90, 200), (150, 60), (200, 240), (260, 100)):
        QTest.mouseMove(canvas, QPoint(x, y))
        canvas.grab()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(260, 100))
    grown = canvas.grab().toImage()
    canvas.set_colours(LIGHT)
    assert different_pixels(grown, canvas.grab().toImage()) < 0.003


def different_pixels(first: QImage, second: QImage) -> float:
    """Share of pixels that differ by more than anti-aliasing makes them."""
    width, height = first.width(), first.height()
    differing = sum(
        abs(first.pixelColor(x, y).lightness() - second.pixelColor(x, y).lightness()) > 64
        for x in range(width)
        for y in range(height)
    )
    return differing / (width * height)


def test_the_curve_goes_through_every_point_however_fast_the_hand(canvas: Canvas) -> None:
    corner = ((30, 270), (150, 30), (270, 270))
    draw(canvas, *corner)
    image = canvas.grab().toImage()
    ink = QColor(LIGHT.ink)
    half = PenWidth.MEDIUM.units / 1000 * 300 / 2
    for x, y in corner:
        assert image.pixelColor(x, y) == ink
    # Not a polygon: half way between two points the curve has left the straight line.
    aside = round(90 - 1.1 * half), round(150 - 0.55 * half)
    assert image.pixelColor(*aside) == ink


def test_the_guide_is_faint_and_goes_with_the_first_stroke(canvas: Canvas) -> None:
    empty = canvas.grab().toImage()
    canvas.clear()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    dot = canvas.grab().toImage()
    middle = [(x, y) for x in range(80, 220) for y in range(100, 200)]
    paper = QColor(LIGHT.paper)
    assert any(empty.pixelColor(x, y) != paper for x, y in middle)
    assert all(dot.pixelColor(x, y) == paper for x, y in middle)


@pytest.mark.parametrize("stroke", [((20, 20),), ((150, 40), (150, 150))])
def test_nothing_of_the_guide_stays_on_the_screen(
    canvas: Canvas, qtbot: QtBot, stroke: tuple[tuple[int, int], ...]
) -> None:
    qtbot.waitExposed(canvas)
    # Taking the focus paints all of it, too; after the first digit the canvas has it already.
    canvas.setFocus()
    painted = Painted(canvas)
    qtbot.waitUntil(lambda: painted.region.contains(canvas.rect()))
    painted.region = QRegion()
    draw(canvas, *stroke)
    qtbot.waitUntil(lambda: painted.region.contains(canvas.rect()))


class Painted(QObject):
    """Gathers what of a widget was painted anew."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.region = QRegion()
        widget.installEventFilter(self)
        widget.update()

    def eventFilter(self, _widget: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.region += event.region()
        return False


def test_a_picture_takes_the_place_of_the_strokes_until_it_is_cleared_or_undone(canvas: Canvas) -> None:
    draw(canvas, (30, 30), (90, 90))
    earlier = canvas.drawing
    image = QImage(40, 40, QImage.Format.Format_RGB888)
    image.fill(QColor("#123456"))
    canvas.show_picture(ShownPicture(image=image, boxes=((0.25, 0.25, 0.5, 0.5),)))
    assert canvas.grab().toImage().pixelColor(20, 20) == QColor("#123456")
    draw(canvas, (100, 100), (200, 200))
    assert canvas.picture is not None
    assert canvas.drawing.blank
    canvas.undo()
    assert canvas.picture is None
    assert canvas.drawing == earlier
    canvas.show_picture(ShownPicture(image=image, boxes=()))
    canvas.clear()
    assert canvas.picture is None
    draw(canvas, (100, 100), (200, 200))
    assert len(canvas.drawing.strokes) == 1


def test_a_drawing_from_a_file_fills_the_canvas_whatever_its_unit(canvas: Canvas) -> None:
    tiny = Drawing(strokes=(Stroke(points=((0.001, 0.001), (0.002, 0.003))),))
    canvas.replace(tiny)
    left, top, right, bottom = canvas.drawing.bounds()
    assert max(right - left, bottom - top) == pytest.approx(FIELD * 0.8)
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((FIELD / 2, FIELD / 2))


def test_twenty_thousand_updates_do_no_harm(canvas: Canvas) -> None:
    # PySide6 6.12.0 on Python 3.11 aborts the process after some 5,000.
    for _ in range(20_000):
        canvas.update()

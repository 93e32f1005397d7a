"""Turns mouse, pen and finger into a drawing, and shows it, or a picture in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QPolygonF,
    QResizeEvent,
    QTabletEvent,
    QTouchEvent,
    QTransform,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from mnist_desktop.gui.strokes import fitted, last_piece, newest_piece, smooth_path
from mnist_desktop.gui.theme import LIGHT, SPACE, Colours, scaled_font
from mnist_desktop.ink.drawing import Drawing, Point
from mnist_desktop.ink.sketch import Sketch

FIELD = 1000.0
"""Width and height of the square that is always visible, in the canvas's own units, whatever the widget's size."""

PEN_WIDTH = 45.0
"""How wide strokes look, in the canvas's own units; readings do not depend on it (ink.raster)."""

ERASER_REACH = 30.0
"""How near the eraser end of a pen must come to a stroke to take it away, in the canvas's own units."""


@dataclass(frozen=True, kw_only=True)
class ShownPicture:
    """A picture ready to be shown; `box` is where the digit was found, as shares of width and height."""

    image: QImage
    box: tuple[float, float, float, float] | None


class Canvas(QWidget):
    """A sheet of paper: it keeps the drawing in its own units, so that resizing the widget loses nothing."""

    drawing_changed = Signal(object)
    """The Drawing after every move of the pen, undo, redo and clear."""
    pen_down = Signal()
    pen_up = Signal()
    emptied = Signal(object)
    """The Drawing that was there until undo, redo or the eraser took its last stroke."""
    cleared = Signal(object)
    """The Drawing that was there until now: the person took a new sheet, a picture or a file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sketch = Sketch()
        self._picture: ShownPicture | None = None
        self._colours = LIGHT
        self._layer: QImage | None = None
        self._to_widget = QTransform()
        self._smoothed: list[QPointF] = []
        self._drawing_device: object | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 220)
        self.setAccessibleName(self.tr("Canvas"))
        self.setAccessibleDescription(self.tr("Draw a digit here with mouse, pen or finger."))

    def sizeHint(self) -> QSize:
        return QSize(560, 560)

    # --- what is on the canvas -------------------------------------------------------------------------------------

    @property
    def drawing(self) -> Drawing:
        return self._sketch.drawing

    @property
    def picture(self) -> ShownPicture | None:
        return self._picture

    @property
    def can_undo(self) -> bool:
        return self._sketch.undoable is not None

    @property
    def can_redo(self) -> bool:
        return self._sketch.redoable is not None

    @property
    def pen_is_down(self) -> bool:
        return self._drawing_device is not None

    def undo(self) -> None:
        self._lift()
        self._picture = None
        self._step(self._sketch.undo)

    def redo(self) -> None:
        self._lift()
        self._picture = None
        self._step(self._sketch.redo)

    def clear(self) -> None:
        """Take a new sheet: no picture, no strokes; undo brings the strokes back."""
        self._lift()
        before = self._sketch.drawing
        self._sketch.clear()
        self._picture = None
        self.cleared.emit(before)
        self._changed()

    def replace(self, drawing: Drawing) -> None:
        """Put `drawing`, in any unit, on the canvas, fitted to it; undo brings back what was there."""
        self._lift()
        self._picture = None
        self.cleared.emit(self._sketch.drawing)
        self._sketch.replace(fitted(drawing, FIELD))
        self._changed()

    def show_picture(self, picture: ShownPicture) -> None:
        """Put a picture in the place of the strokes, which undo brings back; the next stroke takes it away."""
        self._lift()
        before = self._sketch.drawing
        self._sketch.clear()
        self._picture = picture
        self.cleared.emit(before)
        self._layer = None
        self.update()

    def leave_picture(self) -> None:
        """Take the picture off the canvas, if there is one."""
        if self._picture is not None:
            self._picture = None
            self.update()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self._layer = None
        self.update()

    def _changed(self) -> None:
        self._fit_view()
        self._layer = None
        self.update()
        self.drawing_changed.emit(self._sketch.drawing)

    # --- mouse, pen, finger ----------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._press(event.device(), event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move(event.device(), event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._release(event.device(), event.position())

    def tabletEvent(self, event: QTabletEvent) -> None:
        # Accepted tablet events are not sent again as mouse events.
        event.accept()
        if event.pointerType() is QPointingDevice.PointerType.Eraser:
            if event.type() is not QEvent.Type.TabletRelease and event.pressure() > 0:
                self._erase(event.position())
        elif event.type() is QEvent.Type.TabletPress:
            self._press(event.device(), event.position())
        elif event.type() is QEvent.Type.TabletMove:
            self._move(event.device(), event.position())
        elif event.type() is QEvent.Type.TabletRelease:
            self._release(event.device(), event.position())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent):
            self._touch(event)
            return True
        return super().event(event)

    def _touch(self, event: QTouchEvent) -> None:
        """The first finger draws; a palm or a second finger beside it does not."""
        event.accept()
        if event.type() is QEvent.Type.TouchCancel:
            self._lift()
            return
        for point in event.points()[:1]:
            if event.type() is QEvent.Type.TouchBegin:
                self._press(event.device(), point.position())
            elif event.type() is QEvent.Type.TouchEnd:
                self._release(event.device(), point.position())
            else:
                self._move(event.device(), point.position())

    def _press(self, device: object, position: QPointF) -> None:
        if self._drawing_device is not None and self._drawing_device is not device:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._drawing_device = device
        self.leave_picture()
        if self._sketch.drawing.blank:
            # The guide goes, wherever the stroke begins.
            self.update()
        self._sketch.begin(self._unit_point(position))
        self._smoothed = []
        self.pen_down.emit()
        self._stroke_grew(position)

    def _move(self, device: object, position: QPointF) -> None:
        if self._drawing_device is device is not None:
            self._sketch.extend(self._unit_point(position))
            self._stroke_grew(position)

    def _release(self, device: object, position: QPointF) -> None:
        if self._drawing_device is device is not None:
            if self._smoothed[-1:] != [position]:
                self._move(device, position)
            self._lift()

    def _lift(self) -> None:
        if self._drawing_device is None:
            return
        self._drawing_device = None
        self._finish_curve()
        self._sketch.end()
        self.pen_up.emit()

    def _erase(self, position: QPointF) -> None:
        x, y = self._unit_point(position)
        kept = tuple(
            stroke
            for stroke in self._sketch.drawing.strokes
            if all(abs(px - x) > ERASER_REACH or abs(py - y) > ERASER_REACH for px, py in stroke.points)
        )
        if len(kept) < len(self._sketch.drawing.strokes):
            self._step(lambda: self._sketch.replace(Drawing(strokes=kept)))

    def _step(self, change: Callable[[], None]) -> None:
        """Change the drawing, and say so when that took the last stroke away."""
        before = self._sketch.drawing
        change()
        if self._sketch.drawing.blank and not before.blank:
            self.emptied.emit(before)
        self._changed()

    def _unit_point(self, position: QPointF) -> Point:
        back, _ = self._to_widget.inverted()
        point = back.map(position)
        return point.x(), point.y()

    def on_widget(self, point: Point) -> QPointF:
        """Where a point of the drawing is on the widget now."""
        return self._to_widget.map(QPointF(*point))

    # --- painting --------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_view()
        self._layer = None
        if self.pen_is_down:
            self._smoothed = [self.on_widget(point) for point in self._sketch.drawing.strokes[-1].points[-2:]]

    def hideEvent(self, event: QHideEvent) -> None:
        # A window that goes away under the pen never hears of its release.
        self._lift()
        super().hideEvent(event)

    def _fit_view(self) -> None:
        """Show the whole field, and beyond it whatever was drawn when the widget was wider or higher."""
        shown = QRectF(0, 0, FIELD, FIELD)
        widget = QRectF(self.rect())
        if not self._sketch.drawing.blank and not widget.isEmpty():
            scale = min(widget.width(), widget.height()) / FIELD
            visible = QRectF(0, 0, widget.width() / scale, widget.height() / scale)
            visible.moveCenter(shown.center())
            left, top, right, bottom = self._sketch.drawing.bounds()
            if not visible.contains(QRectF(QPointF(left, top), QPointF(right, bottom))):
                edge = PEN_WIDTH
                shown |= QRectF(QPointF(left - edge, top - edge), QPointF(right + edge, bottom + edge))
        scale = min(widget.width() / shown.width(), widget.height() / shown.height())
        middle = widget.center()
        self._to_widget = QTransform.fromTranslate(middle.x(), middle.y())
        self._to_widget.scale(scale, scale)
        self._to_widget.translate(-shown.center().x(), -shown.center().y())

    def _stroke_grew(self, position: QPointF) -> None:
        """Ink the newest piece of the stroke only: a long stroke must not get slower with every point."""
        self._smoothed = [*self._smoothed[-2:], position]
        if self._layer is not None:
            painter = QPainter(self._layer)
            self._prepare(painter)
            painter.drawPath(newest_piece(self._smoothed))
            painter.end()
        around = self._pen_pixels() + 2
        self.update(QPolygonF(self._smoothed).boundingRect().adjusted(-around, -around, around, around).toAlignedRect())
        self.drawing_changed.emit(self._sketch.drawing)

    def _finish_curve(self) -> None:
        if self._layer is not None and self._smoothed:
            painter = QPainter(self._layer)
            self._prepare(painter)
            painter.drawPath(last_piece(self._smoothed))
            painter.end()
        self._smoothed = []

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.fillRect(event.rect(), QColor(self._colours.paper))
        if self._picture is not None:
            self._paint_picture(painter, self._picture)
        else:
            if self._sketch.drawing.blank:
                self._paint_guide(painter)
            layer, dirty = self._inked_layer(), QRectF(event.rect())
            ratio = layer.devicePixelRatio()
            source = QRectF(dirty.topLeft() * ratio, dirty.size() * ratio)
            painter.drawImage(dirty, layer, source)
            if self._smoothed:
                self._prepare(painter)
                painter.drawPath(last_piece(self._smoothed))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(self._colours.accent if focused else self._colours.border), 2 if focused else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _inked_layer(self) -> QImage:
        """All strokes on transparent, painted once and then grown piece by piece."""
        ratio = self.devicePixelRatioF()
        if self._layer is None or self._layer.devicePixelRatio() != ratio:
            self._layer = QImage(self.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
            self._layer.setDevicePixelRatio(ratio)
            self._layer.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._layer)
            self._prepare(painter)
            for stroke in self._sketch.drawing.strokes:
                painter.drawPath(smooth_path([self.on_widget(point) for point in stroke.points]))
            painter.end()
        return self._layer

    def _prepare(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(self._colours.ink), self._pen_pixels())
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)

    def _pen_pixels(self) -> float:
        return max(2.0, PEN_WIDTH * self._to_widget.m11())

    def _paint_guide(self, painter: QPainter) -> None:
        """A faint place to write and one line of invitation; the first stroke takes both away."""
        side = min(self.width(), self.height())
        box = QRectF(0, 0, side * 0.5, side * 0.66)
        box.moveCenter(QRectF(self.rect()).center())
        pen = QPen(QColor(self._colours.border), 1, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(box, 2 * SPACE, 2 * SPACE)
        painter.setPen(QColor(self._colours.muted))
        painter.setFont(scaled_font(QApplication.font(), "strong"))
        inner = box.adjusted(SPACE, SPACE, -SPACE, -SPACE)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inner, int(flags), self.tr("Draw a digit here\nor drop a picture"))

    def _paint_picture(self, painter: QPainter, picture: ShownPicture) -> None:
        size = QSize(picture.image.size()).scaled(self.size() - QSize(4, 4), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(0, 0, size.width(), size.height())
        target.moveCenter(QRectF(self.rect()).center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, picture.image)
        if picture.box is None:
            return
        x, y, width, height = picture.box
        box = QRectF(
            target.x() + x * target.width(),
            target.y() + y * target.height(),
            width * target.width(),
            height * target.height(),
        ).adjusted(-3, -3, 3, 3)
        # Two lines of opposite brightness: one of them is seen on any picture.
        painter.setPen(QPen(QColor("#ffffff"), 4))
        painter.drawRect(box)
        painter.setPen(QPen(QColor("#0b57d0"), 2))
        painter.drawRect(box)

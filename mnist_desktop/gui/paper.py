"""Turns a drawing into ink on the screen: all of it at once, or piece by piece as the pen goes on."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from mnist_desktop.gui.strokes import Spot, curve, paint_piece, paint_stroke
from mnist_desktop.gui.tools import FIELD, PenWidth, swell
from mnist_desktop.ink.drawing import Drawing, Point, Stroke

THINNEST = 2.0
"""Pixels of the widget: a finer line is hard to see."""


COPY_SIDE = 512
"""Pixels of each side of a copied drawing."""


def picture_of(drawing: Drawing, width: PenWidth) -> QImage:
    """`drawing` as a picture of its own, black on white, whatever the colours of the window."""
    paper = Paper()
    paper.pen_width = width
    paper.fit(QSizeF(COPY_SIDE, COPY_SIDE), drawing)
    image = QImage(COPY_SIDE, COPY_SIDE, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    paper.paint_strokes(painter, drawing)
    painter.end()
    return image


class Paper:
    """A sheet in the canvas's own units, laid on a widget, and the ink that is painted on it already."""

    def __init__(self) -> None:
        self.ink = "#000000"
        self.pen_width = PenWidth.MEDIUM
        self._size = QSizeF(1, 1)
        self._to_widget = QTransform()
        self._layer: QImage | None = None
        self._newest: list[Spot] = []

    @property
    def scale(self) -> float:
        """Pixels of the widget for one of the canvas's own units."""
        return self._to_widget.m11()

    def unit_point(self, position: QPointF) -> Point:
        """The point of the drawing that is at `position` on the widget."""
        back, _ = self._to_widget.inverted()
        point = back.map(position)
        return point.x(), point.y()

    def on_widget(self, point: Point) -> QPointF:
        """Where a point of the drawing is on the widget now."""
        return self._to_widget.map(QPointF(*point))

    def fit(self, size: QSizeF, drawing: Drawing) -> None:
        """Show the whole field on a widget of `size`, and beyond it whatever was drawn when it was wider or higher."""
        self._size = size
        shown = QRectF(0, 0, FIELD, FIELD)
        if not drawing.blank and not size.isEmpty():
            scale = min(size.width(), size.height()) / FIELD
            visible = QRectF(0, 0, size.width() / scale, size.height() / scale)
            visible.moveCenter(shown.center())
            left, top, right, bottom = drawing.bounds()
            if not visible.contains(QRectF(QPointF(left, top), QPointF(right, bottom))):
                edge = self.pen_width.units
                shown |= QRectF(QPointF(left - edge, top - edge), QPointF(right + edge, bottom + edge))
        scale = min(size.width() / shown.width(), size.height() / shown.height())
        self._to_widget = QTransform.fromTranslate(size.width() / 2, size.height() / 2)
        self._to_widget.scale(scale, scale)
        self._to_widget.translate(-shown.center().x(), -shown.center().y())
        self.forget()

    def forget(self) -> None:
        """Have everything painted anew."""
        self._layer = None

    # --- the stroke under the pen ----------------------------------------------------------------------------------

    def begin(self) -> None:
        """A stroke begins."""
        self._newest = []

    def resume(self, stroke: Stroke) -> None:
        """The stroke under the pen goes on after the paper was laid anew."""
        self._newest = self._spots(stroke)[-3:]

    def grow(self, position: QPointF, pressure: float | None) -> QRectF:
        """Ink the newest piece of the stroke only: a long one must not get slower with every point.

        Returns what of the widget must be painted again.
        """
        changed = self._area(-2)
        self._newest = [*self._newest[-3:], Spot(at=position, width=self._pixels(pressure))]
        if self._layer is not None and len(self._newest) > 2:
            painter = QPainter(self._layer)
            self._paint_between(painter, -3)
            painter.end()
        return changed | self._area(-2) | self._area(-3)

    def finish(self) -> None:
        """The pen is lifted: what was painted only for the moment stays."""
        if self._layer is not None and self._newest:
            painter = QPainter(self._layer)
            self._paint_wet(painter)
            painter.end()
        self._newest = []

    # --- painting --------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, dirty: QRectF, drawing: Drawing, ratio: float) -> None:
        """Paint what of `drawing` lies in `dirty`; `ratio` is that of the screen's pixels to the widget's."""
        layer = self._inked_layer(drawing, ratio)
        painter.drawImage(dirty, layer, QRectF(dirty.topLeft() * ratio, dirty.size() * ratio))
        if self._newest:
            self._paint_wet(painter)

    def _inked_layer(self, drawing: Drawing, ratio: float) -> QImage:
        """All strokes on transparent, painted once and then grown piece by piece."""
        if self._layer is None or self._layer.devicePixelRatio() != ratio:
            size = QSize(round(self._size.width() * ratio), round(self._size.height() * ratio))
            self._layer = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            self._layer.setDevicePixelRatio(ratio)
            self._layer.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._layer)
            self.paint_strokes(painter, drawing)
            painter.end()
        return self._layer

    def paint_strokes(self, painter: QPainter, drawing: Drawing) -> None:
        """Paint all strokes at once, of the one under the pen what does not change any more."""
        pen = self._prepared(painter)
        for stroke in drawing.strokes:
            under_the_pen = bool(self._newest) and stroke is drawing.strokes[-1]
            paint_stroke(painter, pen, self._spots(stroke), wet=under_the_pen)

    def _paint_wet(self, painter: QPainter) -> None:
        """The last piece, whose curve the next point may still bend; of a stroke of one point, its dot."""
        if len(self._newest) > 1:
            self._paint_between(painter, -2)
        else:
            paint_stroke(painter, self._prepared(painter), self._newest)

    def _paint_between(self, painter: QPainter, index: int) -> None:
        """The piece from the spot at `index`, counted from the end, to the one after it."""
        start, end = self._newest[index], self._newest[index + 1]
        paint_piece(painter, self._prepared(painter), self._piece(index), start.width, end.width)

    def _piece(self, index: int) -> QPainterPath:
        before = self._newest[index - 1].at if len(self._newest) > -index else None
        after = self._newest[index + 2].at if index < -2 else None
        return curve(before, self._newest[index].at, self._newest[index + 1].at, after)

    def _area(self, index: int) -> QRectF:
        """What the piece at `index` covers at most; nothing when there is none."""
        if len(self._newest) < -index:
            if len(self._newest) != 1:
                return QRectF()
            covered = QRectF(self._newest[0].at, QSizeF(0, 0))
        else:
            covered = self._piece(index).controlPointRect()
        around = max(spot.width for spot in self._newest) / 2 + 2
        return covered.adjusted(-around, -around, around, around)

    def _prepared(self, painter: QPainter) -> QPen:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(self.ink))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        return pen

    def _spots(self, stroke: Stroke) -> list[Spot]:
        pressures = stroke.pressures or (None,) * len(stroke.points)
        return [
            Spot(at=self.on_widget(point), width=self._pixels(pressure))
            for point, pressure in zip(stroke.points, pressures, strict=True)
        ]

    def _pixels(self, pressure: float | None) -> float:
        return max(THINNEST, self.pen_width.units * self.scale * swell(pressure))

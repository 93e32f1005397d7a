"""Turns the points of strokes into smooth curves through them, for the eye; readings never see the curves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPainterPath, QPen

from mnist_desktop.ink.drawing import Drawing, Stroke

DOT = QPointF(0.01, 0)
"""A path of no length paints no round cap; one of this length paints a dot."""

Item = TypeVar("Item")

STEP = 0.75
"""Widths that differ by less, in pixels of the widget, look the same; a line that swells is painted in such steps."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A point of a stroke as it is painted: where on the widget, and how wide there, in pixels."""

    at: QPointF
    width: float


def fitted(drawing: Drawing, field: float) -> Drawing:
    """`drawing`, in any unit, moved and scaled to four fifths of the square `field`."""
    if drawing.blank:
        return drawing
    left, top, right, bottom = drawing.bounds()
    extent = max(right - left, bottom - top)
    scale = field * 0.8 / extent if extent > 0 else 1.0
    dx = field / 2 - scale * (left + right) / 2
    dy = field / 2 - scale * (top + bottom) / 2
    strokes = (
        Stroke(points=tuple((x * scale + dx, y * scale + dy) for x, y in stroke.points), pressures=stroke.pressures)
        for stroke in drawing.strokes
    )
    return Drawing(strokes=tuple(strokes))


def smooth_path(points: Sequence[QPointF], *, wet: bool = False) -> QPainterPath:
    """A curve through all `points` without corners; of one point, a dot.

    While it is `wet`, it ends at the last point but one: the piece after it may still bend.
    """
    path = QPainterPath(points[0]) if points else QPainterPath()
    if len(points) == 1 and not wet:
        path.lineTo(points[0] + DOT)
    for before, start, end, after in _neighbours(points, wet=wet):
        _curve_to(path, before, start, end, after)
    return path


def curve(before: QPointF | None, start: QPointF, end: QPointF, after: QPointF | None) -> QPainterPath:
    """The piece of `smooth_path` from `start` to `end`, whose neighbours are `before` and `after`, if there are any."""
    path = QPainterPath(start)
    _curve_to(path, before or start, start, end, after or end)
    return path


def paint_stroke(painter: QPainter, pen: QPen, spots: Sequence[Spot], *, wet: bool = False) -> None:
    """Paint a stroke with `pen`, as wide as each of its spots says; while it is `wet`, without its last piece."""
    if not spots:
        return
    if all(abs(spot.width - spots[0].width) < STEP for spot in spots):
        pen.setWidthF(spots[0].width)
        painter.setPen(pen)
        painter.drawPath(smooth_path([spot.at for spot in spots], wet=wet))
        return
    for before, start, end, after in _neighbours(spots, wet=wet):
        path = QPainterPath(start.at)
        _curve_to(path, before.at, start.at, end.at, after.at)
        paint_piece(painter, pen, path, start.width, end.width)


def paint_piece(painter: QPainter, pen: QPen, path: QPainterPath, first: float, last: float) -> None:
    """Paint `path`, `first` pixels wide at its start and `last` at its end."""
    steps = max(1, math.ceil(abs(last - first) / STEP))
    if steps == 1:
        pen.setWidthF((first + last) / 2)
        painter.setPen(pen)
        painter.drawPath(path)
        return
    places = [path.pointAtPercent(step / steps) for step in range(steps + 1)]
    for step in range(steps):
        pen.setWidthF(first + (last - first) * (step + 0.5) / steps)
        painter.setPen(pen)
        painter.drawLine(places[step], places[step + 1])


def _neighbours(items: Sequence[Item], *, wet: bool = False) -> Iterator[tuple[Item, Item, Item, Item]]:
    """Each two neighbours with the one before and the one after them; at the ends the neighbour itself."""
    last = len(items) - 1
    for i in range(last - wet):
        yield items[max(0, i - 1)], items[i], items[i + 1], items[min(last, i + 2)]


def _curve_to(path: QPainterPath, before: QPointF, start: QPointF, end: QPointF, after: QPointF) -> None:
    """Continue `path` from `start` to `end` by a centripetal Catmull–Rom curve.

    It goes through every point, and has neither cusps nor loops between two of them however uneven their distances are
    (Yuksel, Schaefer, Keyser: "Parameterization and Applications of Catmull–Rom Curves", 2011).
    """
    middle = math.sqrt(_distance(start, end))
    if middle == 0:
        path.lineTo(end + DOT)
        return
    path.cubicTo(_control(before, start, end, middle), _control(after, end, start, middle), end)


def _control(behind: QPointF, at: QPointF, other: QPointF, middle: float) -> QPointF:
    """The Bézier control point near `at` of the curve between `at` and `other`, of which `behind` lies beyond `at`."""
    outer = math.sqrt(_distance(behind, at))
    if outer == 0:
        return at + (other - at) / 3
    weighed = other * outer**2 - behind * middle**2 + at * (2 * outer**2 + 3 * outer * middle + middle**2)
    return weighed / (3 * outer * (outer + middle))


def _distance(first: QPointF, second: QPointF) -> float:
    return math.hypot(second.x() - first.x(), second.y() - first.y())

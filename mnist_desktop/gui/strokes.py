"""Turns the points of strokes into smooth curves for the eye; readings never see them."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from mnist_desktop.ink.drawing import Drawing, Stroke


def fitted(drawing: Drawing, field: float) -> Drawing:
    """`drawing`, in any unit, moved and scaled to four fifths of the square `field`."""
    if drawing.blank:
        return drawing
    left, top, right, bottom = drawing.bounds()
    extent = max(right - left, bottom - top)
    scale = field * 0.8 / extent if extent > 0 else 1.0
    dx = field / 2 - scale * (left + right) / 2
    dy = field / 2 - scale * (top + bottom) / 2
    strokes = (Stroke(points=tuple((x * scale + dx, y * scale + dy) for x, y in s.points)) for s in drawing.strokes)
    return Drawing(strokes=tuple(strokes))


def smooth_path(points: list[QPointF]) -> QPainterPath:
    """A curve through the middles of neighbouring points, with the points as its control points: no corners."""
    path = QPainterPath(points[0]) if points else QPainterPath()
    if len(points) == 1:
        # A tap of the pen: a path of no length paints no round cap.
        path.lineTo(points[0] + QPointF(0.01, 0))
        return path
    if points:
        path.lineTo((points[0] + points[1]) / 2)
    for before, after in pairwise(points[1:]):
        path.quadTo(before, (before + after) / 2)
    if points:
        path.lineTo(points[-1])
    return path


def newest_piece(last: list[QPointF]) -> QPainterPath:
    """The piece of `smooth_path` that is settled once the last of up to three points has come."""
    if len(last) < 3:
        path = QPainterPath(last[0])
        if len(last) == 2:
            path.lineTo((last[0] + last[1]) / 2)
        return path
    path = QPainterPath((last[0] + last[1]) / 2)
    path.quadTo(last[1], (last[1] + last[2]) / 2)
    return path


def last_piece(last: list[QPointF]) -> QPainterPath:
    """From the settled end of the curve to the pen."""
    start = last[-1] if len(last) == 1 else (last[-2] + last[-1]) / 2
    path = QPainterPath(start)
    path.lineTo(last[-1] + QPointF(0.01, 0))
    return path

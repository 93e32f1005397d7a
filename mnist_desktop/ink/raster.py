"""Turns a drawing into ink, its strokes as wide for the digit's size as a pen's, whatever the canvas."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from mnist_desktop.ink.drawing import Drawing, Point
from mnist_desktop.ink.glyph import Ink

WORKING_SIDE = 80
"""The longer side of a drawing in ink pixels: four for each of a glyph's 20, so that shrinking it anti-aliases."""

STROKE_WIDTH = 0.12
"""Width of the pen as a share of the digit's longer side: MNIST's strokes measure 2.4 of their 20 pixels."""

MARGIN = 0.01
"""Points closer than this share of the digit's longer side draw the same line; they are thinned out."""


def rasterise(drawing: Drawing, *, width: float = STROKE_WIDTH) -> Ink:
    """The ink of `drawing`: h×w with the longer side some 80 px, lines `width` of the digit's longer side wide.

    Lines have round ends and joins; a tap of the pen is a dot. A blank drawing is 1×1 of paper.
    """
    if drawing.blank:
        return np.zeros((1, 1), np.float32)
    left, top, right, bottom = drawing.bounds()
    extent = max(right - left, bottom - top)
    pen = max(1.0, width * WORKING_SIDE)
    scale = (WORKING_SIDE - pen) / extent if extent > 0 else 0.0
    edge = pen / 2 + 1
    size = (
        int(np.ceil((right - left) * scale + 2 * edge)),
        int(np.ceil((bottom - top) * scale + 2 * edge)),
    )
    image = Image.new("L", size)
    draw = ImageDraw.Draw(image)
    for stroke in drawing.strokes:
        points = [((x - left) * scale + edge, (y - top) * scale + edge) for x, y in stroke.points]
        _line(draw, _thinned(points, MARGIN * WORKING_SIDE), pen)
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def _thinned(points: list[Point], distance: float) -> list[Point]:
    """`points` without those nearer than `distance` to the one kept before; the last one always stays."""
    kept = points[:1]
    for point in points[1:]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= distance:
            kept.append(point)
    if points and kept[-1] != points[-1]:
        kept.append(points[-1])
    return kept


def _line(draw: ImageDraw.ImageDraw, points: list[Point], pen: float) -> None:
    radius = pen / 2
    if len(points) > 1:
        draw.line(points, fill=255, width=round(pen))
    for x, y in points:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)

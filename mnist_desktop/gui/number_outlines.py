"""Draws a faint line around each digit of a number on the paper, and a clearer one around that which is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from mnist_desktop.gui.paper import Paper
from mnist_desktop.gui.theme import Colours

Box = tuple[float, float, float, float]
"""x, y, width and height in the drawing's units."""

ROOM = 5.0
"""Pixels of the widget between a digit's ink and its outline."""

CORNER = 6.0

FAINT, CLEAR = 110, 200
"""How opaque the lines are, of 255: who draws is not to be disturbed."""


class DigitOutlines:
    """Where the digits of a drawing are; nothing is drawn around a single one."""

    def __init__(self) -> None:
        self._boxes: tuple[Box, ...] = ()
        self._looked_at = 0

    def set(self, boxes: Sequence[Box], looked_at: int, paper: Paper) -> QRectF:
        """Outline these digits; what of the widget looks different now."""
        before, now = _lines(self._boxes, self._looked_at), _lines(boxes if len(boxes) > 1 else (), looked_at)
        self._boxes, self._looked_at = tuple(box for box, _ in now), looked_at
        covered = QRectF()
        for box, _ in {*before} ^ {*now}:
            covered |= self._outline(paper, box).adjusted(-2, -2, 2, 2)
        return covered

    def paint(self, painter: QPainter, paper: Paper, colours: Colours) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, box in enumerate(self._boxes):
            looked_at = place == self._looked_at
            colour = QColor(colours.accent if looked_at else colours.border)
            colour.setAlpha(CLEAR if looked_at else FAINT)
            painter.setPen(QPen(colour, 1.5 if looked_at else 1.0))
            painter.drawRoundedRect(self._outline(paper, box), CORNER, CORNER)
        painter.restore()

    def _outline(self, paper: Paper, box: Box) -> QRectF:
        x, y, width, height = box
        room = ROOM + paper.pen_width.units * paper.scale / 2
        outline = QRectF(paper.on_widget((x, y)), paper.on_widget((x + width, y + height)))
        return outline.adjusted(-room, -room, room, room)


def _lines(boxes: Sequence[Box], looked_at: int) -> list[tuple[Box, bool]]:
    """What is outlined, and whether more clearly."""
    return [(box, place == looked_at) for place, box in enumerate(boxes)]

"""A picture on the canvas in the place of strokes, with the digits that were found in it outlined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen

from mnist_desktop.gui.picture_steps import ShownSteps
from mnist_desktop.gui.theme import LIGHT
from mnist_desktop.ink.choices import AUTOMATIC, Choices

if TYPE_CHECKING:
    from mnist_desktop.ink.pictures import Picture

Box = tuple[float, float, float, float]
"""x, y, width and height as shares of a picture's width and height."""

AROUND = 3.0
"""Pixels between a digit and its outline."""

SHADE = QColor(0, 0, 0, 120)
"""Over what of the picture is not looked at."""


@dataclass(frozen=True, kw_only=True)
class ShownPicture:
    """A picture ready to be shown; `boxes` is where digits were found, in reading order."""

    image: QImage
    boxes: tuple[Box, ...]
    picture: Picture | None = field(default=None, repr=False)
    """Its pixels, to be read again without being decoded again."""
    choices: Choices = AUTOMATIC
    """What the person decided about how it is looked at."""
    steps: ShownSteps | None = field(default=None, repr=False)
    """How it was read; None when nobody read it."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.width(), self.image.height()

    def shares(self, part: tuple[int, int, int, int]) -> QRectF:
        """A part in pixels as shares of width and height."""
        width, height = self.size
        x, y, across, down = part
        return QRectF(x / width, y / height, across / width, down / height)


def placed(box: QRectF, area: QRectF, target: QRectF) -> QRectF:
    """Where `box` is on the widget when `area`, both shares of the picture, fills `target` there."""
    across, down = target.width() / area.width(), target.height() / area.height()
    return QRectF(
        target.x() + (box.x() - area.x()) * across,
        target.y() + (box.y() - area.y()) * down,
        box.width() * across,
        box.height() * down,
    )


def paint_outline(painter: QPainter, box: QRectF, target: QRectF, *, looked_at: bool) -> None:
    """A line around a digit at `box` on the widget, and a stronger one where it is the one that is looked at.

    Around a digit at the edge of the picture at `target` it runs along that edge.
    """
    line = box.adjusted(-AROUND, -AROUND, AROUND, AROUND)
    if target.contains(box.adjusted(1, 1, -1, -1)):
        line &= target.adjusted(1, 1, -1, -1)
    # Two lines of opposite brightness: one of them is seen on any picture.
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in (
        ((LIGHT.surface, 4.0), (LIGHT.accent, 2.0)) if looked_at else ((LIGHT.surface, 2.5), (LIGHT.text, 1.0))
    ):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawRect(line)


def paint_part(painter: QPainter, part: QRectF, target: QRectF) -> None:
    """Shade what of the picture at `target` lies outside of `part`, and draw the edge between the two."""
    if part.adjusted(-1, -1, 1, 1).contains(target):
        return
    outside = QPainterPath()
    outside.addRect(target)
    inside = QPainterPath()
    inside.addRect(part)
    painter.fillPath(outside.subtracted(inside), QBrush(SHADE))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(LIGHT.surface), 1.5))
    painter.drawRect(part)
    painter.setPen(QPen(QColor(LIGHT.text), 1.5, Qt.PenStyle.DashLine))
    painter.drawRect(part)

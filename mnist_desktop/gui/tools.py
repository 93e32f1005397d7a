"""What one draws and rubs out with on the canvas: how wide each is, and the cursor that shows it."""

from __future__ import annotations

from enum import Enum, StrEnum, auto

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPixmap

FIELD = 1000.0
"""Width and height of the square that is always visible, in the canvas's own units, whatever the widget's size."""

SOFTEST, HARDEST = 0.4, 1.6
"""How wide the line is at no pressure and at full, as shares of the pen's width: halfway it is just the pen's."""

RUBBER = 32.0
"""Radius of the rubber, in the canvas's own units: it takes away the tail of a 9 and leaves its bow."""

SMALLEST_CURSOR, LARGEST_CURSOR = 8, 96
"""Pixels: smaller is lost on the screen, and X servers refuse far larger ones."""


class Tool(Enum):
    """What the hand holds."""

    PEN = auto()
    ERASER = auto()


class PenWidth(StrEnum):
    """How wide strokes look; readings do not depend on it (ink.raster)."""

    FINE = "fine"
    MEDIUM = "medium"
    BROAD = "broad"

    @property
    def units(self) -> float:
        """In the canvas's own units."""
        return {PenWidth.FINE: 22.0, PenWidth.MEDIUM: 45.0, PenWidth.BROAD: 80.0}[self]


def swell(pressure: float | None) -> float:
    """How wide the line is where the pen pressed so hard, as a share of the pen's width."""
    return 1.0 if pressure is None else SOFTEST + (HARDEST - SOFTEST) * min(1.0, max(0.0, pressure))


def tool_cursor(tool: Tool, diameter: float, ratio: float) -> QCursor:
    """A ring as wide as what the tool does, `diameter` in pixels of the widget; for the pen with its middle marked."""
    across = min(LARGEST_CURSOR, max(SMALLEST_CURSOR, round(diameter)))
    side = across + 4
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(side / 2, side / 2)
    if tool is Tool.ERASER:
        painter.setBrush(QColor(255, 255, 255, 110))
    # Two rings of opposite brightness: one of them is seen on paper, on ink and on any picture.
    for colour, radius in (("#ffffff", across / 2 + 0.75), ("#000000", across / 2 - 0.5)):
        painter.setPen(QPen(QColor(colour), 1.25))
        painter.drawEllipse(middle, radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    if tool is Tool.PEN:
        painter.setPen(QPen(QColor("#ffffff"), 1))
        painter.setBrush(QColor("#000000"))
        painter.drawEllipse(middle, 2, 2)
    painter.end()
    return QCursor(pixmap, side // 2, side // 2)

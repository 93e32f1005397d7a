"""Turns keys into a pen: arrows move it over the field, Space puts it down and lifts it, Escape lifts it."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from mnist_desktop.gui.theme import Colours
from mnist_desktop.gui.tools import FIELD
from mnist_desktop.ink.drawing import Point

STEP = FIELD / 40
"""How far one key takes the pen: fine enough for the bow of a 2, 20 keys for the stem of a 1."""

LARGE_STEP = 4 * STEP

DIRECTIONS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
    # Where they are on the number pad.
    Qt.Key.Key_Home: (-1, -1),
    Qt.Key.Key_PageUp: (1, -1),
    Qt.Key.Key_End: (-1, 1),
    Qt.Key.Key_PageDown: (1, 1),
}


class KeyMove(Enum):
    """What a key did to the pen."""

    DOWN = auto()
    MOVED = auto()
    UP = auto()


class KeyboardPen:
    """Where the keys' pen is, in the canvas's own units, whether it is down, and whether it is seen."""

    def __init__(self) -> None:
        self.place: Point = (FIELD / 2, FIELD / 2)
        self.down = False
        self.shown = False

    @property
    def description(self) -> str:
        """For a screen reader: what one does on the canvas, and how without a mouse."""
        return _tr(
            "Draw a digit here with mouse, pen or finger, or with the keyboard: arrow keys move the pen, "
            "Space puts it down and lifts it, Shift takes larger steps."
        )

    def takes(self, key: int) -> bool:
        """Whether the key means something to the pen now; Escape only lifts it, and else clears the canvas."""
        return key in DIRECTIONS or key == Qt.Key.Key_Space or (key == Qt.Key.Key_Escape and self.down)

    def press(self, key: int, *, far: bool, again: bool) -> KeyMove | None:
        """What the key does; `far` for a large step, `again` when it repeats because it is held."""
        self.shown = True
        if key in DIRECTIONS:
            step = LARGE_STEP if far else STEP
            across, down = DIRECTIONS[Qt.Key(key)]
            self.place = (_within(self.place[0] + across * step), _within(self.place[1] + down * step))
            return KeyMove.MOVED
        if again:
            return None
        self.down = not self.down if key == Qt.Key.Key_Space else False
        return KeyMove.DOWN if self.down else KeyMove.UP

    def spoken(self, done: KeyMove) -> str:
        """For a screen reader: what the key did, and where the pen is."""
        x, y = (round(100 * value / FIELD) for value in self.place)
        place = _tr("{x} % from the left, {y} % from the top").format(x=x, y=y)
        words = {KeyMove.DOWN: _tr("pen down"), KeyMove.UP: _tr("pen up")}
        return f"{words[done]}, {place}" if done in words else place

    def paint(self, painter: QPainter, at: QPointF, diameter: float, colours: Colours) -> None:
        """A ring as wide as the tool and a cross through it, filled while the pen is down."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = max(6.0, diameter / 2)
        arm = radius + 8
        for colour, width in ((colours.paper, 5.0), (colours.accent, 2.0)):
            painter.setPen(QPen(QColor(colour), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, radius, radius)
            for across, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                toward = QPointF(across, down)
                painter.drawLine(at + toward * radius, at + toward * arm)
        if self.down:
            painter.setBrush(QColor(colours.accent))
            painter.drawEllipse(at, 4, 4)

    def reach(self, diameter: float) -> float:
        """How far from its place the pen paints, in pixels."""
        return max(6.0, diameter / 2) + 12


def _within(value: float) -> float:
    return min(FIELD, max(0.0, value))


def _tr(text: str) -> str:
    return QCoreApplication.translate("KeyboardPen", text)

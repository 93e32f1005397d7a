"""Turns a drawing into the mouse events of a hand that draws it on a canvas: for the demo and for measuring."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from mnist_desktop.ink.drawing import Drawing, Point

SHARE = 0.72
"""How much of the canvas the drawing takes."""


def pen_events(canvas: QWidget, drawing: Drawing) -> Iterator[None]:
    """Send the events of `drawing`, fitted to `canvas`, one with each step; to the canvas they are a hand's."""
    left, top, right, bottom = drawing.bounds()
    extent = max(right - left, bottom - top) or 1.0
    scale = SHARE * min(canvas.width(), canvas.height()) / extent

    def place(point: Point) -> QPointF:
        x = canvas.width() / 2 + scale * (point[0] - (left + right) / 2)
        y = canvas.height() / 2 + scale * (point[1] - (top + bottom) / 2)
        return QPointF(x, y)

    for stroke in drawing.strokes:
        _send(canvas, QEvent.Type.MouseButtonPress, place(stroke.points[0]))
        yield
        for point in stroke.points[1:]:
            _send(canvas, QEvent.Type.MouseMove, place(point))
            yield
        _send(canvas, QEvent.Type.MouseButtonRelease, place(stroke.points[-1]))
        yield


def _send(canvas: QWidget, kind: QEvent.Type, position: QPointF) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if kind is QEvent.Type.MouseMove else left
    held = none if kind is QEvent.Type.MouseButtonRelease else left
    on_screen = canvas.mapToGlobal(position)
    event = QMouseEvent(kind, position, on_screen, button, held, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(canvas, event)

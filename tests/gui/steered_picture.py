"""Steers the picture in a real window with the mouse, and looks up what was read and recorded of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QTest

from mnist_desktop.gui.shown_picture import placed
from mnist_desktop.gui.window import Window

from .conftest import FAINT_ONE, records


def on_canvas(window: Window, x: float, y: float) -> QPoint:
    """Where on the canvas a pixel of the picture is."""
    pane = window.read_tab.canvas.pane
    assert pane.picture is not None
    width, height = pane.picture.size
    spot = placed(QRectF(x / width, y / height, 0, 0), QRectF(0, 0, 1, 1), pane._target())
    return spot.topLeft().toPoint()


def drag(window: Window, x: int, y: int, width: int, height: int, *, release: bool = True) -> None:
    """Drag over a part of the picture, given in its pixels, with the mouse."""
    canvas = window.read_tab.canvas
    start, end = on_canvas(window, x, y), on_canvas(window, x + width, y + height)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, (start + end) / 2)
    QTest.mouseMove(canvas, end)
    if release:
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def drag_over_the_one(window: Window, *, release: bool = True) -> None:
    x, y, width, height = FAINT_ONE
    drag(window, x - 25, y - 30, width + 50, height + 60, release=release)


def answers(window: Window, large: str) -> Callable[[], bool]:
    return lambda: window.read_tab.answer.answer.large == large


def preparation(home: Path) -> Any:
    (record,) = records(home)
    assert record.preparation is not None
    return json.loads(record.preparation)

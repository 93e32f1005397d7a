"""Turns the program's own SVG icons into icons in the colour of the theme."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from mnist_desktop.paths import PathsError, shipped

SIDE = 64
"""Pixels an icon is painted at; Qt scales it down, and 16 px at 200 % and at 400 % stay sharp."""


@lru_cache(maxsize=64)
def icon(name: str, colour: str, faded: str) -> QIcon:
    """The icon `name` in `colour`, `faded` when disabled; an empty one when the installation lacks it.

    Painted once for each theme: 5 ms for all of them at every change of it.
    """
    try:
        svg = (shipped("resources") / "icons" / f"{name}.svg").read_text("utf-8")
    except (PathsError, OSError):
        # A missing ornament is no reason not to read digits: every button has a text.
        return QIcon()
    made = QIcon(_painted(svg, colour))
    made.addPixmap(_painted(svg, faded), QIcon.Mode.Disabled)
    return made


def _painted(svg: str, colour: str) -> QPixmap:
    pixmap = QPixmap(SIDE, SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", colour).encode()))
    renderer.render(painter, QRectF(0, 0, SIDE, SIDE))
    painter.end()
    return pixmap

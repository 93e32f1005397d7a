"""Shows the very 28×28 levels that the model was given, magnified, with their grid, and which of them decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mnist_desktop.gui.theme import LIGHT, Colours

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 28
"""Rows and columns of a glyph; `ink.glyph` says the same, but is not imported before the first paint."""

CELL = 6
"""The smallest magnification at which single pixels are told apart, in device-independent pixels."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlay:
    """What decided, over a glyph: as the colours that are painted and as the numbers behind them."""

    pixels: bytes
    """The tinted glyph, 28×28×3, row by row, red, green, blue."""
    weights: NDArray[np.float32]
    """28×28: how much the log-odds of the answer fall without the ink there."""


def _grid(size: QSize, ratio: float) -> QPixmap:
    """The lines between the pixels, on nothing: seen on ink and on paper, without changing what either looks like."""
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setPen(QPen(QColor(128, 128, 128, 90), 0))
    cell = size.width() // SIDE
    for place in range(cell, size.width(), cell):
        painter.drawLine(place, 0, place, size.height())
        painter.drawLine(0, place, size.width(), place)
    painter.end()
    return pixmap


class GlyphPreview(QWidget):
    """A magnifying glass over the model's input: white is ink (255), black is paper (0), as in MNIST."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._levels: bytes | None = None
        self._overlay: Overlay | None = None
        self._colours = LIGHT
        self._grid: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMinimumSize(self.sizeHint())
        # The value under the pointer comes at once and goes along with it.
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("What the model sees"))
        self.set_levels(None)

    def sizeHint(self) -> QSize:
        return QSize(SIDE * CELL + 2, SIDE * CELL + 2)

    @property
    def levels(self) -> bytes | None:
        """The 784 levels shown, row by row; None for an empty canvas."""
        return self._levels

    def set_levels(self, levels: bytes | None) -> None:
        if levels is not None and len(levels) != SIDE * SIDE:
            raise ValueError(f"A glyph has {SIDE * SIDE} levels, not {len(levels)}.")
        self._levels = levels
        self._overlay = None
        ink = 0 if levels is None else len(levels) - levels.count(0)
        self.setAccessibleDescription(
            self.tr("nothing") if levels is None else self.tr("%n pixel(s) of ink in 28 by 28", "", ink)
        )
        self.update()

    @property
    def overlay(self) -> Overlay | None:
        """What is shown to have decided; None when that is not shown, or not known yet."""
        return self._overlay

    def set_overlay(self, overlay: Overlay | None) -> None:
        """Show what decided about the levels that are shown; they take it away when they change."""
        self._overlay = overlay
        self.update()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell_level(event.pos(), event.globalPos())
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._tell_level(event.position().toPoint(), event.globalPosition().toPoint())

    def _tell_level(self, position: QPoint, on_screen: QPoint) -> None:
        area = self._area()
        if self._levels is None or not area.contains(position):
            QToolTip.hideText()
            return
        column = (position.x() - area.x()) * SIDE // area.width()
        row = (position.y() - area.y()) * SIDE // area.height()
        level = self._levels[row * SIDE + column]
        text = self.tr("row {row}, column {column}: {level}").format(row=row, column=column, level=level)
        weight = 0.0 if self._overlay is None else float(self._overlay.weights[row, column])
        if weight:
            side = self.tr("for the answer") if weight > 0 else self.tr("against the answer")
            text = f"{text}, {side} ({weight:+.1f})"
        QToolTip.showText(on_screen, text, self)

    def _area(self) -> QRect:
        side = min(self.width(), self.height()) // SIDE * SIDE
        return QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = self._area()
        if self._levels is None:
            painter.fillRect(area, QColor("#000000"))
        elif self._overlay is not None:
            painter.drawImage(area, QImage(self._overlay.pixels, SIDE, SIDE, 3 * SIDE, QImage.Format.Format_RGB888))
        else:
            painter.drawImage(area, QImage(self._levels, SIDE, SIDE, SIDE, QImage.Format.Format_Grayscale8))
        ratio = self.devicePixelRatioF()
        if self._grid is None or self._grid.size() != area.size() * ratio:
            # Painted once: 54 half transparent lines cost more than all the rest of a pen's move.
            self._grid = _grid(area.size(), ratio)
        painter.drawPixmap(area.topLeft(), self._grid)
        painter.setPen(QPen(QColor(self._colours.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area.adjusted(-1, -1, 0, 0))

"""A picture on the canvas in the place of strokes, with the digits that were found in it outlined."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

Box = tuple[float, float, float, float]
"""x, y, width and height as shares of a picture's width and height."""


@dataclass(frozen=True, kw_only=True)
class ShownPicture:
    """A picture ready to be shown; `boxes` is where digits were found, in reading order."""

    image: QImage
    boxes: tuple[Box, ...]


def paint_picture(painter: QPainter, picture: ShownPicture, area: QRect) -> None:
    """Paint `picture` as large as it fits into `area`, in its middle."""
    size = QSize(picture.image.size()).scaled(area.size() - QSize(4, 4), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRectF(0, 0, size.width(), size.height())
    target.moveCenter(QRectF(area).center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, picture.image)
    for x, y, width, height in picture.boxes:
        box = QRectF(
            target.x() + x * target.width(),
            target.y() + y * target.height(),
            width * target.width(),
            height * target.height(),
        ).adjusted(-3, -3, 3, 3)
        # Two lines of opposite brightness: one of them is seen on any picture.
        for colour, line in (("#ffffff", 4), ("#0b57d0", 2)):
            painter.setPen(QPen(QColor(colour), line))
            painter.drawRect(box)

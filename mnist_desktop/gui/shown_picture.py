"""A picture on the canvas in the place of strokes, with the digit that was found in it outlined."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen


@dataclass(frozen=True, kw_only=True)
class ShownPicture:
    """A picture ready to be shown; `box` is where the digit was found, as shares of width and height."""

    image: QImage
    box: tuple[float, float, float, float] | None


def paint_picture(painter: QPainter, picture: ShownPicture, area: QRect) -> None:
    """Paint `picture` as large as it fits into `area`, in its middle."""
    size = QSize(picture.image.size()).scaled(area.size() - QSize(4, 4), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRectF(0, 0, size.width(), size.height())
    target.moveCenter(QRectF(area).center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, picture.image)
    if picture.box is None:
        return
    x, y, width, height = picture.box
    box = QRectF(
        target.x() + x * target.width(),
        target.y() + y * target.height(),
        width * target.width(),
        height * target.height(),
    ).adjusted(-3, -3, 3, 3)
    # Two lines of opposite brightness: one of them is seen on any picture.
    for colour, width in (("#ffffff", 4), ("#0b57d0", 2)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawRect(box)

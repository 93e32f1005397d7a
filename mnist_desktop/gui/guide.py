"""The empty canvas: a faint place to write, and a few words of invitation."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QApplication

from mnist_desktop.gui.theme import SPACE, Colours, scaled_font


def paint_guide(painter: QPainter, area: QRect, colours: Colours, *, for_keys: bool) -> None:
    """Paint the guide in the middle of `area`; `for_keys` it says what the keys do, below where their pen begins."""
    side = min(area.width(), area.height())
    box = QRectF(0, 0, side * 0.5, side * 0.66)
    box.moveCenter(QRectF(area).center())
    painter.setPen(QPen(QColor(colours.border), 1, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(box, 2 * SPACE, 2 * SPACE)
    painter.setPen(QColor(colours.muted))
    painter.setFont(scaled_font(QApplication.font(), "body" if for_keys else "strong"))
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
    if for_keys:
        words = _tr("Arrow keys move the pen\nSpace puts it down and lifts it\nShift: larger steps")
        flags |= Qt.AlignmentFlag.AlignBottom
    else:
        words = _tr("Draw a digit here\nor drop a picture")
        flags |= Qt.AlignmentFlag.AlignVCenter
    painter.drawText(box.adjusted(SPACE, SPACE, -SPACE, -SPACE), int(flags), words)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Guide", text)

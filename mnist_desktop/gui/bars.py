"""Shows a probability for each label of the model: a bar, its label and its percentage."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mnist_desktop.gui.theme import LIGHT, SPACE, Colours

PLAIN_LABELS = tuple("0123456789")
"""What is shown before any model has said what its labels are."""


class ProbabilityBars(QWidget):
    """One row a label, in the model's order; the best one is bold, so that colour is not needed to find it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = PLAIN_LABELS
        self._probabilities: tuple[float, ...] | None = None
        self._best: int | None = None
        self._colours = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Probabilities"))
        # The exact figure comes at once and goes along with the pointer.
        self.setMouseTracking(True)
        self._resize_rows()

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    @property
    def probabilities(self) -> tuple[float, ...] | None:
        return self._probabilities

    def set_labels(self, labels: tuple[str, ...]) -> None:
        """Take the labels of another model; the bars empty."""
        self._labels = labels
        self._resize_rows()
        self.set_probabilities(None)

    def set_probabilities(self, probabilities: tuple[float, ...] | None) -> None:
        """One probability a label, or None for nothing read."""
        if probabilities is not None and len(probabilities) != len(self._labels):
            raise ValueError(f"{len(self._labels)} labels, but {len(probabilities)} probabilities.")
        self._probabilities = probabilities
        self._best = None if probabilities is None else max(range(len(probabilities)), key=probabilities.__getitem__)
        self.setAccessibleDescription(self._spoken())
        self.update()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, len(self._labels) * (self._row_height() + 4))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.FontChange:
            self._resize_rows()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell_exactly(event.pos(), event.globalPos())
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._tell_exactly(event.position().toPoint(), event.globalPosition().toPoint())

    def _tell_exactly(self, position: QPoint, on_screen: QPoint) -> None:
        if self._probabilities is None:
            QToolTip.hideText()
            return
        row = min(int(position.y() * len(self._labels) / max(1, self.height())), len(self._labels) - 1)
        QToolTip.showText(on_screen, f"{self._labels[row]}: {self._probabilities[row]:.6f}", self)

    def _spoken(self) -> str:
        """All figures, the largest first: who listens stops when it is enough."""
        if self._probabilities is None:
            return self.tr("nothing read")
        order = sorted(range(len(self._labels)), key=self._probabilities.__getitem__, reverse=True)
        return ", ".join(f"{self._labels[i]} {percent(self._probabilities[i])}" for i in order)

    def _row_height(self) -> int:
        return int(self.fontMetrics().height())

    def _resize_rows(self) -> None:
        # Capitals and figures, with room below them for half of a “g”.
        metrics = self.fontMetrics()
        self.setMinimumHeight(len(self._labels) * (metrics.ascent() + metrics.descent() // 2))
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        bold = painter.font()
        bold.setBold(True)
        plain = painter.font()
        label_width = min(
            max(metrics.horizontalAdvance(label) for label in self._labels) * 1.15 + SPACE, self.width() * 0.4
        )
        figure_width = metrics.horizontalAdvance("100.0 %") * 1.15 + SPACE
        row = self.height() / len(self._labels)
        bar = QRectF(label_width, 0, max(10.0, self.width() - label_width - figure_width), min(row * 0.6, 16.0))
        for index, label in enumerate(self._labels):
            best = index == self._best
            probability = 0.0 if self._probabilities is None else self._probabilities[index]
            painter.setFont(bold if best else plain)
            painter.setPen(QColor(self._colours.text if best else self._colours.muted))
            elided = metrics.elidedText(label, Qt.TextElideMode.ElideRight, int(label_width - SPACE))
            area = QRectF(0, index * row, label_width - SPACE, row)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), elided)
            bar.moveTop(index * row + (row - bar.height()) / 2)
            self._paint_bar(painter, bar, probability, best=best)
            if self._probabilities is not None:
                painter.setPen(QColor(self._colours.text if best else self._colours.muted))
                area = QRectF(bar.right(), index * row, self.width() - bar.right(), row)
                right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                painter.drawText(area, right, percent(probability))

    def _paint_bar(self, painter: QPainter, bar: QRectF, probability: float, *, best: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.track))
        painter.drawRoundedRect(bar, 3, 3)
        if probability * bar.width() >= 0.5:
            filled = QRectF(bar)
            filled.setWidth(bar.width() * probability)
            painter.setBrush(QColor(self._colours.accent if best else self._colours.border))
            painter.drawRoundedRect(filled, 3, 3)


def percent(probability: float) -> str:
    """`probability` as people read it; nothing a network says is ever "100 %"."""
    return "> 99.9 %" if probability >= 0.9995 else f"{probability * 100:.1f} %"

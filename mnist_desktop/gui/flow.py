"""Lays widgets out in a row that continues in the next line where the window is too narrow for all of them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from mnist_desktop.gui.theme import SPACE


class FlowLayout(QLayout):
    """Left to right, or right to left, then downwards; every line is as high as its highest widget."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(SPACE)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, area: QRect) -> None:
        super().setGeometry(area)
        self._arrange(area, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, area: QRect, *, move: bool) -> int:
        """The height that the items take in the width of `area`; moves them there if asked."""
        y = 0
        for line in self._lines(area.width()):
            height = max(size.height() for _, size in line)
            if move:
                self._move(line, QRect(area.x(), area.y() + y, area.width(), height))
            y += height + self.spacing()
        return max(0, y - self.spacing())

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        """The items that are not hidden, with their sizes, as they fit into lines of `width`."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        right = width
        for item in self._items:
            if item.isEmpty():
                continue
            size = QSize(min(item.sizeHint().width(), width), item.sizeHint().height())
            if right + self.spacing() + size.width() > width:
                lines.append([])
                right = -self.spacing()
            lines[-1].append((item, size))
            right += self.spacing() + size.width()
        return lines

    def _move(self, line: list[tuple[QLayoutItem, QSize]], area: QRect) -> None:
        """Put a line's items side by side, each in the middle of the line's height."""
        parent = self.parentWidget()
        right_to_left = parent is not None and parent.isRightToLeft()
        x = 0
        for item, size in line:
            left = area.width() - x - size.width() if right_to_left else x
            item.setGeometry(QRect(area.topLeft() + QPoint(left, (area.height() - size.height()) // 2), size))
            x += size.width() + self.spacing()

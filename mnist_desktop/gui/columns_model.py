"""Turns the names of columns into the head of a table; what is in its rows is for those who derive from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ColumnsModel(QAbstractTableModel):
    """A table whose columns have names; in some of them name and content are centred."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: Mapping[int, str] = {}
        self._centred: Collection[int] = ()

    def name_columns(self, names: Mapping[int, str], centred: Collection[int]) -> None:
        """Say what stands over each column, from the left, and which are centred."""
        self._names, self._centred = names, centred

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._names[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(section) or LEFT
        return None

    def alignment(self, column: int) -> Qt.AlignmentFlag | None:
        """How the content of a column is aligned; None where it is as usual."""
        return Qt.AlignmentFlag.AlignCenter if column in self._centred else None

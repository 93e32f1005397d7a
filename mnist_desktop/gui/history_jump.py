"""Takes the person from a reading to its record in the History tab."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QTabWidget

from mnist_desktop.gui.history_tab import HistoryTab


class HistoryJump(QObject):
    """Selects a record in the History as soon as it is listed there; filters that hide it are left as they are."""

    def __init__(self, tabs: QTabWidget, history: HistoryTab) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self._history = history
        self._wanted: UUID | None = None
        history.model.refreshed.connect(self._look)

    def show(self, record_id: UUID) -> None:
        """Bring the History to the front with the record selected."""
        self._wanted = record_id
        self._tabs.setCurrentWidget(self._history)
        self._look()

    def _look(self) -> None:
        if self._wanted is None:
            return
        number = self._history.model.number_of(self._wanted)
        if number is not None:
            self._wanted = None
            self._history.table.selectRow(number)
            self._history.table.scrollTo(self._history.model.index(number, 0))
            self._history.table.setFocus()

"""Takes the person from a reading to its record in the History tab, or says why it is not there."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QTabWidget

from mnist_desktop.gui.history_rows import Shown
from mnist_desktop.gui.history_tab import HistoryTab


class HistoryJump(QObject):
    """Selects a record in the History as soon as it is listed there; filters that hide it are left as they are.

    A list that does not reach back to it is read on, until it does or the person turns to something else.
    """

    def __init__(self, tabs: QTabWidget, history: HistoryTab) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self._history = history
        self._wanted: UUID | None = None
        history.model.refreshed.connect(self._look)
        history.filters.changed.connect(self._forget)
        tabs.currentChanged.connect(self._forget)

    def show(self, record_id: UUID) -> None:
        """Bring the History to the front with the record selected."""
        self._tabs.setCurrentWidget(self._history)
        self._wanted = record_id
        self._look()

    def _forget(self) -> None:
        self._wanted = None

    def _look(self) -> None:
        model = self._history.model
        if self._wanted is None:
            return
        number = model.number_of(self._wanted)
        if number is not None:
            self._wanted = None
            self._history.table.selectRow(number)
            self._history.table.scrollTo(model.index(number, 0))
            self._history.table.setFocus()
        elif not model.busy and not model.reaches(self._wanted) and model.canFetchMore():
            model.fetchMore()
        elif not model.busy:
            self._wanted = None
            self._history.notice.say(self._why_not_listed())

    def _why_not_listed(self) -> str:
        if self._history.model.shown != Shown():
            return self.tr("The filters hide this reading.")
        return self.tr("This reading is not in the History.")

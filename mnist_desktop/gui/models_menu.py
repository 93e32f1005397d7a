"""Shows the models that there are as a menu: the one that reads is checked, one that cannot be used says why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.recognition.models import FoundModel

LONGEST_LINE = 90
"""Characters of a line of the menu; About the models has the whole sentence."""


class ModelsMenu(QObject):
    """Fills the upper part of a menu; what stands below its first separator is not touched."""

    wanted = Signal()
    """The menu is about to be seen: look which models there are."""
    chosen = Signal(str)
    """The choice, a model's name or folder, that is to read."""

    def __init__(self, menu: QMenu, parent: QObject) -> None:
        super().__init__(parent)
        self._menu = menu
        self._below = next(action for action in menu.actions() if action.isSeparator())
        self._group = QActionGroup(self)
        self._shown: Sequence[tuple[str, FoundModel]] | None = None
        self._group.triggered.connect(lambda action: self.chosen.emit(action.data()))
        menu.aboutToShow.connect(self.wanted)

    @property
    def actions(self) -> dict[str, QAction]:
        """The lines of the models, by what they choose."""
        return {action.data(): action for action in self._group.actions()}

    def show_models(self, models: Sequence[tuple[str, FoundModel]], in_use: str | None) -> None:
        """Offer `models`, each with what it is chosen by; `in_use` reads now."""
        if models != self._shown:
            self._shown = models
            for action in self._group.actions():
                self._group.removeAction(action)
                self._menu.removeAction(action)
                action.deleteLater()
            for choice, found in models:
                self._menu.insertAction(self._below, self._line(choice, found))
        self.check(in_use)

    def check(self, in_use: str | None) -> None:
        """Mark the model that reads; none when there is none."""
        checked = self.actions.get(in_use) if in_use is not None else None
        if checked is not None:
            checked.setChecked(True)
        elif (action := self._group.checkedAction()) is not None:
            # An exclusive group lets the last one go only so.
            self._group.setExclusive(False)
            action.setChecked(False)
            self._group.setExclusive(True)

    def _line(self, choice: str, found: FoundModel) -> QAction:
        name = shown_name(found.folder.name)
        # Without the path: the folder's name is what tells one line from the next.
        why = None if found.why_not is None else shown_name(found.why_not.replace(str(found.folder), name))
        text = name if why is None else why
        action = QAction((text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…").replace("&", "&&"), self)
        action.setData(choice)
        action.setCheckable(True)
        action.setEnabled(why is None)
        self._group.addAction(action)
        return action

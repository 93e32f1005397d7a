"""Opens the settings to be changed, has them written, and uses at once what can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from mnist_desktop.gui.background import Background
from mnist_desktop.gui.models_commands import ModelsCommands
from mnist_desktop.gui.theme import Theme
from mnist_desktop.settings import SETTINGS, SettingsError, SettingToEdit

if TYPE_CHECKING:
    from mnist_desktop.gui.settings_dialog import SettingsDialog

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class SettingsPlaces:
    """Where settings are read and written; both touch the disk, and are for another thread."""

    load: Callable[[], Sequence[SettingToEdit]]
    """The settings that can be changed; raises SettingsError."""
    keep: Callable[[Mapping[str, str | int | None]], None]
    """Writes some of them; raises SettingsError."""
    file: Path
    """Where they are, for the person to read."""


class SettingsCommands(QObject):
    """One dialog at a time; it stays until what it says is written, or the person gives it up."""

    told = Signal(str)
    """A sentence for the person: why settings cannot be changed."""
    theme_chosen = Signal(object)
    """A Theme that the window is to take."""

    def __init__(
        self,
        places: SettingsPlaces | None,
        action: QAction,
        models: ModelsCommands,
        background: Background,
        parent: QWidget,
    ) -> None:
        """`action` opens the dialog; it is offered where there are `places`."""
        super().__init__(parent)
        self._places = places
        self._models = models
        self._background = background
        self._window = parent
        self.dialog: SettingsDialog | None = None
        """What is open now."""
        action.setEnabled(places is not None)
        action.triggered.connect(self.open)

    def open(self) -> None:
        """Read the settings, then show them; a file that cannot be read is told."""
        if self._places is not None and self.dialog is None:
            load = self._places.load
            self._models.look()
            self._background.run(lambda: _or_sentence(load), self._show)

    def keep(self, changes: Mapping[str, str | int | None]) -> None:
        """Write settings down that count already; what cannot be is told."""
        if self._places is not None:
            keep = self._places.keep
            self._background.run(lambda: _or_sentence(lambda: keep(changes)), self._kept)

    def _kept(self, why_not: str | None) -> None:
        if why_not is not None:
            self.told.emit(why_not)

    def _show(self, found: Sequence[SettingToEdit] | str) -> None:
        # Not at the top: what the first paint does not need comes after it.
        from mnist_desktop.gui.settings_dialog import SettingsDialog

        if isinstance(found, str):
            self.told.emit(found)
            return
        if self.dialog is not None or self._places is None:
            return
        usable = [choice for choice, model in self._models.models if model.model is not None]
        self.dialog = SettingsDialog(found, usable, self._places.file, self._window)
        self.dialog.wanted.connect(self._save)
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def _save(self, wanted: Mapping[str, str]) -> None:
        assert self._places is not None
        keep = self._places.keep
        changes = {
            name: int(value) if SETTINGS[name].number else value
            for name, value in wanted.items()
            # Another model is kept when it could be opened, by whoever opens it.
            if name != "model" or value == self._models.in_use
        }
        self._background.run(lambda: _or_sentence(lambda: keep(changes)), lambda why_not: self._saved(wanted, why_not))

    def _saved(self, wanted: Mapping[str, str], why_not: str | None) -> None:
        if self.dialog is None:
            return
        if why_not is not None:
            self.dialog.say(why_not)
            return
        self.dialog.accept()
        if "theme" in wanted:
            self.theme_chosen.emit(Theme(wanted["theme"]))
        if "model" in wanted:
            self._models.choose(wanted["model"])

    def _closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None


def _or_sentence(job: Callable[[], Answer]) -> Answer | str:
    """What `job` answers, or why it could not."""
    try:
        return job()
    except SettingsError as error:
        return str(error)

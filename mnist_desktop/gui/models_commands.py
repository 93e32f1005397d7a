"""Looks which models there are, has another one read when the person chooses it, and keeps the choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from mnist_desktop.gui.background import Background
from mnist_desktop.gui.import_model import ImportedModel
from mnist_desktop.gui.models_menu import ModelsMenu
from mnist_desktop.gui.read_tab import ReadTab
from mnist_desktop.gui.reading_worker import ModelSwitch, ReadingWorker
from mnist_desktop.gui.theme import LIGHT, Colours

if TYPE_CHECKING:
    from mnist_desktop.gui.models_dialog import ModelsDialog
    from mnist_desktop.recognition.models import FoundModel
    from mnist_desktop.recognition.reader import Reader


@dataclass(frozen=True, kw_only=True)
class ModelPlaces:
    """What the window can do with models; all but `chosen` touches the disk, and is for another thread."""

    chosen: str
    """The name or the folder of the model that reads first."""
    find: Callable[[], Sequence[tuple[str, FoundModel]]]
    """Every model that can be chosen, with the name or folder it is chosen by, and those that cannot be used."""
    open: Callable[[str], Reader]
    """Opens the model of that name or folder; raises ModelError."""
    keep: Callable[[str], str | None]
    """Has this model read at the next start too; returns a sentence where it will not."""


class ModelsCommands(QObject):
    """Which model reads, and which others there are."""

    opening = Signal(str)
    """The choice that is being opened; the model before reads until then."""
    told = Signal(str)
    """A sentence for the person: why another model does not read, or is not kept."""
    changed = Signal()
    """There are other models than before, or another one reads."""

    def __init__(
        self,
        places: ModelPlaces | None,
        worker: ReadingWorker,
        menu: ModelsMenu,
        tab: ReadTab,
        background: Background,
        parent: QWidget,
    ) -> None:
        """`tab` has what the models can be compared on."""
        super().__init__(parent)
        self._places = places
        self._worker = worker
        self._menu = menu
        self._tab = tab
        self._background = background
        self._window = parent
        self._models: Sequence[tuple[str, FoundModel]] = ()
        self._in_use: str | None = None
        self._wanted: ModelSwitch | None = None
        self._colours = LIGHT
        self.dialog: ModelsDialog | None = None
        """All that there is to know of the models, once somebody wanted to."""
        self.question: QMessageBox | None = None
        """Whether a model just imported is to read, while that stands."""
        menu.wanted.connect(self.look)
        menu.chosen.connect(self.choose)
        worker.model_opened.connect(self._opened)
        worker.switched.connect(self._switched)
        worker.switch_failed.connect(self._not_switched)

    @property
    def models(self) -> Sequence[tuple[str, FoundModel]]:
        """The models that were found last, each with the name or folder it is chosen by."""
        return self._models

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """The labels of each model that can be used, by the name that its records have."""
        return {found.model.card.name: found.model.card.labels for _, found in self._models if found.model is not None}

    @property
    def in_use(self) -> str | None:
        """The choice that reads now; None without a model."""
        return self._in_use

    def look(self) -> None:
        """Look which models there are now."""
        if self._places is not None:
            self._background.run(self._places.find, self._found)

    def choose(self, choice: str) -> None:
        """Have the model of that name or folder read from now on."""
        awaited = self._in_use if self._wanted is None else self._wanted.choice
        places = self._places
        if places is None or choice == awaited:
            return
        self._wanted = ModelSwitch(choice=choice, open_reader=lambda: places.open(choice))
        self._worker.switch(self._wanted)
        self.opening.emit(choice)

    def show_all(self) -> None:
        """Show what there is to know of each model, and what each reads in what is on the canvas."""
        # Not at the top: what the first paint does not need comes after it.
        from mnist_desktop.gui.models_dialog import ModelsDialog

        if self.dialog is None:
            self.dialog = ModelsDialog(self, lambda: self._tab.subject, self._background, self._window)
            self.dialog.set_colours(self._colours)
            self._tab.changed.connect(self.dialog.drawing_changed)
        self.dialog.show()
        self.dialog.activateWindow()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        if self.dialog is not None:
            self.dialog.set_colours(colours)

    def stop(self) -> None:
        """The window goes: no model is asked any more."""
        if self.dialog is not None:
            self.dialog.stop()

    def offer(self, imported: ImportedModel) -> None:
        """Say what was imported, and ask whether it is to read now."""
        self.look()
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Import a model"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("The model “{name}” is imported. Read with it now?").format(name=imported.choice))
        box.setInformativeText(imported.sentence)
        use = box.addButton(self.tr("Read with it"), QMessageBox.ButtonRole.AcceptRole)
        later = box.addButton(self.tr("Not now"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(use)
        box.setEscapeButton(later)

        def answered() -> None:
            self.question = None
            if box.clickedButton() is use:
                self.choose(imported.choice)

        box.finished.connect(answered)
        box.finished.connect(box.deleteLater)
        self.question = box
        box.open()

    def _found(self, models: Sequence[tuple[str, FoundModel]]) -> None:
        self._models = models
        self._menu.show_models(models, self._in_use if self._wanted is None else self._wanted.choice)
        self.changed.emit()

    def _opened(self) -> None:
        """The first model; after a switch `_switched` is told more."""
        if self._places is not None and self._in_use is None and self._wanted is None:
            self._in_use = self._places.chosen
            self._menu.check(self._in_use)
            self.changed.emit()

    def _switched(self, switch: ModelSwitch) -> None:
        self._in_use = switch.choice
        if switch is self._wanted and self._places is not None:
            self._wanted = None
            self._menu.check(switch.choice)
            keep = self._places.keep
            self._background.run(lambda: keep(switch.choice), self._kept)
        self.changed.emit()

    def _kept(self, why_not: str | None) -> None:
        if why_not is not None:
            self.told.emit(why_not)

    def _not_switched(self, switch: ModelSwitch, why: str) -> None:
        if switch is not self._wanted:
            # Something else was chosen meanwhile.
            return
        self._wanted = None
        self._menu.check(self._in_use)
        self.changed.emit()
        if self._in_use is None:
            self.told.emit(why)
        else:
            self.told.emit(self.tr("{why} “{name}” goes on reading.").format(why=why, name=self._in_use))

"""Asks for a stranger's model file, has it imported in a thread of its own, and says in a sentence what came of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox, QProgressBar, QProgressDialog, QWidget

from mnist_desktop.gui.announcing import announce
from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.recognition.importing.supervision import Watch
    from mnist_desktop.recognition.models import Preparation


@dataclass(frozen=True, kw_only=True)
class ImportedModel:
    """A model that was made of a file."""

    choice: str
    """Its name, by which it is chosen."""
    sentence: str
    """What was found."""


ImportFile = Callable[[Path, "Preparation | None", "Watch"], ImportedModel]
"""Makes a model of a file; raises ModelError."""

STAGE_COUNT = 4

_log = logging.getLogger(__name__)


class ModelImport(QObject):
    """One import at a time; the window stays in use meanwhile."""

    imported = Signal(object)
    """An ImportedModel."""
    told = Signal(str)
    """A sentence for the person: why nothing came of it."""

    _stage = Signal(str)
    _undecided = Signal(str)
    _ended = Signal()

    def __init__(self, import_file: ImportFile | None, action: QAction, parent: QWidget) -> None:
        """`action` starts it; it is offered where there is an `import_file`, and while none runs."""
        super().__init__(parent)
        self._import_file = import_file
        self._action = action
        self._window = parent
        self._thread: threading.Thread | None = None
        self._cancelled = threading.Event()
        self._stopped = False
        self._file = Path()
        self.question: QMessageBox | None = None
        """The question how what the model reads is prepared, while it stands."""
        self.progress: QProgressDialog | None = None
        """How far it is, while one runs."""
        self._stage.connect(self._show_stage)
        self._undecided.connect(self._ask_how)
        self._ended.connect(self._end)
        action.setEnabled(import_file is not None)
        action.triggered.connect(self._ask_for_file)

    def begin(self, file: Path, prepare: Preparation | None = None) -> None:
        """Import `file`; `imported` or `told` says what came of it."""
        if self._thread is not None or self._import_file is None or self._stopped:
            return
        self._file = file
        self._cancelled.clear()
        self._action.setEnabled(False)
        self.progress = self._shown_progress()
        self._thread = threading.Thread(target=self._run, args=(file, prepare), name="import")
        self._thread.start()

    def stop(self) -> None:
        """Give up what runs; returns when its process and its thread have ended."""
        self._stopped = True
        self._cancelled.set()
        if self._thread is not None:
            self._end()

    def _run(self, file: Path, prepare: Preparation | None) -> None:
        from mnist_desktop.recognition.classifier import ModelError
        from mnist_desktop.recognition.importing.supervision import CancelledError, Watch
        from mnist_desktop.recognition.importing.trials import UndecidedError

        assert self._import_file is not None
        try:
            watch = Watch(progress=self._stage.emit, cancelled=self._cancelled)
            self.imported.emit(self._import_file(file, prepare, watch))
        except CancelledError:
            pass
        except UndecidedError as error:
            self._undecided.emit(str(error))
        except ModelError as error:
            self.told.emit(str(error))
        except Exception as error:  # noqa: BLE001 - a bug here must neither end the program nor leave a window waiting
            _log.exception("An import failed")
            self.told.emit(self.tr("{name} could not be imported: {why}.").format(name=file.name, why=repr(error)))
        finally:
            self._ended.emit()

    def _shown_progress(self) -> QProgressDialog:
        text = self.tr("Importing {name}…").format(name=self._file.name)
        progress = QProgressDialog(text, self.tr("Cancel"), 0, STAGE_COUNT, self._window)
        progress.setWindowTitle(self.tr("Import a model"))
        progress.setWindowModality(Qt.WindowModality.NonModal)
        progress.setMinimumWidth(48 * progress.fontMetrics().averageCharWidth())
        for bar in progress.findChildren(QProgressBar):
            # The words above say which step it is; a percentage of steps means nothing.
            bar.setTextVisible(False)
            bar.setAccessibleName(text)
        progress.setAutoReset(False)
        progress.setAutoClose(False)
        progress.canceled.connect(self._cancelled.set)
        progress.show()
        return progress

    def _show_stage(self, stage: str) -> None:
        words = {
            "reading": self.tr("reading {name}…"),
            "building": self.tr("building the network of {name}…"),
            "trying": self.tr("trying {name} on samples…"),
            "converting": self.tr("converting {name}…"),
        }
        if self.progress is not None and not self._cancelled.is_set():
            step = list(words).index(stage)
            said = self.tr("Step {step} of {count}: {words}").format(
                step=step + 1, count=STAGE_COUNT, words=words[stage].format(name=shown_name(self._file.name))
            )
            self.progress.setLabelText(said)
            self.progress.setValue(step)
            announce(self.progress, said)

    def _end(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self.progress is not None:
            self.progress.hide()
            self.progress.deleteLater()
            self.progress = None
        self._action.setEnabled(self._import_file is not None)

    def _ask_for_file(self) -> None:
        kinds = self.tr("Keras models ({patterns})").format(patterns="*.keras *.h5 *.hdf5")
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Import a model"), "", kinds)
        if name:
            self.begin(Path(name))

    def _ask_how(self, why: str) -> None:
        if self._stopped:
            return
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Import a model"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("What does this model read?"))
        box.setInformativeText(why)
        digits = box.addButton(self.tr("Digits or letters"), QMessageBox.ButtonRole.AcceptRole)
        pictures = box.addButton(self.tr("Pictures of things"), QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setEscapeButton(cancel)
        file = self._file

        def answered() -> None:
            self.question = None
            if box.clickedButton() is digits:
                self.begin(file, "digit")
            elif box.clickedButton() is pictures:
                self.begin(file, "picture")

        box.finished.connect(answered)
        self.question = box
        box.open()

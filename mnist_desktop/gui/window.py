"""The window: two tabs, menus and a status bar, wired to the worker that reads and the worker that logs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QSettings, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QPaintEvent,
)
from PySide6.QtWidgets import QMainWindow, QTabWidget

from mnist_desktop.gui.about import About
from mnist_desktop.gui.background import Background
from mnist_desktop.gui.batch import Batch
from mnist_desktop.gui.batch_tab import BatchTab
from mnist_desktop.gui.closing import Closing
from mnist_desktop.gui.commands import Commands
from mnist_desktop.gui.history_commands import HistoryCommands
from mnist_desktop.gui.history_jump import HistoryJump
from mnist_desktop.gui.history_tab import HistoryTab
from mnist_desktop.gui.import_model import ModelImport
from mnist_desktop.gui.incoming_commands import IncomingCommands, can_take
from mnist_desktop.gui.log_states import Kept, LogState, Saved
from mnist_desktop.gui.log_worker import LogWorker
from mnist_desktop.gui.models_commands import ModelsCommands
from mnist_desktop.gui.models_menu import ModelsMenu
from mnist_desktop.gui.read_commands import ReadCommands
from mnist_desktop.gui.read_tab import ReadTab
from mnist_desktop.gui.reading_worker import ReadingWorker
from mnist_desktop.gui.recorder import ToRecord
from mnist_desktop.gui.settings_commands import SettingsCommands
from mnist_desktop.gui.spare_memory import SpareMemory
from mnist_desktop.gui.status import SavedState, StatusBar
from mnist_desktop.gui.surroundings import Surroundings
from mnist_desktop.gui.theme import Theme
from mnist_desktop.gui.theme_parts import ThemedParts
from mnist_desktop.ink.named_files import Name

if TYPE_CHECKING:
    from mnist_desktop.ink.drawing import Drawing
    from mnist_desktop.log.record import Record
    from mnist_desktop.recognition.models import Card

STOP_SECONDS = 1.0
"""How long a reading may take to end when the window goes; a record never depends on it by then."""

_log = logging.getLogger(__name__)


class Window(QMainWindow):
    """Shows what the workers say, and tells them what the person does; it waits for neither."""

    painted = Signal()
    """For the first time: what is slow may come now."""
    ready = Signal()
    """The model is loaded, or is known not to be."""
    closed = Signal()
    """Every thread has ended."""

    def __init__(self, surroundings: Surroundings, *, files: Sequence[Name] = (), notice: str | None = None) -> None:
        super().__init__()
        self._surroundings = surroundings
        self._files = list(files)
        self._started = False
        self._on_its_way = 0
        self._not_saved: str | None = None
        self._saved_records: set[UUID] = set()
        self._unsaved_records: set[UUID] = set()
        self._last_counts: tuple[int, int] | None = None
        self._told_notice: str | None = None
        self._model: str | None = None
        self._model_is_known = False
        self.background = Background(self)
        self.reading_worker = ReadingWorker(surroundings.open_reader, self)
        self.log_worker = LogWorker(surroundings.open_log, surroundings.device, self)
        self.read_tab = ReadTab(surroundings.rest_seconds, self)
        self.history_tab = HistoryTab(surroundings.device, self)
        self.tabs = QTabWidget(self)
        self.status = StatusBar(self)
        self.commands = Commands(self)
        self.batch_tab = BatchTab(self.commands.open, self.commands.open_folder, self)
        self.batch = Batch(self.batch_tab, self.reading_worker, self.log_worker, surroundings.device, self._keep)
        self.model_import = ModelImport(surroundings.import_file, self.commands.import_model, self)
        self._closing = Closing(self, self._settled, lambda: self._not_saved)
        self._closing.agreed.connect(self._go)
        self._retry = QTimer(self)
        self._retry.setInterval(round(surroundings.retry_seconds * 1000))
        self._retry.timeout.connect(self.log_worker.retry_unsaved)
        self._build()
        self._wire()
        self.set_theme(surroundings.theme)
        self._restore_place()
        if notice is not None:
            self.read_tab.notice.say(notice)

    def _build(self) -> None:
        self.setWindowTitle(QGuiApplication.applicationDisplayName() or "MNIST Desktop")
        self.setAcceptDrops(True)
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.read_tab, self.tr("Read"))
        self.tabs.addTab(self.history_tab, self.tr("History"))
        self.tabs.addTab(self.batch_tab, self.tr("Files"))
        self.history_jump = HistoryJump(self.tabs, self.history_tab)
        self.tabs.tabBar().setAccessibleName(self.tr("Tabs"))
        self.setCentralWidget(self.tabs)
        self.setStatusBar(self.status)
        self.commands.fill(self.menuBar())
        self.read_tab.add_buttons(self.commands.buttons, self.commands.drawing_tools)
        self.models = ModelsCommands(
            self._surroundings.models,
            self.reading_worker,
            ModelsMenu(self.commands.models, self),
            self.read_tab,
            self.background,
            self,
        )
        self.settings = SettingsCommands(
            self._surroundings.settings, self.commands.settings, self.models, self.background, self
        )
        self.incoming = IncomingCommands(self.commands, self.tabs, self.read_tab, self.batch_tab, self.batch, self)
        self.read_commands = ReadCommands(
            self.commands, self.read_tab, lambda: self.tabs.currentWidget() is self.read_tab, self
        )
        painted_by_hand = (self.read_tab, self.history_tab, self.batch_tab, self.commands, self.models)
        self._look = ThemedParts(self, self.tabs, painted_by_hand)

    def _wire(self) -> None:
        tab, reading, log, commands = self.read_tab, self.reading_worker, self.log_worker, self.commands
        tab.read_wanted.connect(reading.read)
        tab.read_surely_wanted.connect(reading.read_surely)
        tab.to_record.connect(self._record)
        self.tabs.currentChanged.connect(self.read_commands.offer)
        tab.changed.connect(self._show_saved)
        reading.latest_read.connect(tab.latest_read)
        reading.surely_read.connect(tab.surely_read)
        reading.surely_read.connect(self._closing.look)
        left_some = reading.latest_read, reading.surely_read, self.tabs.currentChanged, log.page_ready, log.kept
        SpareMemory(left_some, log, self)
        reading.model_opened.connect(self._model_opened)
        reading.model_failed.connect(self._model_failed)
        reading.failed.connect(self.status.set_failure)
        log.saved.connect(self._saved)
        log.changed.connect(tab.records_changed)
        tab.correction_wanted.connect(log.change)
        tab.record_chosen.connect(self.history_jump.show)
        log.state_changed.connect(self._log_state_changed)
        log.failed.connect(self.status.set_failure)
        self.history_commands = HistoryCommands(self.history_tab, log, commands.export, self)
        self.history_tab.read_again.connect(self._read_again)
        log.kept.connect(self._kept)
        commands.quit.triggered.connect(self.close)
        commands.show_read.triggered.connect(lambda: self.tabs.setCurrentWidget(tab))
        commands.show_history.triggered.connect(lambda: self.tabs.setCurrentWidget(self.history_tab))
        commands.about.triggered.connect(lambda: About(self).open())
        commands.about_models.triggered.connect(self.models.show_all)
        self.models.changed.connect(lambda: self.history_tab.know_models(self.models.labels))
        self.models.opening.connect(self._model_opening)
        self.models.told.connect(self._model_kept)
        self.model_import.imported.connect(self.models.offer)
        for source in (self.model_import, self.settings):
            source.told.connect(self._tell)
        self.settings.theme_chosen.connect(self.set_theme)
        self.background.failed.connect(self.status.set_failure)
        commands.themes.triggered.connect(self._theme_chosen)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_colours_changed)

    # --- beginning -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._started:
            # First paint first: NumPy, LiteRT and the rest are imported behind it, in the workers.
            self._started = True
            QTimer.singleShot(0, self, self._begin)

    def _begin(self) -> None:
        self.reading_worker.start()
        self.painted.emit()

    def _model_opening(self, choice: str) -> None:
        self.status.set_model(self.tr("Model: opening {name}…").format(name=choice))

    def _model_opened(self, card: Card) -> None:
        self._model = card.name
        self._show_model()
        self.history_tab.set_model(card.name, card.labels)
        self.read_tab.model_opened(card)
        self._model_known()

    def _model_failed(self, why: str) -> None:
        self._show_model()
        self.read_tab.model_failed(why)
        self._model_known()

    def _model_kept(self, why: str) -> None:
        self._show_model()
        self._tell(why)

    def _tell(self, sentence: str) -> None:
        """Say what is in no tab; whoever looks at another than the first sees it in the status bar, for a while."""
        self.read_tab.notice.say(sentence)
        if self.tabs.currentWidget() is not self.read_tab:
            self.status.set_failure(sentence)

    def _show_model(self) -> None:
        if self._model is None:
            self.status.set_model(self.tr("Model: none"), "error")
        else:
            self.status.set_model(self.tr("Model: {name}").format(name=self._model))

    def _model_known(self) -> None:
        if self._model_is_known:
            return
        self._model_is_known = True
        self.models.look()
        # After the model, so that the driver's import does not hold up the first answer.
        self.log_worker.start()
        self.incoming.open(self._files)
        self._files = []
        self.ready.emit()

    # --- recording -------------------------------------------------------------------------------------------------

    @property
    def saved_count(self) -> int:
        """How many records this window has seen committed."""
        return len(self._saved_records)

    def _record(self, to_record: ToRecord) -> None:
        self._on_its_way += 1
        self.log_worker.save(to_record)
        self._show_saved()

    def _saved(self, saved: Saved) -> None:
        self._on_its_way -= 1
        self._not_saved = saved.why
        self.read_tab.saved(saved)
        made = {record.id for record in saved.records}
        self._saved_records -= saved.gone
        self._unsaved_records -= saved.gone
        (self._saved_records if saved.committed else self._unsaved_records).update(made)
        self._after_saving()
        self.history_tab.records_changed()

    def _keep(self, records: Sequence[Record]) -> None:
        self._on_its_way += 1
        self.log_worker.keep(records)
        self._show_saved()

    def _kept(self, kept: Kept) -> None:
        self._on_its_way -= 1
        self._not_saved = kept.why
        (self._saved_records if kept.why is None else self._unsaved_records).update(kept.ids)
        self._after_saving()
        self.history_tab.records_changed()

    def _log_state_changed(self, state: LogState) -> None:
        self.status.set_log_state(state)
        self._not_saved = state.why_unsaved
        if state.why_unsaved is None and self._unsaved_records:
            self._saved_records |= self._unsaved_records
            self._unsaved_records.clear()
            self.read_tab.all_saved()
        self._after_saving()
        counts = (state.status.pending, state.status.delivered)
        if counts != self._last_counts:
            self._last_counts = counts
            self.history_tab.records_changed()
        if state.status.notice is not None and state.status.notice != self._told_notice:
            self._told_notice = state.status.notice
            self.read_tab.notice.say(state.status.notice)

    def _after_saving(self) -> None:
        if self._not_saved is None:
            self._retry.stop()
        elif not self._retry.isActive():
            self._retry.start()
        self._show_saved()
        self._closing.look()

    def _show_saved(self) -> None:
        if self._not_saved is not None:
            state = SavedState(text=self.tr("Not saved: {why}").format(why=self._not_saved), tone="error")
        elif self._on_its_way:
            state = SavedState(text=self.tr("Saving…"), tone="muted")
        elif not self.read_tab.settled:
            state = SavedState(text=self.tr("Drawing…"), tone="muted")
        elif self._saved_records:
            state = SavedState(text=self.tr("Saved"), tone="good")
        else:
            state = SavedState(text="", tone="muted")
        self.status.set_saved(state)

    # --- what the person does --------------------------------------------------------------------------------------

    def _read_again(self, drawing: Drawing) -> None:
        self.tabs.setCurrentWidget(self.read_tab)
        self.read_tab.canvas.replace(drawing)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if can_take(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.incoming.take(event.mimeData())

    # --- colours ---------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.commands.check_theme(theme)
        self._look.wear(theme)

    def _theme_chosen(self) -> None:
        action = self.commands.themes.checkedAction()
        theme = Theme(action.data())
        self.set_theme(theme)
        self.settings.keep({"theme": theme.value})

    def _system_colours_changed(self) -> None:
        if self._theme is Theme.SYSTEM:
            self.set_theme(Theme.SYSTEM)

    # --- ending ----------------------------------------------------------------------------------------------------

    def _settled(self) -> bool:
        return self.read_tab.settled and self._on_its_way == 0

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._started:
            # Behind this event: Qt cannot quit while it closes a window.
            QTimer.singleShot(0, self.closed.emit)
        if self._closing.may_close or not self._started:
            event.accept()
            return
        event.ignore()
        self.read_tab.finish()
        self.batch.cancel()
        self._closing.begin()

    def _go(self) -> None:
        """Everything is saved, or the person does not mind: stop the threads, in order, and close."""
        self._keep_place()
        self._retry.stop()
        # Gone for the eye at once; the threads take the rest of a second at most.
        self.hide()
        self.model_import.stop()
        self.models.stop()
        in_time = self.reading_worker.stop(STOP_SECONDS)
        if not in_time:
            _log.warning("A reading did not end in time; it is left behind")
        # It may be that very reading that a batch waits for.
        self.incoming.stop(STOP_SECONDS if in_time else 0.0)
        self.history_commands.stop()
        self.log_worker.stop()
        self.background.stop()
        self.close()
        self.closed.emit()

    def _keep_place(self) -> None:
        state = QSettings(str(self._surroundings.window_state), QSettings.Format.IniFormat)
        state.setValue("geometry", self.saveGeometry())
        self.read_commands.keep(state)

    def _restore_place(self) -> None:
        self.resize(1000, 680)
        state = QSettings(str(self._surroundings.window_state), QSettings.Format.IniFormat)
        geometry = state.value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.read_commands.restore(state)

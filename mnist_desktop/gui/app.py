"""Turns settings and files into a running window, and keeps its process tidy: signals, failures, log file."""

from __future__ import annotations

import importlib.util
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QSocketNotifier,
    Qt,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon, QPixmapCache
from PySide6.QtWidgets import QApplication

from mnist_desktop.gui.display import why_no_display
from mnist_desktop.gui.garbage import set_apart_what_stays
from mnist_desktop.gui.import_model import ImportedModel
from mnist_desktop.gui.log_file import LogFile
from mnist_desktop.gui.models_commands import ModelPlaces
from mnist_desktop.gui.settings_commands import SettingsPlaces
from mnist_desktop.gui.spare_memory import keep_together
from mnist_desktop.gui.surroundings import Surroundings
from mnist_desktop.gui.theme import Theme
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.named_files import Name
from mnist_desktop.paths import Paths, PathsError, shipped
from mnist_desktop.settings import (
    SETTINGS,
    Settings,
    SettingsError,
    SettingToEdit,
    keep_settings,
    settings_to_edit,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnist_desktop.log.log import Log
    from mnist_desktop.recognition.importing.supervision import Watch
    from mnist_desktop.recognition.models import FoundModel, Preparation
    from mnist_desktop.recognition.reader import Reader

SWITCH_SECONDS = 0.001
"""How long a worker may keep the interpreter from the window: Python's own 5 ms are most of a pen's 8."""

PIXMAP_KILOBYTES = 2_000
"""What Qt may keep of icons as it has painted them: its own 10 MB fill up with what nobody sees any more."""

CLOSING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl+C, a polite kill, and the end of the terminal; Windows has no more than the first two."""

QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}

_log = logging.getLogger(__name__)


def run(files: Sequence[Name], settings: Settings, paths: Paths, *, notice: str | None = None) -> int:
    """Show the window, `files` opened in it, until it is closed; returns the exit code.

    `notice` is a sentence for the person about what went wrong before there was a window, such as a damaged
    `settings.toml`.
    """
    # Before there is any other thread; asking the display takes one.
    keep_together()
    if why := why_no_display(os.environ):
        sys.stderr.write(f"mnist-desktop: {why}; “mnist-desktop demo --screenshot X.png” works without one.\n")
        return 1
    application = make_application()
    try:
        paths.make_folders()
    except PathsError as error:
        # The log says "not saved" by itself; here is why.
        notice = notice or str(error)
    log_file = LogFile(paths.log_file)
    window = Window(surroundings(settings, paths), files=files, notice=notice)
    window.painted.connect(log_file.begin)
    set_apart_what_stays(window)
    application.setQuitOnLastWindowClosed(False)
    window.closed.connect(application.quit)
    with failures_shown(window), interrupts_close(window):
        window.show()
        code = int(application.exec())
    log_file.end()
    return code


def make_application() -> QApplication:
    """The application object, with the program's name and icon."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    # Before Qt has threads of its own.
    keep_together()
    application = QApplication(sys.argv[:1])
    QPixmapCache.setCacheLimit(PIXMAP_KILOBYTES)
    # Every point the pen goes through, not one a frame: the smoother the stroke. Qt turns it on as it connects to an X
    # server, so it can be turned off only now.
    application.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    # From here on: why Qt found no screen still reaches the terminal.
    qInstallMessageHandler(keep_qt_message)
    application.setApplicationName("mnist-desktop")
    application.setApplicationDisplayName("MNIST Desktop")
    application.setDesktopFileName("mnist-desktop")
    try:
        application.setWindowIcon(QIcon(str(shipped("resources") / "icons" / "mnist-desktop.svg")))
    except PathsError:
        _log.warning("The icon is missing from this installation")
    sys.setswitchinterval(SWITCH_SECONDS)
    return application


def keep_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """What Qt has to say is for the log file, not for the terminal; a fatal message is the last one, and for both."""
    where = logging.getLogger(f"{_log.name}.{context.category or 'qt'}")
    where.log(QT_LEVELS[kind], "%s", message)
    if kind is QtMsgType.QtFatalMsg and sys.__stderr__ is not None:
        sys.__stderr__.write(f"{message}\n")


def surroundings(settings: Settings, paths: Paths) -> Surroundings:
    """What the window needs, from the settings; nothing is opened yet."""
    models = model_places(settings, paths)

    def open_log(on_change: Callable[[], None]) -> Log:
        from mnist_desktop.log.log import Log
        from mnist_desktop.settings import log_options

        return Log(log_options(settings, paths), on_change=on_change)

    def import_file(file: Path, prepare: Preparation | None, watch: Watch) -> ImportedModel:
        from mnist_desktop.recognition.classifier import ModelError
        from mnist_desktop.recognition.importing.importing import Wish, import_model
        from mnist_desktop.recognition.importing.wording import name_for, sentence

        try:
            paths.make_folders()
            wish = Wish(file=file, name=name_for(file, paths.model_folders()), prepare=prepare)
            imported = import_model(wish, paths.models, shipped("resources") / "samples", watch)
        except PathsError as error:
            raise ModelError(str(error)) from error
        return ImportedModel(choice=wish.name, sentence=f"{sentence(imported)}.")

    return Surroundings(
        open_reader=lambda: models.open(models.chosen),
        open_log=open_log,
        device=settings.device,
        window_state=paths.settings.parent / "window.ini",
        theme=Theme(settings.theme),
        models=models,
        settings=SettingsPlaces(
            load=lambda: settings_offered(paths),
            keep=lambda changes: keep_settings(paths, changes),
            file=paths.settings,
        ),
        import_file=import_file,
    )


def settings_offered(paths: Paths) -> list[SettingToEdit]:
    """The settings that a person may change in the window; the engine where there is more than one."""
    with_tensorflow = importlib.util.find_spec("tensorflow") is not None
    edits = settings_to_edit(paths, os.environ)
    return [edit for edit in edits if edit.setting.name != "engine" or with_tensorflow or edit.value == "tensorflow"]


def model_places(settings: Settings, paths: Paths) -> ModelPlaces:
    """Where the window finds, opens and remembers models."""

    def find() -> Sequence[tuple[str, FoundModel]]:
        from mnist_desktop.recognition.models import look_at_models

        return look_at_models(paths.model_folders(), settings.model)

    def open_model(choice: str) -> Reader:
        from mnist_desktop.recognition.classifier import ModelError
        from mnist_desktop.recognition.models import find_model
        from mnist_desktop.recognition.reader import open_reader

        try:
            folders = paths.model_folders()
        except PathsError as error:
            raise ModelError(str(error)) from error
        return open_reader(find_model(choice, folders), settings.engine)

    def keep(choice: str) -> str | None:
        variable = SETTINGS["model"].variable
        if os.environ.get(variable):
            return f"At the next start the model is the one that {variable} names."
        try:
            keep_settings(paths, {"model": choice})
        except SettingsError as error:
            return f"At the next start another model reads: {error}"
        return None

    return ModelPlaces(chosen=settings.model, find=find, open=open_model, keep=keep)


class _Failures(QObject):
    """Carries a failure from whatever thread it happened in to the window's."""

    happened = Signal(str)


@contextmanager
def failures_shown(window: Window) -> Iterator[None]:
    """While this lasts, an exception that nobody caught is logged and shown in one sentence; the window goes on."""
    failures = _Failures()
    failures.happened.connect(window.status.set_failure)

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("An exception that nobody caught", exc_info=(kind, error, trace))
        failures.happened.emit(
            window.tr("Something went wrong ({kind}); the log file has it.").format(kind=kind.__name__)
        )

    def thread_hook(what: threading.ExceptHookArgs) -> None:
        if isinstance(what.exc_value, Exception):
            hook(what.exc_type, what.exc_value, what.exc_traceback)

    before, sys.excepthook = sys.excepthook, hook
    thread_before, threading.excepthook = threading.excepthook, thread_hook
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = before, thread_before


@contextmanager
def interrupts_close(window: Window) -> Iterator[None]:
    """While this lasts, Ctrl+C in the terminal, its end and a polite kill close the window as its own button does."""
    reading, writing = socket.socketpair()
    for end in (reading, writing):
        end.setblocking(False)
    # Python runs signal handlers between any two of its instructions, in the middle of a layout or a painting, where Qt
    # cannot close a window; and there are none while Qt waits. The signal's number wakes the event loop, which can.
    notifier = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: close_when_told(reading.recv(64)))
    old_wakeup = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    # What is ignored, as the end of the terminal is after nohup, stays so.
    old_handlers = {
        number: signal.signal(number, lambda *_: None)
        for number in (getattr(signal, name) for name in CLOSING_SIGNALS if hasattr(signal, name))
        if signal.getsignal(number) is not signal.SIG_IGN
    }

    def close_when_told(numbers: bytes) -> None:
        if any(number in old_handlers for number in numbers):
            window.close()

    try:
        yield
    finally:
        for number, handler in old_handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(old_wakeup)
        notifier.setEnabled(False)
        reading.close()
        writing.close()

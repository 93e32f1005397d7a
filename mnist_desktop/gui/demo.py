"""Replays the sample drawings and pictures through the real window, and keeps a picture of what it showed."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QObject, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap

from mnist_desktop.gui.app import failures_shown, interrupts_close, make_application, surroundings
from mnist_desktop.gui.display import PLATFORM_VARIABLE, display_works
from mnist_desktop.gui.replay import pen_events
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.paths import Paths, PathsError, find_paths, shipped
from mnist_desktop.settings import Settings
from mnist_desktop.whole_file import write_whole

TICK_MILLISECONDS = 4
"""Between two moves of the pen: a quick hand, and fast enough that nobody waits for the end."""

REST_SECONDS = 0.2
"""The demo's hand does not come back to cross its sevens: it need not rest as long as a person's."""

PATIENCE_TICKS = 30_000 // TICK_MILLISECONDS
"""How long one step may take before the demo gives up."""

Step = Callable[[], bool] | None
"""What the script waits for before it goes on; None is the next tick."""


class DemoError(Exception):
    """The demo could not go on; the text is the sentence the user reads."""


def demo(settings: Settings, paths: Paths, screenshot: Path | None) -> int:
    """Draw every sample, open every sample picture, look at the History; 0 when all of them were read and recorded.

    Logs into a temporary folder and leaves Cassandra alone, so that nobody's log holds samples. Without a display it
    uses Qt's offscreen platform, and says so.
    """
    if not display_works(os.environ):
        os.environ[PLATFORM_VARIABLE] = "offscreen"
        sys.stderr.write("mnist-desktop: There is no display: the demo runs on Qt's offscreen platform.\n")
    application = make_application()
    application.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory(prefix="mnist-desktop-demo-") as home:
        # The person's own models and theme, but a log and a window place of its own.
        own = replace(find_paths({"MNIST_DESKTOP_HOME": home}), models=paths.models)
        around = surroundings(replace(settings, cassandra="off"), own)
        window = Window(replace(around, rest_seconds=REST_SECONDS))
        window.closed.connect(application.quit)
        script = Script(window, screenshot)
        script.ended.connect(window.close)
        window.ready.connect(script.begin)
        with failures_shown(window), interrupts_close(window):
            window.show()
            application.exec()
    if script.error is not None:
        sys.stderr.write(f"mnist-desktop: {script.error}\n")
    return 0 if script.finished else 1


class Script(QObject):
    """Walks through the demo, one step a tick, so that the window's own event loop does all the work."""

    ended = Signal()

    def __init__(self, window: Window, screenshot: Path | None) -> None:
        super().__init__(window)
        self.error: str | None = None
        self.finished = False
        self._window = window
        self._screenshot = screenshot
        self._steps = self._play()
        self._condition: Step = None
        self._waited = 0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)

    def begin(self) -> None:
        self._timer.start()

    def _tick(self) -> None:
        if self._condition is not None and not self._condition():
            self._waited += 1
            if self._waited > PATIENCE_TICKS:
                self._end("The demo waited too long for the window and gave up.")
            return
        self._waited = 0
        try:
            self._condition = next(self._steps)
        except StopIteration:
            self.finished = True
            self._end(None)
        except (DemoError, PathsError, OSError) as error:
            self._end(str(error))

    def _end(self, error: str | None) -> None:
        self.error = error
        self._timer.stop()
        self.ended.emit()

    def _play(self) -> Iterator[Step]:
        resources = shipped("resources")
        tab, recorded = self._window.read_tab, 0
        for path in sorted((resources / "pictures").iterdir()):
            recorded += 1
            yield from self._open(path, recorded)
        for path in sorted((resources / "drawings").glob("*.json")):
            recorded += 1
            if recorded > 1:
                self._window.commands.clear.trigger()
            yield from self._draw(path, recorded)
        reading = self._window.grab()
        self._window.tabs.setCurrentWidget(self._window.history_tab)
        model = self._window.history_tab.model
        yield lambda: len(model.rows) == recorded and not model.busy
        yield None
        if self._screenshot is not None:
            self._save(beside(reading, self._window.grab()))
        tab.notice.dismiss()

    def _open(self, path: Path, recorded: int) -> Iterator[Step]:
        tab = self._window.read_tab
        tab.open_files([path])
        yield lambda: self._saved(recorded) or bool(tab.notice.text)
        if tab.notice.text:
            raise DemoError(tab.notice.text)
        self._tell(path)

    def _draw(self, path: Path, recorded: int) -> Iterator[Step]:
        tab = self._window.read_tab
        for labelled in read_ink_file(path):
            for _ in pen_events(tab.canvas, labelled.drawing):
                yield None
        yield lambda: self._saved(recorded)
        self._tell(path)

    def _saved(self, count: int) -> bool:
        return self._window.saved_count == count and self._window.read_tab.settled

    def _tell(self, path: Path) -> None:
        answer = self._window.read_tab.answer.answer
        sentence = answer.sentence.replace("\n", " ")
        sys.stdout.write(f"{path.name}: {answer.large} ({sentence}, {answer.small})\n")

    def _save(self, picture: QPixmap) -> None:
        assert self._screenshot is not None
        content = QByteArray()
        # Qt would write into the file that is there, and not say what went wrong.
        picture.save(QBuffer(content), "PNG")
        try:
            write_whole(self._screenshot, bytes(content.data()))
        except OSError as error:
            raise DemoError(f"{self._screenshot} cannot be written ({error.strerror}).") from error


def beside(left: QPixmap, right: QPixmap) -> QPixmap:
    """Both pictures in one, the tabs next to each other."""
    ratio = left.devicePixelRatio()
    both = QPixmap(left.width() + right.width(), max(left.height(), right.height()))
    both.setDevicePixelRatio(ratio)
    painter = QPainter(both)
    painter.drawPixmap(0, 0, left)
    painter.drawPixmap(round(left.width() / ratio), 0, right)
    painter.end()
    return both

"""The process around the window: what it imports when, and how it ends."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.app import failures_shown
from mnist_desktop.gui.display import why_no_display
from mnist_desktop.gui.log_file import LogFile
from mnist_desktop.gui.window import Window
from mnist_desktop.paths import find_paths
from mnist_desktop.settings import load_settings

from .conftest import WAIT, draw_one, records

LONG_WAIT = 60
"""Seconds in which a whole program starts and ends, on a machine that does much else."""

SLOW = ("numpy", "PIL", "scipy", "ai_edge_litert", "cassandra", "tensorflow", "tomlkit", "sqlite3")

FIRST_PAINT = f"""
import sys
import mnist_desktop.gui.app
print([name for name in {SLOW!r} if name in sys.modules])
"""

RUN = """
import os, sys, time, threading, signal
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from mnist_desktop.gui import app
from mnist_desktop.paths import find_paths
from mnist_desktop.settings import load_settings

class Watched(app.Window):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.ready.connect(lambda: QTimer.singleShot(0, self.go))
    def go(self):
        from mnist_desktop.gui.replay import pen_events
        from mnist_desktop.ink.drawing import Drawing, Stroke
        for _ in pen_events(self.read_tab.canvas, Drawing(strokes=(Stroke(points=((0, 0), (1, 50), (0, 100))),))):
            pass
        print("drawn", flush=True)

app.Window = Watched
paths = find_paths(os.environ)
sys.exit(app.run([], load_settings(paths, os.environ), paths))
"""


CLOSED_EARLY = """
import os, signal, sys
from mnist_desktop.gui import app
from mnist_desktop.gui.canvas import Canvas
from mnist_desktop.paths import find_paths
from mnist_desktop.settings import load_settings

class Closed(app.Window):
    def show(self):
        super().show()
        self.close()

def interrupt(kind, method):
    plain = getattr(kind, method)
    def interrupted(self, *arguments):
        if self.window().isVisible() and signals:
            signal.raise_signal(signals.pop())
        return plain(self, *arguments)
    setattr(kind, method, interrupted)

signals = [signal.SIGINT]
when = sys.argv[1]
if when == "while it is laid out":
    interrupt(Canvas, "sizeHint")
elif when == "while it is painted first":
    interrupt(app.Window, "paintEvent")
elif when == "before it is painted":
    app.Window = Closed
paths = find_paths(os.environ)
sys.exit(app.run([], load_settings(paths, os.environ), paths))
"""

INTERRUPTED = """
import signal, sys
from mnist_desktop.cli import main
class Interrupting:
    @staticmethod
    def find_spec(name, *_):
        if name == "PySide6":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupting)
sys.exit(main())
"""

QT_TALKS = """
import logging, sys
from PySide6.QtCore import QMessageLogger
from mnist_desktop.gui.app import make_application
logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(levelname)s %(message)s")
application = make_application()
QMessageLogger().warning("This plugin does not support much")
QMessageLogger().{last}("The end")
"""

FIRST_PICTURE = """
import sys
from pathlib import Path
from mnist_desktop.gui.readings import PictureRequest, answer_to
from mnist_desktop.log.record import Source
class Watch:
    def read_digits(self, *_, **__):
        print("scipy.ndimage" in sys.modules)
        sys.exit()
answer_to(PictureRequest(revision=1, source=Source.FILE, content=Path(sys.argv[1]), name="4"), Watch())
"""


def test_what_qt_has_to_say_is_logged_and_only_its_last_words_reach_the_terminal() -> None:
    calm, fatal = (
        subprocess.run([sys.executable, "-c", QT_TALKS.format(last=last)], capture_output=True, text=True, check=False)
        for last in ("info", "fatal")
    )
    assert (calm.returncode, calm.stderr) == (0, "")
    assert "WARNING This plugin does not support much" in calm.stdout
    assert fatal.returncode != 0
    assert fatal.stderr.startswith("The end\n")


def test_the_import_of_scipy_is_not_called_the_reading_of_the_first_picture(sample_picture: Path) -> None:
    command = [sys.executable, "-c", FIRST_PICTURE, str(sample_picture)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"


def test_the_first_paint_imports_nothing_slow() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_PAINT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no polite signals to send to a child")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupt_in_the_terminal_closes_the_window_and_loses_nothing(home: Path, name: str) -> None:
    with subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "drawn\n"
        child.send_signal(signal.Signals[name])
        assert child.wait(6 * WAIT / 1000) == 0
    assert len(records(home)) == 1


@pytest.mark.parametrize("when", ["while it is laid out", "while it is painted first", "before it is painted"])
def test_a_window_that_is_closed_before_anything_has_begun_ends_the_program(home: Path, when: str) -> None:
    # A whole start of the program, on a machine that may be busy; what hangs, hangs for ever.
    done = subprocess.run([sys.executable, "-c", CLOSED_EARLY, when], check=False, timeout=6 * WAIT / 1000)
    assert done.returncode == 0
    assert records(home) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no polite signals to send to a child")
def test_a_window_that_outlives_its_terminal_stays_open(home: Path) -> None:
    # As nohup starts it.
    nohup = ["/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh", sys.executable, "-c", RUN]
    with subprocess.Popen(nohup, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "drawn\n"
        child.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(1)
        child.terminate()
        assert child.wait(6 * WAIT / 1000) == 0
    assert len(records(home)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no end by a signal")
@pytest.mark.parametrize("command", ["gui", "demo"])
def test_an_interrupt_while_qt_is_loaded_ends_the_program_quietly(command: str) -> None:
    words = [sys.executable, "-c", INTERRUPTED, command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_a_failure_nobody_caught_is_one_sentence_and_the_window_goes_on(
    window: Window, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    with failures_shown(window):
        # As Python calls it; within a slot pytest-qt's own hook would come first.
        error = RuntimeError("a bug")
        sys.excepthook(RuntimeError, error, error.__traceback__)
    assert "RuntimeError" in window.status.currentMessage()
    assert "a bug" in caplog.text
    draw_one(window)
    qtbot.waitUntil(lambda: window.status.saved_text == "Saved", timeout=WAIT)


def test_a_failure_in_a_thread_is_shown_too(window: Window, qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("a bug in a thread")

    with failures_shown(window):
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: "RuntimeError" in window.status.currentMessage(), timeout=WAIT)
    assert "a bug in a thread" in caplog.text


def test_without_a_display_the_window_says_so(home: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    if not sys.platform.startswith("linux"):
        assert why_no_display(environment) is None
        return
    for gone in ({}, {"DISPLAY": ":4711"}, {"WAYLAND_DISPLAY": "gone", "XDG_RUNTIME_DIR": str(home)}):
        given = environment | gone
        done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, env=given, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("mnist-desktop: There is no display")
        assert done.stderr.count("\n") == 1


def test_the_chosen_theme_is_kept_for_the_next_start(
    make_window: Callable[..., Window], qtbot: QtBot, home: Path
) -> None:
    from mnist_desktop.gui.app import surroundings

    paths = find_paths(os.environ)
    around = surroundings(load_settings(paths, os.environ), paths)
    window = make_window(settings=around.settings)
    next(action for action in window.commands.themes.actions() if action.text() == "Dark").trigger()
    qtbot.waitUntil(lambda: 'theme = "dark"' in paths.settings.read_text(), timeout=WAIT)
    assert load_settings(paths, os.environ).theme == "dark"


def test_the_log_file_is_this_users_alone_and_survives_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "program.log"
    file = LogFile(path)
    file.begin()
    logging.getLogger("mnist_desktop.test").warning("something happened")
    file.end()
    assert "WARNING mnist_desktop.test: something happened" in path.read_text("utf-8")
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600
    nowhere = LogFile(tmp_path / "missing" / "program.log")
    nowhere.begin()
    logging.getLogger("mnist_desktop.test").warning("something else")
    nowhere.end()

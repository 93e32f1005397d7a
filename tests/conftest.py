"""What every test gets: a home of its own, no database unless it asks, and a check that nothing is left running."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# Before Qt starts: pixels are real without a display, and no test opens windows on the developer's screen. Who wants
# to watch asks for it with MNIST_DESKTOP_TEST_DISPLAY=xcb (or wayland).
os.environ["QT_QPA_PLATFORM"] = os.environ.get("MNIST_DESKTOP_TEST_DISPLAY", "offscreen")

# A shell that starts the run in the background has Ctrl+C ignored, and so would every program that a test starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

LEAK_PATIENCE = 5.0
"""Seconds that a thread on its way out is given before it counts as left over."""

# A slow machine is no failure: no test asserts wall-clock time.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

pytest_plugins = ["pytester", "cassandra_node", "fault_scene", "fault_table"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for the real Cassandra, so that `-m "not cassandra"` leaves it out."""
    for item in items:
        if "cassandra_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.cassandra)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new MNIST_DESKTOP_HOME, with Cassandra off: a test that wants it says so."""
    folder = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("MNIST_DESKTOP_")]:
        if name not in {"MNIST_DESKTOP_DATA", "MNIST_DESKTOP_REQUIRE_CASSANDRA"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("MNIST_DESKTOP_HOME", str(folder))
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", "off")
    return folder


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of data sets that MNIST_DESKTOP_DATA names; without it the test is skipped and says so."""
    folder = os.environ.get("MNIST_DESKTOP_DATA")
    if not folder:
        pytest.skip("MNIST_DESKTOP_DATA does not name the folder of the data sets")
    return Path(folder)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail the test that leaves a Python thread running."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and not _kept_by_a_library(thread)]
    for thread in left:
        thread.join(LEAK_PATIENCE)
    still = [thread.name for thread in left if thread.is_alive()]
    assert not still, f"This test left threads running: {', '.join(still)}"


@pytest.fixture(autouse=True)
def no_timer_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that leaves a QTimer active or a QThread running; only for tests that use Qt at all."""
    if "qapp" not in request.fixturenames:
        yield
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer

    started: list[QObject] = []
    start_timer, start_thread = QTimer.start, QThread.start
    patch = pytest.MonkeyPatch()

    def timer(self: QTimer, *arguments: int) -> None:
        started.append(self)
        start_timer(self, *arguments)

    def thread(self: QThread, *arguments: QThread.Priority) -> None:
        started.append(self)
        start_thread(self, *arguments)

    patch.setattr(QTimer, "start", timer)
    patch.setattr(QThread, "start", thread)
    yield
    patch.undo()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    still = [_name(one) for one in started if _is_alive(one) and _is_running(one)]
    assert not still, f"This test left Qt timers or threads running: {', '.join(still)}"


def _kept_by_a_library(thread: threading.Thread) -> bool:
    """Whether `thread` is one that a library starts once and keeps until the process ends."""
    # The Cassandra driver's event loop (libev's, or asyncore's where there is none): one a process, stopped at exit.
    return thread.name in {"event_loop", "asyncore_cassandra_driver_event_loop"}


def _is_alive(one: object) -> bool:
    import shiboken6

    return bool(shiboken6.isValid(one))


def _is_running(one: object) -> bool:
    from PySide6.QtCore import QThread, QTimer

    if isinstance(one, QThread):
        return one.isRunning()
    assert isinstance(one, QTimer)
    return one.isActive()


def _name(one: object) -> str:
    from PySide6.QtCore import QObject

    assert isinstance(one, QObject)
    parent = one.parent()
    return f"{type(one).__name__} of {type(parent).__name__}" if parent is not None else type(one).__name__

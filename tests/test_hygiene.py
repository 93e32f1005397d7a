"""The tests' own watch: what a test leaves running, or lets pass in silence, fails that test and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

CARELESS = """
import gc, threading

def test_careful(qtbot):
    assert True

def test_leaves_a_timer(qtbot):
    global timer
    from PySide6.QtCore import QTimer
    timer = QTimer()
    timer.start(100_000)

def test_leaves_a_qthread(qtbot):
    global thread
    from PySide6.QtCore import QThread
    thread = QThread()
    thread.start()

def test_careful_again(qtbot):
    thread.quit()
    thread.wait()

def test_leaves_a_thread():
    global stop
    stop = threading.Event()
    threading.Thread(target=stop.wait, name="lingering").start()

def test_careful_once_more():
    stop.set()

def test_a_thread_fails():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

def test_a_destructor_fails():
    class Broken:
        def __del__(self):
            raise RuntimeError("broken")
    Broken()
    gc.collect()

def test_qt_warns(qtbot):
    from PySide6.QtCore import qWarning
    qWarning("this is wrong")

def test_forgets_a_file():
    open(__file__)
    gc.collect()
"""


def test_whatever_is_left_over_fails_the_test_that_left_it(pytester: pytest.Pytester) -> None:
    here = Path(__file__).parent
    pytester.makeconftest((here / "conftest.py").read_text().replace("LEAK_PATIENCE = 5.0", "LEAK_PATIENCE = 0.1"))
    pytester.makepyfile(CARELESS)
    result = pytester.runpytest_subprocess("-c", str(here.parent / "pyproject.toml"), "--rootdir=.", "-rA", ".")
    # What is left over is found after the test, when it has passed already: that counts as an error of the same test.
    failed = {line.split("::")[1].split(" ")[0] for line in result.outlines if line.startswith(("FAILED", "ERROR"))}
    assert failed == {
        "test_leaves_a_timer",
        "test_leaves_a_qthread",
        "test_leaves_a_thread",
        "test_a_thread_fails",
        "test_a_destructor_fails",
        "test_qt_warns",
        "test_forgets_a_file",
    }

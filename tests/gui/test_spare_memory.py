"""Memory that nobody uses is not held: it goes back to the system once all rests, and little is left over at all."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui import spare_memory
from mnist_desktop.gui.window import Window

from .conftest import WAIT

glibc_only = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")

FRAGMENTS = """
from pathlib import Path
from mnist_desktop.gui.spare_memory import give_back
resident = lambda: int(Path("/proc/self/statm").read_text().split()[1])
# Blocks too small to be mapped one by one, and every thousandth stays: nothing at the end of the heap is free.
blocks = [bytes(50_000) for _ in range(1_000)]
blocks = blocks[::100]
full = resident()
give_back()
print(full - resident())
"""


HEAPS = """
import ctypes, os, sys, threading
from pathlib import Path
from mnist_desktop.gui.app import make_application, run
library = ctypes.CDLL(None)
if sys.argv[1] == "together":
    application = make_application()
elif sys.argv[1] == "without a display":
    os.environ.pop("QT_QPA_PLATFORM", None)
    os.environ.pop("WAYLAND_DISPLAY", None)
    os.environ["DISPLAY"] = ":4711"
    # Whether there is one, a thread finds out.
    assert run([], None, None) == 1
go_on = threading.Barrier(5)
def work():
    taken = bytes(10_000)
    go_on.wait()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
library.fopen.restype = ctypes.c_void_p
told = library.fopen(sys.argv[2].encode(), b"w")
library.malloc_info(0, ctypes.c_void_p(told))
library.fclose(ctypes.c_void_p(told))
go_on.wait()
print(Path(sys.argv[2]).read_text().count("<heap"))
"""

LARGE_ARRAY = """
import sys
from collections.abc import Callable
from pathlib import Path
from mnist_desktop.gui.spare_memory import keep_together
if sys.argv[1] == "together":
    keep_together()
import numpy
array = numpy.ones(4_000_000)
middle = array.ctypes.data + array.nbytes // 2
inside = False
for line in Path("/proc/self/smaps").read_text().splitlines():
    name, _, rest = line.partition(" ")
    if "-" in name:
        first, last = (int(end, 16) for end in name.split("-"))
        inside = first <= middle < last
    elif inside and name == "VmFlags:":
        print("hg" in rest.split())
"""


@glibc_only
def test_what_was_freed_between_what_is_in_use_goes_back() -> None:
    told = subprocess.run([sys.executable, "-c", FRAGMENTS], capture_output=True, text=True, check=True)
    # Of 50 MB, in pages of 4 to 64 kB.
    assert int(told.stdout) > 300


def _told(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@glibc_only
def test_the_threads_of_the_program_share_one_heap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    assert int(_told(HEAPS, "apart", str(tmp_path / "heaps.xml"))) > 1
    assert _told(HEAPS, "together", str(tmp_path / "heaps.xml")) == "1"
    if sys.platform.startswith("linux"):
        assert _told(HEAPS, "without a display", str(tmp_path / "heaps.xml")) == "1"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has them")
def test_large_arrays_have_no_huge_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMPY_MADVISE_HUGEPAGE", raising=False)
    if _told(LARGE_ARRAY, "apart") != "True":
        pytest.skip("NumPy asks for none here")
    assert _told(LARGE_ARRAY, "together") == "False"


def _leave_a_tab(window: Window) -> None:
    window.tabs.setCurrentWidget(window.history_tab)
    window.tabs.setCurrentWidget(window.read_tab)


def _enlarge(window: Window) -> None:
    window.resize(window.width() + 200, window.height() + 100)


@pytest.mark.parametrize("leave_some", [_leave_a_tab, _enlarge])
def test_it_is_given_back_when_a_tab_was_left_or_the_window_has_another_size_and_all_rests(
    qtbot: QtBot,
    make_window: Callable[..., Window],
    monkeypatch: pytest.MonkeyPatch,
    leave_some: Callable[[Window], None],
) -> None:
    given: list[bool] = []
    monkeypatch.setattr(spare_memory, "give_back", lambda: given.append(True))
    window = make_window()
    # What the first size has left.
    qtbot.waitUntil(lambda: given == [True], timeout=WAIT)
    leave_some(window)
    assert given == [True]
    qtbot.waitUntil(lambda: given == [True, True], timeout=WAIT)

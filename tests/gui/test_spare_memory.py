"""Memory that a picture left unused goes back to the system once all rests."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui import spare_memory
from mnist_desktop.gui.window import Window

from .conftest import WAIT

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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to give memory back")
def test_what_was_freed_between_what_is_in_use_goes_back() -> None:
    told = subprocess.run([sys.executable, "-c", FRAGMENTS], capture_output=True, text=True, check=True)
    # Of 50 MB, in pages of 4 to 64 kB.
    assert int(told.stdout) > 300


def test_it_is_given_back_when_a_tab_was_left_and_all_rests(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[bool] = []
    monkeypatch.setattr(spare_memory, "give_back", lambda: given.append(True))
    window.tabs.setCurrentWidget(window.history_tab)
    window.tabs.setCurrentWidget(window.read_tab)
    assert not given
    qtbot.waitUntil(lambda: given == [True], timeout=WAIT)

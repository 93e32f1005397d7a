"""What the window promises: readings while the pen moves, records by the rule, nothing lost on closing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.window import Window
from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import Record

from .conftest import WAIT, close, draw_one, draw_zero


def test_first(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    qtbot.waitUntil(lambda: window.status.saved_text == "Saved", timeout=WAIT)
    assert window.read_tab.answer.answer.large == "1"

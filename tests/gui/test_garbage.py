"""The garbage collector: what a start has made is not gone through again while somebody draws."""

from __future__ import annotations

import gc

import pytest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui import garbage
from mnist_desktop.gui.window import Window

from .conftest import WAIT


def test_what_a_start_has_made_is_left_out_of_later_collections(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(garbage, "SETTLED_MILLISECONDS", (0,))
    garbage.set_apart_what_stays(window)
    window.painted.emit()
    try:
        qtbot.waitUntil(lambda: gc.get_freeze_count() > 0, timeout=WAIT)
        assert len(gc.get_objects()) < gc.get_freeze_count() / 2
    finally:
        gc.unfreeze()

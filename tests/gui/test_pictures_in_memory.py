"""What a picture leaves behind in the window's memory when it goes."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.window import Window

from .conftest import WAIT, wait_saved


@pytest.mark.parametrize("threshold", [0.0, 0.2])
def test_a_picture_that_was_cleared_away_is_gone_from_memory_and_so_are_its_steps(
    opened: Window, qtbot: QtBot, threshold: float
) -> None:
    # It was kept by its steps until another came, and by the thread that had read it again, until it had else to do.
    canvas = opened.read_tab.canvas
    opened.read_tab.pictures.steering.move_threshold(threshold)
    qtbot.waitUntil(lambda: canvas.picture is not None and canvas.picture.choices.threshold == threshold, timeout=WAIT)
    wait_saved(qtbot, opened)
    shown = canvas.picture
    assert shown is not None
    assert shown.picture is not None
    assert shown.steps is not None
    kept: dict[str, weakref.ref[Any]] = {
        "picture": weakref.ref(shown),
        "pixels": weakref.ref(shown.picture.pixels),
        "image": weakref.ref(shown.image),
        "ink": weakref.ref(shown.steps.ink),
    }
    canvas.grab()
    del shown
    canvas.clear()

    def nothing_is_left() -> None:
        gc.collect()
        assert [name for name, each in kept.items() if each() is not None] == []

    qtbot.waitUntil(nothing_is_left, timeout=WAIT)

"""Keeps Python's garbage collector from going through all that a start has made, which stops the window each time."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

if TYPE_CHECKING:
    from mnist_desktop.gui.window import Window

SETTLED_MILLISECONDS = (1_000, 5_000)
"""After the first paint: when the model, the log and the database's driver are there, and when they are on a slow
machine too."""


def set_apart_what_stays(window: Window) -> None:
    """Once the program has started, leave what there is out of every later collection: 80,000 objects, 70 ms at a time.

    Collected before, it would be the very stop that is to be avoided; what little of it is garbage stays.
    """
    for delay in SETTLED_MILLISECONDS:
        window.painted.connect(lambda delay=delay: QTimer.singleShot(delay, window, gc.freeze))

"""Gives the system back what memory a picture, a long list or a larger window has left unused in the process."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, SignalInstance

from mnist_desktop.gui.background import Background

REST_SECONDS = 2.0
"""How long nothing of the kind may have happened: what is given back while it goes on is asked for again at once."""


def give_back() -> None:
    """Have the C library return its free pages, where it is one that can (glibc); it takes some milliseconds."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


class SpareMemory(QObject):
    """glibc keeps what was freed below anything still in use, some 10 MB after a photograph, for as long as that is."""

    def __init__(self, left_some: Sequence[SignalInstance], background: Background, parent: QObject) -> None:
        """`left_some` tell of what takes memory for a while: a picture was read, another page is shown."""
        super().__init__(parent)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(round(REST_SECONDS * 1000))
        self._rest.timeout.connect(lambda: background.run(give_back))
        for signal in left_some:
            # Begins anew with each of them.
            signal.connect(lambda *_: self._rest.start())

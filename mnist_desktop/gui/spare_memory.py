"""Keeps small what memory the process holds without using it, and gives the system back what of it is left over."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QTimer, SignalInstance
from PySide6.QtWidgets import QWidget

from mnist_desktop.gui.log_worker import LogWorker

REST_SECONDS = 0.25
"""How long nothing of the kind may have happened: what is given back while it goes on is asked for again at once. To
give back takes a millisecond, and to take it again, page by page, some of a picture's fifty."""

M_ARENA_MAX = -8
"""The number of heaps, as glibc's mallopt(3) asks for what it is to change."""


def keep_together() -> None:
    """Have all threads that begin from now on share one heap, in pages of ordinary size.

    A heap for each thread, as glibc would have it, has holes that no other thread can use: 9 MB after three pictures.
    And where NumPy once had an array of some megabytes it asks for pages of 2 MB, each of which stays whole for any
    small thing that comes there later: 6 MB more, and no picture is read faster for it.
    """
    # NumPy looks at it when it is imported, which is later.
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
    if (change := _of_glibc("mallopt")) is not None:
        change(M_ARENA_MAX, 1)


def give_back() -> None:
    """Have the C library return its free pages, where it is one that can (glibc); it takes a millisecond."""
    if (trim := _of_glibc("malloc_trim")) is not None:
        trim(0)


def _of_glibc(name: str) -> Callable[..., int] | None:
    """A function that other C libraries do not have."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None


class SpareMemory(QObject):
    """glibc keeps what was freed below anything still in use, some 10 MB after a photograph, for as long as that is."""

    def __init__(self, left_some: Sequence[SignalInstance], log: LogWorker, window: QWidget) -> None:
        """`left_some` tell of what takes memory for a while: a picture was read, another page is shown.

        So does the `window` when it takes another size: 10 MB for one as large as a screen. What the `log` keeps of its
        file goes first, up to 8 MB for each of its threads.
        """
        super().__init__(window)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(round(REST_SECONDS * 1000))
        self._rest.timeout.connect(lambda: log.rest(give_back))
        for signal in left_some:
            # Begins anew with each of them.
            signal.connect(lambda *_: self._rest.start())
        window.installEventFilter(self)

    def eventFilter(self, _window: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._rest.start()
        return False

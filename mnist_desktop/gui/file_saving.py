"""Turns what a person wants saved into a file, in a thread of its own, or into a sentence that says why not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mnist_desktop.ink.names import shown_name
from mnist_desktop.whole_file import write_whole


class FileSaving(QObject):
    """Saves one file or another; each is whole or not there, and a slow disk keeps nothing else waiting.

    For nobody's child: a thread that still writes keeps it, and may find the window closed.
    """

    failed = Signal(str)
    """A sentence; comes from the thread that could not write."""

    def save(self, path: Path, content: Callable[[], bytes]) -> None:
        """Write what `content` makes; nobody waits for it but the end of the process."""

        def write() -> None:
            try:
                write_whole(path, content())
            except OSError as error:
                why = error.strerror or str(error)
                said = self.tr("{name} cannot be written ({why}).").format(name=shown_name(path.name), why=why)
                self.failed.emit(said)

        threading.Thread(target=write, name="saving").start()

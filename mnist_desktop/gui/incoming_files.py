"""Turns what is opened, dropped or named at the start into one file for the canvas, or several for a batch."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mnist_desktop.ink.drawing import GZIP, MAX_INK_FILE_BYTES
from mnist_desktop.ink.named_files import Name, NamedFile, named_files

CHUNK = 1_000_000
"""Bytes of standard input that are copied at a time."""


class IncomingFiles(QObject):
    """Looks into folders, which a slow disk can make a matter of seconds, in a thread of its own for each wish."""

    single = Signal(object)
    """The Path of the one picture or drawing that there is."""
    several = Signal(object)
    """A list of NamedFile: more than one, or an ink file of several drawings."""
    failed = Signal(str)
    """A sentence that says why there is nothing to read."""

    _looked = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._copies: Path | None = None
        self._stopped = False
        self._looked.connect(self._tell)

    def open(self, names: Sequence[Name]) -> None:
        """Find out what `names` stand for, and say so."""

        def look() -> None:
            found = [self._copied(named) for named in named_files(names)]
            if not self._stopped:
                self._looked.emit(found)

        # A daemon, so that a disk that hangs, or a pipe that nobody closes, cannot keep the process from ending.
        threading.Thread(target=look, name="finding", daemon=True).start()

    def stop(self) -> None:
        """The window closes: what is still looked for is not wanted any more."""
        self._stopped = True
        if self._copies is not None:
            shutil.rmtree(self._copies, ignore_errors=True)

    def _tell(self, found: list[NamedFile]) -> None:
        if self._stopped:
            return
        only = found[0] if len(found) == 1 else None
        if only is not None and only.error is not None:
            self.failed.emit(only.error)
        elif only is not None and only.file is not None and not only.file.name.endswith((".jsonl", ".jsonl.gz")):
            self.single.emit(only.file)
        elif found:
            self.several.emit(found)

    def _copied(self, named: NamedFile) -> NamedFile:
        """`named`, and of standard input a copy that can be opened again and again."""
        if named.file is not None or named.error is not None:
            return named
        source = sys.stdin.buffer
        if sys.stdin.isatty() or not isinstance(source, io.BufferedReader):
            return NamedFile(file=None, error=self.tr("Standard input is the keyboard: name a file instead."))
        try:
            beginning = source.peek(len(GZIP))
            drawings = ".jsonl" if beginning.lstrip().startswith(b"{") else ""
            ending = ".jsonl.gz" if beginning.startswith(GZIP) else drawings
            self._copies = Path(tempfile.mkdtemp(prefix="mnist-desktop-"))
            copy = self._copies / f"standard-input{ending}"
            with copy.open("wb") as file:
                while file.tell() <= MAX_INK_FILE_BYTES and (chunk := source.read(CHUNK)):
                    file.write(chunk)
        except OSError as error:
            why = error.strerror or str(error)
            return NamedFile(file=None, error=self.tr("Standard input cannot be read ({why}).").format(why=why))
        return NamedFile(file=copy)

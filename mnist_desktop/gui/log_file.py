"""Keeps what the program did in a rotating file of this user's alone, for bug reports."""

from __future__ import annotations

import logging
from pathlib import Path

MAX_BYTES = 1_000_000
OLD_FILES = 2
"""Three megabytes at most: weeks of ordinary use, and small enough to attach to a report."""


class LogFile:
    """The file behind the program's own loggers, from `begin` to `end`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._logger = logging.getLogger("mnist_desktop")
        self._handler: logging.Handler | None = None
        self._before = (self._logger.level, self._logger.propagate)

    def begin(self) -> None:
        """Write from now on; called after the first paint, for logging's handlers bring half the library with them."""
        from mnist_desktop.gui.private_handler import PrivateHandler

        self._handler = PrivateHandler(self._path, max_bytes=MAX_BYTES, old_files=OLD_FILES)
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        # With --verbose the terminal has it too; otherwise it is the file's alone.
        self._logger.propagate = logging.getLogger().getEffectiveLevel() <= logging.INFO
        self._logger.setLevel(logging.INFO)
        self._logger.addHandler(self._handler)

    def end(self) -> None:
        """Close the file and leave the loggers as they were."""
        if self._handler is not None:
            self._logger.removeHandler(self._handler)
            self._handler.close()
            self._handler = None
            level, self._logger.propagate = self._before
            self._logger.setLevel(level)

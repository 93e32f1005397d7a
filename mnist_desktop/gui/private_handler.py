"""A log file that rotates, that only its user can read, and that harms nobody when the disk is full."""

from __future__ import annotations

import os
from io import TextIOWrapper
from logging import LogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path


class PrivateHandler(RotatingFileHandler):
    """RotatingFileHandler with mode 0600, opened with the first line."""

    def __init__(self, path: Path, *, max_bytes: int, old_files: int) -> None:
        super().__init__(path, maxBytes=max_bytes, backupCount=old_files, encoding="utf-8", delay=True)

    def _open(self) -> TextIOWrapper:
        return open(  # with an opener, and closed by the base class
            self.baseFilename, "a", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)
        )

    def handleError(self, record: LogRecord) -> None:  # logging's name
        """A line that cannot be written is lost: there is nowhere left to complain."""

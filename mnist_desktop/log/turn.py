"""Lets one process at a time deliver a journal's log; a crash of the one that does gives the lock free."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_desktop.log.record import LogError

if TYPE_CHECKING:
    from filelock import BaseFileLock


class Turn:
    """Whether it is this process's turn to deliver."""

    def __init__(self, journal: Path, log: str) -> None:
        """It is nobody's turn yet."""
        number = zlib.crc32(log.encode())
        self._path = journal.with_name(f"{journal.name}.delivery-{number:08x}.lock")
        self._lock: BaseFileLock | None = None

    @property
    def mine(self) -> bool:
        """Whether this process has the lock."""
        return self._lock is not None

    def begin(self) -> bool:
        """Take the lock, unless another process has it; says whether this one has it now. A LogError when neither."""
        from filelock import FileLock, Timeout

        if self._lock is None:
            lock = FileLock(self._path, mode=0o600)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                return False
            except OSError as error:
                raise LogError(f"The folder of the journal cannot be written: {error.strerror}.") from error
            self._lock = lock
        return True

    def end(self) -> None:
        """Let another process deliver."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

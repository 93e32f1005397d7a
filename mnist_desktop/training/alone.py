"""Lets one process at a time fill a place in the folder of data sets, and the others wait for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LOOK = 0.5
"""Seconds between two looks at how far the other process is."""


@contextmanager
def alone(lock_file: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """While no other process holds `lock_file`, in a folder that is there; `waiting` is called as long as one does."""
    lock = FileLock(lock_file)
    while True:
        try:
            lock.acquire(timeout=LOOK)
        except Timeout:
            waiting()
        else:
            break
    try:
        yield
    finally:
        lock.release()

"""Keeps off standard error what native libraries print there and have no switch for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STDERR = 2
"""The descriptor that native code writes its messages to."""


@contextmanager
def without_chatter() -> Iterator[None]:
    """Nothing that is written to standard error meanwhile, by whichever thread, is seen.

    Where there is no standard error, as under pythonw, there is nothing to keep off.
    """
    try:
        kept = os.dup(STDERR)
    except OSError:
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), STDERR)
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)

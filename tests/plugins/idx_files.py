"""Writes IDX files, after their description on LeCun's page rather than by our reader's rules."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def idx(values: NDArray[np.uint8]) -> bytes:
    """An IDX file of bytes."""
    head = struct.pack(">BBBB", 0, 0, 8, values.ndim)
    return head + b"".join(struct.pack(">I", size) for size in values.shape) + values.tobytes()


def write_idx(path: Path, values: NDArray[np.uint8]) -> None:
    """Write a gzipped one."""
    path.write_bytes(gzip.compress(idx(values), compresslevel=1))

"""Turns a data set that was read into a checksum of what it says, and knows the right ones."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import DataError
from mnist_desktop.ink.drawing import LabelledDrawing

DIGESTS: Mapping[str, str] = {
    # sha256 of the unpacked IDX files, as published by many, and as Debian's dataset-fashion-mnist has them.
    "mnist/train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "mnist/train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "mnist/t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "mnist/t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    "fashion-mnist/train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "fashion-mnist/train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "fashion-mnist/t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "fashion-mnist/t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    "pendigits-train.jsonl": "2a5ed383a7f0a3aece2d2928c8fc70055cb75157afe53ffac92f70408a56138e",
    "optdigits-train.npz": "2dbd9cc2250c1e955e4896e5488772614e3885aa98b27191443fcf05489b9ea6",
}
"""What each file of the folder of data sets says, by its path there without `.gz`."""


def check(path: Path, key: str, digest: str) -> None:
    """Raise DataError when `digest`, of what was read from `path`, is not the one that DIGESTS knows for `key`."""
    if DIGESTS.get(key, digest) != digest:
        raise DataError(
            f"{path} does not hold what the file of this name should (its checksum differs): take it from its home "
            "again."
        )


def digest_of_idx(values: NDArray[np.uint8]) -> str:
    """The sha256 of the IDX file, unpacked, that holds `values`."""
    digest = hashlib.sha256(struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape))
    digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def digest_of_bitmaps(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> str:
    """A checksum of `images` (n×h×w) and `labels` (n, below 256), however they are packed."""
    digest = hashlib.sha256(struct.pack(">3I", *images.shape))
    digest.update(np.ascontiguousarray(images).data)
    digest.update(labels.astype(np.uint8).data)
    return digest.hexdigest()


def digest_of_drawings(drawings: Sequence[LabelledDrawing]) -> str:
    """A checksum of labels and strokes in their order; where in its box a digit was written does not count.

    So it is the same whichever corner the file counts from, which nothing that reads a drawing looks at either.
    """
    digest = hashlib.sha256()
    for entry in drawings:
        strokes = [stroke.points for stroke in entry.drawing.strokes]
        points = np.array([point for stroke in strokes for point in stroke], "<f8").reshape(-1, 2)
        moved = points - points.min(axis=0, initial=np.inf)
        head = [-1 if entry.label is None else entry.label, len(strokes), *map(len, strokes)]
        digest.update(np.array(head, "<i8").tobytes() + moved.tobytes())
    return digest.hexdigest()

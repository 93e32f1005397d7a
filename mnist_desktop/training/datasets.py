"""Turns the folder of data sets into parts to train on, to choose by, and to keep out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import DataError, read_idx_pair, read_npz
from mnist_desktop.ink.drawing import DrawingError, LabelledDrawing, read_ink_file
from mnist_desktop.training.bitmaps import Bitmaps
from mnist_desktop.training.digests import check, digest_of_bitmaps, digest_of_drawings, digest_of_idx
from mnist_desktop.training.fonts import load_fonts
from mnist_desktop.training.printed import digits, others

MNIST_FOLDER = "mnist"
PEN_FILE = "pendigits-train.jsonl.gz"
SCANNED_FILE = "optdigits-train.npz"
FONTS_FOLDER = "fonts"

MNIST_VALIDATION = 5_000
"""Training images at the end of MNIST's file that validate; MNIST does not tell who wrote what."""

DIGITS_A_WRITER = 250
"""Each writer of the pen strokes wrote 250 digits; the file holds them in the order of writers."""

BOUNDARY = 10
"""Six of the 7,500 digits are missing, so where a writer ends is known to within six; the digits this near to such a
place are left out of every part."""

PEN_VALIDATION_WRITERS = 3
PEN_TEST_WRITERS = 3
"""Counted from the end of the file: the last three writers test, the three before them validate."""

SCANNED_VALIDATION = 400
"""Scanned digits at the end of their file that validate."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the data: what choices are made by, or, with more, what is learned from."""

    mnist: Bitmaps
    pen: Sequence[LabelledDrawing]
    scanned: Bitmaps
    printed: Bitmaps
    """Every digit of the fonts of this part."""


@dataclass(frozen=True, kw_only=True)
class TrainingPart(Part):
    """What is learned from: digits, and what is none."""

    symbols: NDArray[np.uint8]
    """Letters and signs of the same fonts that nobody takes for a digit: n×h×w, ink bright on 0."""


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Training and validation. MNIST's test images and the last writers belong to `evaluate` and are not read here."""

    training: TrainingPart
    validation: Part


def load_splits(folder: Path) -> Splits:
    """Read MNIST (`mnist/`), pen strokes, scanned digits and `fonts/` from `folder`.

    DataError says which is missing, damaged, or not what it should be by its checksum.
    """
    mnist = training_images(folder, MNIST_FOLDER)
    scanned = read_scanned(folder / SCANNED_FILE)
    pen = read_pen(folder / PEN_FILE)
    validate_from, test_from = pen_boundaries(len(pen))
    fonts = load_fonts(folder / FONTS_FOLDER, "training")
    return Splits(
        training=TrainingPart(
            mnist=mnist.part(None, -MNIST_VALIDATION),
            pen=pen[: validate_from - BOUNDARY],
            scanned=scanned.part(None, -SCANNED_VALIDATION),
            printed=digits(fonts),
            symbols=others(fonts),
        ),
        validation=Part(
            mnist=mnist.part(-MNIST_VALIDATION, None),
            pen=pen[validate_from : test_from - BOUNDARY],
            scanned=scanned.part(-SCANNED_VALIDATION, None),
            printed=digits(load_fonts(folder / FONTS_FOLDER, "validation")),
        ),
    )


def training_images(folder: Path, data_set: str) -> Bitmaps:
    """The training images of a data set in IDX files (`mnist`, `fashion-mnist`) in `folder`, gzipped or not.

    DataError says which file is missing, damaged, or not what it should be by its checksum.
    """
    images, labels = read_idx_pair(folder / data_set, "train")
    for kind, values in (("images-idx3", images), ("labels-idx1", labels.astype(np.uint8))):
        name = f"{data_set}/train-{kind}-ubyte"
        check(folder / name, name, digest_of_idx(values))
    return Bitmaps(images, labels)


def writers_kept_out(folder: Path) -> Sequence[LabelledDrawing]:
    """The pen strokes of the last writers in the file, which no training has seen: for `evaluate` only."""
    pen = read_pen(folder / PEN_FILE)
    return pen[pen_boundaries(len(pen))[1] :]


def pen_boundaries(count: int) -> tuple[int, int]:
    """Where in a pen file of `count` drawings the writers that validate begin, and those that test."""
    test_from = count - PEN_TEST_WRITERS * DIGITS_A_WRITER + BOUNDARY
    return test_from - PEN_VALIDATION_WRITERS * DIGITS_A_WRITER, test_from


def read_scanned(path: Path) -> Bitmaps:
    """The scanned digits in SCANNED_FILE; DataError when they are missing, damaged, or not the known ones."""
    if not path.is_file():
        raise DataError(f"The scanned digits {path} are missing.")
    images, labels = read_npz(path)
    check(path, SCANNED_FILE, digest_of_bitmaps(images, labels))
    return Bitmaps(images, labels)


def read_pen(path: Path) -> Sequence[LabelledDrawing]:
    """The pen strokes in PEN_FILE; DataError when they are missing, damaged, or not the known ones."""
    if not path.is_file():
        raise DataError(f"The pen strokes {path} are missing.")
    try:
        drawings = list(read_ink_file(path))
    except OSError as error:
        raise DataError(f"The pen strokes {path} cannot be read ({error.strerror}).") from error
    except DrawingError as error:
        raise DataError(f"The pen strokes {path} cannot be read: {error}") from error
    check(path, PEN_FILE.removesuffix(".gz"), digest_of_drawings(drawings))
    return drawings

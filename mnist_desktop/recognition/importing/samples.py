"""Turns the shipped labelled samples, digits and garments, into glyphs in each way that a model may want them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.ink.glyph import Glyph, Ink, frame, normalise
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.recognition.models import Levels, Preparation

DIGITS_FILE = "digits.jsonl.gz"
GARMENTS_FILE = "garments.npz"

Subject = Literal["digits", "garments"]

CLASSES = 10

PARTS = ("subject", "preparation", "input", "glyphs", "classes")

WAYS: tuple[tuple[Preparation, Levels], ...] = (
    ("digit", "grey"),
    ("digit", "binary"),
    ("picture", "grey"),
)
"""What may be done with ink before a model sees it; the simplest of what reads equally well comes first."""


@dataclass(frozen=True, kw_only=True)
class Samples:
    """One set of samples, prepared in one way."""

    subject: Subject
    preparation: Preparation
    input: Levels
    glyphs: NDArray[np.uint8]
    """n×28×28, 0 paper … 255 ink."""
    classes: NDArray[np.int64]
    """n: the digit, or the number of the garment in Fashion-MNIST."""

    @property
    def values(self) -> NDArray[np.float32]:
        """The glyphs as model folders take them: n×28×28, 0 paper … 1 ink."""
        return self.glyphs.astype(np.float32) / np.float32(255)


def load_samples(folder: Path) -> list[Samples]:
    """Both sets in `folder` (shipped, so trusted), each in all WAYS."""
    sets: dict[Subject, list[tuple[Ink, int | None]]] = {
        "digits": [(rasterise(each.drawing), each.label) for each in read_ink_file(folder / DIGITS_FILE)],
        "garments": _pictures(folder / GARMENTS_FILE),
    }
    return [
        _prepared(subject, inks, preparation, levels) for subject, inks in sets.items() for preparation, levels in WAYS
    ]


def pack(samples: list[Samples], file: Path) -> None:
    """Write prepared samples for a process that shall not see the folder they come from."""
    arrays = {f"{number}_{part}": getattr(each, part) for number, each in enumerate(samples) for part in PARTS}
    np.savez(file, **arrays)


def unpacked(file: Path) -> list[Samples]:
    """What `pack` wrote."""
    with np.load(file, allow_pickle=False) as stored:
        each = [{part: stored[f"{number}_{part}"] for part in PARTS} for number in range(len(stored) // len(PARTS))]
    return [Samples(**{part: array if array.ndim else array.item() for part, array in one.items()}) for one in each]


def _pictures(file: Path) -> list[tuple[Ink, int | None]]:
    with np.load(file, allow_pickle=False) as stored:
        images: NDArray[np.uint8] = stored["images"]
        labels: list[int] = stored["labels"].tolist()
    return [(image.astype(np.float32) / 255, label) for image, label in zip(images, labels, strict=True)]


def _prepared(
    subject: Subject, inks: list[tuple[Ink, int | None]], preparation: Preparation, levels: Levels
) -> Samples:
    prepare = normalise if preparation == "digit" else frame
    glyphs = [prepare(ink, binary=levels == "binary") for ink, _ in inks]
    return Samples(
        subject=subject,
        preparation=preparation,
        input=levels,
        glyphs=np.stack([_levels(glyph) for glyph in glyphs]),
        classes=np.array([label for _, label in inks], np.int64),
    )


def _levels(glyph: Glyph | None) -> NDArray[np.uint8]:
    assert glyph is not None
    return glyph.levels

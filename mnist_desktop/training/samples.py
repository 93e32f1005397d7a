"""Turns a training part into endless batches of glyphs and targets, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.ink.glyph import BOX, SIDE, Ink, crop, fit, normalise
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.training.augmentation import FIELD, PEN_WIDTHS, bend, in_field, redrawn, to_glyph
from mnist_desktop.training.datasets import Bitmaps, Part
from mnist_desktop.training.scribbles import non_digit

BATCH = 128

MIXTURE = (0.60, 0.23, 0.09, 0.08)
"""Shares of MNIST, pen strokes, scanned digits and non-digits in what is learned from (docs/recognition.md)."""

PAIR_SHARE = 0.25
"""Share of the non-digits that are two digits side by side."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """`glyphs` float32 n×28×28×1 and `targets` float32 n×labels, each row summing to 1."""

    glyphs: NDArray[np.float32]
    targets: NDArray[np.float32]


class Samples:
    """Batches by number: the same seed and number always make the same batch, in whatever order they are made."""

    def __init__(self, part: Part, *, labels: int, seed: int) -> None:
        self._part = part
        self._labels = labels
        self._seed = seed
        self._mnist = _fields(part.mnist)
        self._scanned = _fields(part.scanned)

    def batch(self, number: int) -> Batch:
        rng = default_rng((self._seed, number))
        kinds = np.sort(rng.choice(len(MIXTURE), BATCH, p=MIXTURE))
        drawn = [self._draw(int(kind), rng) for kind in kinds]
        inks = bend(np.stack([ink for ink, _ in drawn]), rng)
        glyphs = np.zeros((BATCH, SIDE, SIDE, 1), np.float32)
        for row, ink in enumerate(inks):
            glyph = to_glyph(ink, rng) or normalise(ink)
            if glyph is not None:
                glyphs[row, :, :, 0] = glyph.levels / np.float32(255)
        return Batch(glyphs=glyphs, targets=np.stack([self._target(label) for _, label in drawn]))

    def _draw(self, kind: int, rng: Generator) -> tuple[Ink, int | None]:
        """One sample of a kind of MIXTURE: its ink in the field, and its label, None for what is no digit."""
        if kind == 0:
            return _pick(self._mnist, self._part.mnist, rng)
        if kind == 1:
            entry = self._part.pen[int(rng.integers(len(self._part.pen)))]
            return _written(redrawn(entry.drawing, rng), rng), entry.label
        if kind == 2:
            return _pick(self._scanned, self._part.scanned, rng)
        if rng.random() < PAIR_SHARE:
            return self._pair(rng), None
        return _written(non_digit(rng), rng), None

    def _pair(self, rng: Generator) -> Ink:
        """Two digits side by side, as one thing that is no digit."""
        left, right = (self._mnist[rng.integers(len(self._mnist))].astype(np.float32) / 255 for _ in range(2))
        margin = (FIELD - BOX) // 2
        both = np.concatenate([left[:, : FIELD - margin - 1], right[:, margin + 1 :]], axis=1)
        return in_field(_fitted(both))

    def _target(self, label: int | None) -> NDArray[np.float32]:
        if label is None:
            return np.full(self._labels, 1 / self._labels, np.float32)
        target = np.zeros(self._labels, np.float32)
        target[label] = 1
        return target


def _pick(fields: NDArray[np.uint8], bitmaps: Bitmaps, rng: Generator) -> tuple[Ink, int]:
    index = int(rng.integers(len(fields)))
    return fields[index].astype(np.float32) / 255, int(bitmaps.labels[index])


def _written(drawing: Drawing, rng: Generator) -> Ink:
    return in_field(_fitted(rasterise(drawing, width=rng.uniform(*PEN_WIDTHS))))


def _fields(bitmaps: Bitmaps) -> NDArray[np.uint8]:
    """Every bitmap with its longer side at 20 px in the middle of a field, n×36×36."""
    inks = (in_field(_fitted(image.astype(np.float32) / 255)) for image in bitmaps.images)
    return np.stack([np.rint(ink * 255).astype(np.uint8) for ink in inks])


def _fitted(ink: Ink) -> Ink:
    cropped = crop(ink)
    return ink[:1, :1] if cropped is None else fit(cropped)

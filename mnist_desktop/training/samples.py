"""Turns a training part into endless batches of glyphs and targets, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.ink.glyph import SIDE, Ink, crop, fit, normalise
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.training.augmentation import PEN_WIDTHS, bend, in_field, redrawn
from mnist_desktop.training.bitmaps import Bitmaps
from mnist_desktop.training.datasets import TrainingPart
from mnist_desktop.training.outliers import crossed, noise, overlaid, side_by_side
from mnist_desktop.training.pool import Pool, Sample
from mnist_desktop.training.scribbles import non_digit
from mnist_desktop.training.styles import restyled, styled_digit
from mnist_desktop.training.wear import to_glyph

BATCH = 128

MIXTURE = {"mnist": 0.52, "pen": 0.14, "scanned": 0.07, "printed": 0.09, "styled": 0.07, "non-digits": 0.11}
"""Shares of what is learned from (docs/recognition.md)."""

RESTYLED_SHARE = 0.2
"""Share of the pen strokes that are given another style: a crossed 7, a 1 with a base."""

OUTLIERS = {"strokes": 0.48, "symbols": 0.28, "pair": 0.08, "overlaid": 0.05, "crossed": 0.06, "noise": 0.05}
"""Shares of the kinds of non-digits."""

POOL = 30_000
"""Drawings of each kind that are rasterised once and then bent anew each time."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """`glyphs` float32 n×28×28×1 and `targets` float32 n×labels, each row summing to 1."""

    glyphs: NDArray[np.float32]
    targets: NDArray[np.float32]
    labelled: NDArray[np.bool_]
    """n: which of them have a label; the others are nothing that the labels name."""


class Samples:
    """Batches by number: the same seed and number always make the same batch, in whatever order they are made."""

    def __init__(self, part: TrainingPart, *, labels: int, seed: int) -> None:
        self._pen = part.pen
        self._labels = labels
        self._seed = seed
        self._mnist = _in_fields(part.mnist)
        self._scanned = _in_fields(part.scanned)
        self._printed = _in_fields(part.printed)
        self._symbols = _fields(part.symbols)
        written, styled, scribbled = (
            Pool(make, size=POOL, seed=(seed, kind)) for kind, make in enumerate((self._written, _styled, _scribbled))
        )
        self._scribbled = scribbled
        self._kinds: tuple[Callable[[Generator], Sample], ...] = (
            lambda rng: _pick(self._mnist, rng),
            written.pick,
            lambda rng: _pick(self._scanned, rng),
            lambda rng: _pick(self._printed, rng),
            styled.pick,
            lambda rng: (self._outlier(rng), None),
        )

    def batch(self, number: int) -> Batch:
        """The batch of that number: BATCH glyphs and their targets."""
        rng = default_rng((self._seed, number))
        kinds = np.sort(rng.choice(len(MIXTURE), BATCH, p=list(MIXTURE.values())))
        drawn = [self._kinds[kind](rng) for kind in kinds]
        inks = bend(np.stack([ink for ink, _ in drawn]), rng)
        glyphs = np.zeros((BATCH, SIDE, SIDE, 1), np.float32)
        for row, ink in enumerate(inks):
            glyph = to_glyph(ink, rng) or normalise(ink)
            if glyph is not None:
                glyphs[row, :, :, 0] = glyph.levels / np.float32(255)
        return Batch(
            glyphs=glyphs,
            targets=np.stack([self._target(label) for _, label in drawn]),
            labelled=np.array([label is not None for _, label in drawn]),
        )

    def _written(self, rng: Generator) -> Sample:
        entry = self._pen[int(rng.integers(len(self._pen)))]
        assert entry.label is not None
        restyle = rng.random() < RESTYLED_SHARE
        drawing = restyled(entry.drawing, entry.label, rng) if restyle else entry.drawing
        return _inked(redrawn(drawing, rng), rng), entry.label

    def _outlier(self, rng: Generator) -> Ink:
        """Something that is no digit, in the field."""
        kind = rng.choice(list(OUTLIERS), p=list(OUTLIERS.values()))
        if kind == "strokes":
            return self._scribbled.pick(rng)[0]
        if kind == "symbols":
            return np.asarray(self._symbols[rng.integers(len(self._symbols))] / np.float32(255))
        if kind == "noise":
            return noise(rng)
        # Digits in equal shares of hands and print, which make something else together.
        source = self._printed if rng.random() < 0.3 else self._mnist
        (one, label), (other, other_label) = _pick(source, rng), _pick(source, rng)
        if kind == "crossed":
            return crossed(one, rng)
        if kind == "overlaid" and label != other_label:
            return overlaid(one, other, rng)
        return in_field(fitted(side_by_side(one, other, rng)))

    def _target(self, label: int | None) -> NDArray[np.float32]:
        if label is None:
            return np.full(self._labels, 1 / self._labels, np.float32)
        target = np.zeros(self._labels, np.float32)
        target[label] = 1
        return target


def _styled(rng: Generator) -> Sample:
    drawing, label = styled_digit(rng)
    return _inked(redrawn(drawing, rng), rng), label


def _scribbled(rng: Generator) -> Sample:
    return _inked(non_digit(rng), rng), None


def _pick(bitmaps: Bitmaps, rng: Generator) -> tuple[Ink, int]:
    index = int(rng.integers(len(bitmaps.images)))
    return bitmaps.images[index].astype(np.float32) / 255, int(bitmaps.labels[index])


def _inked(drawing: Drawing, rng: Generator) -> Ink:
    return in_field(fitted(rasterise(drawing, width=rng.uniform(*PEN_WIDTHS))))


def _in_fields(bitmaps: Bitmaps) -> Bitmaps:
    return Bitmaps(_fields(bitmaps.images), bitmaps.labels)


def _fields(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Every image with its longer side at 20 px in the middle of a field, n×36×36."""
    inks = (in_field(fitted(image.astype(np.float32) / 255)) for image in images)
    return np.stack([np.rint(ink * 255).astype(np.uint8) for ink in inks])


def fitted(ink: Ink) -> Ink:
    """`ink` cropped, its longer side at 20 px; a pixel of paper where there is none."""
    cropped = crop(ink)
    return np.zeros((1, 1), np.float32) if cropped is None else fit(cropped)

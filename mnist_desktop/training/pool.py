"""Turns a maker of samples into a pool of them, each made when it is first picked, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator, default_rng

from mnist_desktop.ink.glyph import Ink
from mnist_desktop.training.augmentation import FIELD

Sample = tuple[Ink, int | None]
"""Ink in the field (float32 36×36), and its label, None for what is no digit."""

NOT_MADE, UNLABELLED = -2, -1


class Pool:
    """`size` samples; any number of threads may pick, since each makes the same."""

    def __init__(self, make: Callable[[Generator], Sample], *, size: int, seed: Sequence[int]) -> None:
        self._make = make
        self._seed = tuple(seed)
        self._inks = np.zeros((size, FIELD, FIELD), np.uint8)
        self._labels = np.full(size, NOT_MADE, np.int64)

    def pick(self, rng: Generator) -> Sample:
        """One of them, chosen by `rng`."""
        place = int(rng.integers(len(self._labels)))
        if self._labels[place] == NOT_MADE:
            ink, label = self._make(default_rng((*self._seed, place)))
            self._inks[place] = np.rint(ink * 255)
            # Last, because another thread takes what has a label as made.
            self._labels[place] = UNLABELLED if label is None else label
        label = int(self._labels[place])
        return self._inks[place].astype(np.float32) / 255, None if label == UNLABELLED else label

"""Turns digits into what is no digit any more: pairs, heaps, crossings-out; and noise, which never was one."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image

from mnist_desktop.ink.glyph import BOX, Ink
from mnist_desktop.training.augmentation import FIELD, in_field

MARGIN = (FIELD - BOX) // 2
"""Paper around a digit in its field."""

CROSSING_WIDTHS = (1.2, 2.6)
"""Width in pixels of the lines that cross a digit out."""

NOISE_KNOTS = (3, 12)
"""How many blots of noise there are along a side."""


def side_by_side(left: Ink, right: Ink, rng: Generator) -> Ink:
    """Two digits next to each other, touching or not: h×w, wider than the field."""
    gap = int(rng.integers(-2, 7))
    first, second = left[:, _columns(left)], right[:, _columns(right)]
    width = first.shape[1] + gap + second.shape[1]
    both = np.zeros((FIELD, max(width, first.shape[1])), np.float32)
    both[:, : first.shape[1]] = first
    start = first.shape[1] + gap
    both[:, start : start + second.shape[1]] = np.maximum(both[:, start : start + second.shape[1]], second)
    return both


def overlaid(one: Ink, other: Ink, rng: Generator) -> Ink:
    """One digit written over another, both in their fields."""
    moved = np.roll(other, tuple(rng.integers(-3, 4, 2)), (0, 1))
    return np.maximum(one, moved)


def crossed(ink: Ink, rng: Generator) -> Ink:
    """A digit (in its field) crossed out: an X, or three to five strokes to and fro."""
    y, x = np.mgrid[:FIELD, :FIELD]
    middle = (FIELD - 1) / 2 + rng.normal(0, 1.5, 2)
    half = rng.uniform(0.6, 1.3) * BOX / 2
    width = rng.uniform(*CROSSING_WIDTHS)
    angle = rng.uniform(0.4, 1.2)
    if rng.random() < 0.5:
        lines = [(angle, 0.0), (-angle, 0.0)]
    else:
        lines = [(angle + rng.normal(0, 0.1), at) for at in np.linspace(-6, 6, int(rng.integers(3, 6)))]
    covered = ink
    for turn, offset in lines:
        across = (x - middle[1]) * np.sin(turn) - (y - middle[0]) * np.cos(turn) - offset
        along = (x - middle[1]) * np.cos(turn) + (y - middle[0]) * np.sin(turn)
        line = np.clip(width / 2 + 0.5 - np.abs(across), 0, 1) * (np.abs(along) < half)
        covered = np.maximum(covered, line.astype(np.float32))
    return covered


def noise(rng: Generator) -> Ink:
    """Blots or grain as of a threshold gone wrong, in the field."""
    knots = int(rng.integers(*NOISE_KNOTS))
    height, width = rng.integers(BOX // 2, BOX + 1, 2)
    values = Image.fromarray(rng.normal(0, 1, (knots, knots)).astype(np.float32))
    smooth = np.asarray(values.resize((int(width), int(height)), Image.Resampling.BICUBIC), dtype=np.float32)
    grain = rng.normal(0, rng.choice((0.0, 0.5)), smooth.shape).astype(np.float32)
    level = np.quantile(smooth, rng.uniform(0.3, 0.85))
    return in_field(np.clip((smooth + grain - level) * 4, 0, 1))


def _columns(ink: Ink) -> slice:
    """The columns of a field that hold its digit."""
    inked = np.flatnonzero(ink.any(axis=0))
    return slice(int(inked[0]), int(inked[-1]) + 1) if len(inked) else slice(MARGIN, FIELD - MARGIN)

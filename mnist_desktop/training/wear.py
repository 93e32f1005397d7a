"""Turns clean grey digits into what pens, paper and scanners leave of them, and that into glyphs."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image
from scipy import ndimage

from mnist_desktop.ink.glyph import DARKNESS_SHARE, Glyph, Ink, crop, normalise
from mnist_desktop.training.scans import scanned

THRESHOLDS = (0.2, 0.7)
"""Shares of the ink's darkness at which training binarises; readings use DARKNESS_SHARE, near the middle."""
EXACT_SHARE = 0.25
"""Share of samples binarised just as readings are."""

THICKENED_SHARE = 0.1
FADED_SHARE, LEAST_LEFT = 0.28, 0.6
"""Share of samples that lost ink, by a skip of the pen, uneven flow, grain or a fine nib, and what is left at least."""
FLOW_KNOTS, LEAST_FLOW = 6, 0.3
"""Knots across the field by which the ink's flow varies, and the palest."""
DOUBLED_SHARE, DOUBLED_SHIFT = 0.03, 2.0
"""Share of samples whose lines were gone over a second time, and by how many pixels the second lies off."""
GRAIN = 0.35
"""Standard deviation of the grain in the ink at most: edges fray and pixels are missing."""
SPECKLED_SHARE, MOST_SPECKS = 0.05, 3

THIN = 60
"""Pixels of a glyph below which its lines are so thin that a threshold may have taken too much of them."""

SCANNED_SHARE, TINY_SHARE, TINY_SIDES = 0.4, 0.25, (8, 13)
"""Share of the other samples seen as if scanned, and which of these on very few dots, with so many a side."""
TINY_NOISE = 0.08


def to_glyph(ink: Ink, rng: Generator) -> Glyph | None:
    """One digit (float32, h×w) as a glyph, after the accidents of pen, paper and scanner; None if it has no ink.

    Where more than LEAST_LEFT allows would go, it stays as it was: nobody could read what is left.
    """
    share = DARKNESS_SHARE if rng.random() < EXACT_SHARE else rng.uniform(*THRESHOLDS)
    faded = rng.random() < FADED_SHARE
    glyph = normalise(_worn(ink, rng, faded=faded), share=share)
    if glyph is not None and not faded and _inked(glyph) >= THIN:
        return glyph
    whole = normalise(ink)
    if whole is None or glyph is None or _inked(glyph) < LEAST_LEFT * _inked(whole):
        return whole
    return glyph


def _worn(ink: Ink, rng: Generator, *, faded: bool) -> Ink:
    if rng.random() < THICKENED_SHARE:
        ink = ndimage.grey_dilation(ink, (1, 2) if rng.random() < 0.5 else (2, 2))
    if rng.random() < DOUBLED_SHARE:
        ink = np.maximum(ink, ndimage.shift(ink, rng.uniform(-DOUBLED_SHIFT, DOUBLED_SHIFT, 2), order=1))
    if rng.random() < SPECKLED_SHARE:
        ink = speckled(ink, rng)
    if faded:
        fades = (broken, uneven, grainy, thinned)
        return fades[rng.integers(len(fades))](ink, rng)
    if rng.random() >= SCANNED_SHARE:
        return ink
    return tiny(ink, rng) if rng.random() < TINY_SHARE else scanned(ink, rng)


def _inked(glyph: Glyph) -> int:
    return int(np.count_nonzero(glyph.levels))


def thinned(ink: Ink, rng: Generator) -> Ink:
    """`ink` with its lines a pixel thinner in one direction."""
    thinner: Ink = ndimage.grey_erosion(ink, (1, 2) if rng.random() < 0.5 else (2, 1))
    return thinner


def broken(ink: Ink, rng: Generator) -> Ink:
    """`ink` with a pale line across, where a pen skipped."""
    height, width = ink.shape
    y, x = np.mgrid[:height, :width]
    row, column = height / 2 + rng.uniform(-7, 7), width / 2 + rng.uniform(-7, 7)
    angle = rng.uniform(0, np.pi)
    distance = np.abs((x - column) * np.cos(angle) + (y - row) * np.sin(angle))
    paled: Ink = np.where(distance < rng.uniform(0.3, 0.9), ink * np.float32(0.1), ink)
    return paled


def uneven(ink: Ink, rng: Generator) -> Ink:
    """`ink` darker here and paler there, as of a pen that presses and lifts."""
    knots = Image.fromarray(rng.uniform(LEAST_FLOW, 1, (FLOW_KNOTS, FLOW_KNOTS)).astype(np.float32))
    flow = knots.resize(ink.shape[::-1], Image.Resampling.BICUBIC)
    paler: Ink = ink * np.clip(np.asarray(flow, dtype=np.float32), 0, 1)
    return paler


def grainy(ink: Ink, rng: Generator) -> Ink:
    """`ink` with grain where there is ink, or nearly: paper stays clean."""
    near = np.minimum(1, 2 * ndimage.uniform_filter(ink, 3))
    grain = rng.normal(0, rng.uniform(0.1, GRAIN), ink.shape).astype(np.float32)
    grained: Ink = np.clip(ink + grain * near, 0, 1)
    return grained


def speckled(ink: Ink, rng: Generator) -> Ink:
    """`ink` with a few dots of dirt within the digit's box."""
    dirty = ink.copy()
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if len(rows) == 0:
        return dirty
    for _ in range(rng.integers(1, MOST_SPECKS + 1)):
        row = int(rng.integers(rows[0], rows[-1] + 1))
        column = int(rng.integers(columns[0], columns[-1] + 1))
        height, width = rng.integers(1, 3, 2)
        dirty[row : row + height, column : column + width] = 1
    return dirty


def tiny(ink: Ink, rng: Generator) -> Ink:
    """`ink` on 8 to 12 dots, in grey: with fewer, or in black and white, nobody could read it."""
    cropped = crop(ink)
    if cropped is None:
        return ink
    if rng.random() < 0.5:
        # Dots do not fall on the edges of the digit.
        cropped = np.pad(cropped, ((0, 1), (0, 1)))
    scale = int(rng.integers(*TINY_SIDES)) / max(cropped.shape)
    size = (max(2, round(cropped.shape[1] * scale)), max(2, round(cropped.shape[0] * scale)))
    image = Image.fromarray(np.ascontiguousarray(cropped)).resize(size, Image.Resampling.BOX)
    dots = np.asarray(image, dtype=np.float32)
    noise = rng.normal(0, rng.uniform(0, TINY_NOISE), dots.shape).astype(np.float32)
    noisy: Ink = np.clip(dots + noise * (dots > 0), 0, 1)
    return noisy

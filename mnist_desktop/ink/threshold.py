"""Turns the difference from the paper into what is ink: on which side of the paper, and from which contrast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.choices import Polarity

MIN_CONTRAST = 14 / 255
"""Less difference from the paper is never ink: JPEG's ripples and the shading of folds stay below it."""

NOISE_FACTOR = 5.0
"""Ink differs from the paper by at least so many standard deviations of its noise."""

CLEAR_SHARE = 0.98
"""From so much of all difference on one side the other is not looked at; otherwise the side with the better digit is
taken: a shadow's edge can differ from the paper more than a small digit."""

LOWEST = 2 / 255
"""As low as a person can move the threshold: the least that a picture of 8 bits can differ by for sure."""

STRONGEST = 99.0
"""As high: this percentile of what the automatic threshold takes for ink."""


def likely_polarities(residual: NDArray[np.float32]) -> list[Polarity]:
    """Which side may be ink, the likelier one first: that on which the tail of `residual` is heavier.

    `residual` is the difference from the paper, −1…1. Its fourth power lets strong ink win over noise, and over the
    faint halo that flattening leaves around it.
    """
    fourth = np.square(np.square(residual))
    both = float(fourth.sum())
    bright = float(np.where(residual > 0, fourth, 0).sum())
    likely: list[Polarity] = ["dark on light", "light on dark"]
    if 2 * bright > both:
        likely.reverse()
    return likely[:1] if max(bright, both - bright) >= CLEAR_SHARE * both else likely


def ink_threshold(darkness: NDArray[np.float32], noise: float) -> float:
    """The contrast, 0…1, from which a pixel is ink: Otsu's, among ink and as much paper around it, above all `noise`.

    Otsu's threshold over a whole picture with little ink falls into the paper's noise.
    """
    least = max(MIN_CONTRAST, NOISE_FACTOR * noise)
    candidates = darkness > least
    if not candidates.any():
        return least
    reach = max(1, max(darkness.shape) // 200)
    near = grown(candidates, reach)
    return max(least, otsu(np.clip(darkness[near], 0, 1)))


def noise_of(darkness: NDArray[np.float32]) -> float:
    """The standard deviation of the paper's contrast to itself."""
    step = max(1, max(darkness.shape) // 256)
    # 0.3186 standard deviations hold a quarter of normal noise; a digit that fills a small picture leaves little more
    # paper than that.
    return float(np.percentile(np.abs(darkness[::step, ::step]), 25)) / 0.3186


def moved(automatic: float, by: float, darkness: NDArray[np.float32]) -> float:
    """The `automatic` threshold moved `by` −1…1, as `Choices.threshold` has it, for the contrasts in `darkness`."""
    if by == 0:
        return automatic
    if by < 0:
        return automatic + by * max(0.0, automatic - LOWEST)
    ink = darkness[darkness > automatic]
    strongest = float(np.percentile(ink, STRONGEST)) if ink.size else automatic
    return automatic + by * (strongest - automatic)


def otsu(values: NDArray[np.float32]) -> float:
    """The threshold in 0…1 that parts `values` (0…1) into two classes of the greatest variance between them.

    Otsu 1979, "A threshold selection method from gray-level histograms", over 256 levels; of several equally good
    thresholds the middle. Values above it are the upper class.
    """
    counts = np.bincount(np.rint(values.ravel() * 255).astype(np.intp), minlength=256).astype(np.float64)
    below = np.cumsum(counts)
    above = below[-1] - below
    moment = np.cumsum(counts * np.arange(256))
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.square(moment[-1] * below - moment * below[-1]) / (below * above)
    between[~np.isfinite(between)] = 0
    best = np.flatnonzero(between >= between.max() * (1 - 1e-12))
    return (float(best.mean()) + 0.5) / 255


def grown(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """`mask` and all pixels not farther than `reach` from it, across and down."""
    down = mask.copy()
    for distance in range(1, reach + 1):
        down[distance:] |= mask[:-distance]
        down[:-distance] |= mask[distance:]
    wide = down.copy()
    for distance in range(1, reach + 1):
        wide[:, distance:] |= down[:, :-distance]
        wide[:, :-distance] |= down[:, distance:]
    return wide

"""Turns dots that stand close to each other, as of a display or a needle printer, into the lines that they draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.components import Part
from mnist_desktop.ink.rings import Mask
from mnist_desktop.ink.sheet import without_holes
from mnist_desktop.ink.threshold import grown

FEWEST, MOST = 7, 600
"""Dots, at the least and at the most: a 1 has so many, and a page of grain has more."""

HIGH = 4
"""Height of all dots over the side of one, at the least: a line of digits is no higher than they are."""

ROUND, FULL = 1.4, 0.65
"""The longer side of a dot over the shorter one, at the most, and the share of its box that it covers, at the least."""

ALIKE, SHARE = 1.8, 0.85
"""Longer side of a dot over that of the middle one, or the reverse, at the most, and the share of all ink that such
dots are, at the least, and of all dots those that stand as EVEN: digits, letters and dirt are of all sizes, and
anywhere."""

CLOSE, EVEN = 1.2, 1.3
"""Gap from a dot to the nearest one over their side, and over the usual gap or the reverse, at the most: dots with
others between them are farther apart, and so are neighbouring digits."""

OPEN = 0.02
"""Share of all dots that holes in them have, at the most: the digits of a table are of one size, too, and many of them
have holes."""


def reach_of(parts: Sequence[Part]) -> int:
    """How far the connected components of a mask must grow, in pixels, to join the dots that they are; 0 for others."""
    if not FEWEST <= len(parts) <= MOST:
        return 0
    sides = np.array([part.side for part in parts], np.float64)
    areas = np.array([part.area for part in parts], np.float64)
    usual = float(np.median(sides))
    compact = np.array([_is_compact(part) for part in parts])
    dots = compact & (sides <= ALIKE * usual) & (sides >= usual / ALIKE)
    if dots.sum() < FEWEST or areas[dots].sum() < SHARE * areas.sum():
        return 0
    chosen = [part for part, is_dot in zip(parts, dots, strict=True) if is_dot]
    if max(part.bottom for part in chosen) - min(part.top for part in chosen) < HIGH * usual:
        return 0
    gaps = np.maximum(_nearest(chosen), 1)
    gap = float(np.median(gaps))
    is_even = ((gaps <= EVEN * gap + 1) & (gaps >= gap / EVEN - 1)).mean() >= SHARE
    return int(np.ceil(EVEN * gap / 2)) if is_even and gap <= CLOSE * usual else 0


def are_solid(dots: Mask) -> bool:
    """Whether `dots` (h×w) have next to no holes, as the 0s, 6s, 8s and 9s of a table have."""
    return int(without_holes(dots).sum()) <= (1 + OPEN) * int(dots.sum())


def with_lines_drawn(mask: Mask, darkness: NDArray[np.float32], reach: int) -> tuple[Mask, NDArray[np.float32]]:
    """`mask` and `darkness` (h×w both) with the dots grown by `reach` pixels, all of them as dark as they were."""
    lines = grown(mask, reach)
    return lines, np.where(lines & ~mask, np.median(darkness[mask]), darkness).astype(np.float32)


def _is_compact(part: Part) -> bool:
    shorter = min(part.width, part.height)
    return part.side <= ROUND * shorter and part.area >= FULL * part.width * part.height


def _nearest(parts: Sequence[Part]) -> NDArray[np.float64]:
    """From each of `parts` the gap to the nearest other one, across or down, whichever is more."""
    left, top, right, bottom = np.array([(part.left, part.top, part.right, part.bottom) for part in parts]).T
    across = np.maximum(left[:, np.newaxis] - right, left - right[:, np.newaxis])
    down = np.maximum(top[:, np.newaxis] - bottom, top - bottom[:, np.newaxis])
    gaps = np.maximum(across, down).astype(np.float64)
    np.fill_diagonal(gaps, np.inf)
    return np.asarray(gaps.min(axis=1))

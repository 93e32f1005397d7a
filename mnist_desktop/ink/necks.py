"""Finds where digits that touch may be parted: ways down through ink, cheapest where two strokes lie side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Ways = NDArray[np.intp]
"""A column for each row: ways×h."""

BESIDE, INSIDE = (0.5, 0.9), 0.3
"""What a pixel of ink costs falls from 1 to INSIDE where it lies so many strokes' widths from the paper to its left
and right: there a way leads between two strokes that touch, and not along one."""

BEND = 0.2
"""What a step to the side costs."""

LEVELS, STEP, RIM = 8, 2, 0.08
"""Ways are led through every STEP-th column of so many rows, the first and the last RIM of the height from its ends."""

MOST_COST = 0.8
"""What a way may cost, in heights."""

MOST, FEWEST = 7, 3
"""Ways to a height of width, those that cost least, and how many are kept of narrow ink."""

APART, END = 0.8, 3.0
"""Ink between two ways, and on either side of each, in squares of the stroke's width, at the least."""


def ways_between_strokes(ink: Mask) -> list[NDArray[np.intp]]:
    """Ways from the top of `ink` (h×w) to its bottom, a column for each row, those that cost least first."""
    height, width = ink.shape
    ways, costs = _ways_through(_resistance(ink))
    cheap = np.argsort(costs, kind="stable")[: int((costs <= MOST_COST * height).sum())]
    return told_apart(ink, ways[cheap], [], most=max(FEWEST, round(MOST * width / height)))


def told_apart(
    ink: Mask, ways: Ways, known: list[NDArray[np.intp]], *, most: int, apart: float = APART, end: float = END
) -> list[NDArray[np.intp]]:
    """`known` and, up to `most`, those of `ways` that part `ink` (h×w) otherwise than any before them."""
    square = thickness(ink) ** 2
    rows = np.arange(len(ink))
    before = np.concatenate([np.zeros((len(ink), 1), np.intp), np.cumsum(ink, axis=1)], axis=1)
    total = int(before[:, -1].sum())
    kept, lefts = list(known), [before[rows, way] for way in known]
    for way in ways:
        left = before[rows, way]
        share = int(left.sum())
        if min(share, total - share) < end * square:
            continue
        if all(np.abs(left - other).sum() >= apart * square for other in lefts):
            kept.append(way)
            lefts.append(left)
        if len(kept) >= most:
            break
    return kept


def thickness(ink: Mask) -> float:
    """How thick the strokes of `ink` are, in pixels: a line's area over half of its rim."""
    padded = np.pad(ink, 1)
    inner = ink & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    area = int(ink.sum())
    return 2 * area / max(1, area - int(inner.sum()))


def _resistance(ink: Mask) -> NDArray[np.float64]:
    """What each pixel costs a way."""
    columns = np.arange(ink.shape[1])
    left = columns - np.maximum.accumulate(np.where(ink, -1, columns), axis=1)
    right = np.minimum.accumulate(np.where(ink, ink.shape[1], columns)[:, ::-1], axis=1)[:, ::-1] - columns
    depth = np.minimum(left, right) / thickness(ink)
    return np.where(ink, np.interp(depth, BESIDE, (1.0, INSIDE)), 0.0)


def _ways_through(cost: NDArray[np.float64]) -> tuple[Ways, NDArray[np.float64]]:
    """The cheapest way through each of many places, and what it costs."""
    height, width = cost.shape
    above, from_above = _swept(cost)
    below, from_below = _swept(cost[::-1])
    total = above + below[::-1] - cost
    columns = np.arange(0, width, STEP)
    ways, costs = [], []
    for row in np.unique(np.linspace(RIM * height, (1 - RIM) * height, LEVELS).astype(int)).tolist():
        upper = _followed(from_above, row, columns)
        lower = _followed(from_below, height - 1 - row, columns)
        ways.append(np.concatenate([upper, lower[:, -2::-1]], axis=1))
        costs.append(total[row, columns])
    return np.concatenate(ways), np.concatenate(costs)


def _swept(cost: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """What the cheapest way from the first row to each pixel costs, and by how much to the side it came there."""
    total = cost.copy()
    came = np.zeros(cost.shape, np.int8)
    for row in range(1, len(cost)):
        padded = np.pad(total[row - 1], 1, constant_values=np.inf)
        steps = np.stack([padded[1:-1], padded[:-2] + BEND, padded[2:] + BEND])
        best = np.argmin(steps, axis=0)
        came[row] = np.array([0, -1, 1], np.int8)[best]
        total[row] += np.take_along_axis(steps, best[np.newaxis], axis=0)[0]
    return total, came


def _followed(came: NDArray[np.int8], row: int, columns: NDArray[np.intp]) -> Ways:
    """The way back from each of `columns` in `row` to the first row: ways×(row + 1)."""
    ways = np.empty((len(columns), row + 1), np.intp)
    ways[:, row] = columns
    for each in range(row, 0, -1):
        ways[:, each - 1] = ways[:, each] + came[each, ways[:, each]]
    return ways

"""Takes the ruled lines of writing paper out of a mask of ink, where there are any, and leaves what crosses them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

MIN_SIDE = 96
"""Smaller pictures are not searched: in them the bar of a 7 is as thin and as long as a line."""

FAINT = 0.4
"""Printed lines are paler than ink: they are searched for at this share of the ink's threshold."""

STEEPEST = 0.27
"""Rise of the lines over their run, at the most: a tilt of 15°."""

COARSE, FINE = 0.008, 0.001
"""Steps of the rise that are tried, all of them first and then around the best; FINE is a pixel over a thousand."""

BLOCKS, COARSE_ROWS = 32, 2
"""A picture is looked at in so many blocks of columns, each of so many rows, while the rise is searched for."""

COVERED = 0.6
"""Share of the picture's width that a line covers at the least."""

THICKEST = 0.014
"""Thickness of a line over the longer side of the picture, at the most; strokes of a digit as wide as the picture are
three times as thick."""


def without_lines(darkness: NDArray[np.float32], threshold: float) -> Mask:
    """Where `darkness` (contrast to the paper, h×w) is above `threshold`, without the lines of ruled or grid paper."""
    mask = darkness > threshold
    if min(mask.shape) < MIN_SIDE:
        return mask
    faint = darkness > FAINT * threshold
    level = _lines(faint)
    upright = _lines(faint.T)
    mask = _cleared(mask, level)
    return _cleared(mask.T, upright).T if upright else mask


Line = tuple[float, float, int]
"""Row at the picture's left edge, rise over run, and thickness, in pixels."""


def _lines(faint: Mask) -> list[Line]:
    """The long thin lines from left to right in `faint` (h×w), all of the same rise."""
    height, width = faint.shape
    # A line that rises by less than a pixel a block, or is drawn in steps, still lies in one row of these.
    thicker = faint.copy()
    thicker[1:] |= faint[:-1]
    thicker[:-1] |= faint[1:]
    edges = np.linspace(0, width, min(BLOCKS, width) + 1).astype(int)
    blocks = np.add.reduceat(thicker, edges[:-1], axis=1, dtype=np.float32)
    if blocks.max(axis=0).sum() <= COVERED * width:
        # No line of any rise covers more than the fullest row of each block: most pictures are done here.
        return []
    centres = (edges[:-1] + edges[1:]) / 2
    even = height - height % COARSE_ROWS
    # Each block's rows side by side in memory: some ninety rises are tried, which is most of the search.
    coarse = np.ascontiguousarray(blocks[:even].reshape(-1, COARSE_ROWS, blocks.shape[1]).max(axis=1).T)
    blocks = np.ascontiguousarray(blocks.T)

    def sharpest(rises: NDArray[np.float64]) -> float:
        return float(rises[np.argmax(_sharpness(_profiles(coarse, centres / COARSE_ROWS, rises, width)[0]))])

    rise = sharpest(np.arange(-STEEPEST, STEEPEST + COARSE, COARSE))
    rise = sharpest(np.arange(rise - COARSE, rise + COARSE + FINE, FINE))
    (profile,), first = _profiles(blocks, centres, np.array([rise]), width)
    lines = []
    for top, bottom in _runs(profile > COVERED / 2):
        if profile[top:bottom].max() > COVERED and bottom - top <= 2 + max(3, THICKEST * max(height, width)):
            lines.append(((top + bottom - 1) / 2 + first, rise, max(1, bottom - top - 2)))
    return lines


def _profiles(
    blocks: NDArray[np.float32], centres: NDArray[np.float64], rises: NDArray[np.float64], width: int
) -> tuple[NDArray[np.float32], int]:
    """Share of the picture's width that ink covers along each line of each of `rises`, by its row at the left edge.

    `blocks` are the ink of each block of columns by row, blocks×h. Beside it the row of the first: a line can come in
    far above the picture, or below.
    """
    shifts = np.rint(np.outer(rises, centres)).astype(int)
    beyond = int(np.abs(shifts).max())
    length = blocks.shape[1] + 2 * beyond
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(blocks, ((0, 0), (2 * beyond, 2 * beyond))), length, 1)
    profiles = np.zeros((len(rises), length), np.float32)
    for window, starts in zip(windows, shifts.T + beyond, strict=True):
        profiles += window[starts]
    return np.asarray(profiles / np.float32(width), dtype=np.float32), -beyond


def _sharpness(profiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Greater the more the ink gathers in few rows, for each of `profiles`."""
    return np.asarray(np.square(np.square(profiles)).sum(axis=1))


def _runs(where: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last-but-one index of each stretch that is true."""
    steps = np.diff(where.astype(np.int8), prepend=0, append=0)
    return list(zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True))


def _cleared(mask: Mask, lines: list[Line]) -> Mask:
    """`mask` without the pixels along `lines`, but for those of strokes that leave the line above or below it."""
    height, width = mask.shape
    cleared = mask.copy()
    columns = np.arange(width)
    for start, rise, thickness in lines:
        reach = thickness // 2 + 2
        rows = np.rint(start + rise * columns).astype(int)
        above, below = _along(mask, rows - reach), _along(mask, rows + reach)
        # A stroke that crosses at a slant comes out on the other side some pixels to the left or right.
        leaves = above | below | (_widened(above, reach) & _widened(below, reach))
        for offset in range(1 - reach, reach):
            inside = (rows + offset >= 0) & (rows + offset < height)
            cleared[rows[inside] + offset, columns[inside]] &= leaves[inside]
    return cleared


def _along(mask: Mask, rows: NDArray[np.intp]) -> Mask:
    """What `mask` holds at each column's row; nothing outside of it."""
    inside = (rows >= 0) & (rows < len(mask))
    return inside & mask[np.clip(rows, 0, len(mask) - 1), np.arange(len(rows))]


def _widened(row: Mask, reach: int) -> Mask:
    return np.convolve(row, np.ones(2 * reach + 1), mode="same") > 0.5

"""Finds where connected ink may be cut from top to bottom: ways down that cross little of it, or between strokes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.necks import told_apart, ways_between_strokes

Mask = NDArray[np.bool_]

SHORT_SIDE = 64
"""Rows in which ways are searched; larger ink is looked at in fewer."""

STARTS = 16
"""Ways begin so many to a height of ink, going across."""

REACH = 0.15
"""How far a way may leave the column where it begins, in heights: digits lean, but ways that go far all meet."""

SIDEWAYS = 0.25
"""What a step to the side costs, where a pixel of ink costs 1: straight cuts leave digits as they were."""

MOST_INK = 0.8
"""Ink that a way may cross, in heights: between a 1 and what touches it there is no other."""

APART = 0.06
"""Heights between two cuts, on average, and between a cut and the end, at the least."""

MOST_CUTS = 7
"""A height of width; those that cross least ink are kept."""

OTHERWISE, END = 0.5, 2.0
"""Ink between such a way and each one between strokes, and at its sides, in squares of the stroke's width."""


def cut_apart(ink: Mask) -> NDArray[np.intp]:
    """For each pixel of `ink` (h×w) the number of its part, left to right from 0, were it cut wherever it may be."""
    height, width = ink.shape
    factor = max(1, height // SHORT_SIDE)
    small = ink[::factor, ::factor]
    parts = np.zeros(small.shape, np.intp)
    columns = np.arange(small.shape[1])
    for way in _ways(small):
        parts += columns[np.newaxis, :] >= way[:, np.newaxis]
    return np.repeat(np.repeat(parts, factor, axis=0), factor, axis=1)[:height, :width]


def _ways(ink: Mask) -> list[NDArray[np.intp]]:
    """Ways between strokes, and those that cross little ink and part it otherwise."""
    between, across = ways_between_strokes(ink), seams(ink)
    if not across:
        return between
    return told_apart(ink, np.array(across), between, most=len(between) + len(across), apart=OTHERWISE, end=END)


def seams(ink: Mask) -> list[NDArray[np.intp]]:
    """Ways from the top of `ink` (h×w) to its bottom, a column for each row, left to right."""
    height, width = ink.shape
    starts = np.arange(0, width, max(1, round(height / STARTS)))
    found = []
    for way, crossed in zip(*_ways_down(ink, starts), strict=True):
        place = float(way.mean())
        if crossed <= MOST_INK * height and APART * height <= place <= width - APART * height:
            found.append((crossed, place, way))
    kept: list[tuple[float, NDArray[np.intp]]] = []
    for _, place, way in sorted(found, key=lambda each: each[:2]):
        if all(abs(place - other) >= APART * height for other, _ in kept):
            kept.append((place, way))
    most = max(2, round(MOST_CUTS * width / height))
    return [way for _, way in sorted(kept[:most], key=lambda each: each[0])]


def _ways_down(ink: Mask, starts: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The cheapest way down near each of the columns `starts`, and how much ink it crosses."""
    height, width = ink.shape
    reach = max(2, round(REACH * height))
    band = starts[:, np.newaxis] + np.arange(-reach, reach + 1)
    outside = (band < 0) | (band >= width)
    columns = np.clip(band, 0, width - 1)
    total = np.where(outside, np.inf, ink[0, columns].astype(np.float64))
    came = np.zeros((height, *band.shape), np.int8)
    for row in range(1, height):
        steps = np.stack([total, _from(total, 1) + SIDEWAYS, _from(total, -1) + SIDEWAYS])
        best = np.argmin(steps, axis=0)
        came[row] = np.array([0, -1, 1], np.int8)[best]
        total = np.take_along_axis(steps, best[np.newaxis], axis=0)[0] + ink[row, columns]
        total[outside] = np.inf
    ways = np.zeros((len(starts), height), np.intp)
    each = np.arange(len(starts))
    place = np.argmin(total, axis=1)
    for row in range(height - 1, -1, -1):
        ways[:, row] = columns[each, place]
        place = place + came[row, each, place]
    crossed = np.array([ink[np.arange(height), way].sum() for way in ways], dtype=np.float64)
    return ways, crossed


def _from(total: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """What was reached one column to the left (`step` 1) or to the right (−1)."""
    moved = np.roll(total, step, axis=1)
    moved[:, 0 if step == 1 else -1] = np.inf
    return moved

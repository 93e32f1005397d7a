"""Turns the strokes of a drawing into groups of those that cross each other, as the two of an X or a 4 do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.drawing import Stroke

SEGMENTS, IN_ALL = 24, 240
"""Straight segments that a stroke is looked at as, and all of many strokes together, at the most: a pen that moves does
not wait for this."""

Floats = NDArray[np.float64]


def crossing_groups(strokes: Sequence[Stroke], arm: float) -> list[tuple[int, ...]]:
    """The numbers of `strokes`, those together that cross each other, each group and all groups in the order drawn.

    A crossing counts where both strokes go on for `arm`, in the drawing's unit, to both sides of it: the bar of a 4 may
    reach into the 1 beside it.
    """
    group = list(range(len(strokes)))
    for one, other in _crossings(strokes, arm):
        joined, given_up = sorted((group[one], group[other]))
        group = [joined if each == given_up else each for each in group]
    return [tuple(number for number, each in enumerate(group) if each == first) for first in sorted(set(group))]


def _crossings(strokes: Sequence[Stroke], arm: float) -> list[tuple[int, int]]:
    """Each two strokes that cross with such arms, by their numbers."""
    most = max(1, min(SEGMENTS, IN_ALL // max(1, len(strokes))))
    ways = [(number, *_evenly(stroke, most)) for number, stroke in enumerate(strokes)]
    ways = [(number, way, length) for number, way, length in ways if length >= 2 * arm > 0]
    if len(ways) < 2:
        return []
    owner = np.repeat([number for number, _, _ in ways], most)
    start = np.concatenate([way[:-1] for _, way, _ in ways])
    step = np.concatenate([np.diff(way, axis=0) for _, way, _ in ways])
    length = np.repeat([length for _, _, length in ways], most)
    behind = np.tile(np.arange(most), len(ways)) * length / most
    # Where start[i] + t·step[i] = start[j] + u·step[j], for each i and j.
    between = start[np.newaxis] - start[:, np.newaxis]
    slope = _cross(step[:, np.newaxis], step[np.newaxis])
    with np.errstate(divide="ignore", invalid="ignore"):
        t = _cross(between, step[np.newaxis]) / slope
        u = _cross(between, step[:, np.newaxis]) / slope
    first, second = np.nonzero((owner[:, np.newaxis] < owner) & (t >= 0) & (t < 1) & (u >= 0) & (u < 1))
    goes_on = np.ones(len(first), bool)
    for segment, place in ((first, t[first, second]), (second, u[first, second])):
        done = behind[segment] + place * length[segment] / most
        goes_on &= (done >= arm) & (length[segment] - done >= arm)
    pairs = zip(owner[first[goes_on]].tolist(), owner[second[goes_on]].tolist(), strict=True)
    return sorted(set(pairs))


def _evenly(stroke: Stroke, segments: int) -> tuple[Floats, float]:
    """The ends of so many equally long segments along `stroke`, (segments + 1)×2, and the length of all."""
    points = np.array(stroke.points, np.float64)
    done = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    places = np.linspace(0, done[-1], segments + 1)
    return np.stack([np.interp(places, done, points[:, axis]) for axis in (0, 1)], axis=1), float(done[-1])


def _cross(one: Floats, other: Floats) -> Floats:
    """The cross product of plane vectors: …×2 and …×2."""
    product: Floats = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    return product

"""Tells a circle that was drawn around a digit from what is a digit itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

ROUND = 0.87
"""Common ground of an outline and the ellipse in its box (intersection over union) from which it is round; of circles
that people draw it is 0.9 and more."""

NARROWEST = 0.8
"""Width over height, at the least: what is narrower is a 0."""

HOLLOW = 0.4
"""Share of its box that a ring covers, at the most."""


def is_ring(own: Mask) -> bool:
    """Whether a component, given in its box, is a line around a round place, closed or nearly so."""
    height, width = own.shape
    if width < NARROWEST * height or own.mean() > HOLLOW:
        return False
    outline = _between_ends(own, 0) | _between_ends(own, 1)
    return roundness(outline) >= ROUND


def roundness(outline: Mask) -> float:
    """Intersection over union of an `outline`, filled, and the ellipse that its box holds."""
    ellipse = ellipse_in(*outline.shape)
    return float((outline & ellipse).sum() / (outline | ellipse).sum())


def ellipse_in(height: int, width: int) -> Mask:
    """The ellipse that touches the four sides of a box of that size."""
    down, across = (np.linspace(-1 + 1 / side, 1 - 1 / side, side) ** 2 for side in (height, width))
    return np.asarray(down[:, np.newaxis] + across <= 1)


def _between_ends(own: Mask, axis: int) -> Mask:
    """What lies between the first and the last pixel of each column (axis 0) or row (1)."""
    after, before = np.logical_or.accumulate(own, axis), np.logical_or.accumulate(np.flip(own, axis), axis)
    return np.asarray(after & np.flip(before, axis))

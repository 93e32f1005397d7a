"""Turns digits into the variety of shapes that other hands give them."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import Ink

FIELD = 36
"""Side of the field in which digits of 20 px are bent, so that none leaves it."""

Batch = NDArray[np.float32]

PEN_WIDTHS = (0.06, 0.17)
"""Pens as a share of the digit's longer side, from a fine nib to a marker."""

STRAIGHT_SHARE = 0.15
"""Share of samples that stay as they are: resampling rounds corners that a reading keeps."""
ROTATION, TILTED_SHARE, TILT = 0.2, 0.25, 0.42
"""Radians to either side, and the share of samples turned by up to TILT: beyond 24° a 7 and a 1 come too near."""
SHEAR = 0.2
"""Shift of x by y to either side."""
SCALED_SHARE, SCALES = 0.25, (0.88, 1.15)
SQUEEZED_SHARE, SQUEEZE = 0.4, 1.7
"""Share of samples squeezed, and by which factor at most in either direction."""
BENT_SHARE, BEND = 0.7, 0.9
"""Share of samples bent elastically, and by how many pixels (standard deviation of the knots)."""
BEND_KNOTS = 6

COARSE_STROKE_SHARE, SHAKY_SHARE, CUT_SHARE = 0.3, 0.3, 0.2
FEWEST_POINTS = 4
"""Points that a coarsely sampled stroke keeps at least."""
TREMOR = 0.03
"""Standard deviation of a shaky hand's points at most, as a share of the stroke's extent."""
SMALL_SHARE, SMALL_SIDES = 0.15, (18, 60)
"""Share of drawings made on so few pixels that their points are whole numbers, and their longer side there."""


def bend(inks: Batch, rng: Generator) -> Batch:
    """Rotate, shear, squeeze, scale and elastically bend n×36×36 grey digits, each differently, in one sampling."""
    count = len(inks)
    angle = np.where(
        rng.random(count) < TILTED_SHARE, rng.uniform(-TILT, TILT, count), rng.uniform(-ROTATION, ROTATION, count)
    )
    shear = rng.uniform(-SHEAR, SHEAR, count)
    squeeze = np.where(rng.random(count) < SQUEEZED_SHARE, SQUEEZE ** rng.uniform(-1, 1, count), 1.0)
    scale = np.where(rng.random(count) < SCALED_SHARE, rng.uniform(*SCALES, count), 1.0)
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    # Output to input coordinates, about the middle: the inverse of squeeze, then shear, then rotation.
    matrix = np.stack([cos, -sin, sin, cos], axis=1).reshape(count, 2, 2)
    matrix[:, :, 0] += shear[:, np.newaxis] * matrix[:, :, 1]
    matrix[:, 1, :] *= np.maximum(squeeze, 1.0)[:, np.newaxis]
    matrix[:, 0, :] /= np.minimum(squeeze, 1.0)[:, np.newaxis]
    middle = (FIELD - 1) / 2
    grid = np.mgrid[:FIELD, :FIELD].reshape(2, -1)[::-1] - middle
    at = matrix @ grid + middle + _elastic(count, rng)
    straight = rng.random(count) < STRAIGHT_SHARE
    return np.where(straight[:, np.newaxis, np.newaxis], inks, _sample(inks, at[:, 0], at[:, 1]))


def _elastic(count: int, rng: Generator) -> NDArray[np.float64]:
    """Smooth displacements n×2×1296 in pixels (Simard et al. 2003), interpolated from a few random knots."""
    strength = np.where(rng.random(count) < BENT_SHARE, rng.uniform(0, BEND, count), 0.0)
    knots = rng.normal(0, 1, (count, 2, BEND_KNOTS, BEND_KNOTS)) * strength[:, np.newaxis, np.newaxis, np.newaxis]
    field = np.einsum("yi,ncij,xj->ncyx", KNOT_WEIGHTS, knots, KNOT_WEIGHTS, optimize=True)
    displaced: NDArray[np.float64] = field.reshape(count, 2, FIELD * FIELD)
    return displaced


def _knot_weights() -> NDArray[np.float64]:
    """How much each knot moves each pixel of a row: 36×6, by cubic splines through the knots."""
    at = np.linspace(0, BEND_KNOTS - 1, FIELD)
    return np.stack([ndimage.map_coordinates(row, [at], order=3, mode="nearest") for row in np.eye(BEND_KNOTS)], axis=1)


KNOT_WEIGHTS = _knot_weights()


def _sample(inks: Batch, x: NDArray[np.float64], y: NDArray[np.float64]) -> Batch:
    """`inks` (n×36×36) at fractional positions (n×1296), bilinear, paper outside."""
    padded = np.pad(inks, ((0, 0), (1, 2), (1, 2))).reshape(len(inks), -1)
    x = np.clip(x + 1, 0, FIELD + 1)
    y = np.clip(y + 1, 0, FIELD + 1)
    left, top = x.astype(np.int32), y.astype(np.int32)
    right_share, bottom_share = (x - left).astype(np.float32), (y - top).astype(np.float32)
    width = FIELD + 3
    corner = top * width + left
    pick = np.take_along_axis
    upper = pick(padded, corner, 1) * (1 - right_share) + pick(padded, corner + 1, 1) * right_share
    lower = pick(padded, corner + width, 1) * (1 - right_share) + pick(padded, corner + width + 1, 1) * right_share
    sampled = upper * (1 - bottom_share) + lower * bottom_share
    return sampled.reshape(-1, FIELD, FIELD).astype(np.float32)


def redrawn(drawing: Drawing, rng: Generator) -> Drawing:
    """`drawing` as another hand and device would have left it: few points, shaky, cut short, or on few pixels."""
    strokes = [_redrawn_stroke(np.array(stroke.points), rng) for stroke in drawing.strokes if stroke.points]
    if strokes and rng.random() < SMALL_SHARE:
        strokes = _on_few_pixels(strokes, rng)
    return Drawing(strokes=tuple(Stroke(points=tuple(map(tuple, points.tolist()))) for points in strokes))


def _redrawn_stroke(points: NDArray[np.float64], rng: Generator) -> NDArray[np.float64]:
    if len(points) > 2 * FEWEST_POINTS and rng.random() < COARSE_STROKE_SHARE:
        # A fast mouse reports few points.
        kept = int(rng.integers(FEWEST_POINTS, max(FEWEST_POINTS + 1, len(points) // 2)))
        points = points[np.unique(np.linspace(0, len(points) - 1, kept).round().astype(int))]
    if len(points) > 8 and rng.random() < CUT_SHARE:
        cut = int(rng.integers(1, max(2, len(points) // 10)))
        points = points[:-cut] if rng.random() < 0.7 else points[cut:]
    if rng.random() < SHAKY_SHARE:
        extent = float(np.ptp(points, axis=0).max())
        points = points + rng.normal(0, extent * rng.uniform(0, TREMOR), points.shape)
    return points


def _on_few_pixels(strokes: list[NDArray[np.float64]], rng: Generator) -> list[NDArray[np.float64]]:
    low = np.min([points.min(axis=0) for points in strokes], axis=0)
    extent = float(np.max([(points - low).max() for points in strokes]))
    scale = rng.integers(*SMALL_SIDES) / max(extent, 1e-9)
    return [np.rint((points - low) * scale) for points in strokes]


def in_field(ink: Ink) -> Ink:
    """`ink` (at most 36×36) in the middle of an otherwise empty 36×36 field."""
    height, width = ink.shape
    top, left = (FIELD - height) // 2, (FIELD - width) // 2
    field = np.zeros((FIELD, FIELD), np.float32)
    field[top : top + height, left : left + width] = ink
    return field

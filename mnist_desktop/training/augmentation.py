"""Turns grey digits into the variety of digits that people draw, scan and photograph."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import DARKNESS_SHARE, SIDE, Glyph, Ink, normalise

FIELD = 36
"""Side of the field in which digits of 20 px are bent, so that none leaves it."""

Batch = NDArray[np.float32]

PEN_WIDTHS = (0.06, 0.17)
"""Pens as a share of the digit's longer side, from a fine nib to a marker."""

THRESHOLDS = (0.2, 0.7)
"""Shares of the ink's darkness at which training binarises; readings use DARKNESS_SHARE, near the middle."""

ROTATION = 0.2
SHEAR = 0.2
"""Radians, and shift of x by y: the largest that keep a 6 from a 9 and a 1 from a 7 apart beyond doubt."""

SCALED_SHARE, SCALES = 0.25, (0.88, 1.15)
SQUEEZED_SHARE, SQUEEZES = 0.4, (0.6, 1.3)
BENT_SHARE, BEND = 0.7, 0.9
"""Share of samples bent elastically, and by how many pixels (standard deviation of the knots)."""
BEND_KNOTS = 6

THICKENED_SHARE = 0.15
COARSE_SHARE, COARSE_SIDES = 1 / 6, (8, 15)
"""Share of samples seen as if scanned coarsely, and the digit's height there in pixels."""
BROKEN_SHARE = 0.08


def bend(inks: Batch, rng: Generator) -> Batch:
    """Rotate, shear, squeeze, scale and elastically bend n×36×36 grey digits, each differently, in one sampling."""
    count = len(inks)
    angle = rng.uniform(-ROTATION, ROTATION, count)
    shear = rng.uniform(-SHEAR, SHEAR, count)
    squeeze = np.where(rng.random(count) < SQUEEZED_SHARE, rng.uniform(*SQUEEZES, count), 1.0)
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
    return _sample(inks, at[:, 0], at[:, 1])


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


def to_glyph(ink: Ink, rng: Generator) -> Glyph | None:
    """One bent digit (36×36) as a glyph, after the accidents of pen, paper and scanner; None if they left nothing."""
    if rng.random() < THICKENED_SHARE:
        size = (1, 2) if rng.random() < 0.5 else (2, 2)
        ink = ndimage.grey_dilation(ink, size) if rng.random() < 0.5 else ndimage.grey_erosion(ink, size)
    if rng.random() < BROKEN_SHARE:
        ink = _broken(ink, rng)
    if rng.random() < COARSE_SHARE:
        ink = _coarse(ink, rng)
    return normalise(ink, share=rng.uniform(*THRESHOLDS))


def _broken(ink: Ink, rng: Generator) -> Ink:
    """`ink` with a pale line across, where a pen skipped."""
    middle = FIELD / 2 + rng.uniform(-7, 7, 2)
    angle = rng.uniform(0, np.pi)
    y, x = np.mgrid[:FIELD, :FIELD]
    distance = np.abs((x - middle[0]) * np.cos(angle) + (y - middle[1]) * np.sin(angle))
    paled: Ink = np.where(distance < rng.uniform(0.3, 0.9), ink * np.float32(0.1), ink)
    return paled


def _coarse(ink: Ink, rng: Generator) -> Ink:
    """`ink` as a scanner of few dots sees it: averaged into larger pixels."""
    side = max(8, round(int(rng.integers(*COARSE_SIDES)) * FIELD / 20))
    image = Image.fromarray(np.ascontiguousarray(ink)).resize((side, side), Image.Resampling.BOX)
    return np.asarray(image, dtype=np.float32)


def redrawn(drawing: Drawing, rng: Generator) -> Drawing:
    """`drawing` as another hand and pen would have left it: sampled coarsely, shaky, a stroke's end short or long."""
    strokes = tuple(_redrawn_stroke(stroke, rng) for stroke in drawing.strokes if stroke.points)
    return Drawing(strokes=strokes)


def _redrawn_stroke(stroke: Stroke, rng: Generator) -> Stroke:
    points = np.array(stroke.points)
    extent = float(np.ptp(points, axis=0).max())
    if len(points) > 6 and rng.random() < 0.3:
        # A fast mouse reports few points: keep every second to fourth and the ends.
        step = int(rng.integers(2, 5))
        points = np.concatenate([points[:-1:step], points[-1:]])
    if len(points) > 8 and rng.random() < 0.2:
        cut = int(rng.integers(1, max(2, len(points) // 10)))
        points = points[:-cut] if rng.random() < 0.7 else points[cut:]
    if rng.random() < 0.3:
        points = points + rng.normal(0, extent * rng.uniform(0, 0.02), points.shape)
    return Stroke(points=tuple(map(tuple, points.tolist())))


def in_field(ink: Ink) -> Ink:
    """`ink` (at most 36×36) in the middle of an otherwise empty 36×36 field."""
    height, width = ink.shape
    top, left = (FIELD - height) // 2, (FIELD - width) // 2
    field = np.zeros((FIELD, FIELD), np.float32)
    field[top : top + height, left : left + width] = ink
    return field


assert FIELD >= SIDE
assert THRESHOLDS[0] < DARKNESS_SHARE < THRESHOLDS[1]

"""Finds the sheet of paper, board, box or badge in a picture that shows what lies around it, and leaves only that."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnist_desktop.ink.choices import Box
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.ink.rings import ellipse_in, roundness
from mnist_desktop.ink.threshold import grown, otsu

Mask = NDArray[np.bool_]
Corners = NDArray[np.float64]

COPY_SIDE = 128
"""Longer side in pixels of the copy on which a sheet is searched for."""

MIN_SIDE = 96
"""Longer side of a picture in which there can be one, with a digit on it."""

LEAST, LEAST_ROUND, MOST = 0.12, 0.05, 0.97
"""Share of the picture that a sheet covers; a round one may be small."""

NARROWEST = 0.3
"""Its shorter side over its longer one, at the least: narrower is a digit 1."""

WRITTEN = 0.25
"""Share of it that what is written on it covers, at the most: the rings of bold digits are open wider."""

FITS = 0.93
"""Common area of it and the four-sided figure between its outermost corners over what both cover, at the least."""

SHARPEST = 0.55
"""Cosine of its angles, at the most, some 57 to 123 degrees: the lit corner of a picture has sharper ones."""

ROUND, ROUND_SIDES, ROUND_WRITTEN = 0.94, (0.85, 1.18), 0.16
"""Common area of a round sheet and the ellipse in its box over what both cover, at the least, what its width over its
height is between, and how much of it is written on, at the most: bold 0s are narrower, or open wider."""

ON_BORDER = 0.3
"""Share of the picture's border that it covers, at the most: what covers more is the picture's own paper, cut by a
table's edge or a shadow."""

STEP, STEEP = 25, 0.7
"""Levels of 255 between the sheet and its surroundings, at the least, and the share of that which lies within three
pixels of the copy: light and shadow change more slowly."""

MARGIN = 0.015
"""Share of the copy's side by which the sheet is made smaller all around: its rim is blurred, or casts a shadow."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sheet:
    """Where in a picture its sheet lies."""

    corners: Corners
    """4×2, x and y in the picture's pixels, from the upper left one clockwise; of a round one those of its box."""
    is_round: bool = False

    def box(self, size: tuple[int, int]) -> Box:
        """The smallest part of a picture of `size`, width and height, that holds it."""
        left, top = np.maximum(np.floor(self.corners.min(axis=0)), 0).astype(int).tolist()
        right, bottom = np.minimum(np.ceil(self.corners.max(axis=0)), size).astype(int).tolist()
        return left, top, max(1, right - left), max(1, bottom - top)

    def mask(self, part: Box, factor: int, shape: tuple[int, ...]) -> Mask:
        """What of `part` of the picture, `factor` times smaller and then of `shape`, is the sheet."""
        corners = (self.corners - part[:2]) / factor
        return _in_ellipse(corners, shape) if self.is_round else _between(corners, shape)


def find_sheet(picture: Picture) -> Sheet | None:
    """The sheet in `picture`; None where there is only one surface, as in most pictures."""
    height, width = picture.pixels.shape[:2]
    if max(height, width) < MIN_SIDE:
        return None
    factor = max(1, -(-max(height, width) // COPY_SIDE))
    # Every so many pixels are enough of a large picture, as its rim is all that matters.
    step = max(1, factor // 4)
    some = Image.fromarray(np.ascontiguousarray(picture.pixels[::step, ::step]))
    copy = np.asarray(some.reduce(max(1, round(factor / step))))
    factor = max(height, width) / max(copy.shape)
    brightness = np.asarray(Image.fromarray(copy).convert("L"))
    # White paper is bright in each colour, wood and skin are not in blue.
    for levels in (brightness, copy.min(axis=2)):
        found = _sheet_in(levels)
        if found is not None:
            return replace(found, corners=found.corners * factor)
    return None


def only_sheet(levels: NDArray[np.uint8], inside: Mask) -> NDArray[np.uint8]:
    """`levels` (h×w) with what is not `inside` the sheet replaced by the paper next to it."""
    from scipy import ndimage

    if inside.all() or not inside.any():
        return levels
    factor = max(1, -(-max(levels.shape) // COPY_SIDE))
    rows, columns = slice(factor // 2, None, factor), slice(factor // 2, None, factor)
    small, within = ndimage.median_filter(levels, 3)[rows, columns], inside[rows, columns]
    if not within.any():
        return levels
    nearest = ndimage.distance_transform_edt(~within, return_distances=False, return_indices=True)
    usual = float(np.median(small[within]))
    paper = np.where(np.abs(small - usual) < STEP, small, usual).astype(np.float32)
    smooth = ndimage.uniform_filter(paper[tuple(nearest)], 5)
    around = Image.fromarray(smooth).resize(levels.shape[::-1], Image.Resampling.BILINEAR)
    return np.where(inside, levels, np.rint(np.asarray(around))).astype(np.uint8)


def _sheet_in(levels: NDArray[np.uint8]) -> Sheet | None:
    """The sheet in `levels` (h×w), in their pixels, bright on dark or dark on bright."""
    from scipy import ndimage

    smooth = np.asarray(Image.fromarray(levels).filter(ImageFilter.MedianFilter(3)))
    bright = smooth > otsu((smooth / np.float32(255)).astype(np.float32)) * 255
    for side in (bright, ~bright):
        numbers, count = ndimage.label(side)
        if not count:
            continue
        region = numbers == 1 + int(np.argmax(np.bincount(numbers.ravel())[1:]))
        filled = opened(without_holes(region), 2)
        if _may_be_sheet(region, filled):
            found = _four_sided(filled) or _round(region, filled)
            if found is not None and _stands_out(smooth, filled):
                return replace(found, corners=_smaller(found.corners, MARGIN * max(levels.shape)))
    return None


def without_holes(region: Mask) -> Mask:
    """`region` and all that it encloses, as scipy.ndimage.binary_fill_holes has it, in half of its time."""
    from scipy import ndimage

    numbers, _ = ndimage.label(np.pad(~region, 1, constant_values=True))
    return np.asarray(numbers[1:-1, 1:-1] != numbers[0, 0])


def opened(mask: Mask, reach: int) -> Mask:
    """`mask` without what is narrower than a square with so much `reach` each way; beyond the picture is nothing."""
    beside = grown(np.pad(~mask, reach, constant_values=True), reach)[reach:-reach, reach:-reach]
    return grown(~beside, reach)


def _may_be_sheet(region: Mask, filled: Mask) -> bool:
    if not LEAST_ROUND <= filled.mean() <= MOST or (region & filled).sum() < (1 - WRITTEN) * filled.sum():
        return False
    border = np.concatenate([filled[0], filled[-1], filled[1:-1, 0], filled[1:-1, -1]])
    return bool(border.mean() <= ON_BORDER)


def _outermost(filled: Mask) -> Corners:
    """The pixels of `filled` that lie farthest towards each corner of the picture, upper left first, clockwise."""
    rows, columns = np.nonzero(filled)
    ends = [np.argmin(columns + rows), np.argmax(columns - rows), np.argmax(columns + rows), np.argmin(columns - rows)]
    corners = np.array([(columns[end], rows[end]) for end in ends], dtype=np.float64)
    return np.asarray(corners + np.array([(0, 0), (1, 0), (1, 1), (0, 1)]))


def _four_sided(filled: Mask) -> Sheet | None:
    """The sheet that `filled` is when it fits between its outermost corners."""
    if filled.mean() < LEAST:
        return None
    corners = _outermost(filled)
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.hypot(*sides.T)
    if lengths.min() < NARROWEST * lengths.max():
        return None
    angles = (sides * np.roll(sides, -1, axis=0)).sum(axis=1) / (lengths * np.roll(lengths, -1))
    figure = _between(corners, filled.shape)
    fits = (filled & figure).sum() / max(1, (filled | figure).sum())
    return Sheet(corners=corners) if np.abs(angles).max() <= SHARPEST and fits >= FITS else None


def _round(region: Mask, filled: Mask) -> Sheet | None:
    """The sheet that `filled`, which is `region` and what is written on it, is when it is nearly a circle."""
    if (region & filled).sum() < (1 - ROUND_WRITTEN) * filled.sum():
        return None
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    narrowest, widest = ROUND_SIDES
    if not narrowest * (bottom - top) <= right - left <= widest * (bottom - top):
        return None
    if roundness(filled[top:bottom, left:right]) < ROUND:
        return None
    box = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return Sheet(corners=np.array(box, dtype=np.float64), is_round=True)


def _in_ellipse(box: Corners, shape: tuple[int, ...]) -> Mask:
    """The pixels of a field of `shape` in the ellipse that the box with these corners holds."""
    (left, top), (right, bottom) = np.rint(box[0]).astype(int), np.rint(box[2]).astype(int)
    inside = np.zeros(shape, bool)
    part = inside[max(0, top) : bottom, max(0, left) : right]
    part[:] = ellipse_in(*part.shape)
    return inside


def _between(corners: Corners, shape: tuple[int, ...]) -> Mask:
    """The pixels of a field of `shape` whose middles lie between `corners`, clockwise."""
    rows, columns = np.ogrid[0 : shape[0], 0 : shape[1]]
    inside = np.ones(shape, bool)
    for (x, y), (u, v) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        inside &= (u - x) * (rows + 0.5 - y) - (v - y) * (columns + 0.5 - x) >= 0
    return inside


def _stands_out(levels: NDArray[np.uint8], filled: Mask) -> bool:
    from scipy import ndimage

    square = np.ones((3, 3), bool)
    inner = filled & ~ndimage.binary_erosion(filled, square, iterations=3)
    outer = ~filled & ndimage.binary_dilation(filled, square, iterations=3)
    rim = ndimage.binary_dilation(filled, square) & ~ndimage.binary_erosion(filled, square)
    if not outer.any() or (inner & ~rim).sum() == 0 or (outer & ~rim).sum() == 0:
        return False
    close = abs(float(np.median(levels[inner & ~rim])) - float(np.median(levels[outer & ~rim])))
    far = abs(float(np.median(levels[filled])) - float(np.median(levels[~filled])))
    return close >= max(STEP, STEEP * far)


def _smaller(corners: Corners, margin: float) -> Corners:
    """`corners` moved towards their middle by `margin` each way."""
    away = corners - corners.mean(axis=0)
    return np.asarray(corners - np.sign(away) * np.minimum(margin, np.abs(away)))

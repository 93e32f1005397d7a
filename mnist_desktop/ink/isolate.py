"""Turns a picture of a digit into its ink: a sequence of steps, each a pure function that can be looked at by itself.

grey → flatten (background) → likely_polarities → ink_threshold → without_lines (lines) → digit_mask (components) →
graded. All of them work on a copy of at most WORKING_SIDE pixels. SciPy, slow to import, comes with the first picture.
benchmarks/photographs.py measures what all of it is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_desktop.ink.background import flatten
from mnist_desktop.ink.components import digit_mask
from mnist_desktop.ink.glyph import TRACE, Ink
from mnist_desktop.ink.lines import without_lines
from mnist_desktop.ink.pictures import Picture

Polarity = Literal["dark on light", "light on dark"]
Box = tuple[int, int, int, int]

WORKING_SIDE = 1024
"""Longer side in pixels of the copy that is looked at: a digit that fills a twentieth of it still has 50."""

CLOSE_ENOUGH = 56
"""A digit smaller than this in the copy is looked at again in the full picture, where there is a fuller one."""

MIN_CONTRAST = 14 / 255
"""Less difference from the paper is never ink: JPEG's ripples and the shading of folds stay below it."""

NOISE_FACTOR = 5.0
"""Ink differs from the paper by at least so many standard deviations of its noise."""

CLEAR_SHARE = 0.98
"""From so much of all difference on one side the other is not looked at; otherwise the side with the better digit is
taken: a shadow's edge can differ from the paper more than a small digit."""

COLOUR_GAIN = 1.5
"""A single colour channel is taken instead of brightness where the ink stands out so much more in it: yellow on white
in blue, red on black in red."""

FINE_SIDE = 40
"""Up to this size in pixels the grey rim of a digit is most of its shape and is kept as it is; larger ones are blurred
by cameras, not by sampling, and get their edge at half of the ink's own level."""

RIM = 2
"""Pixels around what is above the threshold that still belong to the digit, in the grey that they have."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Isolated:
    """The ink of one digit in a picture, and how it was found."""

    ink: Ink
    """float32, 0 paper … 1 ink, cropped to the digit; 1×1 of paper when nothing was found."""

    box: Box | None
    """x, y, width, height in the picture's pixels; None when nothing was found."""

    polarity: Polarity
    threshold: float
    """Contrast to the paper, 0…1, from which a pixel counted as ink."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """A picture, or a part of it, as it was looked at for ink: what several digits are found in."""

    polarity: Polarity
    threshold: float
    darkness: NDArray[np.float32]
    """Contrast to the paper, h×w."""
    mask: NDArray[np.bool_]
    """What is ink, lines left out."""
    digit: NDArray[np.bool_]
    """What of it is the one digit, were there only one."""
    factor: int
    """How many pixels of the picture, across and down, one of these is."""
    corner: tuple[int, int]
    """Where in the picture it begins, x and y."""
    shape: tuple[int, ...]
    """Height and width of the part of the picture."""


def isolate(picture: Picture) -> Isolated:
    """The one digit (or what else there is most of) in `picture`; box None when there is nothing but paper."""
    return look(picture)[0]


def look(picture: Picture) -> tuple[Isolated, Page]:
    """The one digit in `picture`, as `isolate` finds it, and the page that it was seen on, all of the picture."""
    factor = -(-max(picture.pixels.shape) // WORKING_SIDE)
    page = _page(picture.pixels, factor)
    found = isolated_in(page, page.digit)
    if found.box is None or factor == 1 or max(found.box[2:]) >= CLOSE_ENOUGH * factor:
        return found, page
    closer = look_closer(picture, _around(found.box, picture.pixels.shape), 1)
    closest = isolated_in(closer, closer.digit)
    same = closest.box is not None and closest.polarity == found.polarity
    return (closest if same else found), page


def look_closer(picture: Picture, part: tuple[int, int, int, int], factor: int) -> Page:
    """The page that `part` of the picture (left, top, right, bottom) is, made smaller by `factor`."""
    left, top, right, bottom = part
    return _page(picture.pixels[top:bottom, left:right], factor, (left, top))


def _around(box: Box, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """`box` with as much around it on each side as its longer side, within a picture of `shape`."""
    x, y, width, height = box
    room = max(width, height)
    return max(0, x - room), max(0, y - room), min(shape[1], x + width + room), min(shape[0], y + height + room)


def _page(pixels: NDArray[np.uint8], factor: int, corner: tuple[int, int] = (0, 0)) -> Page:
    residual = flatten(grey(pixels, factor))
    candidates = [_candidate(residual, polarity) for polarity in likely_polarities(residual)]
    found = max(candidates, key=lambda candidate: candidate.weight)
    return Page(
        polarity=found.polarity,
        threshold=found.threshold,
        darkness=found.darkness,
        mask=found.mask,
        digit=found.digit,
        factor=factor,
        corner=corner,
        shape=pixels.shape[:2],
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Candidate:
    """What is found when one of the two sides is taken for ink."""

    polarity: Polarity
    threshold: float
    darkness: NDArray[np.float32]
    mask: NDArray[np.bool_]
    digit: NDArray[np.bool_]
    weight: float


def _candidate(residual: NDArray[np.float32], polarity: Polarity) -> _Candidate:
    darkness = residual if polarity == "light on dark" else -residual
    threshold = ink_threshold(darkness)
    mask = without_lines(darkness, threshold)
    digit, weight = digit_mask(mask, darkness)
    return _Candidate(polarity=polarity, threshold=threshold, darkness=darkness, mask=mask, digit=digit, weight=weight)


def isolated_in(page: Page, mask: NDArray[np.bool_]) -> Isolated:
    """The ink of `page` that is in `mask`, with its box in the picture."""
    if not mask.any():
        ink = np.zeros((1, 1), np.float32)
        return Isolated(ink=ink, box=None, polarity=page.polarity, threshold=page.threshold)
    left, top, right, bottom = _bounds(mask)
    left, top = max(0, left - RIM), max(0, top - RIM)
    part = slice(top, bottom + RIM), slice(left, right + RIM)
    ink = graded(page.darkness[part], mask[part], page.threshold)
    inner_left, inner_top, inner_right, inner_bottom = _bounds(ink > TRACE)
    ink = ink[inner_top:inner_bottom, inner_left:inner_right]
    x, y = (left + inner_left) * page.factor, (top + inner_top) * page.factor
    height, width = page.shape
    size = min(ink.shape[1] * page.factor, width - x), min(ink.shape[0] * page.factor, height - y)
    box = (page.corner[0] + x, page.corner[1] + y, *size)
    return Isolated(ink=ink, box=box, polarity=page.polarity, threshold=page.threshold)


def grey(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """`pixels` (h×w×3) as one channel, `factor` times smaller: the brightness, or the colour that shows far more."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    brightness = image.convert("L").reduce(factor)
    glance = image.reduce(max(1, max(image.size) // 128))
    spreads = [_spread(np.asarray(channel)) for channel in (glance.convert("L"), *glance.split())]
    best = int(np.argmax(spreads))
    if best > 0 and spreads[best] > COLOUR_GAIN * spreads[0]:
        return np.asarray(image.getchannel(best - 1).reduce(factor))
    return np.asarray(brightness)


def _spread(levels: NDArray[np.uint8]) -> float:
    """How far the levels of `levels` that are farthest from the most common ones are from them."""
    low, middle, high = np.percentile(levels, (0.5, 50, 99.5))
    return float(max(middle - low, high - middle))


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


def ink_threshold(darkness: NDArray[np.float32]) -> float:
    """The contrast, 0…1, from which a pixel is ink: Otsu's, among ink and as much paper around it, above all noise.

    Otsu's threshold over a whole picture with little ink falls into the paper's noise.
    """
    step = max(1, max(darkness.shape) // 256)
    # 0.3186 standard deviations hold a quarter of normal noise; a digit that fills a small picture leaves little more
    # paper than that.
    noise = float(np.percentile(np.abs(darkness[::step, ::step]), 25)) / 0.3186
    least = max(MIN_CONTRAST, NOISE_FACTOR * noise)
    candidates = darkness > least
    if not candidates.any():
        return least
    reach = max(1, max(darkness.shape) // 200)
    near = _grown(candidates, reach)
    return max(least, otsu(np.clip(darkness[near], 0, 1)))


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


def graded(darkness: NDArray[np.float32], mask: NDArray[np.bool_], threshold: float) -> Ink:
    """The ink of the digit in `mask`, 0 paper … 1 ink, with the grey of its rim, and nothing elsewhere."""
    left, top, right, bottom = _bounds(mask)
    # What is as dark as ink but was not taken for the digit, a ruled line or a speck, does not come back as its rim.
    near = _grown(mask, RIM) & (mask | (darkness <= threshold))
    if max(right - left, bottom - top) <= FINE_SIDE:
        level = max(float(np.percentile(darkness[mask], 90)), threshold)
        return np.where(near, np.clip(darkness / level, 0, 1), 0).astype(np.float32)
    level = max(float(np.percentile(darkness[mask], 75)), threshold)
    middle = threshold / level
    sharpened = (darkness / level - middle) / (1 - min(middle, 0.5)) + 0.5
    return np.where(near, np.clip(sharpened, 0, 1), 0).astype(np.float32)


def _grown(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """`mask` and all pixels not farther than `reach` from it, across and down."""
    down = mask.copy()
    for distance in range(1, reach + 1):
        down[distance:] |= mask[:-distance]
        down[:-distance] |= mask[distance:]
    grown = down.copy()
    for distance in range(1, reach + 1):
        grown[:, distance:] |= down[:, :-distance]
        grown[:, :-distance] |= down[:, distance:]
    return grown


def _bounds(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (the last two exclusive) of what is true in `mask`, which is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1

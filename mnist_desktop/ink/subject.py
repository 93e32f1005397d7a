"""Turns a picture of one thing, a garment for instance, into its ink in all its grey: what stands out from around it.

surroundings (from the border) → distance from them → outline (a mask) → shaded. `isolate` does it for strokes, which it
makes black. SciPy, slow to import, comes with the first picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_desktop.ink.background import SMALL_SIDE
from mnist_desktop.ink.choices import AUTOMATIC, Choices, Polarity, within
from mnist_desktop.ink.glyph import FAINTEST, TRACE, Ink
from mnist_desktop.ink.isolate import Isolated, steps_to
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.ink.threshold import moved

WORKING_SIDE = 256
"""Longer side in pixels of the copy that is looked at: nine for each of the glyph's."""

BORDER_SHARE = 0.03
"""Width of the border that shows the surroundings, as a share of the picture's shorter side."""

REACH = (0.25, 0.12, 0.06)
"""Distances, 0…1, within which the border's pixels are believed to belong to the surroundings, round by round: the
better these are known, the more strictly a subject that touches the border is left out."""

TERMS_BY_SHARE = ((0.6, 6), (0.4, 3), (0.0, 1))
"""Which share of the border must belong to the surroundings for light that changes over them by a quadratic (six
terms), by a plane (three), or not at all: from little border no slope can be told."""

CLOSE = 0.05
"""Less distance than this from the surroundings belongs to them: what Fashion-MNIST's authors trimmed by."""

NOISE_FACTOR = 5.0
"""The subject differs from its surroundings by at least so many standard deviations of their noise."""

SHADOW_SHARE = 0.2
"""What differs less than this share of what the subject itself does is its shadow."""

LEAST_SHARE = 0.002
PART_SHARE = 0.05
"""Smaller parts than LEAST_SHARE of the picture, or than PART_SHARE of the largest part, are specks; larger ones are
the other shoe."""

FULL_PERCENTILE = 99.5
"""This percentile of the subject's distances becomes full ink: the images of Fashion-MNIST reach it, too."""

MOST_GAIN = 4.0
"""The palest subject is not strengthened more than this: what it would show is noise."""

INSIDE = 0.85
"""Level of what a drawn line encloses: things are solid, and the lines still show in it."""

Colours = NDArray[np.float32]
"""Height×width×3, RGB, 0…1."""


def find_subject(picture: Picture, choices: Choices = AUTOMATIC, *, keep_steps: bool = False) -> Isolated:
    """The one thing in `picture` that stands out, with grey levels by how far it does; box None when nothing does.

    Its surroundings become 0 whether they are light or dark; on white the grey is negated, as in Fashion-MNIST. Where a
    person chose a side, only what is darker, or lighter, than the surroundings stands out.
    """
    height, width = picture.pixels.shape[:2]
    left, top, *size = part = within(choices.part, (width, height))
    factor = -(-max(size) // WORKING_SIDE)
    colours = _copy(picture.pixels[top : top + size[1], left : left + size[0]], factor)
    difference = colours - surroundings(colours)
    distance = _distance(difference, choices.polarity)
    threshold = moved(subject_threshold(distance), choices.threshold, distance)
    mask = outline(distance, threshold)
    # What lies inside of the subject belongs to it, however little it stands out.
    seen = mask | (distance > threshold)
    steps = steps_to(mask, part=part, darkness=distance, mask=seen) if keep_steps else None
    if not mask.any():
        nothing = np.zeros((1, 1), np.float32)
        polarity = choices.polarity or "dark on light"
        return Isolated(ink=nothing, box=None, polarity=polarity, threshold=threshold, choices=choices, steps=steps)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x, y = int(columns[0]) * factor, int(rows[0]) * factor
    ink = shaded(distance, mask)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    box = left + x, top + y, min(ink.shape[1] * factor, size[0] - x), min(ink.shape[0] * factor, size[1] - y)
    return Isolated(
        ink=ink,
        box=box,
        polarity="light on dark" if difference[mask].mean() > 0 else "dark on light",
        threshold=threshold,
        choices=choices,
        steps=steps,
    )


def _distance(difference: Colours, polarity: Polarity | None) -> NDArray[np.float32]:
    """How far each pixel is from the surroundings, in the channel where it is farthest; of one side only if asked."""
    if polarity is None:
        return np.asarray(np.abs(difference).max(axis=2))
    return np.asarray(np.clip(difference if polarity == "light on dark" else -difference, 0, None).max(axis=2))


def solid(ink: Ink) -> Ink:
    """A drawing's `ink` (h×w, 0…1) with what its lines enclose filled in: who draws a shirt draws its outline."""
    from scipy import ndimage

    inside = ndimage.binary_fill_holes(ink > TRACE)
    return np.maximum(ink, np.where(inside, np.float32(INSIDE), np.float32(0)))


def surroundings(colours: Colours) -> Colours:
    """What would be seen at each pixel of `colours` if the subject were not there: h×w×3, or 1×1×3 when even.

    The most common brightness of the border, then a smooth surface through all of the border that is near it.
    """
    border = _border(colours.shape[:2])
    seen = colours[border]
    guess = _most_common(seen)
    if is_icon(colours.shape):
        return guess.reshape(1, 1, 3)
    terms = _terms(colours.shape[:2])
    fitted = np.broadcast_to(guess, seen.shape)
    surface = np.broadcast_to(guess, colours.shape)
    for reach in REACH:
        near = np.abs(seen - fitted).max(axis=1) <= reach
        count = next(count for share, count in TERMS_BY_SHARE if near.mean() >= share)
        known = terms[border][:, :count]
        if near.sum() <= count:
            break
        weights = np.linalg.lstsq(known[near], seen[near], rcond=None)[0]
        fitted = known @ weights
        surface = np.clip(terms[:, :, :count] @ weights, 0, 1)
    return np.asarray(surface, dtype=np.float32)


def subject_threshold(distance: NDArray[np.float32]) -> float:
    """The distance from the surroundings, 0…1, from which a pixel of `distance` (h×w) belongs to the subject."""
    if is_icon(distance.shape):
        # An icon's surroundings are exact, and its pale rim is part of its shape.
        return max(FAINTEST / 2, NOISE_FACTOR * _noise(distance))
    least = max(CLOSE, NOISE_FACTOR * _noise(distance))
    standing_out = distance[distance > least]
    return max(least, SHADOW_SHARE * float(np.percentile(standing_out, 75))) if standing_out.size else least


def outline(distance: NDArray[np.float32], threshold: float) -> NDArray[np.bool_]:
    """True where the subject is, what is inside of it included: all its parts that are no specks."""
    from scipy import ndimage

    square = np.ones((3, 3), bool)
    standing_out = distance > threshold
    if not is_icon(distance.shape):
        # Without the grain of a camera, whose pixels touch and would grow together; what it rounds off comes back.
        smooth = ndimage.median_filter(distance, 3, mode="nearest") > threshold
        standing_out = ndimage.binary_dilation(_without_specks(smooth), square) & standing_out
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(standing_out)
    return filled


def shaded(distance: NDArray[np.float32], mask: NDArray[np.bool_]) -> Ink:
    """The subject's ink, 0…1: its distance from the surroundings, the farthest full ink; 0 outside of `mask`.

    An icon keeps its levels: it was made as it is, and the light on it is no one's doing.
    """
    farthest = 1.0 if is_icon(distance.shape) else float(np.percentile(distance[mask], FULL_PERCENTILE))
    gain = np.float32(min(1 / farthest, MOST_GAIN))
    return np.where(mask, np.clip(distance * gain, 0, 1), np.float32(0))


def is_icon(shape: tuple[int, ...]) -> bool:
    """Whether a picture is so small that it was made, not photographed: no noise, no shadow, nothing to leave out."""
    return max(shape[:2]) <= SMALL_SIDE


def _copy(pixels: NDArray[np.uint8], factor: int) -> Colours:
    reduced = Image.fromarray(np.ascontiguousarray(pixels)).reduce(factor)
    return np.asarray(reduced, dtype=np.float32) / np.float32(255)


def _without_specks(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage

    labels, _ = ndimage.label(mask, np.ones((3, 3), bool))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept: NDArray[np.bool_] = (sizes >= max(1, PART_SHARE * sizes.max(), LEAST_SHARE * mask.size))[labels]
    return kept


def _noise(distance: NDArray[np.float32]) -> float:
    """The standard deviation of the surroundings' noise: 0.6745 of it hold half of what is normal."""
    return float(np.median(distance[_border(distance.shape)])) / 0.6745


def _most_common(seen: Colours) -> Colours:
    """The colour (3) of the pixels `seen` (n×3) whose brightness, to one in 32 levels, most of them share."""
    brightness = np.rint(seen.mean(axis=1) * 31).astype(np.intp)
    common = brightness == np.bincount(brightness).argmax()
    return np.asarray(np.median(seen[common], axis=0), dtype=np.float32)


def _border(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    width = max(1, round(BORDER_SHARE * min(shape)))
    border = np.ones(shape, bool)
    border[width:-width, width:-width] = False
    return border


def _terms(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """1, x, y, x², xy and y² at each pixel, h×w×6, x and y from −1 to 1."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side, dtype=np.float32) for side in shape), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2)

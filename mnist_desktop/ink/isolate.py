"""Turns a picture of a digit into its ink: a sequence of steps, each a pure function that can be looked at by itself.

find_sheet (sheet) → channels (grey) → candidates_in (candidates) → graded. What may be ink is found for each side and
paper that may be right: flatten (background) → likely_polarities, ink_threshold (threshold) → without_lines (lines) →
digit_mask (components). All of them work on a copy of at most WORKING_SIDE pixels. What the steps left is kept where
that is asked for (`Steps`), and a person can decide some of it (choices). SciPy, slow to import, comes with the first
picture. benchmarks/isolate_steps.py measures what each step is worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.candidates import Candidate, candidates_in
from mnist_desktop.ink.choices import AUTOMATIC, Box, Choices, Polarity, within
from mnist_desktop.ink.glyph import TRACE, Ink
from mnist_desktop.ink.grey import channels
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.ink.sheet import Sheet, find_sheet, only_sheet
from mnist_desktop.ink.threshold import grown

WORKING_SIDE = 1024
"""Longer side in pixels of the copy that is looked at: a digit that fills a twentieth of it still has 50."""

CLOSE_ENOUGH = 56
"""A digit smaller than this in the copy is looked at again in the full picture, where there is a fuller one."""

FINE_SIDE = 40
"""Up to this size in pixels the grey rim of a digit is most of its shape and is kept as it is; larger ones are blurred
by cameras, not by sampling, and get their edge at half of the ink's own level."""

RIM = 2
"""Pixels around what is above the threshold that still belong to the digit, in the grey that they have."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Steps:
    """What the steps from a picture to the ink of one digit left."""

    part: Box
    """What of the picture was looked at."""

    darkness: NDArray[np.float32]
    """The picture flattened: contrast to the paper, 0 and less paper … 1 ink; h×w."""

    mask: NDArray[np.bool_]
    """What is ink, the lines of the paper left out; h×w."""

    place: tuple[slice, slice]
    """The rows and columns of these in which this digit is."""

    digit: NDArray[np.bool_]
    """What of the ink there is this digit."""


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

    choices: Choices = AUTOMATIC
    """What of this the person decided."""

    steps: Steps | None = None
    """How it came to that, where it was asked for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """A picture, or a part of it, as it was looked at for ink: what several digits are found in."""

    part: Box
    """What of the picture it is."""
    factor: int
    """How many pixels of the picture, across and down, one of these is."""
    choices: Choices
    found: Candidate
    """What is ink, as the person chose it."""
    automatic: float
    """The threshold before the person moved it."""
    weight: float
    """How much what was found then looks like ink."""
    sheet: Sheet | None
    """What of the picture alone was looked at, where it shows what lies around its paper, too."""


def isolate(picture: Picture, choices: Choices = AUTOMATIC, *, keep_steps: bool = False) -> Isolated:
    """The one digit (or what else there is most of) in `picture`; box None when there is nothing but paper."""
    return look(picture, choices, keep_steps=keep_steps)[0]


def look(
    picture: Picture, choices: Choices = AUTOMATIC, *, keep_steps: bool = False
) -> tuple[Isolated, Page, Page | None]:
    """The one digit in `picture`, as `isolate` finds it, the page of all that may be looked at, and a closer one.

    The last is what is around a small digit in the full picture, where it was looked at again and found there.
    """
    page = _sheet_of(picture, choices) or _all_of(picture, choices)
    found = isolated_in(page, page.found.digit, keep_steps=keep_steps)
    if found.box is None or page.factor == 1 or max(found.box[2:]) >= CLOSE_ENOUGH * page.factor:
        return found, page, None
    closer = page_of(picture, around(found.box, max(found.box[2:]), page.part), 1, choices, page.sheet)
    closest = isolated_in(closer, closer.found.digit, keep_steps=keep_steps)
    same = closest.box is not None and closest.polarity == found.polarity
    return (closest, page, closer) if same else (found, page, None)


def _sheet_of(picture: Picture, choices: Choices) -> Page | None:
    """The page that the sheet in `picture` is; None where there is none, nothing on it, or the person chose a part."""
    sheet = find_sheet(picture) if choices.part is None else None
    if sheet is None:
        return None
    part = sheet.box(picture.pixels.shape[1::-1])
    page = page_of(picture, part, _factor(part), choices, sheet)
    return page if page.weight > 0 else None


def _all_of(picture: Picture, choices: Choices) -> Page:
    part = within(choices.part, picture.pixels.shape[1::-1])
    return page_of(picture, part, _factor(part), choices)


def _factor(part: Box) -> int:
    return -(-max(part[2:]) // WORKING_SIDE)


def page_of(picture: Picture, part: Box, factor: int, choices: Choices, sheet: Sheet | None = None) -> Page:
    """The page that `part` of the picture is, made smaller by `factor`, without what is beyond `sheet`."""
    x, y, width, height = part
    candidates = []
    for levels in channels(picture.pixels[y : y + height, x : x + width], factor):
        alone = levels if sheet is None else only_sheet(levels, sheet.mask(part, factor, levels.shape))
        candidates += candidates_in(alone, choices.polarity)
    found = max(candidates, key=lambda candidate: candidate.weight)
    return Page(
        part=part,
        factor=factor,
        choices=choices,
        found=found.moved(choices.threshold),
        automatic=found.threshold,
        weight=found.weight,
        sheet=sheet,
    )


def around(box: Box, room: int, part: Box) -> Box:
    """`box` with so much `room` on each side, as far as `part` of the picture goes."""
    x, y, width, height = box
    left, top = max(part[0], x - room), max(part[1], y - room)
    right, bottom = min(part[0] + part[2], x + width + room), min(part[1] + part[3], y + height + room)
    return left, top, right - left, bottom - top


def isolated_in(page: Page, mask: NDArray[np.bool_], *, keep_steps: bool = False) -> Isolated:
    """The ink of `page` that is in `mask`, with its box in the picture."""
    ink, box = _cropped(page, mask) if mask.any() else (np.zeros((1, 1), np.float32), None)
    found = page.found
    steps = steps_to(mask, part=page.part, darkness=found.darkness, mask=found.mask) if keep_steps else None
    return Isolated(
        ink=ink, box=box, polarity=found.polarity, threshold=found.threshold, choices=page.choices, steps=steps
    )


def steps_to(digit: NDArray[np.bool_], *, part: Box, darkness: NDArray[np.float32], mask: NDArray[np.bool_]) -> Steps:
    """What the steps to `digit`, a part of `mask`, left; of a page of many digits each keeps little of its own."""
    left, top, right, bottom = _bounds(digit) if digit.any() else (0, 0, 0, 0)
    place = slice(top, bottom), slice(left, right)
    return Steps(part=part, darkness=darkness, mask=mask, place=place, digit=digit[place].copy())


def _cropped(page: Page, mask: NDArray[np.bool_]) -> tuple[Ink, Box]:
    left, top, right, bottom = _bounds(mask)
    left, top = max(0, left - RIM), max(0, top - RIM)
    rows, columns = slice(top, bottom + RIM), slice(left, right + RIM)
    ink = graded(page.found.darkness[rows, columns], mask[rows, columns], page.found.threshold, page.automatic)
    inner_left, inner_top, inner_right, inner_bottom = _bounds(ink > TRACE)
    ink = ink[inner_top:inner_bottom, inner_left:inner_right]
    x, y = (left + inner_left) * page.factor, (top + inner_top) * page.factor
    size = min(ink.shape[1] * page.factor, page.part[2] - x), min(ink.shape[0] * page.factor, page.part[3] - y)
    return ink, (page.part[0] + x, page.part[1] + y, *size)


def graded(darkness: NDArray[np.float32], mask: NDArray[np.bool_], threshold: float, automatic: float) -> Ink:
    """The ink of the digit in `mask`, 0 paper … 1 ink, with the grey of its rim, and nothing elsewhere.

    What has the contrast of the threshold is as much ink as what has that of the `automatic` one, had nobody moved it.
    """
    left, top, right, bottom = _bounds(mask)
    # What is as dark as ink but was not taken for the digit, a ruled line or a speck, does not come back as its rim.
    near = grown(mask, RIM) & (mask | (darkness <= threshold))
    if max(right - left, bottom - top) <= FINE_SIDE:
        level = max(float(np.percentile(darkness[mask], 90)), threshold)
        strength = 1.0 if threshold == automatic else automatic / threshold
        return np.where(near, np.clip(darkness / level * strength, 0, 1), 0).astype(np.float32)
    level = max(float(np.percentile(darkness[mask], 75)), threshold)
    middle = threshold / level
    sharpened = (darkness / level - middle) / (1 - min(middle, 0.5)) + 0.5
    return np.where(near, np.clip(sharpened, 0, 1), 0).astype(np.float32)


def _bounds(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (the last two exclusive) of what is true in `mask`, which is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1

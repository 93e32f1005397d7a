"""Turns a digit that somebody drew into the same digit in another style: a bar, base, flag or slash more or less."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator

from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.training.hand import Floats, drawing_of

Strokes = list[Floats]

ARC_POINTS = 8

BAR_HEIGHT = 0.35
"""A stroke lower than this share of the digit's height is a bar."""

NARROW = 0.3
"""Ink narrower than this share of the digit's height has neither flag nor base there."""

WIDE = 0.5
"""The top of a 7 wider than this share of its height is no flag of a 1, with or without a cross bar below."""

STEM = 0.45
"""The second stroke of a 4 longer than this share of its height is still a stem."""

AT_AN_END = 0.06
"""Share of the digit's height within which a point counts as its top."""

EMPTY = 0.25
"""Share of its box, from the middle, in which a 0 without slash or dot has no ink."""


def restyled(drawing: Drawing, label: int, rng: Generator) -> Drawing:
    """`drawing`, a `label`, with one change of style that keeps it one; as it was where none fits."""
    strokes = [np.array(stroke.points, float) for stroke in drawing.strokes if len(stroke.points) > 1]
    edits = EDITS.get(label)
    if not strokes or not edits:
        return drawing
    changed = edits[rng.integers(len(edits))](strokes, rng)
    return drawing if changed is None else drawing_of(changed)


def _slashed(strokes: Strokes, rng: Generator) -> Strokes | None:
    """A slash through an empty 0, from within it to well beyond."""
    low, high = _box(strokes)
    if not _is_empty(strokes):
        return None
    middle, half = (low + high) / 2, (high - low) / 2
    reach = rng.uniform(0.5, 1.15)
    upper = middle + half * np.array([1, -1]) * reach * rng.uniform(0.75, 1, 2)
    lower = middle + half * np.array([-1, 1]) * reach * rng.uniform(0.75, 1, 2)
    return [*strokes, _line(upper, lower, rng)]


def _dotted(strokes: Strokes, rng: Generator) -> Strokes | None:
    """A dot or a short dash in an empty 0 wide enough to hold one."""
    low, high = _box(strokes)
    size = high - low
    if size[0] < 0.5 * size[1] or not _is_empty(strokes):
        return None
    middle = (low + high) / 2 + rng.normal(0, 0.03, 2) * size
    return [*strokes, _line(middle, middle + rng.uniform(0, 0.1) * np.array([0.2, 1]) * size[1], rng)]


def _with_base(strokes: Strokes, rng: Generator) -> Strokes | None:
    """A level line under a 1 that has none."""
    low, high = _box(strokes)
    height = high[1] - low[1]
    foot = _between(strokes, high[1] - 0.25 * height, high[1])
    if np.ptp(foot[:, 0]) > NARROW * height or high[0] - low[0] > height:
        return None
    x = foot[np.argmax(foot[:, 1]), 0]
    left, right = rng.uniform(0.15, 0.35, 2) * height
    y = high[1] + rng.normal(0, 0.015, 2) * height
    return [*strokes, _line(np.array([x - left, y[0]]), np.array([x + right, y[1]]), rng)]


def _with_flag(strokes: Strokes, rng: Generator) -> Strokes | None:
    """A short or long upstroke before a 1 that has none; steep, so that it is no bar of a 7."""
    low, high = _box(strokes)
    height = high[1] - low[1]
    head = _between(strokes, low[1], low[1] + 0.3 * height)
    top = strokes[0][0]
    if len(strokes) > 1 or np.ptp(head[:, 0]) > NARROW / 2 * height or top[1] > low[1] + AT_AN_END * height:
        return None
    down = rng.uniform(0.15, 0.6) * height
    start = top + np.array([-rng.uniform(0.5, 0.9) * down, down])
    return [_line(start, top, rng), *strokes]


def _second_changed(strokes: Strokes, rng: Generator) -> Strokes | None:
    """The second stroke of a 4 shorter at one end, or moved aside."""
    if len(strokes) != 2:
        return None
    first, second = strokes
    low, high = _box(strokes)
    if rng.random() < 0.5:
        share = rng.uniform(0.08, 0.25)
        shorter = _cut(second, 0.0, share) if rng.random() < 0.5 else _cut(second, share, 0.0)
        return [first, shorter] if np.ptp(shorter[:, 1]) > STEM * (high[1] - low[1]) else None
    return [first, second + np.array([rng.uniform(0.0, 0.08), rng.normal(0, 0.03)]) * (high - low)]


def _bar_changed(strokes: Strokes, rng: Generator) -> Strokes | None:
    """The bar of a 5 shorter, or set apart from the rest."""
    if len(strokes) != 2 or not _is_bar(strokes[1], strokes):
        return None
    body, bar = strokes
    low, high = _box(strokes)
    if rng.random() < 0.5:
        # The right end goes: without the left one a 5 comes near to a 3.
        rightwards = bar if bar[-1, 0] > bar[0, 0] else bar[::-1]
        return [body, _cut(rightwards, 0.0, rng.uniform(0.1, 0.25))]
    return [body, bar + np.array([rng.uniform(0.0, 0.05), -rng.uniform(0.0, 0.06)]) * (high - low)]


def _crossed_or_not(strokes: Strokes, rng: Generator) -> Strokes | None:
    """A 7 without its cross bar where it had one and has a wide top, and with one where it had none."""
    low, high = _box(strokes)
    height = high[1] - low[1]
    if len(strokes) == 2 and _is_bar(strokes[1], strokes):
        head = _between(strokes[:1], low[1], low[1] + 0.25 * height)
        return strokes[:1] if np.ptp(head[:, 0]) > WIDE * height else None
    if len(strokes) != 1:
        return None
    waist = low[1] + rng.uniform(0.45, 0.62) * height
    x = _between(strokes, waist - 0.1 * height, waist + 0.1 * height)[:, 0].mean()
    left, right = rng.uniform(0.15, 0.35, 2) * height
    rise = rng.uniform(-0.02, 0.08) * height
    return [*strokes, _line(np.array([x - left, waist + rise]), np.array([x + right, waist - rise]), rng)]


def _with_serif(strokes: Strokes, rng: Generator) -> Strokes | None:
    """A short stroke down from where the bar of a 7 begins."""
    low, high = _box(strokes)
    size = high - low
    start = strokes[0][0]
    if start[0] > low[0] + 0.2 * size[0] or start[1] > low[1] + 0.2 * size[1]:
        return None
    end = start + np.array([rng.normal(0, 0.04), rng.uniform(0.1, 0.25)]) * size[1]
    return [_line(end, start, rng), *strokes]


def _tail_bent(strokes: Strokes, rng: Generator) -> Strokes | None:
    """A 9 whose tail, straight so far, goes on into a hook to the left, or ends in one to the right."""
    heading = _heading(strokes[-1])
    if heading[1] < 2 * abs(heading[0]):
        return None
    return _extended(strokes, rng, length=(0.12, 0.3), bend=(0.6, 2.2) if rng.random() < 0.7 else (-1.4, -0.6))


def _belly_longer(strokes: Strokes, rng: Generator) -> Strokes | None:
    """The end of a 3 or a 5 drawn out, upwards rather than down."""
    return _extended(strokes, rng, length=(0.05, 0.15), bend=(0.0, 1.2))


def _base_longer(strokes: Strokes, rng: Generator) -> Strokes | None:
    """A 2 whose base, level so far, is drawn out."""
    heading = _heading(strokes[-1])
    if heading[0] < 2 * abs(heading[1]):
        return None
    return _extended(strokes, rng, length=(0.08, 0.25), bend=(-0.6, 0.6))


def _stem_longer(strokes: Strokes, rng: Generator) -> Strokes | None:
    """A 6 whose stem, not curled so far, begins further up."""
    stem, *rest = strokes
    heading = _heading(stem[::-1])
    if heading[1] > -abs(heading[0]) / 2:
        return None
    extended = _extended([stem[::-1]], rng, length=(0.1, 0.35), bend=(-0.2, 0.6))
    return None if extended is None else [extended[0][::-1], *rest]


EDITS: Mapping[int, tuple[Callable[[Strokes, Generator], Strokes | None], ...]] = {
    0: (_slashed, _slashed, _dotted),
    1: (_with_base, _with_flag),
    2: (_base_longer,),
    3: (_belly_longer,),
    4: (_second_changed,),
    5: (_bar_changed, _bar_changed, _belly_longer),
    6: (_stem_longer,),
    7: (_crossed_or_not, _crossed_or_not, _with_serif),
    9: (_tail_bent,),
}
"""What may be done to each digit; nothing to an 8."""


def _extended(
    strokes: Strokes, rng: Generator, *, length: tuple[float, float], bend: tuple[float, float]
) -> Strokes | None:
    """`strokes` with the last one going on for `length` of the digit's height, turning clockwise by `bend` radians."""
    *rest, last = strokes
    low, high = _box(strokes)
    heading = _heading(last)
    if not heading.any():
        return None
    angle = np.arctan2(heading[1], heading[0]) + np.linspace(0, rng.uniform(*bend), ARC_POINTS)
    step = rng.uniform(*length) * (high[1] - low[1]) / ARC_POINTS
    arc = np.cumsum(np.stack([np.cos(angle), np.sin(angle)], axis=1) * step, axis=0)
    return [*rest, np.concatenate([last, last[-1] + arc])]


def _heading(stroke: Floats) -> Floats:
    """Where the end of `stroke` points to."""
    heading: Floats = stroke[-1] - stroke[max(0, len(stroke) - 4)]
    return heading


def _is_empty(strokes: Strokes) -> bool:
    """Whether the middle of a 0 is paper."""
    low, high = _box(strokes)
    from_middle = (np.concatenate(strokes) - (low + high) / 2) / np.maximum(high - low, 1e-6)
    return bool((np.hypot(*from_middle.T) > EMPTY).all())


def _box(strokes: Strokes) -> tuple[Floats, Floats]:
    """Smallest and largest x, y."""
    points = np.concatenate(strokes)
    return points.min(axis=0), points.max(axis=0)


def _between(strokes: Strokes, top: float, bottom: float) -> Floats:
    """The points of all strokes in a band; the nearest one when there is none."""
    points = np.concatenate(strokes)
    inside = points[(points[:, 1] >= top) & (points[:, 1] <= bottom)]
    if len(inside):
        return inside
    nearest = np.abs(points[:, 1] - (top + bottom) / 2).argmin()
    return points[nearest : nearest + 1]


def _is_bar(stroke: Floats, strokes: Strokes) -> bool:
    low, high = _box(strokes)
    return float(np.ptp(stroke[:, 1])) < BAR_HEIGHT * float(high[1] - low[1])


def _cut(stroke: Floats, start: float, end: float) -> Floats:
    """`stroke` without these shares of its points; at least two stay."""
    first, last = int(start * len(stroke)), len(stroke) - int(end * len(stroke))
    return stroke[first:last] if last - first >= 2 else stroke


def _line(start: Floats, end: Floats, rng: Generator) -> Floats:
    """A line that is bent a little, of five points."""
    along = np.linspace(0, 1, 5)[:, np.newaxis]
    across = (end - start)[::-1] * np.array([1, -1]) * rng.normal(0, 0.05)
    bent: Floats = start + (end - start) * along + across * np.sin(np.pi * along)
    return bent

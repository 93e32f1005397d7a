"""Turns a drawing into its strokes as pieces of several digits, and cuts a stroke that draws more than one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from mnist_desktop.ink.crossings import crossing_groups
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.split import MOST_STROKE_SLICES, MOST_STROKES_SLICED, Bounds, Line, all_of, side_by_side

STEPS = 40
"""Places along the height of a line at which a stroke is looked at for a cut."""

BACK = 0.3
"""How far, in heights, a pen may go back to the left of where it was after a cut: digits lean over their neighbours."""

APART = 0.15
"""Heights of line that lie between two cuts at the least."""

ARM = 0.15
"""Strokes that cross are one digit's, or a letter's, where both go on for so much of the tallest one's height; those of
neighbours overlap by less."""

MOST_CUTS, HEIGHT_SHARE = 2.0, 0.25
"""Cuts of one stroke to a height of its width; the pen went least far back at those that are kept. A stroke lower than
HEIGHT_SHARE of its width is a line, and not cut."""


@dataclass(frozen=True, kw_only=True)
class DrawnPieces:
    """The strokes of a drawing, those that cross each other together, in the order they were drawn."""

    strokes: tuple[Stroke, ...]
    groups: tuple[tuple[int, ...], ...]
    """The strokes of each piece, by their numbers."""
    all_in_one: bool = True
    optional: bool = False
    most_slices: tuple[int, int] = (MOST_STROKE_SLICES, MOST_STROKES_SLICED)
    growing: bool = False
    """Whether the last stroke is not finished: it is not cut yet."""

    @cached_property
    def boxes(self) -> tuple[Bounds, ...]:
        return tuple(all_of([_box(self.strokes[number]) for number in group]) for group in self.groups)

    def subject(self, chosen: Sequence[int]) -> Drawing:
        return Drawing(strokes=tuple(self._strokes(chosen)))

    def in_line(self) -> Line:
        return side_by_side(self.boxes)

    def cut(self, chosen: Sequence[int]) -> DrawnPieces:
        strokes = self._strokes(chosen)
        height = all_of([_box(stroke) for stroke in strokes]).height
        whole = self.strokes[-1] if self.growing else None
        cut = [part for stroke in strokes for part in ([stroke] if stroke is whole else _cut(stroke, height))]
        return DrawnPieces(strokes=tuple(cut), groups=tuple((number,) for number in range(len(cut))))

    def _strokes(self, chosen: Sequence[int]) -> list[Stroke]:
        return [self.strokes[number] for number in sorted(number for piece in chosen for number in self.groups[piece])]


def pieces_of(drawing: Drawing, *, growing: bool = False) -> DrawnPieces:
    """The strokes of `drawing` that have points; its last one is not to be cut while it is `growing`."""
    strokes = tuple(stroke for stroke in drawing.strokes if stroke.points)
    tallest = max((_box(stroke).height for stroke in strokes), default=0.0)
    groups = crossing_groups(strokes, ARM * tallest)
    return DrawnPieces(strokes=strokes, groups=tuple(groups), growing=growing)


def _box(stroke: Stroke) -> Bounds:
    xs, ys = zip(*stroke.points, strict=True)
    return Bounds(left=min(xs), top=min(ys), right=max(xs), bottom=max(ys))


def _cut(stroke: Stroke, height: float) -> list[Stroke]:
    """`stroke` cut where all that was drawn before lies to the left of all that comes, or nearly so."""
    points = _evenly(stroke, height / STEPS)
    width = _box(stroke).width
    if points is None or height < HEIGHT_SHARE * width:
        return [stroke]
    most = max(2, round(MOST_CUTS * width / height))
    before = np.maximum.accumulate(points[:, 0])
    after = np.minimum.accumulate(points[::-1, 0])[::-1]
    back = before[:-1] - after[1:]
    window = max(1, round(APART * STEPS))
    places: list[int] = []
    for place in np.argsort(back, kind="stable").tolist():
        inside = window <= place < len(back) - window
        if inside and back[place] <= BACK * height and all(abs(place - other) >= window for other in places):
            places.append(place)
        if len(places) == most:
            break
    edges = [0, *sorted(place + 1 for place in places), len(points)]
    parts = (points[start:end].tolist() for start, end in pairwise(edges))
    return [Stroke(points=tuple((x, y) for x, y in part)) for part in parts]


def _evenly(stroke: Stroke, step: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]] | None:
    """Points along `stroke` every `step`; None when it is too short to be cut."""
    points = np.array(stroke.points)
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    if step <= 0 or lengths[-1] < 4 * step or lengths[-1] > 10_000 * step:
        return None
    places = np.linspace(0, lengths[-1], int(lengths[-1] / step) + 2)
    return np.stack([np.interp(places, lengths, points[:, axis]) for axis in (0, 1)], axis=1)

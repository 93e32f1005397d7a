"""Turns a drawing and the way of a rubber over it into what is left of the drawing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from mnist_desktop.ink.drawing import Drawing, Point, Stroke

UNTOUCHED = 1e-6
"""A share of the radius: what a rubber cut off once lies on its edge, and is not cut off again for a rounding error."""

Sample = tuple[float, ...]
"""x and y of a point, and the pressure there where it is known."""

Share = tuple[float, float]
"""From where to where along a line: 0 is its start, 1 its end."""


def erased(drawing: Drawing, start: Point, end: Point, radius: float) -> Drawing:
    """`drawing` without what lies within `radius` of the line from `start` to `end`.

    A stroke ends where the rubber's edge crosses it and goes on behind as another one; a dot goes as a whole. Where
    nothing is touched the very same object comes back.
    """
    rubber = _Rubber(start=start, end=end, radius=radius)
    left = [(stroke, _pieces(stroke, rubber)) for stroke in drawing.strokes]
    if all(len(pieces) == 1 and pieces[0] is stroke for stroke, pieces in left):
        return drawing
    return Drawing(strokes=tuple(piece for _, pieces in left for piece in pieces))


@dataclass(frozen=True, kw_only=True)
class _Rubber:
    """All points within `radius` of the line from `start` to `end`: a convex shape, so a line has one part in it."""

    start: Point
    end: Point
    radius: float

    def covered(self, a: Sample, b: Sample) -> Share | None:
        """Which part of the line from `a` to `b` is under the rubber; None when nothing is."""
        if not self._near(a, b):
            return None
        parts = (_in_disc(a, b, self.start, self.radius), _in_disc(a, b, self.end, self.radius), self._in_band(a, b))
        found = [part for part in parts if part is not None]
        if not found:
            return None
        first, last = min(part[0] for part in found), max(part[1] for part in found)
        whole = first <= 0 and last >= 1
        if not whole and (last - first) * math.dist(a[:2], b[:2]) < UNTOUCHED * self.radius:
            return None
        return first, last

    def _near(self, a: Sample, b: Sample) -> bool:
        """Whether the boxes around the two lines meet at all: most do not."""
        return all(
            min(a[axis], b[axis]) <= max(self.start[axis], self.end[axis]) + self.radius
            and max(a[axis], b[axis]) >= min(self.start[axis], self.end[axis]) - self.radius
            for axis in (0, 1)
        )

    def _in_band(self, a: Sample, b: Sample) -> Share | None:
        """The part beside the rubber's way: between its two ends, no farther off than the radius."""
        length = math.dist(self.start, self.end)
        if length == 0:
            return None
        along = ((self.end[0] - self.start[0]) / length, (self.end[1] - self.start[1]) / length)
        part: Share | None = (0.0, 1.0)
        for direction, low, high in ((along, 0.0, length), ((-along[1], along[0]), -self.radius, self.radius)):
            if part is None:
                return None
            at_a, at_b = (_dot((p[0] - self.start[0], p[1] - self.start[1]), direction) for p in (a, b))
            part = _between(at_a, at_b, low, high, part)
        return part


def _pieces(stroke: Stroke, rubber: _Rubber) -> list[Stroke]:
    """What the rubber leaves of `stroke`; the stroke itself when it does not touch it."""
    samples: list[Sample] = list(stroke.points)
    if stroke.pressures:
        samples = [(*point, pressure) for point, pressure in zip(stroke.points, stroke.pressures, strict=True)]
    if not samples:
        return [stroke]
    if len(samples) == 1:
        return [] if rubber.covered(samples[0], samples[0]) else [stroke]
    pieces: list[list[Sample]] = [[samples[0]]]
    touched = False
    for a, b in pairwise(samples):
        part = rubber.covered(a, b)
        if part is None:
            pieces[-1].append(b)
            continue
        touched = True
        first, last = part
        if first > 0:
            pieces[-1].append(_on_the_way(a, b, first))
        # What follows is another stroke; one that never leaves its first point lies under the rubber.
        pieces.append([_on_the_way(a, b, last)])
        if last < 1:
            pieces[-1].append(b)
    if not touched:
        return [stroke]
    return [_stroke(piece) for piece in pieces if len(piece) > 1]


def _stroke(samples: list[Sample]) -> Stroke:
    points = tuple((sample[0], sample[1]) for sample in samples)
    return Stroke(points=points, pressures=tuple(sample[2] for sample in samples if len(sample) == 3))


def _on_the_way(a: Sample, b: Sample, share: float) -> Sample:
    return tuple(from_a + share * (from_b - from_a) for from_a, from_b in zip(a, b, strict=True))


def _in_disc(a: Sample, b: Sample, middle: Point, radius: float) -> Share | None:
    """The part of the line from `a` to `b` in a disc: where |a + t (b − a) − middle|² ≤ radius²."""
    way = (b[0] - a[0], b[1] - a[1])
    off = (a[0] - middle[0], a[1] - middle[1])
    square, half, rest = _dot(way, way), _dot(way, off), _dot(off, off) - radius**2
    if square == 0:
        return (0.0, 1.0) if rest <= 0 else None
    under_root = half**2 - square * rest
    if under_root < 0:
        return None
    root = math.sqrt(under_root)
    first, last = max(0.0, (-half - root) / square), min(1.0, (-half + root) / square)
    return (first, last) if first <= last else None


def _between(at_a: float, at_b: float, low: float, high: float, part: Share) -> Share | None:
    """Of `part`, where a value that goes evenly from `at_a` to `at_b` stays from `low` to `high`."""
    if at_a == at_b:
        return part if low <= at_a <= high else None
    at_low, at_high = sorted(((low - at_a) / (at_b - at_a), (high - at_a) / (at_b - at_a)))
    first, last = max(part[0], at_low), min(part[1], at_high)
    return (first, last) if first <= last else None


def _dot(a: tuple[float, float], b: tuple[float, float]) -> float:
    return a[0] * b[0] + a[1] * b[1]

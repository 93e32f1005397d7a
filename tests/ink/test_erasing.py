"""What a rubber takes away is what lies under it, no more and no less."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_desktop.ink.drawing import Drawing, Point, Stroke
from mnist_desktop.ink.erasing import erased

COORDINATES = st.floats(0, 1000, allow_subnormal=False)
POINTS = st.tuples(COORDINATES, COORDINATES)
STROKES = st.lists(POINTS, min_size=1, max_size=12).map(lambda points: Stroke(points=tuple(points)))
DRAWINGS = st.lists(STROKES, min_size=1, max_size=4).map(lambda strokes: Drawing(strokes=tuple(strokes)))
RADII = st.floats(5, 200)


def away(point: Point, start: Point, end: Point) -> float:
    """Distance from `point` to the line from `start` to `end`, by the textbook."""
    length = math.dist(start, end)
    if length == 0:
        return math.dist(point, start)
    share = sum((point[i] - start[i]) * (end[i] - start[i]) / length for i in (0, 1)) / length
    share = min(1.0, max(0.0, share))
    return math.dist(point, (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))


def samples(drawing: Drawing) -> list[Point]:
    """Points all along the strokes, many a line."""
    found: list[Point] = []
    for stroke in drawing.strokes:
        found += stroke.points[:1]
        for a, b in pairwise(stroke.points):
            found += [(a[0] + i / 25 * (b[0] - a[0]), a[1] + i / 25 * (b[1] - a[1])) for i in range(26)]
    return found


def lines(drawing: Drawing) -> list[tuple[Point, Point]]:
    return [
        line
        for stroke in drawing.strokes
        for line in (list(pairwise(stroke.points)) or [(stroke.points[0], stroke.points[0])])
    ]


@given(DRAWINGS, POINTS, POINTS, RADII)
def test_nothing_is_left_under_the_rubber_and_nothing_else_is_missing(
    drawing: Drawing, start: Point, end: Point, radius: float
) -> None:
    left = erased(drawing, start, end, radius)
    slack = 1e-3 * radius
    assert all(away(point, start, end) >= radius - slack for point in samples(left))
    kept = lines(left)
    for point in samples(drawing):
        if away(point, start, end) > radius + slack:
            assert any(away(point, *line) < slack for line in kept)


@given(DRAWINGS, POINTS, POINTS, RADII)
def test_rubbing_twice_takes_no_more_than_once(drawing: Drawing, start: Point, end: Point, radius: float) -> None:
    once = erased(drawing, start, end, radius)
    assert erased(once, start, end, radius) is once


def test_a_stroke_is_cut_where_the_rubber_crosses_it() -> None:
    drawing = Drawing(strokes=(Stroke(points=((0, 0), (100, 0)), pressures=(0.0, 1.0)),))
    left = erased(drawing, (50, -30), (50, 30), 10)
    assert [stroke.points for stroke in left.strokes] == [((0, 0), (40, 0)), ((60, 0), (100, 0))]
    assert [stroke.pressures for stroke in left.strokes] == [pytest.approx((0, 0.4)), pytest.approx((0.6, 1))]


def test_a_dot_goes_as_a_whole() -> None:
    drawing = Drawing(strokes=(Stroke(points=((5, 5),)), Stroke(points=((90, 90),))))
    assert erased(drawing, (0, 0), (0, 0), 8) == Drawing(strokes=(Stroke(points=((90, 90),)),))


def test_what_is_not_touched_is_the_same_object() -> None:
    drawing = Drawing(strokes=(Stroke(points=((0, 0), (9, 9))), Stroke(points=())))
    assert erased(drawing, (500, 500), (600, 500), 50) is drawing

"""What belongs together: lines of text, strokes of one digit, and where connected ink may be cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from picture_corpus import digit
from PIL import ImageDraw

from mnist_desktop.ink import crossings, isolate, split_picture
from mnist_desktop.ink.crossings import crossing_groups
from mnist_desktop.ink.drawing import Drawing, Point, Stroke
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.ink.seams import cut_apart, seams
from mnist_desktop.ink.split import Bounds, lines_of, spans_of
from mnist_desktop.ink.split_drawing import pieces_of
from mnist_desktop.ink.split_picture import isolate_pieces


def box(left: float, top: float, width: float = 60, height: float = 100) -> Bounds:
    return Bounds(left=left, top=top, right=left + width, bottom=top + height)


def order(*boxes: Bounds) -> list[list[tuple[int, ...]]]:
    return [[atom.pieces for atom in line] for line in lines_of(boxes)]


def test_pieces_are_read_left_to_right_and_line_by_line() -> None:
    below = box(0, 180), box(90, 170)
    above = box(200, 10), box(0, 0), box(100, 20)
    assert order(*below, *above) == [[(3,), (4,), (2,)], [(0,), (1,)]]


def test_a_tilted_line_stays_one() -> None:
    tilted = [box(90 * number, 30 * number) for number in range(6)]
    assert order(*tilted) == [[(number,) for number in range(6)]]


def test_what_is_far_to_the_right_is_read_after_what_is_left_of_it() -> None:
    assert order(box(2000, 5), box(0, 0)) == [[(1,)], [(0,)]]


def test_a_bar_belongs_to_the_line_that_it_is_nearest_to() -> None:
    five, bar, lower = box(0, 20, height=80), box(20, 0, width=60, height=2), box(0, 200)
    assert order(five, bar, lower) == [[(0,), (1,)], [(2,)]]


def test_parts_close_above_each_other_stay_together() -> None:
    ((eight, two),) = order(box(0, 0, 40, 48), box(-5, 50, 50, 50), box(80, 0))
    assert set(eight) == {0, 1}
    assert two == (2,)


def test_nothing_is_left_out_and_nothing_twice() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        boxes = [box(*rng.uniform(0, 400, 2), *rng.uniform(0, 120, 2)) for _ in range(rng.integers(1, 12))]
        pieces = [number for line in lines_of(boxes) for atom in line for number in atom.pieces]
        assert sorted(pieces) == list(range(len(boxes)))


def test_a_digit_is_made_of_few_neighbours_that_are_not_too_wide() -> None:
    (line,) = lines_of([box(80 * number, 0) for number in range(6)])
    spans = spans_of(line)
    assert {(start, start + 1) for start in range(6)} <= set(spans)
    assert (0, 6) in spans
    assert {end - start for start, end in spans} == {1, 2, 6}


def test_a_stroke_is_cut_where_the_pen_goes_on_to_the_right() -> None:
    one_one = Stroke(points=((0, 0), (0, 100), (60, 0), (60, 100)))
    cut = pieces_of(Drawing(strokes=(one_one,))).cut([0])
    assert len(cut.boxes) > 1
    drawn = [point for stroke in cut.strokes for point in stroke.points]
    assert drawn[0] == (0, 0)
    assert drawn[-1] == (60, 100)
    assert max(abs(x) for x, _ in cut.strokes[0].points) < 60


@pytest.mark.parametrize(
    ("one", "other", "pieces"),
    [
        pytest.param(((0, 0), (80, 100)), ((80, 0), (0, 100)), 1, id="the strokes of an X"),
        pytest.param(((0, 0), (0, 100)), ((80, 0), (80, 100)), 2, id="two 1s"),
        pytest.param(((0, 0), (0, 100)), ((-40, 50), (10, 50)), 2, id="the bar of a 4 that reaches into a 1"),
        pytest.param(((0, 0), (0, 100)), ((-40, 50), (30, 50)), 1, id="the bar of a 4 and its stem"),
        pytest.param(((0, 0), (0, 100)), ((0, 50), (40, 50)), 2, id="a bar that begins at a 1"),
        pytest.param(((0, 0), (0, 100)), ((0, 50),), 2, id="a dot"),
    ],
)
def test_strokes_that_cross_are_one_piece(one: tuple[Point, ...], other: tuple[Point, ...], pieces: int) -> None:
    assert len(pieces_of(Drawing(strokes=(Stroke(points=one), Stroke(points=other)))).boxes) == pieces


def test_strokes_that_cross_a_third_one_are_one_piece_in_the_order_drawn() -> None:
    bar, left, right = ((0, 50), (200, 50)), ((50, 0), (50, 100)), ((150, 0), (150, 100))
    alone = ((300, 0), (300, 100))
    drawing = Drawing(strokes=tuple(Stroke(points=points) for points in (left, alone, right, bar)))
    whole = pieces_of(drawing)
    assert whole.groups == ((0, 2, 3), (1,))
    assert whole.subject([0]).strokes == (drawing.strokes[0], drawing.strokes[2], drawing.strokes[3])


def test_however_many_strokes_there_are_crossings_are_looked_for_in_few_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    evenly = crossings._evenly

    def counted(stroke: Stroke, segments: int) -> tuple[NDArray[np.float64], float]:
        asked.append(segments)
        return evenly(stroke, segments)

    monkeypatch.setattr(crossings, "_evenly", counted)
    zigzag = tuple((float(x), 100.0 * (x % 2)) for x in range(1000))
    crossing_groups([Stroke(points=zigzag)] * 60, 15)
    assert 60 <= sum(asked) <= crossings.IN_ALL


def test_a_tap_of_the_pen_is_not_cut() -> None:
    tap = Drawing(strokes=(Stroke(points=((5, 5),)),))
    assert pieces_of(tap).cut([0]).subject([0]) == tap


@pytest.mark.parametrize("scale", [1, 4])
def test_two_rings_that_touch_are_cut_between_them(scale: int) -> None:
    rows, columns = np.mgrid[0:40, 0:76]
    rings = np.zeros((40, 76), bool)
    for middle in (20, 56):
        distance = np.hypot(rows - 19.5, columns - middle + 0.5)
        rings |= (distance < 20) & (distance > 15)
    ink = np.kron(rings, np.ones((scale, scale), bool))
    parts = cut_apart(ink)
    left, right = parts[:, : 30 * scale][ink[:, : 30 * scale]], parts[:, 46 * scale :][ink[:, 46 * scale :]]
    assert left.max() < right.min()


def test_ways_go_from_top_to_bottom_and_stay_within() -> None:
    ink = np.random.default_rng(5).random((40, 90)) < 0.1
    for way in seams(ink):
        assert len(way) == 40
        assert way.min() >= 0
        assert way.max() < 90
        assert np.abs(np.diff(way)).max() <= 1


def test_a_solid_block_is_not_cut() -> None:
    assert not seams(np.ones((40, 60), bool))


@pytest.mark.parametrize(("column", "pieces"), [(330, 2), (560, 1)])
def test_a_bar_far_from_all_else_is_no_digit_of_a_number(column: int, pieces: int) -> None:
    """A 1 stands beside its neighbours, a scroll bar does not."""
    image = digit("8", size=(600, 400), height=150, centre=(250, 200))
    ImageDraw.Draw(image).rectangle((column, 130, column + 12, 270), fill=0)
    _, found = isolate_pieces(Picture(name=None, pixels=np.array(image.convert("RGB"))))
    assert found is not None
    assert len(found.boxes) == pieces


@pytest.mark.parametrize(("text", "looks"), [("4", 2), ("4 7", 3)])
def test_a_small_digit_alone_on_a_large_ruled_page_is_looked_at_more_closely_only_once(
    monkeypatch: pytest.MonkeyPatch, text: str, looks: int
) -> None:
    image = digit(text, size=(2000, 1400), height=60, centre=(1200, 500))
    for row in range(40, 1400, 130):
        ImageDraw.Draw(image).line((0, row, 2000, row + 20), fill=170, width=4)
    seen: list[int] = []

    def page_of(*arguments: Any) -> isolate.Page:
        page = look_at_part(*arguments)
        seen.append(page.factor)
        return page

    look_at_part = isolate.page_of
    for module in (isolate, split_picture):
        monkeypatch.setattr(module, "page_of", page_of)
    found, pieces = isolate_pieces(Picture(name=None, pixels=np.array(image.convert("RGB"))))
    assert pieces is not None
    assert len(pieces.boxes) == len(text.split())
    assert pieces.page.factor == 1
    assert len(seen) == looks
    if pieces.all_in_one:
        assert np.array_equal(pieces.subject([0]).ink, found.ink)

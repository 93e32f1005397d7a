"""Ways between strokes that touch: they part what lies side by side, and do not run along a single stroke."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_desktop.ink.necks import told_apart, ways_between_strokes

HEIGHT, WIDTH = 64, 90
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH]


def bar(middle: NDArray[np.float64] | float, *, thick: int = 8) -> NDArray[np.bool_]:
    """An upright or leaning stroke with its middle in those columns."""
    return np.asarray(np.abs(COLUMNS - middle + 0.25) < thick / 2)


def parted(ink: NDArray[np.bool_], way: NDArray[np.intp], left: NDArray[np.bool_]) -> float:
    """Share of the ink that the way leaves on the side where it belongs."""
    return float(((way[:, np.newaxis] > COLUMNS) == left)[ink].mean())


@pytest.mark.parametrize("lean", [0.0, 0.1, -0.1])
def test_strokes_that_touch_along_half_of_their_height_are_parted(lean: float) -> None:
    line = 45 + lean * (HEIGHT / 2 - ROWS)
    bend = np.where((ROWS > 16) & (ROWS < 48), 3.5, 7.0)
    left, right = bar(line - bend), bar(line + bend)
    ways = ways_between_strokes(left | right)
    assert max(parted(left ^ right, way, left) for way in ways) > 0.97


def test_the_end_of_a_level_stroke_is_parted_from_the_side_of_the_next_digit() -> None:
    left = bar(20) | ((np.abs(ROWS - 40) < 4) & (COLUMNS >= 20) & (COLUMNS < 56))
    right = bar(60)
    assert max(parted(left ^ right, way, left) for way in ways_between_strokes(left | right)) > 0.97


def test_a_single_stroke_is_not_parted_along_itself() -> None:
    assert not ways_between_strokes(bar(45))


def test_ways_go_from_top_to_bottom_a_column_at_a_time() -> None:
    ink = np.random.default_rng(5).random((40, 90)) < 0.1
    ways = ways_between_strokes(ink)
    assert ways
    for way in ways:
        assert way.shape == (40,)
        assert 0 <= way.min() <= way.max() < 90
        assert np.abs(np.diff(way)).max() <= 1


def test_ways_that_part_the_ink_alike_are_one() -> None:
    ink = bar(20) | bar(70)
    ways = np.array([[column] * HEIGHT for column in (30, 40, 50, 20, 5)])
    kept = told_apart(ink, ways, [], most=9)
    assert [int(way[0]) for way in kept] == [30, 20]

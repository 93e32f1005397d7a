"""Styles of our own: endless, the same for the same seed, and still what their label says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng
from scipy import ndimage

from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import Reader, open_reader
from mnist_desktop.training.datasets import load_splits
from mnist_desktop.training.hand import Manner, draw, shape
from mnist_desktop.training.styles import draw_style, restyled, style_names, styled_digit

STEADY = Manner(aspect=(1, 1), slant=(0, 0), turn=0, jitter=0, drift=0, tremor=0, roundness=0, hasty=0)

THIN = 0.03


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = open_reader(load_model(shipped("model") / "digits"))
    yield reader
    reader.close()


def test_the_same_seed_draws_the_same_digits() -> None:
    one, other = default_rng(3), default_rng(3)
    drawn = [styled_digit(one) for _ in range(50)]
    assert drawn == [styled_digit(other) for _ in range(50)]
    assert len({drawing for drawing, _ in drawn}) == 50


def test_every_digit_has_its_styles_and_is_as_frequent_as_the_others() -> None:
    rng = default_rng(4)
    counts = np.bincount([styled_digit(rng)[1] for _ in range(3000)], minlength=10)
    assert {name[0] for name in style_names()} == set("0123456789")
    # Five standard deviations around 300.
    assert (abs(counts - 300) < 85).all()


@pytest.mark.parametrize("name", [name for name in style_names() if name != "0 slashed"])
def test_a_style_is_read_as_its_digit(name: str, reader: Reader) -> None:
    """By the shipped model, through the way that the window takes."""
    rng = default_rng(5)
    assert _share_read(reader, [draw_style(name, rng) for _ in range(60)], int(name[0])) >= 0.9


def test_a_slashed_zero_is_mostly_read_as_a_zero(reader: Reader) -> None:
    rng = default_rng(6)
    assert _share_read(reader, [draw_style("0 slashed", rng) for _ in range(100)], 0) >= 0.6


def test_a_slash_divides_a_zero_and_a_dot_lies_within() -> None:
    rng = default_rng(7)
    plain = [_holes(draw_style("0 plain", rng)) for _ in range(40)]
    slashed = [_holes(draw_style("0 slashed", rng)) for _ in range(40)]
    # A short slash does not reach the ring, and an open ring encloses nothing.
    assert max(plain) == 1
    assert max(slashed) == 2
    assert np.mean(slashed) > np.mean(plain) + 0.3
    for _ in range(20):
        ring, slash = draw_style("0 slashed", rng).strokes
        (left, top), (right, bottom) = _corners(ring)
        ends = np.array([slash.points[0], slash.points[-1]])
        assert ((left, top) < ends.mean(axis=0)).all()
        assert (ends.mean(axis=0) < (right, bottom)).all()
        assert ends[0, 1] < ends[1, 1] - 0.2 * (bottom - top)
    for _ in range(20):
        ring, dot = draw_style("0 dotted", rng).strokes
        (left, top), (right, bottom) = _corners(ring)
        assert all(left < x < right and top < y < bottom for x, y in dot.points)


def test_a_crossed_seven_has_a_bar_across_its_stem() -> None:
    rng = default_rng(8)
    for _ in range(20):
        stem, bar = draw_style("7 crossed", rng).strokes
        (left, top), (right, bottom) = _corners(bar)
        height = np.ptp(np.array(stem.points)[:, 1])
        assert bottom - top < 0.5 * height
        assert any(left < x < right for x, y in stem.points if top - 0.2 * height < y < bottom + 0.2 * height)


def test_a_shape_lies_between_its_extremes_and_keeps_its_corners() -> None:
    rng = default_rng(9)
    corner = shape("0,0 50,0^ 50,100", "0,0 70,0^ 70,100")
    for _ in range(20):
        points = np.array(draw(corner, rng, STEADY).strokes[0].points)
        turning = points[np.abs(points[:, 1]) < 1e-6, 0].max()
        assert 50 <= turning <= 70
        # Straight to the corner and straight on from it.
        beside = np.minimum(abs(points[:, 1]), abs(points[:, 0] - turning))
        assert beside.max() == pytest.approx(0, abs=1e-6)


def test_a_curve_goes_through_its_control_points() -> None:
    wave = shape("0,0 30,40 60,0 90,40")
    points = np.array(draw(wave, default_rng(1), STEADY).strokes[0].points)
    for knot in ((0, 0), (30, 40), (60, 0), (90, 40)):
        assert np.hypot(*(points - knot).T).min() < 6
    assert np.hypot(*np.diff(points, axis=0).T).max() < 20


def test_extremes_must_have_the_same_control_points() -> None:
    with pytest.raises(ValueError, match="inhomogeneous"):
        shape("0,0 10,10", "0,0 10,10 20,20")


def test_pen_strokes_in_another_style_keep_their_label(printed_data: Path, reader: Reader) -> None:
    """Nine in ten of the drawings that validate are read alike before and after; many of them did change."""
    rng = default_rng(10)
    entries = load_splits(printed_data).validation.pen
    changed = [restyled(entry.drawing, int(entry.label or 0), rng) for entry in entries]
    read = [_best(reader, drawing) for drawing in changed]
    assert np.mean([best == entry.label for best, entry in zip(read, entries, strict=True)]) > 0.9
    differ = [drawing != entry.drawing for drawing, entry in zip(changed, entries, strict=True)]
    assert 0.3 < np.mean(differ) < 0.95


def test_a_seven_gains_a_bar_and_loses_it_again() -> None:
    seven = Drawing(strokes=(Stroke(points=((0, 0), (20, 0), (60, 0), (50, 30), (40, 60), (30, 100))),))
    results = {len(restyled(seven, 7, default_rng(seed)).strokes) for seed in range(20)}
    assert results == {2}
    crossed = Drawing(strokes=(*seven.strokes, Stroke(points=((20, 50), (70, 48)))))
    assert 1 in {len(restyled(crossed, 7, default_rng(seed)).strokes) for seed in range(20)}


def test_what_no_change_fits_stays_as_it_was() -> None:
    blank, dot = Drawing(), Drawing(strokes=(Stroke(points=((3, 4),)),))
    eight = draw_style("8 in one line", default_rng(2))
    for drawing, label in ((blank, 7), (dot, 1), (eight, 8)):
        assert restyled(drawing, label, default_rng(1)) is drawing


@pytest.mark.parametrize("label", range(10))
def test_degenerate_strokes_are_restyled_without_a_warning(label: int) -> None:
    lines = (((5, 5), (5, 5)), ((0, 0), (9, 0)), ((0, 0), (0, 9)))
    drawings = [Drawing(strokes=(Stroke(points=line),)) for line in lines]
    for seed in range(6):
        for drawing in drawings:
            assert np.isfinite(restyled(drawing, label, default_rng(seed)).bounds()).all()


def _share_read(reader: Reader, drawings: Sequence[Drawing], digit: int) -> float:
    return float(np.mean([_best(reader, drawing) == digit for drawing in drawings]))


def _best(reader: Reader, drawing: Drawing) -> int | None:
    prediction = reader.read_drawing(drawing).prediction
    return None if prediction is None else prediction.best


def _holes(drawing: Drawing) -> int:
    """Pieces of paper that ink encloses, specks at crossings left out."""
    paper = np.pad(rasterise(drawing, width=THIN), 1) < 0.5
    pieces, count = ndimage.label(paper)
    sizes = ndimage.sum_labels(paper, pieces, range(1, count + 1))
    return int((sizes > 20).sum()) - 1


def _corners(stroke: Stroke) -> tuple[tuple[float, float], tuple[float, float]]:
    left, top, right, bottom = Drawing(strokes=(stroke,)).bounds()
    return (left, top), (right, bottom)

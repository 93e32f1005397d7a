"""What pens, paper and scanners leave is still a glyph of the same digit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import Glyph, Ink, normalise
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.training.augmentation import in_field
from mnist_desktop.training.samples import fitted
from mnist_desktop.training.wear import (
    LEAST_LEFT,
    THIN,
    TINY_SIDES,
    broken,
    grainy,
    speckled,
    thinned,
    tiny,
    to_glyph,
    uneven,
)

FOUR = Drawing(
    strokes=(Stroke(points=((30.0, 0.0), (0.0, 60.0), (60.0, 60.0))), Stroke(points=((45.0, 30.0), (45.0, 100.0))))
)


@pytest.fixture
def four() -> Ink:
    return in_field(fitted(rasterise(FOUR)))


def inked(glyph: Glyph | None) -> int:
    assert glyph is not None
    return int(np.count_nonzero(glyph.levels))


def test_worn_glyphs_differ_and_none_is_lost(four: Ink) -> None:
    whole = inked(normalise(four))
    glyphs = [to_glyph(four, default_rng(seed)) for seed in range(300)]
    assert len(set(glyphs)) > 50
    assert min(map(inked, glyphs)) >= min(THIN, LEAST_LEFT * whole)


def test_a_digit_that_would_fade_away_stays_whole() -> None:
    """A hairline with grain, a high threshold and a skip of the pen: half of its pixels would go."""
    hairline = in_field(fitted(rasterise(FOUR, width=0.03)))
    glyphs = [to_glyph(hairline, default_rng(seed)) for seed in range(300)]
    assert min(map(inked, glyphs)) >= LEAST_LEFT * inked(normalise(hairline))


def test_no_ink_is_no_glyph() -> None:
    assert all(to_glyph(np.zeros((36, 36), np.float32), default_rng(seed)) is None for seed in range(50))


@pytest.mark.parametrize("fade", [broken, uneven, grainy, thinned])
def test_what_fades_takes_ink_and_keeps_the_paper_clean(four: Ink, fade: type) -> None:
    faded = [fade(four, default_rng(seed)) for seed in range(20)]
    assert all(each.shape == four.shape and each.min() >= 0 and each.max() <= 1 for each in faded)
    assert np.mean([each.sum() for each in faded]) < four.sum()
    far = four.copy()
    far[four > 0] = 1
    paper = np.ones_like(far, bool)
    rows, columns = np.nonzero(far)
    for row, column in zip(rows, columns, strict=True):
        paper[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = False
    assert all(not each[paper].any() for each in faded)


def test_specks_lie_within_the_box_of_the_digit(four: Ink) -> None:
    rows, columns = np.flatnonzero(four.any(axis=1)), np.flatnonzero(four.any(axis=0))
    for seed in range(50):
        dirty = speckled(four, default_rng(seed))
        assert dirty.sum() >= four.sum()
        outside = dirty.copy()
        # A speck of two pixels may reach one pixel over the edge.
        outside[rows[0] : rows[-1] + 2, columns[0] : columns[-1] + 2] = 0
        assert not outside.any()


def test_tiny_scans_have_few_dots_in_grey(four: Ink) -> None:
    scans = [tiny(four, default_rng(seed)) for seed in range(200)]
    assert all(TINY_SIDES[0] <= max(scan.shape) < TINY_SIDES[1] for scan in scans)
    assert all(len(np.unique(scan)) > 5 for scan in scans)

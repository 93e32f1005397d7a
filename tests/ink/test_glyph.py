"""From ink to the glyph that a model sees: MNIST's own normalisation, checked against MNIST and other libraries."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.datasets import load_digits

from mnist_desktop.evaluation.data import read_idx_pair
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import BOX, SIDE, Glyph, Ink, frame, normalise
from mnist_desktop.ink.raster import rasterise


def blob(height: int, width: int) -> Ink:
    """An uneven shape that touches all four sides of its box."""
    ink = np.zeros((height, width), np.float32)
    ink[:, : max(1, width // 4)] = 1
    ink[: max(1, height // 6)] = 1
    ink[-1, -1] = 1
    return ink


def digits() -> list[Ink]:
    """Real digits from scikit-learn's wheel, 8×8."""
    return [image.astype(np.float32) / 16 for image in load_digits().images[:200]]


def box(glyph: Glyph) -> tuple[int, int]:
    rows, columns = np.nonzero(glyph.levels)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.parametrize(("height", "width"), [(40, 17), (300, 90), (20, 20), (9, 30), (600, 610)])
def test_the_longer_side_is_20_pixels(height: int, width: int) -> None:
    glyph = normalise(blob(height, width))
    assert glyph is not None
    assert max(box(glyph)) == BOX


def test_the_centre_of_mass_is_where_mnist_has_it() -> None:
    for ink in digits():
        glyph = normalise(ink)
        assert glyph is not None
        centre = np.array(ndimage.center_of_mass(glyph.levels))
        # Nearest whole pixel, but for digits so uneven that the field's edge holds them.
        assert np.abs(centre - SIDE / 2).max() <= 0.5 + 1e-6


def test_where_and_how_large_the_paper_is_changes_nothing() -> None:
    for ink, (top, left) in zip(digits(), itertools.cycle([(0, 0), (3, 50), (80, 1)]), strict=False):
        paper = np.zeros((120, 130), np.float32)
        paper[top : top + 8, left : left + 8] = ink
        assert normalise(paper) == normalise(ink)


def differing(one: Glyph | None, other: Glyph | None) -> float:
    """Share of pixels that differ, with one glyph moved by at most a pixel: the centre is rounded to whole ones."""
    assert one is not None
    assert other is not None
    shifts = itertools.product((-1, 0, 1), repeat=2)
    return min(float((np.roll(one.levels, shift, (0, 1)) != other.levels).mean()) for shift in shifts)


def test_a_larger_scan_of_the_same_digit_is_nearly_the_same_glyph() -> None:
    for ink in digits()[:50]:
        large = ndimage.zoom(ink, 10, order=1, grid_mode=True, mode="nearest")
        larger = ndimage.zoom(large, 3, order=1, grid_mode=True, mode="nearest")
        assert differing(normalise(large), normalise(larger)) < 0.04


def test_a_binary_glyph_has_two_levels_and_a_grey_one_more() -> None:
    ink = ndimage.gaussian_filter(blob(60, 40), 3)
    binary, grey = normalise(ink), normalise(ink, binary=False)
    assert binary is not None
    assert grey is not None
    assert set(np.unique(binary.levels)) == {0, 255}
    assert len(np.unique(grey.levels)) > 10


def test_pale_ink_gives_the_glyph_of_dark_ink() -> None:
    for ink in digits()[:50]:
        assert differing(normalise(ink * np.float32(0.3)), normalise(ink)) < 0.02


@pytest.mark.parametrize("ink", [np.zeros((28, 28)), np.zeros((1, 1)), np.zeros((0, 0)), np.full((9, 9), 0.003)])
def test_no_ink_is_no_glyph(ink: NDArray[np.float64]) -> None:
    assert normalise(ink.astype(np.float32)) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (3, 2)])
def test_ink_of_any_shape_makes_a_glyph(shape: tuple[int, int]) -> None:
    glyph = normalise(np.ones(shape, np.float32))
    assert glyph is not None
    assert glyph.levels.any()


def test_mnist_meets_itself(data: Path) -> None:
    """MNIST's images were made by this very normalisation, so it must leave nearly all of them as they are."""
    images, _ = read_idx_pair(data / "mnist", "train")
    kept = [
        differing(normalise(image / np.float32(255)), Glyph(levels=(image >= 115).astype(np.uint8) * 255)) < 0.03
        for image in images[:300]
    ]
    assert sum(kept) > 0.95 * len(kept)


def test_mnists_grey_images_come_back_as_they_are(data: Path) -> None:
    """Networks trained on them as they are must be shown the very same, whatever way they take."""
    images, _ = read_idx_pair(data / "mnist", "train")
    same = [normalise(image / np.float32(255), binary=False) == Glyph(levels=image) for image in images[:500]]
    # In a few the centre of mass is so near to half a pixel that it depends on rounding.
    assert np.mean(same) > 0.99


@pytest.mark.parametrize(("height", "width"), [(40, 17), (300, 90), (28, 28), (9, 30)])
def test_a_framed_subject_fills_28_pixels_in_the_middle(height: int, width: int) -> None:
    glyph = frame(blob(height, width))
    assert glyph is not None
    assert max(box(glyph)) == SIDE
    rows, columns = np.nonzero(glyph.levels)
    for places in (rows, columns):
        assert abs(places.min() - (SIDE - 1 - places.max())) <= 1


def test_a_framed_subject_keeps_its_grey_levels() -> None:
    ink = np.linspace(0.2, 1, SIDE, dtype=np.float32)[:, np.newaxis] * np.ones(SIDE, np.float32)
    glyph = frame(ink)
    assert glyph is not None
    assert np.array_equal(glyph.levels, np.rint(ink * 255))
    two_levels = frame(ink, binary=True)
    assert two_levels is not None
    assert set(np.unique(two_levels.levels)) == {0, 255}


@pytest.mark.parametrize("ink", [np.zeros((28, 28)), np.zeros((0, 0)), np.full((9, 9), 0.003)])
def test_nothing_is_framed_where_there_is_no_ink(ink: NDArray[np.float64]) -> None:
    assert frame(ink.astype(np.float32)) is None


def test_png_gives_back_the_very_glyph() -> None:
    glyph = normalise(blob(50, 30), binary=False)
    assert glyph is not None
    assert Glyph.from_png(glyph.to_png()) == glyph


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"rubbish" * 9])
def test_what_is_no_glyph_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a glyph"):
        Glyph.from_png(content)


def test_a_glyph_cannot_be_changed() -> None:
    glyph = normalise(blob(50, 30))
    assert glyph is not None
    with pytest.raises(ValueError, match="read-only"):
        glyph.levels[0, 0] = 1


def seven(scale: float, left: float, top: float) -> Drawing:
    corners = [(0, 0), (50, 0), (20, 80)]
    return Drawing(strokes=(Stroke(points=tuple((left + x * scale, top + y * scale) for x, y in corners)),))


def test_size_and_place_of_a_drawing_change_nothing() -> None:
    expected = normalise(rasterise(seven(1, 0, 0)))
    for scale, left, top in [(0.3, 0, 0), (7, 400, 10), (0.05, -3, 900)]:
        assert differing(normalise(rasterise(seven(scale, left, top))), expected) < 0.01


def test_strokes_are_as_wide_for_the_digit_as_mnists() -> None:
    """A straight stroke of 20 px must be two to three pixels wide: LeCun's digits measure 2.4."""
    line = Drawing(strokes=(Stroke(points=((0, 0), (0, 100))),))
    glyph = normalise(rasterise(line))
    assert glyph is not None
    assert box(glyph)[0] == BOX
    assert 2 <= box(glyph)[1] <= 3


def test_a_tap_is_a_dot_and_an_empty_drawing_is_paper() -> None:
    dot = rasterise(Drawing(strokes=(Stroke(points=((5, 5),)),)))
    assert dot.max() == 1
    assert not rasterise(Drawing()).any()
    assert not rasterise(Drawing(strokes=(Stroke(points=()),))).any()


def test_many_points_draw_what_few_do() -> None:
    few = Drawing(strokes=(Stroke(points=((0, 0), (100, 0), (100, 100))),))
    many = Drawing(
        strokes=(Stroke(points=(*((x / 10, 0) for x in range(1000)), *((100, y / 10) for y in range(1001)))),)
    )
    assert differing(normalise(rasterise(few)), normalise(rasterise(many))) < 0.005

"""A picture of a thing becomes its ink in all its grey, on light and on dark, of any size, anywhere in the picture."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_desktop.evaluation.data import read_idx_pair
from mnist_desktop.ink.glyph import SIDE, Glyph, Ink, frame
from mnist_desktop.ink.pictures import Picture, decode_picture
from mnist_desktop.ink.subject import find_subject, solid

SHIRT = ((30, 0), (70, 0), (100, 25), (88, 45), (75, 35), (75, 110), (25, 110), (25, 35), (12, 45), (0, 25))


def shirt(size: int) -> Ink:
    """A T-shirt `size` pixels high, darker to the right, with a pale stripe across its chest."""
    image = Image.new("L", (round(size / 1.1) + 1, size + 1))
    ImageDraw.Draw(image).polygon([(x * size / 110, y * size / 110) for x, y in SHIRT], fill=255)
    ink = np.asarray(image, dtype=np.float32) / np.float32(255) * np.linspace(0.55, 1, image.width, dtype=np.float32)
    ink[size // 2 : size * 6 // 10] *= 0.5
    return ink


def photograph(
    ink: Ink,
    *,
    paper: tuple[float, float, float],
    cloth: tuple[float, float, float],
    size: tuple[int, int] = (300, 240),
    at: tuple[int, int] = (60, 50),
    light: float = 0.0,
    noise: float = 0.0,
) -> Picture:
    """`ink` coloured as `cloth` on `paper` of `size` (w×h), `light` falling off to the right, with grain."""
    width, height = size
    pixels = np.broadcast_to(np.array(paper, np.float32), (height, width, 3)).copy()
    left, top = at
    part = pixels[top : top + ink.shape[0], left : left + ink.shape[1]]
    part += ink[..., np.newaxis] * (np.array(cloth, np.float32) - part)
    pixels *= (1 - light * np.linspace(0, 1, width, dtype=np.float32))[:, np.newaxis]
    pixels += np.random.default_rng(4).normal(0, noise, pixels.shape) if noise else 0
    return Picture(name=None, pixels=np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def glyph_of(picture: Picture) -> NDArray[np.float64]:
    glyph = frame(find_subject(picture).ink)
    assert glyph is not None
    return glyph.levels / 255


def expected() -> NDArray[np.float64]:
    glyph = frame(shirt(220))
    assert glyph is not None
    return glyph.levels / 255


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.abs(one - other).mean())


WHITE, BLACK, GREY, WOOD = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.75, 0.75, 0.75), (0.8, 0.65, 0.45)
RED, NAVY = (0.8, 0.1, 0.1), (0.05, 0.05, 0.3)


@pytest.mark.parametrize(
    ("paper", "cloth"),
    [(WHITE, BLACK), (BLACK, WHITE), (GREY, BLACK), (WHITE, RED), (WOOD, NAVY), (NAVY, WHITE), (GREY, RED)],
)
def test_on_light_or_dark_the_same_thing_is_the_same_glyph(
    paper: tuple[float, float, float], cloth: tuple[float, float, float]
) -> None:
    assert difference(glyph_of(photograph(shirt(140), paper=paper, cloth=cloth)), expected()) < 0.03


@pytest.mark.parametrize(
    ("size", "at", "of"),
    [
        ((300, 240), (2, 1), 100),
        ((300, 240), (190, 130), 100),
        ((2000, 1400), (900, 300), 900),
        ((120, 90), (30, 9), 60),
    ],
)
def test_size_and_place_change_nothing(size: tuple[int, int], at: tuple[int, int], of: int) -> None:
    picture = photograph(shirt(of), paper=WHITE, cloth=BLACK, size=size, at=at)
    found = find_subject(picture)
    assert found.box is not None
    left, top, width, height = found.box
    slack = max(size) / 100
    assert (left, top) == pytest.approx(at, abs=slack)
    assert (width, height) == pytest.approx(shirt(of).shape[::-1], abs=2 * slack)
    assert difference(glyph_of(picture), expected()) < 0.05


@pytest.mark.parametrize("paper", [(0.95, 0.95, 0.95), (0.12, 0.12, 0.12)])
def test_uneven_light_and_grain_leave_the_surroundings_empty(paper: tuple[float, float, float]) -> None:
    cloth = (0.1, 0.1, 0.15) if paper[0] > 0.5 else (0.9, 0.9, 0.85)
    picture = photograph(shirt(150), paper=paper, cloth=cloth, light=0.35, noise=0.02)
    levels = glyph_of(picture)
    assert difference(levels, expected()) < 0.1
    # Below the sleeves, beside the shirt, there is nothing.
    assert levels[SIDE // 2 :, :3].max() == levels[SIDE // 2 :, -3:].max() == 0


def test_the_grey_inside_is_kept() -> None:
    levels = glyph_of(photograph(shirt(140), paper=WHITE, cloth=BLACK))
    chest, stripe = levels[10:13, 12:16].mean(), levels[15, 12:16].mean()
    assert stripe == pytest.approx(chest / 2, abs=0.08)
    assert levels[20, 18] > levels[20, 10] > 0.3


def test_a_hole_of_the_surroundings_colour_is_no_edge_of_the_thing() -> None:
    """A white print on a dark shirt on white."""
    ink = shirt(140)
    ink[60:90, 50:80] = 0
    levels = glyph_of(photograph(ink, paper=WHITE, cloth=BLACK))
    assert levels[14, 14] < 0.1 < levels[22, 14]


def test_both_shoes_are_kept_and_specks_are_not() -> None:
    pixels = np.full((200, 300, 3), 250, np.uint8)
    pixels[60:110, 40:120] = pixels[60:110, 160:250] = 40
    pixels[10:13, 10:13] = 30
    found = find_subject(Picture(name=None, pixels=pixels))
    assert found.box is not None
    assert found.box == pytest.approx((40, 60, 210, 50), abs=3)


def test_what_a_drawn_line_encloses_is_filled_and_the_line_still_shows() -> None:
    ink = np.zeros((40, 40), np.float32)
    ink[5:35, 5:35] = 1
    ink[8:32, 8:32] = 0
    ink[20, 14:26] = 1
    filled = solid(ink)
    assert filled[:5].max() == filled[:, 35:].max() == 0
    assert filled[6, 6] == filled[20, 20] == 1
    assert 0.5 < filled[10, 10] == filled[30, 12] < 1


def test_what_is_open_is_not_filled() -> None:
    ink = np.zeros((40, 40), np.float32)
    ink[5:35, 5:8] = ink[32:35, 5:35] = ink[5:35, 32:35] = 1
    assert np.array_equal(solid(ink), ink)


@pytest.mark.parametrize("level", [0, 90, 255])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (300, 200), (3000, 5)])
def test_nothing_there_is_blank(level: int, size: tuple[int, int]) -> None:
    found = find_subject(Picture(name=None, pixels=np.full((size[1], size[0], 3), level, np.uint8)))
    assert found.box is None
    assert frame(found.ink) is None


def test_grain_alone_is_blank() -> None:
    found = find_subject(photograph(np.zeros((1, 1), np.float32), paper=GREY, cloth=BLACK, noise=0.03, light=0.3))
    assert found.box is None


@pytest.mark.parametrize("size", [(2, 1), (1, 400), (5, 3), (65, 2)])
def test_pictures_of_any_shape_are_taken(size: tuple[int, int]) -> None:
    pixels = np.full((size[1], size[0], 3), 255, np.uint8)
    pixels[0, 0] = 0
    find_subject(Picture(name=None, pixels=pixels))


@pytest.mark.parametrize("negated", [False, True])
def test_images_of_fashion_mnist_come_back_as_they_are(fashion: NDArray[np.uint8], negated: bool) -> None:
    kept = []
    for image in fashion:
        shown = 255 - image if negated else image
        found = find_subject(Picture(name=None, pixels=np.repeat(shown[..., np.newaxis], 3, axis=2)))
        kept.append(frame(found.ink) == Glyph(levels=image) == frame(image / np.float32(255)))
    # Of the others a pale rim was lost when they were made: their longer side is below 28.
    assert np.mean(kept) > 0.95


@pytest.fixture
def fashion(data: Path) -> NDArray[np.uint8]:
    if not (data / "fashion-mnist").is_dir():
        pytest.skip("the folder of the data sets holds no fashion-mnist/")
    return read_idx_pair(data / "fashion-mnist", "train")[0][:300]


def test_a_jpeg_of_the_thing_reads_alike() -> None:
    picture = photograph(shirt(140), paper=WHITE, cloth=NAVY)
    file = io.BytesIO()
    Image.fromarray(picture.pixels).save(file, "JPEG", quality=60)
    assert difference(glyph_of(decode_picture(file.getvalue(), name=None)), glyph_of(picture)) < 0.02

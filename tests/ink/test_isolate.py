"""What isolate promises: the ink of the digit and nothing else, wherever it is and on whatever it is written."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from picture_corpus import digit, encoded, of_every_kind, on_nothing
from PIL import Image, ImageDraw, ImageFilter

from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import Glyph, normalise
from mnist_desktop.ink.isolate import Isolated, isolate
from mnist_desktop.ink.pictures import Picture, decode_picture
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.ink.threshold import otsu


def picture(image: Image.Image | NDArray[np.uint8]) -> Picture:
    made = image if isinstance(image, Image.Image) else Image.fromarray(image)
    return Picture(name=None, pixels=np.array(made.convert("RGB")))


def glyph(found: Isolated) -> Glyph:
    made = normalise(found.ink)
    assert made is not None
    return made


def likeness(one: Glyph, other: Glyph) -> float:
    """Correlation of two glyphs, softened and at the best of nine places, for one pixel more or less is rounding."""
    fixed = _soft(one).ravel()
    moved = [np.roll(_soft(other), (down, across), (0, 1)) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    return max(float(np.corrcoef(fixed, levels.ravel())[0, 1]) for levels in moved)


def _soft(made: Glyph) -> NDArray[np.float32]:
    return np.asarray(Image.fromarray(made.levels).filter(ImageFilter.GaussianBlur(0.7)), dtype=np.float32)


def like(one: Glyph, other: Glyph) -> bool:
    return likeness(one, other) > 0.9


def expected(text: str, **options: Any) -> Glyph:
    """The glyph of a printed digit, made without isolate from a clean picture of it."""
    ink = normalise(1 - np.asarray(digit(text, **options), dtype=np.float32) / np.float32(255))
    assert ink is not None
    return ink


def test_no_two_digits_are_alike() -> None:
    """The measure that the other tests use must be able to fail."""
    glyphs = [expected(text) for text in "0123456789"]
    assert not any(like(one, other) for one in glyphs for other in glyphs if one is not other)


@pytest.mark.parametrize("kind", of_every_kind())
def test_every_format_gives_the_same_ink(kind: str) -> None:
    found = isolate(decode_picture(of_every_kind()[kind], name=None))
    assert found.polarity == "dark on light"
    assert like(glyph(found), expected("4"))


@pytest.mark.parametrize("text", "0123456789")
@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (240, 90), (60, 130), (128, 20), (90, 255)])
def test_either_side_can_be_ink(text: str, paper: int, ink: int) -> None:
    found = isolate(picture(digit(text, paper=paper, ink=ink)))
    assert found.polarity == ("dark on light" if ink < paper else "light on dark")
    assert like(glyph(found), expected(text))


@pytest.mark.parametrize("centre", [(14, 20), (386, 20), (14, 280), (386, 280), (200, 150)])
@pytest.mark.parametrize("text", ["1", "4", "7", "8"])
def test_a_digit_in_the_corner_is_found_like_one_in_the_middle(text: str, centre: tuple[int, int]) -> None:
    found = isolate(picture(digit(text, size=(400, 300), height=36, centre=centre)))
    assert like(glyph(found), expected(text, size=(400, 300), height=36))
    assert found.box is not None
    x, y, width, height = found.box
    assert abs(x + width / 2 - centre[0]) < 4
    assert abs(y + height / 2 - centre[1]) < 4


@pytest.mark.parametrize("side", [20, 40, 80, 160, 400, 900])
@pytest.mark.parametrize("text", ["2", "5", "9"])
def test_a_digit_of_any_size_in_the_picture(text: str, side: int) -> None:
    found = isolate(picture(digit(text, size=(1000, 1000), height=side)))
    assert like(glyph(found), expected(text, size=(1000, 1000), height=side))


@pytest.mark.parametrize("text", ["2", "4", "7"])
def test_a_small_digit_on_a_large_scan_is_read_in_full_resolution(text: str) -> None:
    found = isolate(picture(digit(text, size=(2000, 1400), height=40, centre=(1500, 400))))
    assert found.box is not None
    assert max(found.ink.shape) == max(found.box[2:])
    assert like(glyph(found), expected(text, height=40))


def test_the_box_is_where_the_ink_is() -> None:
    levels = np.full((300, 500), 250, np.uint8)
    levels[100:180, 310:340] = 20
    found = isolate(picture(levels))
    assert found.box == (310, 100, 30, 80)
    assert found.ink.dtype == np.float32
    assert found.ink.shape == (80, 30)
    assert found.ink.min() == found.ink.max() == 1


@pytest.mark.parametrize("text", "0123456789")
@pytest.mark.parametrize("side", [8, 12, 20, 28, 64])
def test_tiny_pictures_like_those_of_the_data_sets(text: str, side: int) -> None:
    full = digit(text, size=(side * 8, side * 8), height=side * 8, paper=0, ink=255)
    found = isolate(picture(full.reduce(8)))
    assert found.polarity == "light on dark"
    truth = normalise(np.asarray(full.reduce(8), dtype=np.float32) / np.float32(255))
    assert truth is not None
    assert likeness(glyph(found), truth) > 0.95


@pytest.mark.parametrize("text", "0235689")
@pytest.mark.parametrize("side", [16, 32])
def test_a_thick_digit_stretched_to_fill_a_tiny_scan(text: str, side: int) -> None:
    """As collections of post codes and school hands hold them: hardly half of the picture is paper."""
    full = digit(text, size=(400, 500), height=460, paper=0, ink=255)
    thick = full.filter(ImageFilter.MaxFilter(9))
    boxed = thick.crop(thick.getbbox()).resize((side, side), Image.Resampling.BOX)
    assert (np.asarray(boxed) == 0).mean() < 0.6
    found = isolate(picture(boxed))
    truth = normalise(np.asarray(boxed, dtype=np.float32) / np.float32(255))
    assert truth is not None
    assert likeness(glyph(found), truth) > 0.9


def test_the_grey_of_a_small_digit_is_kept() -> None:
    small = digit("3", size=(28, 28), height=24, paper=0, ink=255)
    found = isolate(picture(small))
    assert found.box is not None
    x, y, width, height = found.box
    truth = np.asarray(small, dtype=np.float32)[y : y + height, x : x + width] / 255
    assert np.abs(found.ink - truth).max() < 0.06


def test_a_digit_that_fills_its_frame() -> None:
    found_on = {paper: isolate(picture(_filling(paper))) for paper in (0, 255)}
    assert found_on[0].polarity == "light on dark"
    assert found_on[255].polarity == "dark on light"
    assert like(glyph(found_on[0]), expected("8"))
    assert like(glyph(found_on[255]), expected("8"))


def _filling(paper: int) -> Image.Image:
    image = digit("8", size=(400, 500), height=500, paper=paper, ink=255 - paper)
    inner = image.point([level if paper == 0 else 255 - level for level in range(256)]).getbbox()
    assert inner is not None
    return image.crop(inner)


@pytest.mark.parametrize("level", [0, 1, 90, 128, 254, 255])
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (28, 28), (3, 700), (640, 480)])
def test_a_picture_of_one_colour_is_blank(level: int, size: tuple[int, int]) -> None:
    found = isolate(picture(Image.new("L", size, level)))
    assert found.box is None
    assert found.ink.size >= 1
    assert found.ink.max() == 0
    assert normalise(found.ink) is None


@pytest.mark.parametrize("seed", range(6))
def test_noise_on_paper_is_blank(seed: int) -> None:
    rng = np.random.default_rng(seed)
    light = np.linspace(255, 255 - 90 * (seed % 3), 800)[None, :]
    noisy = np.clip(light + rng.normal(0, 2 * seed, (600, 800)), 0, 255).astype(np.uint8)
    content = encoded(Image.fromarray(noisy), "JPEG", quality=40 + 8 * seed)
    assert isolate(decode_picture(content, name=None)).box is None


@pytest.mark.parametrize("quality", [10, 30, 60])
def test_the_ripples_of_jpeg_around_a_digit_are_not_ink(quality: int) -> None:
    content = encoded(digit("7", size=(300, 300), height=160), "JPEG", quality=quality)
    assert like(glyph(isolate(decode_picture(content, name=None))), expected("7"))


@pytest.mark.parametrize("text", ["0", "4", "6"])
def test_specks_stay_behind(text: str) -> None:
    image = digit(text, size=(500, 400), height=250)
    draw = ImageDraw.Draw(image)
    for x, y in np.random.default_rng(3).integers(0, 380, (40, 2)):
        draw.ellipse((int(x), int(y), int(x) + 3, int(y) + 3), fill=0)
    # Specks that touch the digit cannot be told from it.
    assert like(glyph(isolate(picture(image))), expected(text))


@pytest.mark.parametrize("text", ["3", "9"])
def test_a_table_edge_and_a_thumb_stay_behind(text: str) -> None:
    image = digit(text, size=(600, 500), height=200)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 600, 40), fill=30)
    draw.ellipse((520, 180, 700, 330), fill=60)
    found = isolate(picture(image))
    assert like(glyph(found), expected(text))


@pytest.mark.parametrize("text", ["2", "5", "8"])
def test_ink_in_a_broad_stroke_of_a_text_marker(text: str) -> None:
    image = Image.new("RGB", (600, 500), (235, 235, 230))
    ImageDraw.Draw(image).rectangle((150, 190, 460, 290), fill=(245, 240, 70))
    image.paste((30, 40, 120), mask=digit(text, size=(600, 500), height=90, paper=0, ink=255))
    assert like(glyph(isolate(picture(image))), expected(text, size=(600, 500), height=90))


@pytest.mark.parametrize("text", ["2", "7"])
def test_a_printed_frame_around_the_digit_stays_behind(text: str) -> None:
    image = digit(text, size=(400, 400), height=200)
    ImageDraw.Draw(image).rectangle((60, 60, 340, 340), outline=0, width=6)
    assert like(glyph(isolate(picture(image))), expected(text))


@pytest.mark.parametrize("spacing", [40, 70])
@pytest.mark.parametrize("rise", [0.0, 0.02, -0.05])
@pytest.mark.parametrize("text", ["0", "4", "7"])
def test_ruled_lines_stay_behind(text: str, rise: float, spacing: int) -> None:
    image = digit(text, size=(600, 500), height=220)
    draw = ImageDraw.Draw(image)
    for row in range(-spacing, 600, spacing):
        draw.line((0, row, 600, row + 600 * rise), fill=120, width=2)
    assert like(glyph(isolate(picture(image))), expected(text))


@pytest.mark.parametrize("size", [(1400, 110), (900, 160), (110, 1400)])
@pytest.mark.parametrize("text", ["4", "7"])
def test_a_strip_of_ruled_paper_much_longer_than_it_is_wide(size: tuple[int, int], text: str) -> None:
    image = digit(text, size=size, height=80)
    ImageDraw.Draw(image).line((0, size[1] - 12, size[0], size[1] - 16), fill=120, width=2)
    assert like(glyph(isolate(picture(image))), expected(text, size=size, height=80))


def test_a_seven_as_wide_as_its_picture_is_not_taken_for_a_ruled_line() -> None:
    image = digit("7", size=(300, 400), height=500)
    inner = image.point([255 - level for level in range(256)]).getbbox()
    assert inner is not None
    assert like(glyph(isolate(picture(image.crop(inner)))), expected("7"))


FIVE = Drawing(
    strokes=(
        Stroke(points=((30.0, 12.0), (28.0, 45.0), (50.0, 42.0), (66.0, 60.0), (55.0, 84.0), (22.0, 86.0))),
        Stroke(points=((42.0, 0.0), (78.0, 0.0))),
    )
)
FOUR = Drawing(
    strokes=(
        Stroke(points=((30.0, 0.0), (8.0, 48.0), (50.0, 48.0))),
        Stroke(points=((66.0, 10.0), (62.0, 96.0))),
    )
)


@pytest.mark.parametrize("drawing", [FIVE, FOUR])
@pytest.mark.parametrize("scale", [1, 5])
def test_strokes_that_do_not_touch_stay_one_digit(drawing: Drawing, scale: int) -> None:
    ink = rasterise(drawing, width=0.08)
    page = np.full((300, 300), 255, np.float32)
    page[90 : 90 + ink.shape[0], 100 : 100 + ink.shape[1]] -= 255 * ink
    large = Image.fromarray(page.astype(np.uint8)).resize((300 * scale, 300 * scale), Image.Resampling.BICUBIC)
    truth = normalise(ink)
    assert truth is not None
    assert like(glyph(isolate(picture(large))), truth)


@pytest.mark.parametrize(("paper", "ink"), [("white", "yellow"), ("black", "red"), ("#208020", "#c02020")])
def test_coloured_ink_that_brightness_hardly_shows(paper: str, ink: str) -> None:
    alone = on_nothing(digit("6"), ink)
    image = Image.alpha_composite(Image.new("RGBA", alone.size, paper), alone)
    assert like(glyph(isolate(picture(image))), expected("6"))


@pytest.mark.parametrize("text", ["2", "4", "8"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
def test_a_shadow_across_the_paper_is_not_ink(text: str, share: float) -> None:
    height = int(700 * share)
    image = digit(text, size=(900, 700), height=height, paper=235, ink=40)
    rows, columns = np.mgrid[0:700, 0:900]
    shadow = 1 - 0.45 / (1 + np.exp(-(columns - rows - 50) / 25)) - 0.2 * columns / 900
    lit = Image.fromarray((np.asarray(image) * shadow).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.5))
    assert like(glyph(isolate(picture(lit))), expected(text, size=(900, 700), height=height))


def test_a_page_of_thousands_of_rings_does_not_take_minutes() -> None:
    levels = np.full((1500, 2000), 255, np.uint8)
    rows, columns = np.mgrid[0:1500, 0:2000]
    down, across = rows % 28 - 14, (columns + 16 * (rows // 28 % 2)) % 32 - 16
    levels[np.abs(down**2 + across**2 - 140) < 40] = 0
    assert isolate(picture(levels)).box is not None


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_whatever_the_pixels_the_ink_fits_its_box(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 140), st.integers(1, 140)))
    levels = data.draw(arrays.arrays(np.uint8, (*shape, 3), fill=st.integers(0, 255)))
    found = isolate(Picture(name=None, pixels=levels))
    assert found.ink.dtype == np.float32
    assert 0 <= found.ink.min() <= found.ink.max() <= 1
    assert np.isfinite(found.threshold)
    if found.box is None:
        assert found.ink.max() == 0
    else:
        x, y, width, height = found.box
        assert found.ink.shape == (height, width)
        assert found.ink.max() > 0
        assert x >= 0 <= y
        assert x + width <= shape[1]
        assert y + height <= shape[0]


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(0, 255), min_size=2, max_size=60))
def test_otsu_finds_what_a_search_through_all_thresholds_finds(levels: list[int]) -> None:
    values = np.array(levels, dtype=np.float64)

    def between(threshold: float) -> float:
        low, high = values[values <= threshold], values[values > threshold]
        if not len(low) or not len(high):
            return 0.0
        return float(len(low) * len(high) * (low.mean() - high.mean()) ** 2)

    best = max(between(level + 0.5) for level in range(256))
    chosen = otsu((values / 255).astype(np.float32))
    assert between(chosen * 255) == pytest.approx(best, rel=1e-9)


def test_a_drawing_and_its_picture_give_the_same_glyph() -> None:
    ink = rasterise(FOUR)
    page = np.pad(ink, 60)
    truth = normalise(ink)
    assert truth is not None
    found = isolate(picture((255 - 255 * page).astype(np.uint8)))
    assert likeness(glyph(found), truth) > 0.97


def test_scipy_is_not_imported_before_a_picture_is_isolated() -> None:
    script = "import sys; import mnist_desktop.ink.isolate, mnist_desktop.ink.pictures; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

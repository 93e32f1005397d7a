"""What find_sheet promises: the sheet where a picture shows its surroundings, and nothing where there is only paper."""

from __future__ import annotations

import numpy as np
import pytest
from picture_corpus import digit
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from mnist_desktop.ink.choices import Choices
from mnist_desktop.ink.glyph import normalise
from mnist_desktop.ink.isolate import isolate
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.ink.sheet import find_sheet, opened, without_holes

CORNERS = [(120.0, 60.0), (520.0, 90.0), (560.0, 400.0), (80.0, 430.0)]


def picture(image: Image.Image) -> Picture:
    return Picture(name=None, pixels=np.array(image.convert("RGB")))


def note(*, table: int, paper: int, text: str = "4", at: tuple[float, float] = (320, 250)) -> Image.Image:
    """A sheet, not seen from above, on a striped table."""
    stripes = table + 18 * np.sin(np.arange(480)[:, None] / 3 + np.arange(640) / 40)
    image = Image.fromarray(np.clip(stripes, 0, 255).astype(np.uint8))
    ImageDraw.Draw(image).polygon(CORNERS, fill=paper)
    ink = 20 if paper > 120 else 240
    image.paste(ink, mask=digit(text, size=(640, 480), height=150, centre=at, paper=0, ink=255))
    return image.filter(ImageFilter.GaussianBlur(1))


@pytest.mark.parametrize(("table", "paper"), [(70, 235), (150, 250), (200, 40)])
def test_a_sheet_on_a_table_is_found_where_it_lies(table: int, paper: int) -> None:
    sheet = find_sheet(picture(note(table=table, paper=paper)))
    assert sheet is not None
    assert np.abs(sheet.corners - CORNERS).max() < 20
    inside = sheet.mask((0, 0, 640, 480), 1, (480, 640))
    assert inside[250, 320]
    assert not inside[20, 320]
    assert not inside[75, 500]


@pytest.mark.parametrize("text", "0123456789")
@pytest.mark.parametrize(("table", "paper"), [(70, 235), (200, 40)])
def test_a_digit_on_a_sheet_reads_like_one_without_a_table(text: str, table: int, paper: int) -> None:
    found = isolate(picture(note(table=table, paper=paper, text=text)))
    alone = isolate(picture(digit(text, size=(640, 480), height=150)))
    one, other = normalise(found.ink), normalise(alone.ink)
    assert one is not None
    assert other is not None
    assert (one.levels != other.levels).mean() < 0.06


def test_a_digit_close_to_the_edge_of_its_sheet_is_found() -> None:
    found = isolate(picture(note(table=60, paper=235, text="7", at=(170, 170))))
    assert found.box is not None
    x, y, width, height = found.box
    assert abs(x + width / 2 - 170) < 12
    assert abs(y + height / 2 - 170) < 12


def test_an_empty_sheet_does_not_hide_the_digit_beside_it() -> None:
    image = Image.new("L", (640, 480), 240)
    ImageDraw.Draw(image).rectangle((30, 30, 300, 450), fill=120)
    image.paste(20, mask=digit("3", size=(640, 480), height=200, centre=(460, 240), paper=0, ink=255))
    found = isolate(picture(image))
    assert found.box is not None
    assert found.box[0] > 330


@pytest.mark.parametrize("text", "0123456789")
@pytest.mark.parametrize("height", [150, 400, 560])
@pytest.mark.parametrize("paper", [0, 255])
def test_a_digit_is_no_sheet(text: str, height: int, paper: int) -> None:
    image = digit(text, size=(480, 480), height=height, paper=paper, ink=255 - paper)
    assert find_sheet(picture(image.filter(ImageFilter.MinFilter(9)))) is None
    assert find_sheet(picture(image.filter(ImageFilter.MaxFilter(9)))) is None


@pytest.mark.parametrize("softness", [12, 30])
def test_light_is_no_sheet(softness: int) -> None:
    lit = Image.new("L", (640, 480), 110)
    ImageDraw.Draw(lit).rectangle((160, 120, 480, 360), fill=220)
    assert find_sheet(picture(lit.filter(ImageFilter.GaussianBlur(softness)))) is None


def test_a_lit_corner_is_no_sheet() -> None:
    lit = Image.new("L", (480, 640), 110)
    ImageDraw.Draw(lit).polygon([(160, 0), (480, 0), (480, 340)], fill=220)
    assert find_sheet(picture(lit.filter(ImageFilter.GaussianBlur(2)))) is None


def test_the_outline_of_a_bold_eight_is_no_sheet() -> None:
    eight = Image.new("L", (500, 400), 200)
    draw = ImageDraw.Draw(eight)
    for x, y in ((230, 120), (250, 260)):
        draw.ellipse((x - 85, y - 85, x + 85, y + 85), outline=60, width=62)
    assert find_sheet(picture(eight)) is None


@pytest.mark.parametrize("size", [(1, 1), (640, 480), (3, 700), (96, 1)])
def test_a_picture_of_one_colour_has_no_sheet(size: tuple[int, int]) -> None:
    assert find_sheet(picture(Image.new("L", size, 128))) is None


def test_what_a_person_chose_is_looked_at_whole() -> None:
    chosen = Choices(part=(0, 0, 640, 480))
    kept = isolate(picture(note(table=70, paper=235)), chosen, keep_steps=True).steps
    assert kept is not None
    assert kept.part == (0, 0, 640, 480)
    assert kept.darkness.shape == (480, 640)


@pytest.mark.parametrize("seed", range(20))
def test_holes_are_filled_and_thin_parts_taken_off_as_scipy_does_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.asarray(ndimage.zoom(rng.random((9, 12)), 8, order=1) > rng.uniform(0.3, 0.7))
    filled = ndimage.binary_fill_holes(mask)
    assert np.array_equal(without_holes(mask), filled)
    assert np.array_equal(opened(filled, 2), ndimage.binary_opening(filled, np.ones((3, 3), bool), iterations=2))


@pytest.mark.parametrize(("around", "badge", "ink"), [(255, 70, 255), (250, 120, 240), (30, 200, 20)])
@pytest.mark.parametrize("text", ["0", "4", "9"])
def test_a_digit_on_a_round_badge_reads_like_one_on_paper(text: str, around: int, badge: int, ink: int) -> None:
    image = Image.new("L", (400, 400), around)
    ImageDraw.Draw(image).ellipse((50, 40, 350, 340), fill=badge)
    image.paste(ink, mask=digit(text, size=(400, 400), height=170, centre=(200, 190), paper=0, ink=255))
    one = normalise(isolate(picture(image.filter(ImageFilter.GaussianBlur(1)))).ink)
    other = normalise(isolate(picture(digit(text, size=(400, 400), height=170))).ink)
    assert one is not None
    assert other is not None
    assert (one.levels != other.levels).mean() < 0.06


@pytest.mark.parametrize("hole", [(175, 110, 225, 290), (160, 160, 240, 240)], ids=["narrow", "round"])
def test_a_bold_0_is_no_badge(hole: tuple[int, int, int, int]) -> None:
    image = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(image).ellipse((90, 60, 310, 340), fill=0)
    ImageDraw.Draw(image).ellipse(hole, fill=255)
    assert find_sheet(picture(image)) is None

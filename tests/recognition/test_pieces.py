"""What of a picture is one piece of writing, and what beside a digit is none."""

from __future__ import annotations

import numpy as np
import pytest
from picture_corpus import digit
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from mnist_desktop.ink.pictures import Picture
from mnist_desktop.ink.split_picture import PaintedPieces, isolate_pieces
from mnist_desktop.recognition.reader import Reader

SEGMENTS = {"0": "abcdef", "1": "bc", "2": "abged", "4": "fgbc", "7": "abc", "8": "abcdefg"}
LEVEL = {"a": (0, 0), "g": (0, 1), "d": (0, 2)}
UPRIGHT = {"f": (0, 0), "b": (1, 0), "e": (0, 1), "c": (1, 1)}


def picture(image: Image.Image) -> Picture:
    return Picture(name=None, pixels=np.array(image.convert("RGB")))


def pieces(image: Image.Image) -> PaintedPieces:
    _, found = isolate_pieces(picture(image))
    assert found is not None
    return found


def display(text: str, *, half: int, thick: int, gap: int) -> Image.Image:
    """Digits of seven segments, light on dark: `half` from one level segment to the next, the ends `gap` short."""
    image = Image.new("L", (len(text) * 2 * half + 200, 2 * half + 260), 12)
    draw = ImageDraw.Draw(image)
    for number, character in enumerate(text):
        left, top = 100 + number * 2 * half, 130
        for segment in SEGMENTS[character]:
            column, row = (LEVEL | UPRIGHT)[segment]
            x, y = left + column * half, top + row * half
            if segment in LEVEL:
                box = (x + thick / 2 + gap, y - thick / 2, x + half - thick / 2 - gap, y + thick / 2)
            else:
                box = (x - thick / 2, y + thick / 2 + gap, x + thick / 2, y + half - thick / 2 - gap)
            draw.rectangle(box, fill=230)
    return image.filter(ImageFilter.GaussianBlur(1))


@pytest.mark.parametrize("text", SEGMENTS)
@pytest.mark.parametrize(("half", "thick", "gap"), [(100, 20, 2), (60, 16, 1), (40, 7, 1)])
def test_the_segments_of_a_display_are_one_digit(reader: Reader, text: str, half: int, thick: int, gap: int) -> None:
    assert reader.read_digits(picture(display(text, half=half, thick=thick, gap=gap))).text == text


def test_digits_of_a_display_stay_apart(reader: Reader) -> None:
    shown = display("7140", half=80, thick=16, gap=2)
    assert len(pieces(shown).boxes) == 4
    assert reader.read_digits(picture(shown)).text == "7140"


def test_the_boxes_of_what_was_cut_are_those_of_its_pixels() -> None:
    whole = pieces(display("80", half=80, thick=16, gap=0))
    for found in (whole, whole.cut([1])):
        places = ndimage.find_objects(found.numbers)
        assert len(places) == len(found.boxes) > 1
        for box, (rows, columns) in zip(found.boxes, places, strict=True):
            assert (box.left, box.top) == (columns.start, rows.start)
            assert (box.right, box.bottom) == (columns.stop, rows.stop)


@pytest.mark.parametrize("gap", [3, 40])
def test_a_broken_stroke_is_one_piece_and_two_bars_far_apart_are_not(gap: int) -> None:
    image = Image.new("L", (400, 400), 240)
    draw = ImageDraw.Draw(image)
    draw.line((120, 100, 120, 200 - gap), fill=10, width=16)
    draw.line((120, 200, 120, 300), fill=10, width=16)
    assert len(pieces(image).boxes) == (1 if gap == 3 else 2)


def test_what_lies_in_a_ring_of_ink_is_one_piece_with_it() -> None:
    image = Image.new("L", (400, 500), 250)
    draw = ImageDraw.Draw(image)
    draw.ellipse((100, 100, 300, 400), outline=0, width=12)
    draw.ellipse((170, 200, 230, 300), outline=0, width=12)
    assert len(pieces(image).boxes) == 1


def screen(text: str, *, left: int) -> Image.Image:
    """A window with a digit, two buttons below and a scroll bar beside it."""
    image = digit(text, size=(900, 600), height=140, centre=(left, 300), paper=30, ink=225)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((890, 60, 897, 240), 4, fill=155)
    for button in (640, 740):
        draw.rounded_rectangle((button, 560, button + 80, 586), 5, fill=190)
    return image


@pytest.mark.parametrize("left", [300, 780])
@pytest.mark.parametrize("text", ["2", "6", "9"])
def test_buttons_and_a_scroll_bar_are_no_digits(reader: Reader, text: str, left: int) -> None:
    assert reader.read_digits(picture(screen(text, left=left))).text == text


def test_a_thin_digit_weighs_more_than_the_buttons_of_a_window(reader: Reader) -> None:
    image = digit("9", size=(970, 430), height=46, centre=(220, 130), paper=30, ink=225)
    draw = ImageDraw.Draw(image)
    for button in (770, 860):
        draw.rounded_rectangle((button, 392, button + 80, 418), 5, fill=210)
    prediction = reader.read_picture(picture(image)).prediction
    assert prediction is not None
    assert prediction.label == "9"


@pytest.mark.parametrize("margin", [1, 3, 30])
def test_a_1_at_the_end_of_a_number_that_is_cut_out_closely_is_read(reader: Reader, margin: int) -> None:
    wide = Image.new("L", (600, 300), 255)
    draw = ImageDraw.Draw(wide)
    wide.paste(digit("2", size=(150, 200), height=160), (100, 50))
    draw.rectangle((285, 72, 301, 228), fill=0)
    box = wide.point([255 - level for level in range(256)]).getbbox()
    assert box is not None
    image = wide.crop((box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin))
    assert reader.read_digits(picture(image)).text == "21"

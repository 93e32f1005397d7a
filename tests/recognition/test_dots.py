"""Digits made of dots, as displays and needle printers make them, are read; dots that are there by chance stay dots."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mnist_desktop.ink.isolate import isolate
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.recognition.reader import Reader

DOTS = {
    "0": ("01110", "10001", "10011", "10101", "11001", "10001", "01110"),
    "2": ("01110", "10001", "00001", "00010", "00100", "01000", "11111"),
    "3": ("11111", "00010", "00100", "00010", "00001", "10001", "01110"),
    "6": ("00110", "01000", "10000", "11110", "10001", "10001", "01110"),
    "7": ("11111", "00001", "00010", "00100", "01000", "01000", "01000"),
}
"""How displays of five by seven dots show some digits."""


def display(text: str, *, pitch: int, dot: float, paper: str = "black", ink: str = "#ff4020") -> Picture:
    """`text` in dots every `pitch` pixels, each so wide as a share of that."""
    image = Image.new("RGB", ((7 * len(text) + 4) * pitch, 11 * pitch), paper)
    draw = ImageDraw.Draw(image)
    for number, character in enumerate(text):
        for row, line in enumerate(DOTS[character]):
            for column, lit in enumerate(line):
                x, y = (7 * number + column + 2.5) * pitch, (row + 2.5) * pitch
                if lit == "1":
                    radius = dot * pitch / 2
                    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    return Picture(name=None, pixels=np.array(image))


@pytest.mark.parametrize(("pitch", "dot"), [(8, 0.6), (16, 0.55), (16, 0.8), (30, 0.7)])
@pytest.mark.parametrize("text", ["2", "3", "06", "7023"])
def test_digits_of_dots_are_read(reader: Reader, text: str, pitch: int, dot: float) -> None:
    assert reader.read_digits(display(text, pitch=pitch, dot=dot)).text == text


def test_dark_dots_on_paper_are_read(reader: Reader) -> None:
    assert reader.read_digits(display("6", pitch=14, dot=0.7, paper="white", ink="#202020")).text == "6"


def test_a_line_of_bold_digits_is_not_joined(reader: Reader) -> None:
    image = Image.new("RGB", (900, 160), "white")
    font = ImageFont.load_default(90)
    ImageDraw.Draw(image).text((30, 30), "888088808", fill="black", font=font, stroke_width=4, stroke_fill="black")
    assert reader.read_digits(Picture(name=None, pixels=np.array(image))).text == "888088808"


@pytest.mark.parametrize("rows", [("888", "000", "888", "000", "808"), ("0000",) * 4])
def test_a_table_of_bold_digits_is_not_joined(reader: Reader, rows: tuple[str, ...]) -> None:
    image = Image.new("RGB", (500, 500), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(40)
    for row, text in enumerate(rows):
        for column, character in enumerate(text):
            place = 60 + 50 * column, 60 + 56 * row
            draw.text(place, character, fill="black", font=font, anchor="mm", stroke_width=3, stroke_fill="black")
    assert reader.read_digits(Picture(name=None, pixels=np.array(image))).text == "\n".join(rows)


def test_dirt_of_all_sizes_is_not_joined() -> None:
    rng = np.random.default_rng(2)
    image = Image.new("L", (400, 400), 255)
    draw = ImageDraw.Draw(image)
    for x, y, radius in rng.uniform((20, 20, 2), (380, 380, 16), (40, 3)):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    pixels = np.array(image.convert("RGB"))
    found = isolate(Picture(name=None, pixels=pixels))
    # What is taken for ink is dark in the picture: no gap was filled.
    assert found.box is not None
    x, y, width, height = found.box
    dark = pixels[y : y + height, x : x + width, 0] < 128
    assert not (found.ink[: dark.shape[0], : dark.shape[1]] > 0.5)[~dark].any()

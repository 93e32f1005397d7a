"""A circle around a number is no digit of it; a round 0 is one, whatever is in it."""

from __future__ import annotations

import numpy as np
import pytest
from picture_corpus import digit
from PIL import Image, ImageDraw

from mnist_desktop.ink.isolate import isolate
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.recognition.reader import Reader

SIZE = 400, 400


def picture(image: Image.Image) -> Picture:
    return Picture(name=None, pixels=np.array(image.convert("RGB")))


def test_a_number_in_a_circle_is_read(reader: Reader) -> None:
    image = digit("42", size=SIZE, height=120)
    ImageDraw.Draw(image).ellipse((80, 80, 320, 320), outline=0, width=6)
    assert reader.read_digits(picture(image)).text == "42"


@pytest.mark.parametrize("inside", [(), (185, 190, 215, 220), (170, 196, 230, 204)], ids=["nothing", "a dot", "a bar"])
def test_a_round_0_is_one_with_a_dot_or_a_bar_in_it(reader: Reader, inside: tuple[int, ...]) -> None:
    image = Image.new("L", SIZE, 255)
    draw = ImageDraw.Draw(image)
    draw.ellipse((90, 80, 310, 330), outline=0, width=22)
    if inside:
        draw.rectangle(inside, fill=0)
    found = isolate(picture(image))
    assert found.box is not None
    assert found.box[3] > 240
    assert reader.read_digits(picture(image)).text == "0"

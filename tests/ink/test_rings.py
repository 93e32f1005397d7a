"""A circle that somebody drew around a digit stays behind."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from picture_corpus import digit
from PIL import Image, ImageDraw

from mnist_desktop.ink.isolate import isolate
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.ink.rings import is_ring

SIZE = 400, 400


def picture(image: Image.Image) -> Picture:
    return Picture(name=None, pixels=np.array(image.convert("RGB")))


def box_of(text: str, height: int) -> tuple[int, ...]:
    found = isolate(picture(digit(text, size=SIZE, height=height)))
    assert found.box is not None
    return found.box


def ring(width: int, height: int, *, begin: float = 0, end: float = 360) -> NDArray[np.bool_]:
    image = Image.new("1", (width, height))
    ImageDraw.Draw(image).arc((0, 0, width - 1, height - 1), begin, end, fill=1, width=6)
    return np.array(image)


@pytest.mark.parametrize(("begin", "end"), [(0, 360), (20, 350), (-60, 280)])
@pytest.mark.parametrize("text", ["0", "3", "7", "1"])
def test_a_circle_around_a_digit_stays_behind(text: str, begin: float, end: float) -> None:
    image = digit(text, size=SIZE, height=160)
    ImageDraw.Draw(image).arc((70, 80, 330, 320), begin, end, fill=0, width=7)
    found = isolate(picture(image)).box
    assert found is not None
    assert np.abs(np.subtract(found, box_of(text, 160))).max() <= 2


@pytest.mark.parametrize(
    ("own", "told"),
    [
        pytest.param(ring(200, 200), True, id="a circle"),
        pytest.param(ring(360, 200), True, id="a lying ellipse"),
        pytest.param(ring(200, 200, begin=30), True, id="nearly closed"),
        pytest.param(ring(140, 200), False, id="as narrow as a 0"),
        pytest.param(ring(200, 200, end=200), False, id="half of a circle"),
        pytest.param(np.pad(np.zeros((194, 194), bool), 3, constant_values=True), False, id="a square"),
        pytest.param(np.ones((200, 200), bool), False, id="solid"),
    ],
)
def test_a_ring_is_told_by_its_outline(own: NDArray[np.bool_], *, told: bool) -> None:
    assert is_ring(own) is told

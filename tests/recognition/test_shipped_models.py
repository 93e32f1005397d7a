"""The models that ship beside `digits`: what each is for works as it comes, and its card says what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.random import default_rng
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits

from mnist_desktop.ink.drawing import Drawing, Point, Stroke, read_ink_file
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import list_models, load_model
from mnist_desktop.recognition.reader import Reader, Reading, Verdict, open_reader

Outline = tuple[Point, ...]
Colour = tuple[int, int, int]

CLOTHES: dict[str, Outline] = {
    "T-shirt": (
        *((30, 0), (42, 6), (58, 6), (70, 0), (100, 25), (88, 45), (75, 35)),
        *((75, 110), (25, 110), (25, 35), (12, 45), (0, 25)),
    ),
    "Trouser": ((20, 0), (80, 0), (88, 120), (62, 120), (50, 30), (38, 120), (12, 120)),
    "Dress": (
        *((38, 0), (42, 12), (58, 12), (62, 0), (68, 0), (66, 40)),
        *((85, 120), (15, 120), (34, 40), (32, 0)),
    ),
    "Bag": ((0, 40), (30, 40), (34, 10), (50, 2), (66, 10), (70, 40), (100, 40), (94, 100), (6, 100)),
    "Ankle boot": (
        *((55, 0), (100, 0), (100, 100), (72, 100), (70, 90), (40, 100)),
        *((0, 100), (2, 82), (30, 70), (52, 55)),
    ),
    "Sneaker": ((0, 30), (25, 22), (55, 0), (70, 8), (98, 6), (100, 40), (100, 48), (0, 48)),
}
"""Outlines of ours, in any unit."""

Opened = Callable[[str], Reader]


@pytest.fixture(scope="module")
def opened() -> Iterator[Opened]:
    """A reader for each shipped model, opened once."""
    readers: dict[str, Reader] = {}

    def reader(name: str) -> Reader:
        if name not in readers:
            readers[name] = open_reader(load_model(shipped("model") / name))
        return readers[name]

    yield reader
    for each in readers.values():
        each.close()


def picture(name: str, ground: Colour, cloth: Colour) -> Picture:
    image = Image.new("RGB", (420, 480), ground)
    ImageDraw.Draw(image).polygon([(x * 2.5 + 90, y * 2.5 + 60) for x, y in CLOTHES[name]], fill=cloth)
    return Picture(name=None, pixels=np.array(image))


def label(reading: Reading) -> str | None:
    return None if reading.prediction is None else reading.prediction.label


def test_all_four_come_with_the_program() -> None:
    assert {"digits", "fashion", "softmax", "mlp"} <= {model.card.name for model in list_models([shipped("model")])}


@pytest.mark.parametrize("name", ["fashion", "softmax", "mlp"])
def test_the_card_says_what_was_measured_and_by_which_command(name: str) -> None:
    details = load_model(shipped("model") / name).card.details
    assert details["metrics"]
    for data, figures in details["metrics"].items():
        assert figures["command"] == f"mnist-desktop evaluate --model {name} DIR/{data}"
        assert 0.5 < figures["accuracy"] <= 1
    assert details["training"]["command"].endswith(f"--out {name}")
    assert details["training"]["recipe"]


@pytest.mark.parametrize(("ground", "cloth"), [((250, 250, 248), (40, 50, 90)), ((30, 30, 34), (225, 215, 205))])
@pytest.mark.parametrize("name", CLOTHES)
def test_pictures_of_clothes_on_light_and_dark_are_read(
    opened: Opened, name: str, ground: Colour, cloth: Colour
) -> None:
    reading = opened("fashion").read_picture(picture(name, ground, cloth))
    assert (label(reading), reading.verdict) == (name, Verdict.DIGIT)


def test_drawn_outlines_of_clothes_are_read(opened: Opened) -> None:
    for name, points in CLOTHES.items():
        drawing = Drawing(strokes=(Stroke(points=(*points, points[0])),))
        assert label(opened("fashion").read_drawing(drawing)) == name


def test_digits_are_no_garments(opened: Opened) -> None:
    files = sorted((shipped("resources") / "drawings").glob("*.json"))
    drawings = [entry.drawing for file in files for entry in read_ink_file(file)]
    verdicts = [opened("fashion").read_drawing(drawing).verdict for drawing in drawings]
    assert len(verdicts) >= 10
    assert verdicts.count(Verdict.UNSURE) >= 0.8 * len(verdicts)


def test_grain_and_patches_are_no_garments(opened: Opened) -> None:
    rng = default_rng(5)
    inks = [rng.random((28, 28), dtype=np.float32) for _ in range(10)]
    inks += [np.kron(rng.random((4, 4), dtype=np.float32), np.ones((7, 7), np.float32)) for _ in range(10)]
    reader = opened("fashion")
    readings = reader.read_prepared([reader.prepare_ink(ink) for ink in inks])
    assert sum(reading.verdict is Verdict.UNSURE for reading in readings) >= 16


@pytest.mark.parametrize(("name", "least"), [("softmax", 0.6), ("mlp", 0.8)])
def test_the_classics_read_other_peoples_digits_less_well_than_mnists(opened: Opened, name: str, least: float) -> None:
    """Far above chance on scikit-learn's scans, which they never saw, and below what `digits` reads of them."""
    digits = load_digits()
    right = {}
    for model in (name, "digits"):
        reader = opened(model)
        readings = reader.read_prepared([reader.prepare_ink(each.astype(np.float32) / 16) for each in digits.images])
        right[model] = np.mean([label(each) == str(truth) for each, truth in zip(readings, digits.target, strict=True)])
    assert least < right[name] < right["digits"]

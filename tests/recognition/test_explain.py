"""What decided: paper over the telling part takes the answer away."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import BOX, SIDE, Glyph, normalise
from mnist_desktop.recognition.classifier import Prediction
from mnist_desktop.recognition.explain import PATCH, occlusion_map, picture_of, tinted
from mnist_desktop.recognition.litert import LiteRTClassifier
from mnist_desktop.recognition.models import Model
from mnist_desktop.recognition.reader import Reader


class Balance:
    """Says "up" with log-odds that are a tenth of the ink above the middle less the ink below it, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        self.asked += len(glyphs)
        return [self._one(glyph) for glyph in glyphs]

    def _one(self, glyph: Glyph) -> Prediction:
        ink = glyph.levels / 255
        up = 1 / (1 + math.exp(-(ink[:14].sum() - ink[14:].sum()) / 10))
        return Prediction(probabilities=(up, 1 - up), labels=("up", "down"))

    def close(self) -> None:
        pass


def glyph_of(ink: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> Glyph:
    return Glyph(levels=ink.astype(np.uint8) * np.uint8(255))


def test_the_map_is_the_fall_of_the_answers_log_odds() -> None:
    """By hand: a square of sixteen pixels above the middle weighs 1.6 for "up", one below it 1.6 against."""
    ink = np.zeros((SIDE, SIDE), bool)
    ink[6:14, 8:12] = True
    ink[18:22, 16:20] = True
    found = occlusion_map(Balance(), glyph_of(ink))
    assert found.dtype == np.float32
    assert found[6:14, 8:12] == pytest.approx(1.6, abs=1e-5)
    assert found[18:22, 16:20] == pytest.approx(-1.6, abs=1e-5)
    assert not found[~ink].any()


def test_what_is_known_is_not_asked_again() -> None:
    """The whole glyph's prediction, and squares without ink; the fullest box of a digit has 25 squares."""
    ink = np.zeros((SIDE, SIDE), bool)
    ink[5 : 5 + BOX, 3 : 3 + BOX] = True
    glyph, balance = glyph_of(ink), Balance()
    whole = balance.predict([glyph])[0]
    with_it = occlusion_map(balance, glyph, whole)
    assert balance.asked == 1 + (BOX // PATCH) ** 2 == 26
    assert np.array_equal(with_it, occlusion_map(Balance(), glyph))
    assert not occlusion_map(Balance(), glyph_of(np.zeros((SIDE, SIDE), bool))).any()


def test_without_what_speaks_for_it_the_answer_goes(model: Model, reader: Reader) -> None:
    """On real digits: paper on the strongest squares changes the answer more often than on the weakest ones."""
    classifier = LiteRTClassifier(model)
    changed = {"strongest": 0, "weakest": 0}
    for image in load_digits().images[:60]:
        glyph = normalise(image.astype(np.float32) / 16)
        assert glyph is not None
        answer = classifier.predict([glyph])[0].best
        fall = occlusion_map(classifier, glyph)
        order = np.argsort(fall[glyph.levels > 0])
        for name, chosen in (("strongest", order[-40:]), ("weakest", order[:40])):
            inked = np.flatnonzero(glyph.levels)
            levels = glyph.levels.copy()
            levels.flat[inked[chosen]] = 0
            changed[name] += classifier.predict([Glyph(levels=levels)])[0].best != answer
    classifier.close()
    assert changed["strongest"] > 2 * changed["weakest"]
    assert changed["strongest"] > 20


def test_the_reader_explains_its_own_reading(reader: Reader) -> None:
    reading = reader.read_drawing(Drawing(strokes=(Stroke(points=((0, 0), (50, 0), (20, 80))),)))
    assert reading.glyph is not None
    found = reader.explain(reading.glyph, reading.prediction)
    assert found.shape == (SIDE, SIDE)
    assert found.max() > 0
    assert not found[reading.glyph.levels == 0].any()
    np.testing.assert_allclose(found, reader.explain(reading.glyph), atol=1e-3)


def test_orange_speaks_for_and_blue_against() -> None:
    ink = np.zeros((SIDE, SIDE), bool)
    ink[4:8, 4:8] = ink[20:24, 20:24] = ink[4:8, 20:24] = True
    glyph = glyph_of(ink)
    fall = np.zeros((SIDE, SIDE), np.float32)
    fall[4:8, 4:8], fall[20:24, 20:24] = 3, -3
    pixels = tinted(glyph, fall).astype(int)
    assert (pixels[4:8, 4:8, 0] > pixels[4:8, 4:8, 2] + 100).all()
    assert (pixels[20:24, 20:24, 2] > pixels[20:24, 20:24, 0] + 100).all()
    assert (pixels[4:8, 20:24] == 255).all()
    assert not pixels[~ink].any()
    with Image.open(io.BytesIO(picture_of(glyph, fall))) as image:
        assert image.size == (336, 336)
        assert np.array_equal(np.asarray(image)[6::12, 6::12], pixels)


def test_hardly_any_weight_is_hardly_any_colour() -> None:
    """Stretched to full colour, noise would look like a reason."""
    ink = np.zeros((SIDE, SIDE), bool)
    ink[8:20, 12:16] = True
    pixels = tinted(glyph_of(ink), np.where(ink, 0.01, 0).astype(np.float32)).astype(int)
    assert (np.ptp(pixels[ink], axis=1) < 10).all()

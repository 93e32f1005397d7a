"""Training samples: the same for the same seed, as varied as people, and still what their label says."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from sklearn.datasets import load_digits

from mnist_desktop.ink.drawing import Drawing, LabelledDrawing, Stroke
from mnist_desktop.ink.glyph import Glyph, normalise
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import Verdict, open_reader
from mnist_desktop.training.augmentation import FIELD, bend, in_field, redrawn
from mnist_desktop.training.bitmaps import Bitmaps
from mnist_desktop.training.datasets import TrainingPart
from mnist_desktop.training.samples import BATCH, MIXTURE, Samples
from mnist_desktop.training.scribbles import non_digit

SEVEN = Drawing(strokes=(Stroke(points=(*((x * 5.0, 0.0) for x in range(11)), (20.0, 80.0))),))


@pytest.fixture(scope="module")
def part() -> TrainingPart:
    digits = load_digits()
    bitmaps = Bitmaps((digits.images[:300] * 15).astype(np.uint8), digits.target[:300].astype(np.int64))
    pen = [LabelledDrawing(drawing=SEVEN, label=7)]
    return TrainingPart(mnist=bitmaps, scanned=bitmaps, printed=bitmaps, symbols=bitmaps.images, pen=pen)


def test_the_same_seed_makes_the_same_batches_in_any_order(part: TrainingPart) -> None:
    one, other = (Samples(part, labels=10, seed=3) for _ in range(2))
    other.batch(9)
    for number in (2, 0):
        assert np.array_equal(one.batch(number).glyphs, other.batch(number).glyphs)
        assert np.array_equal(one.batch(number).targets, other.batch(number).targets)
    assert not np.array_equal(one.batch(0).glyphs, one.batch(1).glyphs)
    assert not np.array_equal(one.batch(0).glyphs, Samples(part, labels=10, seed=4).batch(0).glyphs)


def test_batches_are_glyphs_with_targets_that_sum_to_one(part: TrainingPart) -> None:
    batch = Samples(part, labels=10, seed=3).batch(0)
    assert batch.glyphs.shape == (BATCH, 28, 28, 1)
    assert set(np.unique(batch.glyphs)) == {0, 1}
    assert batch.glyphs.any(axis=(1, 2, 3)).all()
    np.testing.assert_allclose(batch.targets.sum(axis=1), 1, rtol=1e-6)


def test_non_digits_are_as_many_as_the_mixture_says(part: TrainingPart) -> None:
    samples = Samples(part, labels=10, seed=3)
    targets = np.concatenate([samples.batch(number).targets for number in range(30)])
    assert (targets.max(axis=1) < 0.5).mean() == pytest.approx(MIXTURE["non-digits"], abs=0.02)


def test_a_bent_digit_is_still_that_digit() -> None:
    """Measured by the shipped model, which saw other digits: nine in ten must survive being bent."""
    digits = load_digits()
    fields = np.stack(
        [in_field(image.astype(np.float32).repeat(2, 0).repeat(2, 1) / 16) for image in digits.images[:400]]
    )
    bent = bend(fields, default_rng(5))
    assert bent.shape == (400, FIELD, FIELD)
    reader = open_reader(load_model(shipped("model") / "digits"))
    readings = reader.read_prepared([reader.prepare_ink(ink) for ink in bent])
    reader.close()
    right = [
        reading.prediction is not None and reading.prediction.best == label
        for reading, label in zip(readings, digits.target, strict=False)
    ]
    assert np.mean(right) > 0.9
    assert np.abs(bent - fields).mean() > 0.01


def test_a_redrawn_stroke_keeps_its_shape() -> None:
    expected = normalise(rasterise(SEVEN))
    assert expected is not None
    rng = default_rng(1)
    for _ in range(30):
        glyph = normalise(rasterise(redrawn(SEVEN, rng)))
        assert isinstance(glyph, Glyph)
        assert (glyph.levels != expected.levels).mean() < 0.2


def test_what_is_no_digit_is_mostly_unsure() -> None:
    """New scribbles and letters, of a seed that no training used, through the shipped model."""
    rng = default_rng(20_261_121)
    reader = open_reader(load_model(shipped("model") / "digits"))
    verdicts = [reader.read_drawing(non_digit(rng)).verdict for _ in range(400)]
    reader.close()
    assert verdicts.count(Verdict.UNSURE) > 0.85 * len(verdicts)
    assert Verdict.BLANK not in verdicts

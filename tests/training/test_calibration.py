"""Calibration finds the temperature that was taken away, and calls at most a hundredth unsure."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_desktop.evaluation.measure import Outcome
from mnist_desktop.recognition.classifier import Prediction
from mnist_desktop.recognition.reader import Reading, Verdict
from mnist_desktop.training.calibration import calibrate

LABELS = tuple("0123456789")


def outcomes(count: int, *, temperature: float, seed: int) -> list[Outcome]:
    """Readings whose labels are drawn from their own probabilities, which are then sharpened by `temperature`."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 2, (count, 10))
    honest = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    sharp = np.exp(scores / temperature) / np.exp(scores / temperature).sum(axis=1, keepdims=True)
    made = []
    for row, shown in zip(honest, sharp, strict=True):
        prediction = Prediction(probabilities=tuple(shown), labels=LABELS)
        reading = Reading(glyph=None, prediction=prediction, verdict=Verdict.DIGIT, seconds=0, model="test")
        made.append(Outcome(label=int(rng.choice(10, p=row)), reading=reading))
    return made


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_temperature_that_was_taken_away_is_found(temperature: float) -> None:
    found = calibrate([outcomes(6000, temperature=1 / temperature, seed=2)])
    assert found.temperature == pytest.approx(temperature, rel=0.08)


def test_at_most_a_hundredth_is_unsure() -> None:
    sets = [outcomes(3000, temperature=1, seed=3), outcomes(500, temperature=1, seed=4)]
    found = calibrate(sets)
    shares = []
    for each in sets:
        predictions = [outcome.reading and outcome.reading.prediction for outcome in each]
        sure = [max(prediction.probabilities) for prediction in predictions if prediction]
        assert len(sure) == len(each)
        shares.append(np.mean(np.array(sure) < found.unsure_below))
    assert np.mean(shares) == pytest.approx(0.01, abs=0.006)

"""Turns readings of the validation sets into a temperature and the confidence below which a reading is unsure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from mnist_desktop.evaluation.measure import Outcome

UNSURE_SHARE = 0.01
"""At most this share of the validation digits may be called unsure."""

TEMPERATURES = (0.2, 5.0)
SMALLEST = 1e-30
"""Probabilities below this count as this: their logarithm stays finite."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What makes a network's confidence mean what it says."""

    temperature: float
    unsure_below: float


def calibrate(sets: Iterable[Sequence[Outcome]]) -> Calibration:
    """Fit the temperature to the readings of an uncalibrated model by cross-entropy (Guo et al. 2017).

    Each set counts the same, however large it is. Probabilities serve as well as logits: their logarithms differ from
    them by a constant, which softmax does not see.
    """
    scores, labels, weights = _gather(sets)
    rows = np.arange(len(labels))

    def cross_entropy(temperature: float) -> float:
        likelihood = np.log(np.maximum(_softmax(scores / temperature)[rows, labels], SMALLEST))
        return float(-(likelihood * weights).sum())

    temperature = float(minimize_scalar(cross_entropy, bounds=TEMPERATURES, method="bounded").x)
    confidence = _softmax(scores / temperature).max(axis=1)
    return Calibration(temperature=temperature, unsure_below=_quantile(confidence, weights, UNSURE_SHARE))


def _gather(
    sets: Iterable[Sequence[Outcome]],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Log-probabilities (n×labels), labels (n) and weights (n, summing to the number of sets) of all readings."""
    scores, labels, weights = [], [], []
    for outcomes in sets:
        for outcome in outcomes:
            if outcome.reading is not None and outcome.reading.prediction is not None:
                scores.append(outcome.reading.prediction.probabilities)
                labels.append(outcome.label)
                weights.append(1 / len(outcomes))
    return np.log(np.maximum(np.array(scores), SMALLEST)), np.array(labels), np.array(weights)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers: NDArray[np.float64] = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _quantile(values: NDArray[np.float64], weights: NDArray[np.float64], share: float) -> float:
    """The value below which `share` of the weight lies."""
    order = np.argsort(values)
    below = np.cumsum(weights[order]) / weights.sum()
    return float(values[order[int(np.searchsorted(below, share))]])

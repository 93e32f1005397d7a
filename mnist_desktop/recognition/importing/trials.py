"""Turns a network's answers for the shipped samples into what it wants: preparation, levels, polarity, range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.network import Network
from mnist_desktop.recognition.importing.samples import CLASSES, Samples, Subject
from mnist_desktop.recognition.models import Levels, Preparation

Polarity = Literal["bright", "dark"]
Range = Literal["0…1", "0…255", "-1…1"]

POLARITIES: tuple[Polarity, ...] = ("bright", "dark")
RANGES: dict[Range, tuple[float, float]] = {"0…1": (0, 1), "0…255": (0, 255), "-1…1": (-1, 1)}
"""The numbers for the two ends of the grey levels."""

CLEAR = 0.6
"""A way in which less of the samples is read right is no finding: of ten labels a tenth is right by chance, and a
network that was trained for the same labels in another way may reach a half."""

FAINT = 0.3
"""Where the person said which preparation, this many right are enough to tell polarity and range."""

MARGIN = 0.1
"""By how much one set of samples must be read better than the other for the network to be of that kind."""

ALIKE = 0.05
"""Ways that differ by no more than this in what they read right (five samples of a hundred) are told apart by the mean
logarithm of the right label's probability, less a HANDICAP."""

HANDICAP: dict[Range, float] = {"0…1": 0.0, "-1…1": 0.05, "0…255": 1.0}
"""Numbers 255 times too large often change no answer, but make a network sure of all, which flatters it where samples
are easy. Numbers 255 times too small leave it at a tenth for each of ten labels: two below what it could be."""

BINARY_HANDICAP = 0.05
"""Small networks that were trained on grey read the clean samples as well in black and white (0.02 to either side), but
MNIST itself four points worse; those trained on black and white read grey no worse."""

LARGEST_DIVISION = 2 / 255
"""A first layer that multiplies by no more than this expects 0…255, and makes 0…1 or −1…1 of it."""

DIGITS = tuple("0123456789")

LEAST_PROBABILITY = 1e-9

UNSURE_SHARE = 0.05
"""Of the samples that are read right, this share may be called unsure: they are too few for the 1 % of our own models,
which are set on thousands."""

UNSURE_BOUNDS = (0.3, 0.9)
UNSURE_UNKNOWN = 0.5
"""Where no sample could be read: an answer is at least more probable than all others together."""

Scores = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Glyphs as the network wants them (float32, n×28×28) to probabilities (n×labels)."""


class UndecidedError(ModelError):
    """The samples do not tell which preparation a network wants: the person has to."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How glyphs are given to a network."""

    preparation: Preparation
    input: Levels
    polarity: Polarity = "bright"
    range: Range = "0…1"

    @property
    def factor(self) -> float:
        """What ink levels, 0…1, are multiplied with; `offset` is added."""
        low, high = RANGES[self.range]
        return high - low if self.polarity == "bright" else low - high

    @property
    def offset(self) -> float:
        low, high = RANGES[self.range]
        return low if self.polarity == "bright" else high


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How well a network reads one set of samples in one way."""

    way: Way
    subject: Subject
    right: int
    count: int
    likelihood: float
    """Mean logarithm of the right label's probability."""
    unsure_below: float

    @property
    def share(self) -> float:
        return self.right / self.count


def classes_of(labels: Sequence[str]) -> dict[Subject, tuple[int, ...]]:
    """Which output stands for each class of the samples, for each set that a network with these labels can know.

    Digits are found by their names, in whatever order; ten labels with other names may be digits or garments in order.
    """
    if all(digit in labels for digit in DIGITS):
        named = tuple(map(labels.index, DIGITS))
        in_order = named == tuple(range(len(labels)))
        # "0" … "9" are also what labels are called when nobody gave names.
        return {"digits": named, "garments": named} if in_order else {"digits": named}
    if len(labels) == CLASSES:
        return {"digits": tuple(range(CLASSES)), "garments": tuple(range(CLASSES))}
    return {}


def check_known(labels: Sequence[str]) -> None:
    """UndecidedError when no sample can tell anything about a network with these labels."""
    if not classes_of(labels):
        raise UndecidedError("its labels are not ten digits, so the samples do not tell how to prepare what it reads")


def assumed(network: Network, prepare: Preparation | None) -> Way:
    """The way for a network that no sample fits: grey, ink bright, 0…1, but for a first layer that divides by 255."""
    assert prepare is not None
    first = network.layers[network.calls[0].layer]
    divides = first.kind == "Rescaling" and first.settings["scale"] < LARGEST_DIVISION
    return Way(preparation=prepare, input="grey", range="0…255" if divides else "0…1")


def try_ways(samples: Sequence[Samples], labels: dict[Subject, tuple[int, ...]], scores: Scores) -> list[Trial]:
    """Every way that the samples allow, with what the network reads right; `labels` maps classes to its outputs."""
    return [
        _trial(
            each, Way(preparation=each.preparation, input=each.input, polarity=polarity, range=reach), labels, scores
        )
        for each in samples
        if each.subject in labels
        for polarity, reach in product(POLARITIES, RANGES)
    ]


def _trial(samples: Samples, way: Way, labels: dict[Subject, tuple[int, ...]], scores: Scores) -> Trial:
    probabilities = scores(samples.values * np.float32(way.factor) + np.float32(way.offset))
    if not np.isfinite(probabilities).all():
        raise ModelError("it answers with what are no numbers")
    wanted = np.array(labels[samples.subject])[samples.classes]
    right = probabilities.argmax(axis=1) == wanted
    probable = probabilities[np.arange(len(wanted)), wanted]
    return Trial(
        way=way,
        subject=samples.subject,
        right=int(right.sum()),
        count=len(wanted),
        likelihood=float(np.log(np.maximum(probable, LEAST_PROBABILITY)).mean()),
        unsure_below=_unsure_below(probabilities.max(axis=1)[right]),
    )


def _unsure_below(confidence: NDArray[np.float32]) -> float:
    if not confidence.size:
        return UNSURE_UNKNOWN
    return float(np.clip(np.quantile(confidence, UNSURE_SHARE), *UNSURE_BOUNDS))


def choose(trials: Sequence[Trial], prepare: Preparation | None) -> Trial | None:
    """The trial whose way the network wants; None where `prepare` is all that is known.

    Raises UndecidedError where nothing is clearly read best, and the person has not said which preparation.
    """
    allowed = [trial for trial in trials if prepare in (None, trial.way.preparation)]
    if prepare is not None:
        best = _best(allowed)
        return best if best is not None and best.share >= FAINT else None
    digits, garments = (_best([trial for trial in allowed if trial.subject == name]) for name in ("digits", "garments"))
    if digits is None or garments is None:
        best, other = digits or garments, 0.0
    else:
        best, second = sorted((digits, garments), key=lambda trial: trial.share, reverse=True)
        other = second.share
    assert best is not None
    if best.share < CLEAR:
        raise UndecidedError(
            f"it reads at most {best.right} of {best.count} sample {best.subject}, "
            "which does not tell how to prepare what it reads"
        )
    if best.share < other + MARGIN:
        raise UndecidedError("it reads sample digits and sample garments alike")
    return best


def _best(trials: Sequence[Trial]) -> Trial | None:
    if not trials:
        return None
    most = max(trial.share for trial in trials)
    return max((trial for trial in trials if trial.share >= most - ALIKE), key=_plausibility)


def _plausibility(trial: Trial) -> float:
    return trial.likelihood - HANDICAP[trial.way.range] - BINARY_HANDICAP * (trial.way.input == "binary")

"""The samples tell what a network wants, or that they cannot tell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from strangers import templates

from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.conversion import softmax_of
from mnist_desktop.recognition.importing.samples import Samples, load_samples
from mnist_desktop.recognition.importing.trials import (
    Scores,
    Trial,
    UndecidedError,
    check_known,
    choose,
    classes_of,
    try_ways,
)
from mnist_desktop.recognition.models import Preparation

Floats = NDArray[np.float32]
LABELS = tuple("0123456789")


@pytest.fixture(scope="module")
def samples() -> list[Samples]:
    return load_samples(shipped("resources") / "samples")


def reads_as(turn: Callable[[Floats], Floats]) -> Scores:
    """A linear network of digits that was trained for values which `turn` brings back to 0…1, ink bright."""
    kernel, bias = templates()
    return lambda values: softmax_of(turn(values).reshape(len(values), -1) @ kernel + bias)


def garments(samples: list[Samples]) -> Scores:
    """A nearest-neighbour network of garments, prepared as pictures."""
    (known,) = (each for each in samples if (each.subject, each.preparation) == ("garments", "picture"))

    def scores(values: Floats) -> Floats:
        near = -np.abs(values[:, None] - known.values[None]).sum(axis=(2, 3))
        return softmax_of(np.stack([near[:, known.classes == each].max(axis=1) for each in range(10)], axis=1))

    return scores


def trials(samples: list[Samples], scores: Scores, labels: tuple[str, ...] = LABELS) -> list[Trial]:
    return try_ways(samples, classes_of(labels), scores)


@pytest.mark.parametrize(
    ("turn", "polarity", "reach"),
    [
        (lambda values: values, "bright", "0…1"),
        (lambda values: 1 - values, "dark", "0…1"),
        (lambda values: values / 255, "bright", "0…255"),
        (lambda values: 1 - values / 255, "dark", "0…255"),
        (lambda values: (values + 1) / 2, "bright", "-1…1"),
    ],
)
def test_polarity_and_range_are_found(
    samples: list[Samples], turn: Callable[[Floats], Floats], polarity: str, reach: str
) -> None:
    chosen = choose(trials(samples, reads_as(turn)), None)
    assert chosen is not None
    assert (chosen.way.preparation, chosen.way.polarity, chosen.way.range) == ("digit", polarity, reach)
    assert chosen.subject == "digits"


def test_garments_are_told_from_digits(samples: list[Samples]) -> None:
    chosen = choose(trials(samples, garments(samples)), None)
    assert chosen is not None
    assert (chosen.subject, chosen.way.preparation, chosen.way.input) == ("garments", "picture", "grey")


def test_what_reads_nothing_well_is_left_to_the_person_and_her_word_is_enough(samples: list[Samples]) -> None:
    kernel = np.random.default_rng(0).normal(0, 1, (784, 10)).astype(np.float32)
    tried = trials(samples, lambda values: softmax_of(values.reshape(len(values), -1) @ kernel))
    with pytest.raises(UndecidedError, match="reads at most"):
        choose(tried, None)
    assert choose(tried, "digit") is None


def test_the_persons_word_limits_what_is_tried(samples: list[Samples]) -> None:
    for prepare in ("digit", "picture"):
        wanted: Preparation = prepare
        chosen = choose(trials(samples, garments(samples)), wanted)
        assert chosen is None or chosen.way.preparation == prepare


@pytest.mark.parametrize("labels", [("a", "b"), tuple("12345678"), tuple("123456789abc")])
def test_labels_without_ten_digits_tell_nothing(labels: tuple[str, ...]) -> None:
    with pytest.raises(UndecidedError):
        check_known(labels)


def test_digits_among_other_labels_are_found_by_name() -> None:
    assert classes_of(tuple("zyx9876543210")) == {"digits": tuple(range(12, 2, -1))}


def test_answers_that_are_no_numbers_are_refused(samples: list[Samples]) -> None:
    with pytest.raises(ModelError, match="no numbers"):
        trials(samples, lambda values: np.full((len(values), 10), np.nan, np.float32))

"""Non-digits: of many kinds, none of them a digit by another name, and some that training never sees."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.training import samples, scribbles
from mnist_desktop.training.hand import Manner, Shape, draw
from mnist_desktop.training.printed import OTHERS_KEPT_OUT, OTHERS_TRAINED
from mnist_desktop.training.scribbles import draw_kind, kept_out, non_digit
from mnist_desktop.training.scribbles_kept_out import KINDS as KEPT_OUT
from mnist_desktop.training.scribbles_kept_out import SHAPES, draw_kept_out
from mnist_desktop.training.scribbles_shapes import LETTERS, SIGNS

LOOK_LIKE_DIGITS = set("OISZBlbqgzos|()")


def test_the_same_seed_draws_the_same_things() -> None:
    one, other = default_rng(3), default_rng(3)
    assert [non_digit(one) for _ in range(60)] == [non_digit(other) for _ in range(60)]
    assert [kept_out(one) for _ in range(60)] == [kept_out(other) for _ in range(60)]


@pytest.mark.parametrize("kind", scribbles.KINDS)
def test_every_kind_draws_something_each_time(kind: str) -> None:
    rng = default_rng(4)
    drawings = [draw_kind(kind, rng) for _ in range(40)]
    assert all(np.isfinite(drawing.bounds()).all() for drawing in drawings)
    assert len(set(drawings)) >= 2


@pytest.mark.parametrize("kind", KEPT_OUT)
def test_every_kind_that_is_kept_out_draws_something_each_time(kind: str) -> None:
    rng = default_rng(5)
    drawings = [draw_kept_out(kind, rng) for _ in range(40)]
    assert all(np.isfinite(drawing.bounds()).all() for drawing in drawings)
    assert len(set(drawings)) == 40


def test_no_kind_is_both_trained_and_kept_out() -> None:
    trained = {*LETTERS, *SIGNS, *scribbles.KINDS}
    assert not trained & set(KEPT_OUT)
    assert {"plus", "question mark", "ampersand", "at"} <= set(KEPT_OUT)
    kept = [tuple(map(tuple, shape.extremes[0].tolist())) for shape in SHAPES.values()]
    learned = [tuple(map(tuple, shape.extremes[0].tolist())) for shape in (*LETTERS.values(), *SIGNS.values())]
    assert not set(kept) & set(learned)
    assert not set(OTHERS_TRAINED) & set(OTHERS_KEPT_OUT)


def test_training_never_draws_what_is_kept_out(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Shape] = []

    def watched(what: Shape, rng: Generator, manner: Manner) -> Drawing:
        drawn.append(what)
        return draw(what, rng, manner)

    monkeypatch.setattr(scribbles, "draw", watched)
    rng = default_rng(6)
    for _ in range(3000):
        non_digit(rng)
    assert len(set(map(id, drawn))) == len(LETTERS) + len(SIGNS)
    assert not set(map(id, drawn)) & set(map(id, SHAPES.values()))
    assert not hasattr(samples, "kept_out")


def test_no_letter_is_one_that_people_take_for_a_digit() -> None:
    assert not LOOK_LIKE_DIGITS & set(LETTERS)
    assert not LOOK_LIKE_DIGITS & {*OTHERS_TRAINED, *OTHERS_KEPT_OUT}


def test_few_non_digits_are_digits_by_chance() -> None:
    """A network that has never been told of most of these kinds is sure of few of them: most look like nothing."""
    rng = default_rng(7)
    reader = open_reader(load_model(shipped("model") / "digits"))
    readings = [reader.read_drawing(non_digit(rng)).prediction for _ in range(600)]
    reader.close()
    sure = [prediction is not None and prediction.confidence > 0.95 for prediction in readings]
    assert np.mean(sure) < 0.15


def test_digits_struck_out_in_a_row_or_on_each_other_have_more_ink_than_one() -> None:
    rng = default_rng(8)
    for kind in ("crossed-out digit", "digits on top of each other", "digits in a row"):
        assert all(len(draw_kind(kind, rng).strokes) >= 2 for _ in range(30))

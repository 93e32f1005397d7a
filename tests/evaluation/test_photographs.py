"""Photographs of labelled digits: the same each time, hard in the ways that they say, and read by the shipped way."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from mnist_desktop.evaluation.data import DataError, Subject
from mnist_desktop.evaluation.measure import EVERY_PHOTOGRAPH, measure_photographs
from mnist_desktop.evaluation.photographs import DIFFICULTIES, Photograph, photographs
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import Reader, open_reader

SEED = 5

SEVEN = Drawing(strokes=(Stroke(points=((0, 0), (60, 0), (25, 100))),))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    opened = open_reader(load_model(shipped("model") / "digits"))
    yield opened
    opened.close()


def sevens(count: int) -> list[Subject]:
    return [Subject(content=SEVEN, label=7)] * count


def small_digits(count: int) -> list[Subject]:
    digits = load_digits()
    pairs = zip(digits.images[:count], digits.target, strict=False)
    return [Subject(content=image.astype(np.float32) / 16, label=int(label)) for image, label in pairs]


def grey(photo: Photograph) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(photo.jpeg)).convert("L"), dtype=np.float32)


def test_the_same_seed_takes_the_same_photographs_and_another_one_others() -> None:
    first, again, others = (list(photographs(sevens(3), seed)) for seed in (SEED, SEED, SEED + 1))
    assert [photo.jpeg for photo in first] == [photo.jpeg for photo in again]
    assert not {photo.jpeg for photo in first} & {photo.jpeg for photo in others}


def test_what_is_added_at_the_end_changes_none_of_the_others() -> None:
    few, more = list(photographs(sevens(2), SEED)), list(photographs(sevens(3), SEED))
    assert [photo.jpeg for photo in few] == [photo.jpeg for photo in more[:2]]


@pytest.mark.parametrize("subjects", [sevens(12), small_digits(12)], ids=["drawings", "small digits"])
def test_the_truth_is_where_the_ink_is_and_the_ink_is_on_the_side_that_is_said(subjects: list[Subject]) -> None:
    for photo in photographs(subjects, SEED):
        levels = grey(photo)
        rows, columns = np.nonzero(photo.truth)
        # Right around the digit, where the light is about the same.
        around = levels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        paper = around[~photo.truth[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]]
        assert (levels[photo.truth].mean() > paper.mean()) == photo.light_on_dark
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert longer / min(levels.shape) == pytest.approx(photo.share, rel=0.35)


def test_every_kind_of_difficulty_is_there_in_its_share() -> None:
    kinds = Counter(kind for photo in photographs(sevens(60), SEED) for kind in photo.difficulties)
    assert set(kinds) == set(DIFFICULTIES)
    assert 0.15 < kinds["light on dark"] / 60 < 0.5


def test_a_blank_drawing_is_a_photograph_of_paper() -> None:
    (photo,) = photographs([Subject(content=Drawing(strokes=()), label=0)], SEED)
    assert not photo.truth.any()


def test_pictures_are_refused_by_a_sentence() -> None:
    with pytest.raises(DataError, match="pictures already"):
        list(photographs([Subject(content=Path("folder/7_one.png"), label=7)], SEED))


def test_photographs_are_read_and_told_apart_by_kind(reader: Reader) -> None:
    measured = measure_photographs(reader, sevens(40), SEED)
    assert list(measured) == [kind for kind in (EVERY_PHOTOGRAPH, *DIFFICULTIES) if kind in measured]
    assert measured[EVERY_PHOTOGRAPH].count == 40
    for of_one_sort in (DIFFICULTIES[:3], DIFFICULTIES[3:5], DIFFICULTIES[5:]):
        assert sum(measured[kind].count for kind in of_one_sort if kind in measured) == 40
    assert measured[EVERY_PHOTOGRAPH].accuracy > 0.9

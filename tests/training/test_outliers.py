"""What is made of digits to be none: more ink than a digit, within the field."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.random import default_rng
from sklearn.datasets import load_digits

from mnist_desktop.ink.glyph import BOX, Ink, crop
from mnist_desktop.training.augmentation import FIELD, in_field
from mnist_desktop.training.outliers import crossed, noise, overlaid, side_by_side
from mnist_desktop.training.samples import fitted


@pytest.fixture(scope="module")
def digits() -> list[Ink]:
    return [in_field(fitted(image.astype(np.float32) / 16)) for image in load_digits().images[:20]]


def test_two_digits_side_by_side_are_wider_than_either(digits: list[Ink]) -> None:
    for seed, (left, right) in enumerate(itertools.pairwise(digits)):
        both = crop(side_by_side(left, right, default_rng(seed)))
        assert both is not None
        one, other = crop(left), crop(right)
        assert one is not None
        assert other is not None
        assert both.shape[1] >= one.shape[1] + other.shape[1] - 4
        assert in_field(fitted(both)).shape == (FIELD, FIELD)


def test_a_digit_over_a_digit_keeps_both(digits: list[Ink]) -> None:
    heap = overlaid(digits[0], digits[1], default_rng(1))
    assert (heap >= digits[0]).all()
    assert heap.sum() > max(digits[0].sum(), digits[1].sum())


def test_a_crossed_out_digit_has_lines_that_were_not_there(digits: list[Ink]) -> None:
    for seed, digit in enumerate(digits):
        out = crossed(digit, default_rng(seed))
        assert (out >= digit).all()
        assert (out - digit).sum() > BOX / 2


def test_noise_is_ink_of_no_shape_that_comes_twice() -> None:
    made = [noise(default_rng(seed)) for seed in range(30)]
    assert all(each.shape == (FIELD, FIELD) and each.max() > 0.5 for each in made)
    assert len({each.tobytes() for each in made}) == 30

"""A pool makes each sample once, and the same whoever asks first."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator, default_rng

from mnist_desktop.training.augmentation import FIELD
from mnist_desktop.training.pool import Pool, Sample

made = 0


def drawn(rng: Generator) -> Sample:
    global made  # noqa: PLW0603 - counted across calls
    made += 1
    return rng.random((FIELD, FIELD)).astype(np.float32), int(rng.integers(10)) if rng.random() < 0.5 else None


def test_each_is_made_once_and_the_same_in_any_order() -> None:
    one, other = (Pool(drawn, size=20, seed=(3, 1)) for _ in range(2))
    before = made
    first = [one.pick(default_rng(seed)) for seed in range(200)]
    assert made - before == 20
    again = [other.pick(default_rng(seed)) for seed in reversed(range(200))][::-1]
    for (ink, label), (same_ink, same_label) in zip(first, again, strict=True):
        assert np.array_equal(ink, same_ink)
        assert label == same_label
    assert {None} < {label for _, label in first}


def test_another_seed_makes_others() -> None:
    ink, _ = Pool(drawn, size=1, seed=(3, 1)).pick(default_rng(0))
    other, _ = Pool(drawn, size=1, seed=(4, 1)).pick(default_rng(0))
    assert not np.array_equal(ink, other)


def test_what_is_kept_is_what_was_made_to_a_grey_level() -> None:
    ink, label = Pool(drawn, size=1, seed=(3, 1)).pick(default_rng(0))
    expected, expected_label = drawn(default_rng((3, 1, 0)))
    np.testing.assert_allclose(ink, expected, atol=0.5 / 255 + 1e-6)
    assert label == expected_label

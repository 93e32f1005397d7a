"""Numbers and words that DATA calls its subjects by find the label of a model that means the same."""

from __future__ import annotations

import pytest

from mnist_desktop.evaluation.labels import LabelPlaces

DIGITS = tuple("0123456789")
BACKWARDS = DIGITS[::-1]
GARMENTS = ("T-shirt", "Ankle boot", "Bag", "a", "a_b")
LETTERS_TOO = (*DIGITS, "A", "B")
LETTERS_FIRST = ("A", "B", *DIGITS)


@pytest.mark.parametrize(
    ("labels", "number", "place"),
    [
        (DIGITS, 7, 7),
        (DIGITS, 10, None),
        (DIGITS, -1, None),
        (BACKWARDS, 7, 2),
        (BACKWARDS, 10, None),
        (GARMENTS, 2, 2),
        (GARMENTS, 5, None),
        (GARMENTS, -1, None),
        # As EMNIST counts: digits, then letters.
        (LETTERS_TOO, 11, 11),
        # Nobody can know what 11 means to a model that counts otherwise.
        (LETTERS_FIRST, 1, 3),
        (LETTERS_FIRST, 11, None),
        (("1", "0"), 10**30, None),
    ],
)
def test_a_number_is_the_label_written_so_and_else_a_place(
    labels: tuple[str, ...], number: int, place: int | None
) -> None:
    assert LabelPlaces(labels).of_number(number) == place


@pytest.mark.parametrize(
    ("labels", "name", "place"),
    [
        (DIGITS, "7_x.png", 7),
        (DIGITS, "07_x.png", 7),
        (DIGITS, "x_7.png", None),
        (DIGITS, "_7.png", None),
        (DIGITS, "7.png", None),
        (BACKWARDS, "7_0_x.png", 2),
        (GARMENTS, "Ankle boot_01.jpg", 1),
        (GARMENTS, "2_01.jpg", 2),
        (GARMENTS, "a_1_b.png", 3),
        (GARMENTS, "a_b_1.png", 4),
        (GARMENTS, "Boot_1.png", None),
    ],
)
def test_a_picture_is_named_by_a_label_or_by_its_number(labels: tuple[str, ...], name: str, place: int | None) -> None:
    assert LabelPlaces(labels).of_name(name) == place

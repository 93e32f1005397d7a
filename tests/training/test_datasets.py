"""What is trained on, chosen by and kept out never mix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import DataError, read_idx
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.training.datasets import (
    DIGITS_A_WRITER,
    PEN_FILE,
    load_splits,
    pen_boundaries,
    writers_kept_out,
)


def test_a_missing_data_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="train-images"):
        load_splits(tmp_path)


def test_no_writer_is_in_two_parts(data: Path) -> None:
    splits = load_splits(data)
    kept_out = writers_kept_out(data)
    parts = [splits.training.pen, splits.validation.pen, kept_out]
    seen: set[object] = set()
    for part in parts:
        drawings = {entry.drawing for entry in part}
        assert not seen & drawings
        seen |= drawings
    whole = sum(len(part) for part in parts)
    # Between two parts a few digits are left out, because where a writer ends is known only to within six.
    assert 7494 - 40 <= whole < 7494
    assert len(kept_out) == 3 * DIGITS_A_WRITER - 10


def test_the_kept_out_writers_are_the_end_of_the_file(data: Path) -> None:
    """docs/recognition.md makes the file for `evaluate` with `tail`: both must mean the same drawings."""
    assert list(read_ink_file(data / PEN_FILE))[-740:] == list(writers_kept_out(data))
    assert pen_boundaries(7494)[1] == 7494 - 740


def test_mnist_test_images_are_never_read(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def watched(path: Path, dimensions: int) -> NDArray[np.uint8]:
        opened.append(path.name)
        return read_idx(path, dimensions)

    monkeypatch.setattr("mnist_desktop.evaluation.data.read_idx", watched)
    load_splits(data)
    assert {name.removesuffix(".gz") for name in opened} == {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"}

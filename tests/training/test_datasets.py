"""What is trained on, chosen by and kept out never mix."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import DataError, read_idx, read_npz
from mnist_desktop.ink.drawing import read_ink_file, to_json
from mnist_desktop.training.datasets import (
    DIGITS_A_WRITER,
    PEN_FILE,
    SCANNED_FILE,
    load_splits,
    pen_boundaries,
    training_images,
    writers_kept_out,
)

IDX_KINDS = ("images-idx3-ubyte", "labels-idx1-ubyte")


def test_a_missing_data_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="train-images"):
        load_splits(tmp_path)


def test_no_writer_is_in_two_parts(printed_data: Path) -> None:
    splits = load_splits(printed_data)
    kept_out = writers_kept_out(printed_data)
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


def test_mnist_test_images_are_never_read(printed_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def watched(path: Path, dimensions: int) -> NDArray[np.uint8]:
        opened.append(path.name)
        return read_idx(path, dimensions)

    monkeypatch.setattr("mnist_desktop.evaluation.data.read_idx", watched)
    load_splits(printed_data)
    assert {name.removesuffix(".gz") for name in opened} == {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"}


@pytest.fixture
def copied(data: Path, tmp_path: Path) -> Path:
    """A folder of the real data sets that a test may damage, without the test images, which training never reads."""
    (tmp_path / "mnist").mkdir()
    for file in (*(f"mnist/train-{kind}.gz" for kind in IDX_KINDS), PEN_FILE, SCANNED_FILE):
        shutil.copyfile(data / file, tmp_path / file)
    return tmp_path


@pytest.mark.parametrize("file", [PEN_FILE, SCANNED_FILE])
def test_a_missing_file_is_named(copied: Path, file: str) -> None:
    (copied / file).unlink()
    with pytest.raises(DataError, match=f"{file} are missing"):
        load_splits(copied)


@pytest.mark.parametrize("file", [*(f"mnist/train-{kind}.gz" for kind in IDX_KINDS), PEN_FILE, SCANNED_FILE])
def test_a_truncated_file_is_named(copied: Path, file: str) -> None:
    content = (copied / file).read_bytes()
    (copied / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=f"{file} cannot be read"):
        load_splits(copied)


def test_images_of_another_part_are_named(data: Path, copied: Path) -> None:
    """Images and labels swapped together fit each other: only their checksums tell."""
    for kind in IDX_KINDS:
        shutil.copyfile(data / "mnist" / f"t10k-{kind}.gz", copied / "mnist" / f"train-{kind}.gz")
    with pytest.raises(DataError, match=r"mnist/train-images-idx3-ubyte does not hold .*\(its checksum differs\)"):
        load_splits(copied)


def test_a_changed_label_is_named(data: Path, copied: Path) -> None:
    path = copied / "mnist" / "train-labels-idx1-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[-1] = (content[-1] + 1) % 10
    path.write_bytes(gzip.compress(content))
    with pytest.raises(DataError, match="mnist/train-labels-idx1-ubyte does not hold"):
        training_images(copied, "mnist")


def test_other_strokes_and_other_bitmaps_are_named(copied: Path) -> None:
    images, labels = read_npz(copied / SCANNED_FILE)
    np.savez(copied / SCANNED_FILE, images=images[::-1], labels=labels[::-1])
    with pytest.raises(DataError, match=f"{SCANNED_FILE} does not hold"):
        load_splits(copied)
    np.savez(copied / SCANNED_FILE, images=images, labels=labels)
    entries = list(read_ink_file(copied / PEN_FILE))[1:]
    with gzip.open(copied / PEN_FILE, "wt", compresslevel=1) as file:
        file.writelines(to_json(entry.drawing, entry.label) + "\n" for entry in entries)
    with pytest.raises(DataError, match=f"{PEN_FILE} does not hold"):
        load_splits(copied)


def test_unpacked_idx_files_serve_as_well(data: Path, tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    for kind in IDX_KINDS:
        content = gzip.decompress((data / "mnist" / f"train-{kind}.gz").read_bytes())
        (tmp_path / "mnist" / f"train-{kind}").write_bytes(content)
    assert np.array_equal(training_images(tmp_path, "mnist").images, training_images(data, "mnist").images)

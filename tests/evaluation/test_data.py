"""What DATA can be, and what is refused in one sentence."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_desktop.evaluation.data import DataError, open_data
from mnist_desktop.ink.drawing import Drawing, Stroke, to_json

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
LABELS = np.array([7, 0, 9], np.uint8)


def idx(values: NDArray[np.uint8]) -> bytes:
    """An IDX file, written after its description rather than by our reader's rules."""
    head = struct.pack(">BBBB", 0, 0, 8, values.ndim)
    return head + b"".join(struct.pack(">I", size) for size in values.shape) + values.tobytes()


@pytest.mark.parametrize("gzipped", [False, True])
def test_a_folder_of_idx_files_holds_images_and_labels(tmp_path: Path, gzipped: bool) -> None:
    for name, values in (("t10k-images-idx3-ubyte", IMAGES), ("t10k-labels-idx1-ubyte", LABELS)):
        content = idx(values)
        (tmp_path / (name + ".gz" * gzipped)).write_bytes(gzip.compress(content) if gzipped else content)
    subjects = open_data(tmp_path)
    each = list(subjects.each)
    assert subjects.count == 3
    assert [subject.label for subject in each] == [7, 0, 9]
    assert isinstance(each[1].content, np.ndarray)
    np.testing.assert_allclose(each[1].content, IMAGES[1] / 255, rtol=1e-6)


def test_an_npz_holds_images_of_any_size(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", images=IMAGES, labels=LABELS)
    assert [subject.label for subject in open_data(tmp_path / "some.npz").each] == [7, 0, 9]


def test_an_ink_file_holds_labelled_drawings(tmp_path: Path) -> None:
    drawing = Drawing(strokes=(Stroke(points=((0.0, 0.0), (1.0, 5.0))),))
    (tmp_path / "some.jsonl").write_text(to_json(drawing, 1))
    (subject,) = open_data(tmp_path / "some.jsonl").each
    assert (subject.content, subject.label) == (drawing, 1)


def test_a_folder_of_pictures_is_named_by_label(tmp_path: Path) -> None:
    for name in ("3_one.png", "10_two.jpg", "notes.txt", "x_4.png", "_5.png"):
        Image.new("L", (9, 9)).save(tmp_path / name, format="PNG")
    assert {subject.label: subject.content for subject in open_data(tmp_path).each} == {
        3: tmp_path / "3_one.png",
        10: tmp_path / "10_two.jpg",
    }


def test_drawings_without_a_label_are_refused(tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_text('{"strokes": [[[0, 0]]]}')
    with pytest.raises(DataError, match=r"Drawing 1 .* no label"):
        list(open_data(tmp_path / "some.jsonl").each)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("some.npz", b"rubbish"),
        ("some.npz", b"PK\x03\x04" + b"\0" * 40),
        ("some.txt", b"text"),
        ("some.jsonl", b"rubbish"),
        ("some.jsonl.gz", b"rubbish"),
        ("missing/t10k-images-idx3-ubyte", idx(IMAGES)),
        ("short/t10k-images-idx3-ubyte", idx(IMAGES)[:-3]),
        ("wrong/t10k-images-idx3-ubyte", idx(LABELS)),
        ("wrong/t10k-images-idx3-ubyte.gz", b"\x1f\x8b rubbish"),
        ("huge/t10k-images-idx3-ubyte", struct.pack(">BBBBIII", 0, 0, 8, 3, 2**31, 2**15, 2**15)),
        ("none/notes.txt", b""),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_what_cannot_be_read_gets_one_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    if path.parent.name in ("short", "wrong", "huge"):
        (path.parent / "t10k-labels-idx1-ubyte").write_bytes(idx(LABELS))
    with pytest.raises(DataError) as caught:
        list(open_data(path.parent if path.parent != tmp_path else path).each)
    assert "\n" not in str(caught.value)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", images=np.array([{"a": 1}], dtype=object), labels=LABELS)
    with pytest.raises(DataError, match="cannot be read"):
        open_data(tmp_path / "some.npz")


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no"):
        open_data(tmp_path / "nowhere")

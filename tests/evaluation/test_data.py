"""What DATA can be, and what is refused in one sentence."""

from __future__ import annotations

import errno
import gzip
import io
import os
import struct
import zipfile
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


def packed(*, method: int = zipfile.ZIP_STORED, flags: int = 0, **members: bytes) -> bytes:
    """A ZIP archive with these members, whose directory claims another packing or another flag."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    archived = bytearray(file.getvalue())
    at = archived.find(b"PK\x01\x02")
    archived[at + 8 : at + 12] = struct.pack("<HH", flags, method)
    archived[6:10] = struct.pack("<HH", flags, method)
    return bytes(archived)


def array(values: NDArray[np.generic]) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        array(IMAGES),
        packed(images=b"no array", labels=b"none"),
        packed(images=array(IMAGES), labels=array(LABELS), method=99),
        packed(images=array(IMAGES), labels=array(LABELS), flags=1),
        packed(images=array(IMAGES)[:-9], labels=array(LABELS)),
    ],
    ids=["no archive", "no arrays", "unknown packing", "encrypted", "cut off"],
)
def test_an_npz_that_is_none_gets_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "some.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"some\.npz"):
        open_data(tmp_path / "some.npz")


def test_an_npz_is_not_unpacked_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "bomb.npz", images=np.zeros((100, 100, 100), np.uint8), labels=np.zeros(100, int))
    monkeypatch.setattr("mnist_desktop.evaluation.data.MAX_ARRAY_BYTES", 900_000)
    with pytest.raises(DataError, match="too large"):
        open_data(tmp_path / "bomb.npz")


def test_images_of_an_npz_have_the_limit_of_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_desktop.evaluation.data.MAX_PIXELS", 19)
    np.savez(tmp_path / "some.npz", images=IMAGES, labels=LABELS)
    with pytest.raises(DataError, match="megapixels"):
        open_data(tmp_path / "some.npz")


@pytest.mark.parametrize("name", ["some.npz", "some.json", "some"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError):
        list(open_data(tmp_path / name).each)


def test_what_may_not_be_looked_into_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", refuse)
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)"):
        open_data(tmp_path)

"""What DATA can be, and what is refused in one sentence."""

from __future__ import annotations

import errno
import gzip
import io
import os
import re
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from idx_files import idx
from numpy.typing import NDArray
from PIL import Image

from mnist_desktop.evaluation.data import DataError, open_data
from mnist_desktop.ink.drawing import Drawing, Stroke, to_json

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
LABELS = np.array([7, 0, 9], np.uint8)

DIGITS = tuple("0123456789")
BACKWARDS = DIGITS[::-1]


@pytest.mark.parametrize("gzipped", [False, True])
def test_a_folder_of_idx_files_holds_images_and_labels(tmp_path: Path, gzipped: bool) -> None:
    for name, values in (("t10k-images-idx3-ubyte", IMAGES), ("t10k-labels-idx1-ubyte", LABELS)):
        content = idx(values)
        (tmp_path / (name + ".gz" * gzipped)).write_bytes(gzip.compress(content) if gzipped else content)
    subjects = open_data(tmp_path, DIGITS)
    each = list(subjects.each)
    assert subjects.count == 3
    assert [subject.label for subject in each] == [7, 0, 9]
    assert isinstance(each[1].content, np.ndarray)
    np.testing.assert_allclose(each[1].content, IMAGES[1] / 255, rtol=1e-6)


def test_an_npz_holds_images_of_any_size(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", images=IMAGES, labels=LABELS)
    assert [subject.label for subject in open_data(tmp_path / "some.npz", DIGITS).each] == [7, 0, 9]


def test_an_ink_file_holds_labelled_drawings(tmp_path: Path) -> None:
    drawing = Drawing(strokes=(Stroke(points=((0.0, 0.0), (1.0, 5.0))),))
    (tmp_path / "some.jsonl").write_text(to_json(drawing, 1))
    (subject,) = open_data(tmp_path / "some.jsonl", DIGITS).each
    assert (subject.content, subject.label) == (drawing, 1)


def picture(path: Path) -> None:
    Image.new("L", (9, 9)).save(path, format="PNG")


def test_a_folder_of_pictures_is_named_by_label(tmp_path: Path) -> None:
    for name in ("3_one.png", "1_two.jpg", "notes.txt", "_5.png", "7.png", "._3_one.png"):
        picture(tmp_path / name)
    # As its name would have it, a picture.
    (tmp_path / "4_more.png").mkdir()
    subjects = open_data(tmp_path, DIGITS)
    assert {subject.label: subject.content for subject in subjects.each} == {
        3: tmp_path / "3_one.png",
        1: tmp_path / "1_two.jpg",
    }
    assert subjects.left_out is None


def test_pictures_may_be_named_by_the_words_of_the_model(tmp_path: Path) -> None:
    for name in ("Ankle boot_1.png", "Bag_1.png", "0_1.png"):
        picture(tmp_path / name)
    subjects = open_data(tmp_path, ("T-shirt", "Bag", "Ankle boot"))
    assert [subject.label for subject in subjects.each] == [0, 2, 1]


def test_a_picture_whose_label_the_model_has_not_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    for name in ("3_one.png", "99_one.png", "Bag_1.png", "a_1.png", "b_1.png"):
        picture(tmp_path / name)
    subjects = open_data(tmp_path, DIGITS)
    assert subjects.count == len(list(subjects.each)) == 1
    sentence = f"Left out of {tmp_path}, named by no label of the model: 99_one.png, Bag_1.png, a_1.png and 1 more."
    assert subjects.left_out == sentence


def test_a_folder_without_a_label_of_the_model_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "Bag_1.png")
    with pytest.raises(DataError, match=re.escape(str(tmp_path))):
        open_data(tmp_path, DIGITS)


def test_digits_are_found_by_what_they_are_whatever_the_order_of_the_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", images=IMAGES, labels=LABELS)
    (tmp_path / "some.jsonl").write_text(to_json(Drawing(strokes=(Stroke(points=((0.0, 0.0),)),)), 7))
    picture(tmp_path / "7_x.png")
    found = [
        [subject.label for subject in open_data(path, BACKWARDS).each]
        for path in (tmp_path / "some.npz", tmp_path / "some.jsonl", tmp_path)
    ]
    assert found == [[2, 9, 0], [2], [2]]


@pytest.mark.parametrize("label", [10, -1, 2**40])
def test_a_label_that_the_model_has_not_is_named_with_its_data(tmp_path: Path, label: int) -> None:
    np.savez(tmp_path / "some.npz", images=IMAGES, labels=np.array([7, label, label]))
    sentence = f"Image 2 in {tmp_path / 'some.npz'} has the label {label}, which the model has not."
    with pytest.raises(DataError, match=re.escape(sentence)):
        open_data(tmp_path / "some.npz", DIGITS)
    lines = [to_json(Drawing(strokes=(Stroke(points=((0.0, 0.0),)),)), each) for each in (7, label)]
    (tmp_path / "some.jsonl").write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"Drawing 2 of .*some\.jsonl has a label that the model has not"):
        list(open_data(tmp_path / "some.jsonl", DIGITS).each)


def test_a_label_beyond_all_numbers_is_no_other_one(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", images=IMAGES, labels=np.array([7, 0, 2**64 - 1], np.uint64))
    with pytest.raises(DataError, match=r"some\.npz has a label .*18446744073709551615"):
        open_data(tmp_path / "some.npz", DIGITS)


def test_no_images_are_said_to_be_none(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", images=IMAGES[:0], labels=LABELS[:0])
    with pytest.raises(DataError, match=r"no images in .*some\.npz"):
        open_data(tmp_path / "some.npz", DIGITS)


def test_drawings_without_a_label_are_refused(tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_text('{"strokes": [[[0, 0]]]}')
    with pytest.raises(DataError, match=r"Drawing 1 .* no label"):
        list(open_data(tmp_path / "some.jsonl", DIGITS).each)


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
        list(open_data(path.parent if path.parent != tmp_path else path, DIGITS).each)
    assert "\n" not in str(caught.value)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", images=np.array([{"a": 1}], dtype=object), labels=LABELS)
    with pytest.raises(DataError, match="cannot be read"):
        open_data(tmp_path / "some.npz", DIGITS)


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no"):
        open_data(tmp_path / "nowhere", DIGITS)


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
        open_data(tmp_path / "some.npz", DIGITS)


def test_an_npz_is_not_unpacked_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "bomb.npz", images=np.zeros((100, 100, 100), np.uint8), labels=np.zeros(100, int))
    monkeypatch.setattr("mnist_desktop.evaluation.data.MAX_ARRAY_BYTES", 900_000)
    with pytest.raises(DataError, match="too large"):
        open_data(tmp_path / "bomb.npz", DIGITS)


def test_images_of_an_npz_have_the_limit_of_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_desktop.evaluation.data.MAX_PIXELS", 19)
    np.savez(tmp_path / "some.npz", images=IMAGES, labels=LABELS)
    with pytest.raises(DataError, match="megapixels"):
        open_data(tmp_path / "some.npz", DIGITS)


@pytest.mark.parametrize("name", ["some.npz", "some.json", "some"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError):
        list(open_data(tmp_path / name, DIGITS).each)


def test_what_may_not_be_looked_into_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", refuse)
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)"):
        open_data(tmp_path, DIGITS)

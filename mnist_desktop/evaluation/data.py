"""Turns what a person names as DATA into labelled subjects: an ink file, IDX, `.npz`, or a folder of pictures."""

from __future__ import annotations

import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.evaluation.labels import LabelPlaces
from mnist_desktop.ink.drawing import Drawing, DrawingError, is_ink_file, read_ink_file
from mnist_desktop.ink.glyph import Ink

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")

IDX_PARTS = ("t10k", "test", "train")
"""Parts of an IDX folder by preference: the test images, where the folder holds both."""

MAX_ARRAY_BYTES = 4_000_000_000

MAX_PIXELS = 40_000_000
"""Of one image, as of a picture."""

NAMES_SHOWN = 3
"""Of many pictures that are left out, so many are named."""

UNREADABLE = (OSError, ValueError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
"""What NumPy and zipfile raise of a damaged, packed in an unknown way, or encrypted `.npz` file."""


class DataError(Exception):
    """DATA that cannot be read; the text is the sentence the user reads."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One labelled thing to read: a drawing, ink, the path of a picture, or a picture as a file's bytes."""

    content: Drawing | Ink | Path | bytes
    label: int
    """Its place in the model's list of labels."""


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """What one DATA holds, one subject or more; `count` is None where it is known only at the end."""

    each: Iterator[Subject]
    count: int | None
    left_out: str | None = None
    """A sentence about what is not among them."""


def open_data(path: Path, labels: Sequence[str]) -> Subjects:
    """The subjects of DATA, labelled for a model with these `labels` (LabelPlaces says how they are found there).

    DataError (also while they are read) says what is wrong with it, or that the model has not one of its labels.
    """
    try:
        return _open_data(path, LabelPlaces(labels))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error


def _open_data(path: Path, places: LabelPlaces) -> Subjects:
    if path.is_dir():
        part = next((part for part in IDX_PARTS if _idx_file(path, part, "images-idx3-ubyte")), None)
        return _pictures(path, places) if part is None else _arrays(path, *read_idx_pair(path, part), places)
    if not path.exists():
        raise DataError(f"There is no {path}.")
    if path.suffix == ".npz" and path.is_file():
        return _arrays(path, *read_npz(path), places)
    if is_ink_file(path):
        return Subjects(each=_drawings(path, places), count=None)
    raise DataError(f"{path} is none of: an ink file, an .npz, a folder of IDX files, a folder of pictures.")


def read_idx_pair(folder: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (n×h×w) and labels (n) of one part (`train`, `t10k`) of a folder of IDX files, gzipped or not."""
    images_file = _idx_file(folder, part, "images-idx3-ubyte")
    labels_file = _idx_file(folder, part, "labels-idx1-ubyte")
    if images_file is None or labels_file is None:
        raise DataError(f"{folder} does not hold the IDX files {part}-images-idx3-ubyte and {part}-labels-idx1-ubyte.")
    return _checked(images_file, read_idx(images_file, 3), read_idx(labels_file, 1))


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """One IDX file of bytes: two zeros, type 8, the number of dimensions, their sizes, the values.

    The format is described on LeCun's page of MNIST.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            head = file.read(4 + 4 * dimensions)
            if len(head) < 4 + 4 * dimensions or head[:4] != bytes((0, 0, 8, dimensions)):
                raise DataError(f"{path} is not an IDX file of {dimensions} dimensions.")
            shape = struct.unpack(f">{dimensions}I", head[4:])
            size = int(np.prod(shape, dtype=np.float64))
            if size > MAX_ARRAY_BYTES:
                raise DataError(f"{path} is too large.")
            content = file.read(size)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read to its end.") from error
    if len(content) < size:
        raise DataError(f"{path} ends too early.")
    return np.frombuffer(content, np.uint8).reshape(shape)


def read_npz(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """`images` (uint8 n×h×w) and `labels` (n) of an `.npz` file; nothing in it can run code."""
    try:
        # NumPy would leave a file that is no archive open.
        with path.open("rb") as file:
            with zipfile.ZipFile(file) as archive:
                unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MAX_ARRAY_BYTES:
                raise DataError(f"{path} is too large.")
            with np.lib.npyio.NpzFile(file, allow_pickle=False) as arrays:
                # Bytes come back as they are when they are no array.
                return _checked(path, np.asarray(arrays["images"]), np.asarray(arrays["labels"]))
    except KeyError as error:
        raise DataError(f"{path} does not hold both “images” and “labels”.") from error
    except UNREADABLE as error:
        raise DataError(f"{path} cannot be read as an .npz file.") from error


def _idx_file(folder: Path, part: str, kind: str) -> Path | None:
    candidates = (folder / f"{part}-{kind}{ending}" for ending in ("", ".gz"))
    return next((path for path in candidates if path.is_file()), None)


def _checked(
    path: Path, images: NDArray[np.uint8], labels: NDArray[np.generic]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    if images.ndim != 3 or images.dtype != np.uint8 or 0 in images.shape[1:]:
        raise DataError(f"The images in {path} are not n×h×w values of 8 bits.")
    if images.shape[1] * images.shape[2] > MAX_PIXELS:
        raise DataError(f"The images in {path} have more than {MAX_PIXELS // 1_000_000} megapixels each.")
    if labels.shape != images.shape[:1] or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"{path} does not hold one whole number as label for each of its images.")
    if labels.size and int(labels.max()) > np.iinfo(np.int64).max:
        raise DataError(f"{path} has a label that is no number of a label: {labels.max()}.")
    return images, labels.astype(np.int64)


def _arrays(path: Path, images: NDArray[np.uint8], labels: NDArray[np.int64], places: LabelPlaces) -> Subjects:
    if not len(images):
        raise DataError(f"There are no images in {path}.")
    pairs = zip(images, _placed(path, labels, places), strict=True)
    each = (Subject(content=image.astype(np.float32) / 255, label=label) for image, label in pairs)
    return Subjects(each=each, count=len(images))


def _placed(path: Path, labels: NDArray[np.int64], places: LabelPlaces) -> list[int]:
    found: dict[int, int] = {}
    for number in np.unique(labels).tolist():
        place = places.of_number(number)
        if place is None:
            image = int(np.argmax(labels == number)) + 1
            raise DataError(f"Image {image} in {path} has the label {number}, which the model has not.")
        found[number] = place
    return [found[number] for number in labels.tolist()]


def _drawings(path: Path, places: LabelPlaces) -> Iterator[Subject]:
    try:
        for number, entry in enumerate(read_ink_file(path), start=1):
            if entry.label is None:
                raise DataError(f"Drawing {number} of {path} has no label.")
            label = places.of_number(entry.label)
            if label is None:
                raise DataError(f"Drawing {number} of {path} has a label that the model has not.")
            yield Subject(content=entry.drawing, label=label)
    except DrawingError as error:
        raise DataError(f"{path}: {error}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error


def _pictures(folder: Path, places: LabelPlaces) -> Subjects:
    labels = {path: places.of_name(path.name) for path in sorted(folder.iterdir()) if _is_labelled_picture(path)}
    subjects = [Subject(content=path, label=label) for path, label in labels.items() if label is not None]
    if not subjects:
        raise DataError(f"{folder} holds neither IDX files nor pictures named <label>_*.png by a label of the model.")
    others = [path.name for path, label in labels.items() if label is None]
    return Subjects(each=iter(subjects), count=len(subjects), left_out=_left_out(folder, others) if others else None)


def _is_labelled_picture(path: Path) -> bool:
    """Whether it is named `<label>_*.png` or the like; hidden files are what systems put beside pictures."""
    named = path.suffix.lower() in PICTURE_ENDINGS and path.name.find("_") > 0 and not path.name.startswith(".")
    return named and not path.is_dir()


def _left_out(folder: Path, names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"Left out of {folder}, named by no label of the model: {', '.join(names[:NAMES_SHOWN])}{more}."

"""Turns what people wrote and training never saw into harder test sets, as DATA that `mnist-desktop evaluate` takes.

`python tools/make_test_sets.py FOLDER --data DATA` writes them, the same ones every time; printed digits are among them
where DATA/fonts holds the font packages.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from mnist_desktop.evaluation.data import DataError
from mnist_desktop.ink.drawing import Drawing, LabelledDrawing, Stroke, to_json
from mnist_desktop.ink.glyph import Ink
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.training.datasets import FONTS_FOLDER, writers_kept_out
from mnist_desktop.training.printed import write_npz

SEED = 2026
"""Of every set that has chance in it; each takes its own stream of it."""

SMALL = 25
"""Height of small digits, in pixels: a fifth of what the canvas invites to."""

SHEET = 40
"""Side of a picture with a small digit, in pixels."""

CANVAS = 280
"""Side of a canvas in pixels, in whose corners digits are drawn."""

CORNER_SIDES = (40, 110)
"""Smallest and largest digits in a corner, in pixels."""

BOX, BAR = 16, 0.3
"""Side of a stretched scan in pixels, and how narrow a digit is, by its height, that nobody stretches."""

PEN_WIDTHS = (0.07, 0.15)
"""Pens of the pictures, as a share of the digit's longer side."""

SPACING = (0.15, 0.3)
"""Between the points of a coarse stroke, as a share of the digit's longer side: a mouse moved fast."""

JITTER = 0.02
"""How far a point of a jittery stroke strays, standard deviation, as a share of the digit's longer side."""

TILT = 20
"""Degrees to either side."""

STRETCH = (0.6, 1.6)
"""Width in relation to height."""

Points = NDArray[np.float64]
Change = Callable[[list[Points], Generator], list[Points]]


def drawn_small(strokes: list[Points], _: Generator) -> list[Points]:
    """As drawn with the mouse 25 pixels high: whole pixels, and none twice in a row."""
    low, side = _frame(strokes)
    pixels = [np.rint((stroke - low) / side * SMALL) for stroke in strokes]
    return [stroke[np.insert(np.diff(stroke, axis=0).any(axis=1), 0, values=True)] for stroke in pixels]


def coarse_and_jittery(strokes: list[Points], rng: Generator) -> list[Points]:
    """Few points a stroke, each a little beside the line."""
    _, side = _frame(strokes)
    spacing = rng.uniform(*SPACING) * side
    few = [_resampled(stroke, spacing) for stroke in strokes]
    return [stroke + rng.normal(0, JITTER * side, stroke.shape) for stroke in few]


def tilted(strokes: list[Points], rng: Generator) -> list[Points]:
    """Turned by up to 20° to either side."""
    angle = np.radians(rng.uniform(-TILT, TILT))
    cos, sin = np.cos(angle), np.sin(angle)
    return [stroke @ np.array([[cos, sin], [-sin, cos]]) for stroke in strokes]


def stretched(strokes: list[Points], rng: Generator) -> list[Points]:
    """Made 0.6 to 1.6 times as wide."""
    width = rng.uniform(*STRETCH)
    return [stroke * np.array([width, 1.0]) for stroke in strokes]


DRAWINGS: dict[str, Change] = {
    "pen": lambda strokes, _: strokes,
    "pen-25-px": drawn_small,
    "pen-coarse-and-jittery": coarse_and_jittery,
    "pen-tilted": tilted,
    "pen-stretched": stretched,
}


def changed(entries: Sequence[LabelledDrawing], change: Change, rng: Generator) -> Iterable[LabelledDrawing]:
    """Each of `entries` after `change`."""
    for entry in entries:
        strokes = change([np.array(stroke.points) for stroke in entry.drawing.strokes if stroke.points], rng)
        drawing = Drawing(strokes=tuple(Stroke(points=tuple(map(tuple, stroke.tolist()))) for stroke in strokes))
        yield LabelledDrawing(drawing=drawing, label=entry.label)


def small_image(drawing: Drawing, rng: Generator) -> NDArray[np.uint8]:
    """`drawing` with its longer side at 25 pixels, somewhere on a small sheet."""
    return _placed(_pixels(drawing, SMALL, rng), SHEET, rng.integers(0, SHEET - SMALL, 2))


def corner_image(drawing: Drawing, rng: Generator) -> NDArray[np.uint8]:
    """`drawing` in a corner of an empty canvas, touching its edges at times."""
    pixels = _pixels(drawing, int(rng.integers(*CORNER_SIDES)), rng)
    free = np.array((CANVAS, CANVAS)) - pixels.shape
    margin = np.minimum(rng.integers(0, 8, 2), free)
    return _placed(pixels, CANVAS, np.where(rng.random(2) < 0.5, margin, free - margin))


def boxed_image(drawing: Drawing, rng: Generator) -> NDArray[np.uint8]:
    """`drawing` stretched to fill 16×16 pixels, as collections of scans often are; a bar stays a bar."""
    ink = rasterise(drawing, width=rng.uniform(*PEN_WIDTHS))
    width = BOX if ink.shape[1] > BAR * ink.shape[0] else max(2, round(BOX * ink.shape[1] / ink.shape[0]))
    return _placed(_resized(ink, (width, BOX)), BOX, np.array([0, (BOX - width) // 2]))


IMAGES: dict[str, Callable[[Drawing, Generator], NDArray[np.uint8]]] = {
    "pen-25-px": small_image,
    "pen-in-corners": corner_image,
    "pen-boxed": boxed_image,
}


def write_all(folder: Path, data: Path, seed: int) -> None:
    """Write every set into `folder`; DataError when data or fonts are missing or the folder cannot be written."""
    entries = writers_kept_out(data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_drawings(folder, entries, seed)
        _write_images(folder, entries, seed)
        scanned = load_digits()
        _write_arrays(folder / "load-digits.npz", np.rint(scanned.images * (255 / 16)), scanned.target)
        if (data / FONTS_FOLDER).is_dir():
            write_npz(data / FONTS_FOLDER, "test", folder / "printed.npz")
    except OSError as error:
        raise DataError(f"{error.filename or folder} cannot be written ({error.strerror}).") from error


def _write_drawings(folder: Path, entries: Sequence[LabelledDrawing], seed: int) -> None:
    for number, (name, change) in enumerate(DRAWINGS.items()):
        lines = [to_json(each.drawing, each.label) for each in changed(entries, change, default_rng((seed, number)))]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


def _write_images(folder: Path, entries: Sequence[LabelledDrawing], seed: int) -> None:
    """Each set twice: as ink in one file, and dark on white as pictures, in which the digit has to be found."""
    labels = np.array([entry.label for entry in entries], np.int64)
    for number, (name, image) in enumerate(IMAGES.items(), start=len(DRAWINGS)):
        rng = default_rng((seed, number))
        images = np.stack([image(entry.drawing, rng) for entry in entries])
        _write_arrays(folder / f"{name}.npz", images, labels)
        pictures = folder / f"{name}-pictures"
        pictures.mkdir(exist_ok=True)
        for index, (pixels, label) in enumerate(zip(images, labels, strict=True)):
            Image.fromarray(255 - pixels).save(pictures / f"{label}_{index:03}.png")


def _write_arrays(path: Path, images: NDArray[np.generic], labels: NDArray[np.int64]) -> None:
    np.savez_compressed(path, images=images.astype(np.uint8), labels=labels)


def _pixels(drawing: Drawing, side: int, rng: Generator) -> NDArray[np.uint8]:
    """`drawing` with its longer side at `side` pixels, by a pen of a width of its own."""
    ink = rasterise(drawing, width=rng.uniform(*PEN_WIDTHS))
    scale = side / max(ink.shape)
    return _resized(ink, (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))))


def _resized(ink: Ink, size: tuple[int, int]) -> NDArray[np.uint8]:
    """`ink` at `size`, width and height in pixels, as grey levels."""
    resized = Image.fromarray(np.rint(ink * 255).astype(np.uint8)).resize(size, Image.Resampling.BOX)
    return np.asarray(resized)


def _placed(pixels: NDArray[np.uint8], size: int, at: NDArray[np.int64]) -> NDArray[np.uint8]:
    """`pixels` with their upper left at row and column `at` of an empty square."""
    canvas = np.zeros((size, size), np.uint8)
    top, left = at
    canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return canvas


def _frame(strokes: list[Points]) -> tuple[Points, float]:
    """Smallest x, y, and the longer side."""
    points = np.concatenate(strokes)
    low = points.min(axis=0)
    return low, max(float((points.max(axis=0) - low).max()), 1e-6)


def _resampled(stroke: Points, spacing: float) -> Points:
    """`stroke` by points `spacing` apart along it, and its end."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    at = np.append(np.arange(0, along[-1], spacing), along[-1])
    return np.stack([np.interp(at, along, stroke[:, axis]) for axis in (0, 1)], axis=1)


def main() -> int:
    """Write the sets that the command line asks for; 1 and a sentence where that cannot be."""
    parser = argparse.ArgumentParser(description=__doc__.partition(".")[0])
    parser.add_argument("folder", type=Path, help="where the sets are written")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    try:
        write_all(arguments.folder, arguments.data, arguments.seed)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    for path in sorted(arguments.folder.iterdir()):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())

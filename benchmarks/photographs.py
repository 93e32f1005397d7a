"""Photographs of digits, made from pen strokes of writers kept out of training, and how well they are read.

`python benchmarks/photographs.py` needs MNIST_DESKTOP_DATA, the folder with pendigits-train.jsonl.gz. The number to
beat is a plain Otsu threshold over the whole picture, which is measured beside it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.evaluation.photographs import photographs
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.ink.glyph import Ink, normalise
from mnist_desktop.ink.isolate import isolate
from mnist_desktop.ink.pictures import decode_picture
from mnist_desktop.ink.threshold import otsu
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import Classifier, ModelError
from mnist_desktop.recognition.litert import LiteRTClassifier
from mnist_desktop.recognition.models import find_model

HELD_OUT = 749
"""The last so many drawings of the file are by writers that training never sees."""


def plain_otsu(levels: NDArray[np.uint8]) -> Ink:
    """What a simple program does: one threshold for all of the picture, and the rarer side is ink."""
    grey = np.asarray(levels.mean(axis=2) / 255, dtype=np.float32)
    dark = grey < otsu(grey)
    return np.asarray(dark if dark.mean() < 0.5 else ~dark, dtype=np.float32)


def overlap(ink: Ink, box: tuple[int, int, int, int] | None, truth: NDArray[np.bool_]) -> float:
    """Intersection over union of what was found and what is true."""
    if box is None:
        return 0.0
    x, y, width, height = box
    found = np.zeros(truth.shape, bool)
    part = Image.fromarray(ink).resize((width, height), Image.Resampling.BILINEAR)
    found[y : y + height, x : x + width] = np.asarray(part) > 0.5
    return float((found & truth).sum()) / max(1.0, float((found | truth).sum()))


def held_out_drawings(data: Path, count: int, seed: int) -> list[Subject]:
    """`count` of the drawings in `data` by writers whom training never sees, at random."""
    drawings = list(read_ink_file(data / "pendigits-train.jsonl.gz"))[-HELD_OUT:]
    chosen = np.random.default_rng(seed).integers(len(drawings), size=count)
    return [Subject(content=drawings[index].drawing, label=drawings[index].label or 0) for index in chosen]


def classifier_of(name: str) -> Classifier | None:
    """The shipped engine with model `name`; None while there is no such model."""
    try:
        return LiteRTClassifier(find_model(name, [shipped("model")]))
    except ModelError as error:
        print(f"{error} Counting an overlap above 0.5 as right.", file=sys.stderr)
        return None


def main() -> None:
    """Print how many of `--count` photographs are isolated and read, by what makes them hard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=20_000)
    parser.add_argument("--model", default="digits")
    parser.add_argument("--save", type=Path, help="folder for the photographs that are read wrongly")
    arguments = parser.parse_args()
    classifier = classifier_of(arguments.model)
    drawings = held_out_drawings(Path(os.environ["MNIST_DESKTOP_DATA"]), arguments.count, arguments.seed)
    rows: dict[str, list[tuple[float, bool, bool]]] = defaultdict(list)
    seconds = 0.0
    for number, photo in enumerate(photographs(drawings, arguments.seed)):
        picture = decode_picture(photo.jpeg, name=None)
        start = time.perf_counter()
        found = isolate(picture)
        seconds += time.perf_counter() - start
        share = overlap(found.ink, found.box, photo.truth)
        right, plain = share > 0.5, False
        if classifier is not None:
            right = _read(classifier, found.ink) == photo.label
            plain = _read(classifier, plain_otsu(picture.pixels)) == photo.label
        if not right and arguments.save:
            arguments.save.mkdir(parents=True, exist_ok=True)
            (arguments.save / f"{photo.label}_{number}.jpg").write_bytes(photo.jpeg)
        for row in ("all", *photo.difficulties):
            rows[row].append((share, right, plain))
    what = "read right" if classifier is not None else "overlap > 0.5 (no model)"
    print(f"{'photographs':14} {'count':>5} {'mean overlap':>12} {what:>12} {'plain Otsu':>10}")
    for row, results in rows.items():
        shares, rights, plains = (np.mean(column) for column in zip(*results, strict=True))
        print(f"{row:14} {len(results):5} {shares:12.3f} {rights:12.1%} {plains:10.1%}")
    print(f"isolating took {seconds / arguments.count * 1000:.1f} ms a photograph")


def _read(classifier: Classifier, ink: Ink) -> int | None:
    glyph = normalise(ink)
    return None if glyph is None else classifier.predict([glyph])[0].best


if __name__ == "__main__":
    main()

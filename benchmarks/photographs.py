"""Photographs of digits, made from pen strokes of writers kept out of training, and how well they are read.

`python benchmarks/photographs.py` needs MNIST_DESKTOP_DATA, the folder with pendigits-train.jsonl.gz. The number to
beat is a plain Otsu threshold over the whole picture, which is measured beside it.
"""

from __future__ import annotations

import argparse
import io
import math
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from mnist_desktop.ink.drawing import Drawing, LabelledDrawing, read_ink_file
from mnist_desktop.ink.glyph import Ink, normalise
from mnist_desktop.ink.isolate import isolate, otsu
from mnist_desktop.ink.pictures import decode_picture
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import Classifier, ModelError
from mnist_desktop.recognition.litert import LiteRTClassifier
from mnist_desktop.recognition.models import find_model

HELD_OUT = 749
"""The last so many drawings of the file are by writers that training never sees."""

Levels = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """A JPEG of one digit, where its ink truly is, and what makes it hard."""

    jpeg: bytes
    truth: NDArray[np.bool_]
    label: int
    light_on_dark: bool
    lines: str
    share: float
    """Longer side of the digit over the shorter side of the picture."""

    @property
    def size(self) -> str:
        return "small" if self.share < 0.15 else "large" if self.share > 0.6 else "medium"


def photographs(drawings: list[LabelledDrawing], count: int, seed: int) -> Iterator[Photograph]:
    """`count` photographs of digits drawn at random from `drawings`."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        chosen = drawings[rng.integers(len(drawings))]
        assert chosen.label is not None
        yield photograph(chosen.drawing, chosen.label, rng)


def photograph(drawing: Drawing, label: int, rng: np.random.Generator) -> Photograph:
    """One photograph: paper, light, lines, ink and camera are all drawn from `rng`."""
    longer = int(rng.integers(300, 1400))
    width, height = (longer, int(longer * 0.75)) if rng.random() < 0.5 else (int(longer * 0.75), longer)
    share = float(np.exp(rng.uniform(np.log(0.07), np.log(0.92))))
    coverage = _coverage(drawing, (width, height), share * min(width, height), rng)
    light_on_dark = bool(rng.random() < 1 / 3)
    lines = str(rng.choice(["plain", "ruled", "grid"], p=[0.5, 0.35, 0.15]))
    paper, ink, line = _colours(light_on_dark, rng)
    ruling = _ruling(lines, (width, height), rng)[..., None]
    strength = rng.uniform(0.75, 1.0)
    covered = (coverage * strength)[..., None]
    page = paper * (1 - ruling) + line * ruling
    page = page * (1 - covered) + ink * covered
    lit = page * _light((width, height), rng)[..., None]
    photo = Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))
    photo = photo.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 0.0025) * longer)))
    noisy = np.asarray(photo, dtype=np.float32) + rng.normal(0, rng.uniform(0.5, 9), (height, width, 3))
    file = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=int(rng.integers(45, 95)))
    return Photograph(
        jpeg=file.getvalue(),
        truth=coverage > 0.5,
        label=label,
        light_on_dark=light_on_dark,
        lines=lines,
        share=share,
    )


def _coverage(drawing: Drawing, size: tuple[int, int], side: float, rng: np.random.Generator) -> Levels:
    """How much of each pixel the pen covered, 0…1, for a digit of about `side` pixels somewhere in the picture."""
    turn = rng.normal(0, math.radians(5))
    cosine, sine = math.cos(turn), math.sin(turn)
    strokes = [[(x * cosine - y * sine, x * sine + y * cosine) for x, y in stroke.points] for stroke in drawing.strokes]
    points = np.array([point for stroke in strokes for point in stroke])
    low, high = points.min(axis=0), points.max(axis=0)
    pen = float(rng.uniform(0.05, 0.14)) * side
    scale = (side - pen) / max(1e-6, float((high - low).max()))
    room = np.maximum(0, np.array(size) - (high - low) * scale - pen - 4)
    offset = rng.uniform(0.0, 1.0, 2) * room + pen / 2 + 2
    finer = 3
    image = Image.new("L", (size[0] * finer, size[1] * finer))
    draw = ImageDraw.Draw(image)
    radius = pen / 2 * finer
    for stroke in strokes:
        line = [tuple(((np.array(point) - low) * scale + offset) * finer) for point in stroke]
        if len(line) > 1:
            draw.line(line, fill=255, width=max(1, round(2 * radius)))
        for x, y in line:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(image.reduce(finer), dtype=np.float32) / np.float32(255)


def _colours(light_on_dark: bool, rng: np.random.Generator) -> tuple[Levels, Levels, Levels]:
    if light_on_dark:
        board = rng.uniform(20, 70) + rng.normal(0, 10, 3)
        chalk = rng.uniform(190, 245) + rng.normal(0, 8, 3)
        return _rgb(board), _rgb(chalk), _rgb(board + rng.uniform(30, 60))
    paper = rng.uniform(190, 250) + rng.normal(0, 10, 3)
    inks = ((25, 25, 30), (30, 40, 120), (70, 70, 75), (150, 30, 35), (20, 80, 50))
    line = rng.uniform(0.55, 0.85) * paper + rng.normal(0, 8, 3)
    return _rgb(paper), _rgb(np.array(inks[rng.integers(len(inks))]) + rng.normal(0, 8, 3)), _rgb(line)


def _rgb(levels: NDArray[np.float64]) -> Levels:
    return np.clip(levels, 0, 255).astype(np.float32)


def _grid(size: tuple[int, int]) -> tuple[Levels, Levels]:
    """Each pixel's row and column."""
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    return rows.astype(np.float32), columns.astype(np.float32)


def _ruling(kind: str, size: tuple[int, int], rng: np.random.Generator) -> Levels:
    """How much of each pixel the printed lines cover: none, level ones, or level and upright ones."""
    width, height = size
    rows, columns = _grid(size)
    covered = np.zeros((height, width), np.float32)
    if kind == "plain":
        return covered
    spacing = rng.uniform(0.06, 0.16) * max(size)
    thick = rng.uniform(0.0012, 0.004) * max(size)
    tilt = rng.normal(0, math.radians(2))
    turned = [rows * math.cos(tilt) + columns * math.sin(tilt)]
    if kind == "grid":
        turned.append(columns * math.cos(tilt) - rows * math.sin(tilt))
    for across in turned:
        distance = np.abs((across + rng.uniform(0, spacing)) % spacing - spacing / 2)
        covered = np.maximum(covered, np.clip(thick / 2 - distance + 0.5, 0, 1))
    return covered


def _light(size: tuple[int, int], rng: np.random.Generator) -> Levels:
    """How bright the light falls on each pixel: a slope, a darker corner, and mostly a shadow with a soft edge."""
    width, height = size
    rows, columns = _grid(size)
    x, y = columns / width - 0.5, rows / height - 0.5
    angle = rng.uniform(0, 2 * math.pi)
    light = 1 + rng.uniform(0, 0.45) * (x * math.cos(angle) + y * math.sin(angle))
    light *= 1 - rng.uniform(0, 0.5) * (x**2 + y**2)
    if rng.random() < 0.6:
        angle = rng.uniform(0, 2 * math.pi)
        edge = x * math.cos(angle) + y * math.sin(angle) + rng.uniform(-0.3, 0.3) + 0.05 * np.sin(9 * (x - y))
        softness = rng.uniform(0.01, 0.06)
        light *= 1 - rng.uniform(0.2, 0.5) / (1 + np.exp(np.clip(-edge / softness, -30, 30)))
    return np.asarray(light * rng.uniform(0.75, 1.05), dtype=np.float32)


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


def held_out_drawings(data: Path) -> list[LabelledDrawing]:
    """The drawings in `data` by writers whom training never sees."""
    return list(read_ink_file(data / "pendigits-train.jsonl.gz"))[-HELD_OUT:]


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
    drawings = held_out_drawings(Path(os.environ["MNIST_DESKTOP_DATA"]))
    rows: dict[str, list[tuple[float, bool, bool]]] = defaultdict(list)
    seconds = 0.0
    for number, photo in enumerate(photographs(drawings, arguments.count, arguments.seed)):
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
        side = "light on dark" if photo.light_on_dark else "dark on light"
        for row in ("all", photo.lines, side, photo.size):
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

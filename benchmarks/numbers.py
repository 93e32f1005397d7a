"""Numbers of two to six digits by writers kept out of training, drawn and as pictures, and how well they are read.

`python benchmarks/numbers.py` needs MNIST_DESKTOP_DATA, the folder with pendigits-train.jsonl.gz.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_desktop.ink.drawing import Drawing, LabelledDrawing, Stroke, read_ink_file
from mnist_desktop.training.datasets import BOUNDARY, DIGITS_A_WRITER, PEN_FILE, pen_boundaries

HEIGHT = 100.0
"""Units that a digit is high on average."""

SIZE_JITTER, BASELINE_JITTER = 0.08, 0.04
"""Standard deviations: of the logarithm of a digit's height, and of where it stands, in heights."""

ROWS = 25
"""Bands of the height in which neighbours are pushed together, as a printer kerns letters."""

PEN = (0.05, 0.1)
"""Width of the pen in heights: what is the gap between two inks is more between the middles of two lines."""

GAPS = {"spaced": (0.1, 0.5), "touching": (-0.1, 0.0)}
"""Gap between the inks of neighbours in heights, where they come nearest."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number by one writer, what it says, and the width of the pen in its units."""

    drawing: Drawing
    text: str
    pen: float


def writers(data: Path, part: str) -> list[list[LabelledDrawing]]:
    """The drawings of each writer of one part, `validation` or `test`; none near the boundaries, which are not sure."""
    drawings = list(read_ink_file(data / PEN_FILE))
    validate_from, test_from = pen_boundaries(len(drawings))
    chosen = drawings[validate_from : test_from - BOUNDARY] if part == "validation" else drawings[test_from:]
    return [
        chosen[start : start + DIGITS_A_WRITER - BOUNDARY] for start in range(0, len(chosen) - 200, DIGITS_A_WRITER)
    ]


def numbers(hands: Sequence[Sequence[LabelledDrawing]], gaps: str, count: int, seed: int) -> Iterator[Number]:
    """`count` numbers of digits drawn at random from one of `hands` each, `gaps` being a key of GAPS."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield number(hands[int(rng.integers(len(hands)))], rng, GAPS[gaps])


def number(hand: Sequence[LabelledDrawing], rng: Generator, gaps: tuple[float, float]) -> Number:
    """Two to six digits by one hand side by side, each with a size and a baseline a little of its own."""
    chosen = [hand[int(rng.integers(len(hand)))] for _ in range(rng.integers(2, 7))]
    pen = float(rng.uniform(*PEN)) * HEIGHT
    placed: list[list[Floats]] = []
    for entry in chosen:
        height = HEIGHT * math.exp(rng.normal(0, SIZE_JITTER))
        digit = standing(entry.drawing, height, rng.normal(0, BASELINE_JITTER) * HEIGHT)
        gap = float(rng.uniform(*gaps)) * HEIGHT + pen
        placed.append(beside(placed[-1], digit, gap) if placed else digit)
    strokes = (Stroke(points=tuple(map(tuple, stroke.tolist()))) for digit in placed for stroke in digit)
    return Number(drawing=Drawing(strokes=tuple(strokes)), text="".join(str(entry.label) for entry in chosen), pen=pen)


def standing(drawing: Drawing, height: float, baseline: float) -> list[Floats]:
    """The strokes of `drawing`, `height` high, its left at 0 and its foot at `baseline`."""
    left, top, right, bottom = drawing.bounds()
    scale = height / max(bottom - top, 0.4 * (right - left))
    offset = np.array([left, bottom])
    return [(np.array(stroke.points) - offset) * scale + (0, baseline) for stroke in drawing.strokes if stroke.points]


def beside(left: list[Floats], right: list[Floats], gap: float) -> list[Floats]:
    """`right` moved to where its lines come as near as `gap` to those of `left`, going across."""
    edges = np.linspace(-1.6 * HEIGHT, 0.6 * HEIGHT, 2 * ROWS)
    ends = _profile(left, edges, np.maximum, -np.inf)
    begins = _profile(right, edges, np.minimum, np.inf)
    # Lines in neighbouring bands are near each other, too.
    ends = np.maximum(ends, np.maximum(np.roll(ends, 1), np.roll(ends, -1)))
    between = begins - ends
    nearest = float(between.min())
    if not math.isfinite(nearest):
        nearest = min(float(stroke[:, 0].min()) for stroke in right) - max(float(stroke[:, 0].max()) for stroke in left)
    return [stroke + np.array([gap - nearest, 0]) for stroke in right]


def _profile(strokes: list[Floats], edges: Floats, best: np.ufunc, none: float) -> Floats:
    profile = np.full(len(edges) + 1, none)
    for stroke in strokes:
        for start, end in pairwise(stroke):
            line = start + np.linspace(0, 1, 12)[:, np.newaxis] * (end - start)
            best.at(profile, np.digitize(line[:, 1], edges), line[:, 0])
        best.at(profile, np.digitize(stroke[:, 1], edges), stroke[:, 0])
    return profile


def painted(number: Number, rng: Generator) -> NDArray[np.uint8]:
    """A clean picture of `number`, dark on light: h×w×3, digits 24 to 120 pixels high."""
    scale = float(np.exp(rng.uniform(np.log(24), np.log(120)))) / HEIGHT
    left, top, right, bottom = number.drawing.bounds()
    margin = number.pen + float(rng.uniform(0.1, 1.0)) * HEIGHT
    finer = 3
    size = (int((right - left + 2 * margin) * scale) * finer, int((bottom - top + 2 * margin) * scale) * finer)
    image = Image.new("L", size)
    draw = ImageDraw.Draw(image)
    radius = max(number.pen / 2 * scale, 0.7) * finer
    for stroke in number.drawing.strokes:
        line = [((x - left + margin) * scale * finer, (y - top + margin) * scale * finer) for x, y in stroke.points]
        if len(line) > 1:
            draw.line(line, fill=255, width=max(1, round(2 * radius)))
        for x, y in line:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    ink = np.asarray(image.reduce(finer), dtype=np.float32) / 255
    paper, dark = rng.uniform(200, 255), rng.uniform(0, 90)
    levels = paper + (dark - paper) * ink + rng.normal(0, rng.uniform(0, 4), ink.shape)
    return np.repeat(np.clip(levels, 0, 255).astype(np.uint8)[..., np.newaxis], 3, axis=2)

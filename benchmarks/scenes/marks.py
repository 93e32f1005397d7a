"""Turns a pen's strokes, a small image or a font's character into how much of each pixel a digit covers."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.training.fonts import Font

Levels = NDArray[np.float32]

FINER = 3
"""Strokes are drawn so many times finer than they come out, so that their edge is smooth."""

SEGMENTS = {
    "0": "abcdef",
    "1": "bc",
    "2": "abged",
    "3": "abgcd",
    "4": "fgbc",
    "5": "afgcd",
    "6": "afgedc",
    "7": "abc",
    "8": "abcdefg",
    "9": "abcdfg",
}
_ENDS = {
    "a": ((0, 0), (1, 0)),
    "b": ((1, 0), (1, 1)),
    "c": ((1, 1), (1, 2)),
    "d": ((0, 2), (1, 2)),
    "e": ((0, 1), (0, 2)),
    "f": ((0, 0), (0, 1)),
    "g": ((0, 1), (1, 1)),
}
"""Each segment of a display from where to where, in half heights."""


def written(drawing: Drawing, side: int, pen: float, turn: float, rng: Generator) -> Levels:
    """`drawing` by a pen `pen` of its longer side wide, its pressure rising and falling, turned by `turn` radians."""
    cosine, sine = math.cos(turn), math.sin(turn)
    strokes = [_smooth(np.array(stroke.points)) for stroke in drawing.strokes if stroke.points]
    turned = [stroke @ np.array([[cosine, sine], [-sine, cosine]]) for stroke in strokes]
    low = np.min([stroke.min(axis=0) for stroke in turned], axis=0)
    high = np.max([stroke.max(axis=0) for stroke in turned], axis=0)
    width = max(1.2, pen * side)
    scale = (side - width) / max(1e-6, float((high - low).max()))
    size = np.ceil((high - low) * scale + width + 2).astype(int) * FINER
    image = Image.new("L", (int(size[0]), int(size[1])))
    draw = ImageDraw.Draw(image)
    phase, swing = rng.uniform(0, 7), rng.uniform(0, 0.25)
    for stroke in turned:
        points = ((stroke - low) * scale + width / 2 + 1) * FINER
        for number, (x, y) in enumerate(_filled(points)):
            radius = width * FINER / 2 * (1 - swing * (0.5 + 0.5 * math.sin(phase + number / (0.3 * side * FINER))))
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return _as_levels(image.reduce(FINER))


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A curve through `points` (Catmull and Rom 1974), eight steps between two."""
    if len(points) < 3:
        return points
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    steps = np.linspace(0, 1, 8, endpoint=False)[:, np.newaxis]
    curve = [
        0.5 * (2 * b + (c - a) * steps + (2 * a - 5 * b + 4 * c - d) * steps**2 + (3 * b - 3 * c + d - a) * steps**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.vstack([*curve, points[-1:]])


def _filled(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """`points` with more between them, one a pixel."""
    if len(points) == 1:
        return points
    parts = []
    for one, other in pairwise(points):
        count = max(1, int(np.hypot(*(other - one))))
        parts.append(one + (other - one) * np.linspace(0, 1, count, endpoint=False)[:, np.newaxis])
    return np.vstack([*parts, points[-1:]])


def enlarged(image: NDArray[np.uint8], side: int, turn: float) -> Levels:
    """A small image of ink (bright on 0), its longer side brought to `side`, with a sharp edge."""
    rows, columns = np.flatnonzero(image.max(axis=1) > 60), np.flatnonzero(image.max(axis=0) > 60)
    part = np.pad(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 2)
    scale = side / (max(part.shape) - 4)
    size = max(4, round(part.shape[1] * scale)), max(4, round(part.shape[0] * scale))
    large = Image.fromarray(part).resize(size, Image.Resampling.BICUBIC)
    turned = _as_levels(large.rotate(math.degrees(turn), Image.Resampling.BICUBIC, expand=True))
    return _trimmed(np.clip((turned - 0.45) * max(1.0, scale / 3) + 0.5, 0, 1))


def typed(font: Font, text: str, side: int, turn: float = 0.0) -> Levels:
    """`text` in `font`, its longer side `side` pixels."""
    probe = ImageFont.truetype(font.path, 100, font.index)
    left, top, right, bottom = probe.getbbox(text)
    opened = probe.font_variant(size=max(4, round(100 * side / max(1, right - left, bottom - top))))
    box = opened.getbbox(text)
    image = Image.new("L", (int(box[2] - box[0]) + 4, int(box[3] - box[1]) + 4))
    ImageDraw.Draw(image).text((2 - box[0], 2 - box[1]), text, fill=255, font=opened)
    if turn:
        image = image.rotate(math.degrees(turn), Image.Resampling.BICUBIC, expand=True)
    return _trimmed(_as_levels(image))


def display(text: str, side: int, rng: Generator) -> Levels:
    """`text`, one digit, as a display of seven segments shows it."""
    thick, gap, slant = side * rng.uniform(0.07, 0.12), side * rng.uniform(0.0, 0.012), rng.uniform(0, 0.12)
    width, half = side * rng.uniform(0.48, 0.6) - thick, (side - thick) / 2
    image = Image.new("L", (side * FINER, (side + 4) * FINER))
    draw = ImageDraw.Draw(image)
    for segment in SEGMENTS[text]:
        (x1, y1), (x2, y2) = _ENDS[segment]
        along = np.array([x2 - x1, y2 - y1], dtype=float)
        ends = np.array([[x1 * width, y1 * half], [x2 * width, y2 * half]]) + np.array([[1.0], [-1.0]]) * along * (
            thick / 2 + gap
        )
        across = along[::-1] * thick / 2
        corners = np.array([ends[0] + across, ends[1] + across, ends[1] - across, ends[0] - across])
        corners += thick / 2 + 1
        corners[:, 0] += (side - corners[:, 1]) * slant
        draw.polygon([tuple(corner) for corner in (corners * FINER).tolist()], fill=255)
    return _trimmed(_as_levels(image.reduce(FINER)))


def _as_levels(image: Image.Image) -> Levels:
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def _trimmed(levels: Levels) -> Levels:
    rows, columns = np.flatnonzero(levels.max(axis=1) > 0.02), np.flatnonzero(levels.max(axis=0) > 0.02)
    return levels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

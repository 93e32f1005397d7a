"""Turns labelled digits into photographs of them: paper, light, printed lines, ink and camera, drawn from a seed."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from mnist_desktop.evaluation.data import DataError, Subject
from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.ink.glyph import Ink, crop

Levels = NDArray[np.float32]

SIDES = (300, 1400)
"""Longer side of a photograph in pixels: what is left when a phone's picture is sent on."""
SHARES = (0.07, 0.92)
"""The digit's longer side over the photograph's shorter one, evenly by its logarithm."""
SMALL, LARGE = 0.15, 0.6
"""Shares below and above which a digit counts as small and as large."""
TURN = math.radians(5)
"""Standard deviation of how far the camera is held askew."""
LIGHT_ON_DARK_SHARE = 1 / 3
LINES = {"plain": 0.5, "ruled": 0.35, "grid": 0.15}
"""Shares of paper without lines, with level ones, and squared."""
DIFFICULTIES = (*LINES, "dark on light", "light on dark", "small", "medium", "large")
"""The kinds of photographs that are told apart."""
PENS = (0.05, 0.14)
"""Pens as a share of the digit's longer side."""
INKS = ((25, 25, 30), (30, 40, 120), (70, 70, 75), (150, 30, 35), (20, 80, 50))
"""Black, blue, grey, red, green."""
NOISE = (0.5, 9.0)
"""Standard deviation of the camera's noise in levels of 255."""
QUALITY = (45, 95)
FINER = 3
"""The pen is drawn so many times finer than the photograph, so that its edge is smooth."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Photograph:
    """A JPEG of one digit, where its ink truly is, and what makes it hard."""

    jpeg: bytes
    truth: NDArray[np.bool_]
    """h×w: where the pen covered more than half of a pixel."""
    label: int
    light_on_dark: bool
    lines: str
    """`plain`, `ruled` or `grid`."""
    share: float
    """The digit's longer side over the photograph's shorter one."""

    @property
    def difficulties(self) -> tuple[str, str, str]:
        """What kind of photograph it is: its lines, its polarity and its size."""
        size = "small" if self.share < SMALL else "large" if self.share > LARGE else "medium"
        return self.lines, "light on dark" if self.light_on_dark else "dark on light", size


def photographs(subjects: Iterable[Subject], seed: int) -> Iterator[Photograph]:
    """A photograph of each of `subjects`, in order, the same for the same seed; DataError when one is a picture."""
    for number, subject in enumerate(subjects):
        yield photograph(subject, default_rng((seed, number)))


def photograph(subject: Subject, rng: Generator) -> Photograph:
    """One photograph of `subject`, a drawing or ink; DataError when it is a picture already."""
    longer = int(rng.integers(*SIDES))
    width, height = (longer, int(longer * 0.75)) if rng.random() < 0.5 else (int(longer * 0.75), longer)
    share = float(np.exp(rng.uniform(*np.log(SHARES))))
    coverage = _coverage(subject.content, (width, height), share * min(width, height), rng)
    light_on_dark = bool(rng.random() < LIGHT_ON_DARK_SHARE)
    lines = str(rng.choice(list(LINES), p=list(LINES.values())))
    page = _page(coverage, lines, rng, light_on_dark=light_on_dark)
    lit = page * _light((width, height), rng)[..., None]
    image = Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))
    return Photograph(
        jpeg=_taken(image, rng),
        truth=coverage > 0.5,
        label=subject.label,
        light_on_dark=light_on_dark,
        lines=lines,
        share=share,
    )


def _page(coverage: Levels, lines: str, rng: Generator, *, light_on_dark: bool) -> Levels:
    """Paper with its lines, and the ink on it: h×w×3, 0…255."""
    paper, ink, line = _colours(light_on_dark, rng)
    ruling = _ruling(lines, coverage.shape[::-1], rng)[..., None]
    covered = (coverage * rng.uniform(0.75, 1.0))[..., None]
    page = paper * (1 - ruling) + line * ruling
    inked: Levels = page * (1 - covered) + ink * covered
    return inked


def _taken(image: Image.Image, rng: Generator) -> bytes:
    """What a camera makes of it: a little out of focus, noise, and a JPEG."""
    blurred = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 0.0025) * max(image.size))))
    levels = np.asarray(blurred, dtype=np.float32)
    noisy = levels + rng.normal(0, rng.uniform(*NOISE), levels.shape)
    file = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=int(rng.integers(*QUALITY)))
    return file.getvalue()


def _coverage(content: object, size: tuple[int, int], side: float, rng: Generator) -> Levels:
    """How much of each pixel the pen covered, 0…1, for a digit of about `side` pixels somewhere in the picture."""
    if isinstance(content, Drawing):
        return _drawn(content, size, side, rng)
    if isinstance(content, np.ndarray):
        return _scaled(content, size, side, rng)
    assert isinstance(content, Path)
    raise DataError(f"{content.parent} holds pictures already: photographs are made of drawings or small digits.")


def _drawn(drawing: Drawing, size: tuple[int, int], side: float, rng: Generator) -> Levels:
    turn = rng.normal(0, TURN)
    cosine, sine = math.cos(turn), math.sin(turn)
    if drawing.blank:
        return np.zeros(size[::-1], np.float32)
    strokes = [[(x * cosine - y * sine, x * sine + y * cosine) for x, y in stroke.points] for stroke in drawing.strokes]
    points = np.array([point for stroke in strokes for point in stroke])
    low, high = points.min(axis=0), points.max(axis=0)
    pen = float(rng.uniform(*PENS)) * side
    scale = (side - pen) / max(1e-6, float((high - low).max()))
    room = np.maximum(0, np.array(size) - (high - low) * scale - pen - 4)
    offset = rng.uniform(0.0, 1.0, 2) * room + pen / 2 + 2
    image = Image.new("L", (size[0] * FINER, size[1] * FINER))
    draw = ImageDraw.Draw(image)
    radius = pen / 2 * FINER
    for stroke in strokes:
        line = [tuple(((np.array(point) - low) * scale + offset) * FINER) for point in stroke]
        if len(line) > 1:
            draw.line(line, fill=255, width=max(1, round(2 * radius)))
        for x, y in line:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(image.reduce(FINER), dtype=np.float32) / np.float32(255)


def _scaled(ink: Ink, size: tuple[int, int], side: float, rng: Generator) -> Levels:
    """`ink` of some 20 pixels made large, its edge as sharp as a pen's."""
    cropped = crop(ink)
    covered = np.zeros(size[::-1], np.float32)
    if cropped is None:
        return covered
    scale = side / max(cropped.shape)
    wanted = max(1, round(cropped.shape[1] * scale)), max(1, round(cropped.shape[0] * scale))
    image = Image.fromarray(np.pad(cropped, 1)).resize(wanted, Image.Resampling.BICUBIC)
    turned = np.asarray(image.rotate(math.degrees(rng.normal(0, TURN)), Image.Resampling.BICUBIC, expand=True))
    # A pixel of the small image is `scale` of the large ones: its edge, blurred so far, becomes one pixel wide.
    sharp = np.clip((turned - 0.5) * max(1.0, scale / 2) + 0.5, 0, 1)[: size[1], : size[0]]
    height, width = sharp.shape
    top, left = (int(rng.integers(0, room + 1)) for room in (size[1] - height, size[0] - width))
    covered[top : top + height, left : left + width] = sharp
    return covered


def _colours(light_on_dark: bool, rng: Generator) -> tuple[Levels, Levels, Levels]:
    """Of the paper or board, the ink or chalk, and the printed lines."""
    if light_on_dark:
        board = rng.uniform(20, 70) + rng.normal(0, 10, 3)
        chalk = rng.uniform(190, 245) + rng.normal(0, 8, 3)
        return _rgb(board), _rgb(chalk), _rgb(board + rng.uniform(30, 60))
    paper = rng.uniform(190, 250) + rng.normal(0, 10, 3)
    line = rng.uniform(0.55, 0.85) * paper + rng.normal(0, 8, 3)
    return _rgb(paper), _rgb(np.array(INKS[rng.integers(len(INKS))]) + rng.normal(0, 8, 3)), _rgb(line)


def _rgb(levels: NDArray[np.float64]) -> Levels:
    return np.clip(levels, 0, 255).astype(np.float32)


def _grid(size: tuple[int, int]) -> tuple[Levels, Levels]:
    """Each pixel's row and column."""
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    return rows.astype(np.float32), columns.astype(np.float32)


def _ruling(kind: str, size: tuple[int, ...], rng: Generator) -> Levels:
    """How much of each pixel the printed lines cover: none, level ones, or level and upright ones."""
    width, height = size
    rows, columns = _grid((width, height))
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


def _light(size: tuple[int, int], rng: Generator) -> Levels:
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

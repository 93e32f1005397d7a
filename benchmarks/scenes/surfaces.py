"""Makes what digits are written on: paper, wood, boards and screens, as h×w×3 of the light that they give back, 0…1."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Levels = NDArray[np.float32]
Size = tuple[int, int]
"""Width and height in pixels."""


def fractal(size: Size, rng: Generator, *, coarsest: int = 4, roughness: float = 0.55, stretch: float = 1.0) -> Levels:
    """Noise of many scales, mean 0 and standard deviation 1: octaves of random levels, each finer and weaker.

    `coarsest` cells go along the longer side; `stretch` times fewer go across than down.
    """
    width, height = size
    total = np.zeros((height, width), np.float32)
    cells, weight = float(coarsest), 1.0
    while cells < max(size):
        across = max(2, round(cells * width / max(size) / stretch))
        down = max(2, round(cells * height / max(size)))
        coarse = Image.fromarray(rng.normal(0, 1, (down, across)).astype(np.float32))
        total += np.float32(weight) * np.asarray(coarse.resize(size, Image.Resampling.BICUBIC))
        cells, weight = cells * 2, weight * roughness
    return np.asarray((total - total.mean()) / max(1e-6, float(total.std())), dtype=np.float32)


def even(size: Size, colour: Sequence[float]) -> Levels:
    """All of one colour."""
    return np.ones((size[1], size[0], 3), np.float32) * np.asarray(colour, np.float32)


def paper(size: Size, rng: Generator, colour: Sequence[float] = (0.9, 0.89, 0.86), grain: float = 0.012) -> Levels:
    """Paper with its fibres, and a little wavy."""
    texture = grain * fractal(size, rng, coarsest=60, roughness=0.9) + 0.012 * fractal(size, rng, coarsest=2)
    return np.asarray(even(size, colour) * (1 + texture[..., np.newaxis]), dtype=np.float32)


def wood(size: Size, rng: Generator) -> Levels:
    """A table of light or dark wood."""
    dark, light = (
        ((0.2, 0.12, 0.07), (0.36, 0.24, 0.15)) if rng.random() < 0.5 else ((0.5, 0.36, 0.22), (0.72, 0.56, 0.38))
    )
    veins = np.sin(9 * fractal(size, rng, coarsest=3, stretch=6) + 3 * fractal(size, rng, coarsest=40, stretch=12))
    share = (0.5 + 0.4 * veins)[..., np.newaxis]
    return np.asarray(even(size, dark) * (1 - share) + even(size, light) * share, dtype=np.float32)


def blackboard(size: Size, rng: Generator) -> Levels:
    """Slate or green paint, with what the sponge left of earlier chalk."""
    colour = ((0.1, 0.2, 0.15), (0.09, 0.09, 0.1))[int(rng.integers(2))]
    smeared = np.clip(fractal(size, rng, coarsest=3, stretch=float(rng.uniform(0.3, 4))), 0, None)
    dust = 0.02 * fractal(size, rng, coarsest=80, roughness=1.0) + rng.uniform(0.01, 0.06) * smeared
    return np.clip(even(size, colour) + dust[..., np.newaxis], 0, 1).astype(np.float32)


def stained(page: Levels, rng: Generator) -> Levels:
    """`page` with rings that cups left on it, and a fold."""
    height, width = page.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    stain = np.zeros((height, width), np.float32)
    uneven = 1 + 0.35 * fractal((width, height), rng, coarsest=6)
    for _ in range(int(rng.integers(1, 3))):
        radius, thick = rng.uniform(0.15, 0.3) * width, rng.uniform(0.005, 0.018) * width
        away = np.hypot(columns - rng.uniform(0, width), rows - rng.uniform(0, height)) - radius
        stain += rng.uniform(0.15, 0.4) * np.exp(-np.square(away / thick)) * np.clip(uneven, 0, 2)
        stain += rng.uniform(0.02, 0.1) * (away < 0)
    angle = rng.uniform(-0.3, 0.3) + (math.pi / 2 if rng.random() < 0.5 else 0)
    across = (columns - rng.uniform(0.2, 0.8) * width) * math.cos(angle) + (rows - height / 2) * math.sin(angle)
    fold = 0.12 * np.exp(-np.abs(across) / (0.004 * width)) * np.sign(across) + 0.03 * np.tanh(across / (0.02 * width))
    browned = page * (1 - np.clip(stain, 0, 0.7)[..., np.newaxis] * np.array([0.35, 0.6, 0.85], np.float32))
    return np.asarray(np.clip(browned * (1 + fold[..., np.newaxis]), 0, 1), dtype=np.float32)


def ruled(page: Levels, spacing: float, colour: Sequence[float], *, squares: bool, rng: Generator) -> Levels:
    """`page` with printed lines every `spacing` pixels, and across them, too, when `squares`."""
    height, width = page.shape[:2]
    image = Image.new("L", (width, height))
    draw = ImageDraw.Draw(image)
    thick = max(1, round(spacing * rng.uniform(0.02, 0.06)))
    for row in np.arange(rng.uniform(0, spacing), height, spacing).tolist():
        draw.line((0, row, width, row), fill=255, width=thick)
    if squares:
        for column in np.arange(rng.uniform(0, spacing), width, spacing).tolist():
            draw.line((column, 0, column, height), fill=255, width=thick)
    share = np.asarray(image.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32)[..., np.newaxis] / 255
    printed = np.asarray(rng.uniform(0.4, 0.9) * share, dtype=np.float32)
    return np.asarray(page * (1 - printed) + np.asarray(colour, np.float32) * printed, dtype=np.float32)


def punched(page: Levels, rng: Generator) -> Levels:
    """`page` of a spiral notebook: a row of holes along its left, the wire through them, and a red line beside it."""
    height, width = page.shape[:2]
    image = Image.fromarray((np.clip(page, 0, 1) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    step, hole = height / rng.uniform(12, 22), 0.012 * width
    for middle in np.arange(step / 2, height, step).tolist():
        left = 0.03 * width
        draw.ellipse((left - hole, middle - hole, left + hole, middle + hole), fill=(35, 30, 28))
        draw.line((0, middle - hole, left, middle), fill=(120, 120, 125), width=max(2, int(hole / 2)))
    if rng.random() < 0.6:
        column = 0.1 * width
        draw.line((column, 0, column, height), fill=(215, 120, 125), width=max(1, int(0.003 * width)))
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def shine_through(page: Levels, text: Levels, strength: float) -> Levels:
    """`page` with what stands on its back, `text` (coverage), seen mirrored and soft."""
    back = Image.fromarray((text[:, ::-1] * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))
    share = np.asarray(back, dtype=np.float32)[..., np.newaxis] / np.float32(255)
    return np.asarray(page * (1 - strength * share), dtype=np.float32)

"""Photographs of digits that somebody circled, that stand on a badge, or that a display makes of dots."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scenes import surfaces
from scenes.camera import Shot, taken
from scenes.easel import Easel, stamped
from scenes.surfaces import Levels

MATRIX = {
    0: "01110 10001 10011 10101 11001 10001 01110",
    1: "00100 01100 00100 00100 00100 00100 01110",
    2: "01110 10001 00001 00010 00100 01000 11111",
    3: "11111 00010 00100 00010 00001 10001 01110",
    4: "00010 00110 01010 10010 11111 00010 00010",
    5: "11111 10000 11110 00001 00001 10001 01110",
    6: "00110 01000 10000 11110 10001 10001 01110",
    7: "11111 00001 00010 00100 01000 01000 01000",
    8: "01110 10001 10001 01110 10001 10001 01110",
    9: "01110 10001 10001 01111 00001 00010 01100",
}
"""How displays of five by seven dots show the digits, row by row."""


def circled(easel: Easel) -> bytes:
    """A pen drew a ring around the digit, not quite round and not always closed."""
    rng, size = easel.rng, easel.size()
    side = easel.share(0.15, 0.45) * min(size)
    mark = easel.hand(side)
    around = round(float(rng.uniform(1.3, 1.7)) * float(np.hypot(*mark.shape)))
    ring = _ring(around, float(rng.uniform(0.04, 0.1)) * side, rng)
    top, left = ((np.array(ring.shape) - mark.shape) // 2).tolist()
    page = easel.put(surfaces.paper(size, rng), np.zeros_like(ring), easel.colour())
    free = np.maximum(np.array(size) - ring.shape[::-1], 1)
    x, y = (rng.uniform(0, 1, 2) * free).astype(int).tolist()
    page = stamped(page, mark, (x + left, y + top), easel.colour())
    return taken(stamped(page, ring, (x, y), easel.colour()), Shot(), rng)


def on_a_badge(easel: Easel) -> bytes:
    """A light printed digit on a coloured disc: a house number, a player's button, a sign."""
    rng, size = easel.rng, easel.size()
    disc = round(float(rng.uniform(0.45, 0.9)) * min(size))
    mark = easel.printed(float(rng.uniform(0.4, 0.6)) * disc)
    colour = easel.colour(((0.7, 0.1, 0.1), (0.1, 0.2, 0.55), (0.1, 0.35, 0.2), (0.12, 0.12, 0.13)))
    rows, columns = np.mgrid[0:disc, 0:disc] - (disc - 1) / 2
    plate = np.clip(disc / 2 - np.hypot(rows, columns), 0, 1).astype(np.float32)
    x, y = (rng.uniform(0, 1, 2) * (np.array(size) - disc)).astype(int).tolist()
    page = stamped(surfaces.even(size, (0.82, 0.82, 0.8)), plate, (x, y), colour, 0.97)
    top, left = ((disc - np.array(mark.shape)) // 2).tolist()
    return taken(stamped(page, mark, (x + left, y + top), (0.93, 0.93, 0.9)), Shot(perspective=0.02), rng)


def made_of_dots(easel: Easel) -> bytes:
    """A bus's or a platform's display, or a needle printer's digit on paper."""
    rng, size = easel.rng, easel.size()
    pitch = easel.share(0.25, 0.7) * min(size) / 7
    mark = _dots(easel.digit.label, pitch, float(rng.uniform(0.55, 0.9)))
    if rng.random() < 0.5:
        colour = easel.colour(((0.98, 0.6, 0.1), (0.95, 0.2, 0.1), (0.95, 0.95, 0.9)))
        page = easel.put(surfaces.even(size, (0.06, 0.06, 0.07)), mark, colour, 1.0)
    else:
        page = easel.put(surfaces.paper(size, rng), mark, easel.colour())
    return taken(page, Shot(perspective=0.03), rng)


def _ring(side: int, width: float, rng: np.random.Generator) -> Levels:
    """A ring drawn by hand, 0…1, `side` pixels wide and high."""
    finer = 3
    turn = np.linspace(0, 2 * np.pi * rng.uniform(0.9, 1.05), 80) + rng.uniform(0, 2 * np.pi)
    half = (side / 2 - width) * finer
    away = half * (0.94 + 0.05 * np.sin(2 * turn + rng.uniform(0, 6)) + rng.uniform(-0.04, 0.04) * np.sin(3 * turn))
    points = np.stack([np.cos(turn), np.sin(turn)], axis=1) * away[:, np.newaxis] + side * finer / 2
    image = Image.new("L", (side * finer, side * finer))
    line = [(float(x), float(y)) for x, y in points]
    ImageDraw.Draw(image).line(line, fill=255, width=max(1, round(width * finer)), joint="curve")
    return np.asarray(image.reduce(finer), dtype=np.float32) / np.float32(255)


def _dots(digit: int, pitch: float, share: float) -> Levels:
    """A digit of round dots every `pitch` pixels, each so wide as a `share` of that, 0…1."""
    finer = 3
    step = pitch * finer
    image = Image.new("L", (round(5 * step), round(7 * step)))
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(MATRIX[digit].split()):
        for column in (place for place, lit in enumerate(line) if lit == "1"):
            middle = np.array([column + 0.5, row + 0.5]) * step
            draw.ellipse((*(middle - share * step / 2).tolist(), *(middle + share * step / 2).tolist()), fill=255)
    return np.asarray(image.reduce(finer), dtype=np.float32) / np.float32(255)

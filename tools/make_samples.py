"""Makes the sample drawings and pictures of resources/ from strokes that we wrote down; run it to make them anew."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from mnist_desktop.ink.drawing import Drawing, Point, Stroke, to_json

RESOURCES = Path(__file__).parents[1] / "resources"

SEED = 20

STROKES: dict[int, list[list[Point]]] = {
    0: [[(55, 6), (28, 14), (12, 48), (14, 92), (38, 132), (66, 126), (88, 90), (88, 44), (70, 12), (50, 8)]],
    1: [[(40, 26), (54, 8), (53, 50), (51, 96), (49, 134)]],
    2: [[(14, 38), (28, 12), (60, 8), (80, 30), (70, 62), (40, 98), (12, 130), (50, 128), (90, 126)]],
    3: [[(18, 20), (46, 6), (74, 18), (74, 44), (44, 64), (76, 76), (84, 106), (56, 132), (16, 122)]],
    4: [[(54, 6), (34, 44), (10, 86), (50, 86), (92, 84)], [(70, 44), (67, 90), (64, 136)]],
    5: [
        [(26, 12), (22, 40), (19, 62), (48, 54), (78, 70), (80, 104), (54, 130), (14, 122)],
        [(27, 12), (54, 11), (84, 8)],
    ],
    6: [[(70, 6), (40, 30), (18, 76), (22, 116), (50, 134), (80, 116), (78, 84), (50, 72), (24, 92)]],
    7: [[(12, 16), (48, 13), (88, 10), (70, 48), (50, 92), (38, 134)], [(36, 72), (56, 70), (78, 67)]],
    8: [
        [
            (74, 22),
            (48, 6),
            (22, 22),
            (30, 48),
            (60, 70),
            (82, 100),
            (62, 132),
            (30, 126),
            (18, 100),
            (40, 70),
            (70, 44),
            (75, 24),
        ]
    ],
    9: [[(78, 30), (54, 8), (24, 20), (20, 52), (46, 66), (74, 50), (80, 26), (78, 70), (70, 106), (56, 136)]],
}
"""Pen positions for each digit on a sheet 100 wide and 140 high, y down."""

STEPS = 9
"""Points between two pen positions, about as many as a mouse reports."""


def curve(knots: list[Point]) -> list[Point]:
    """A Catmull–Rom curve through the pen positions."""
    ends = [knots[0], *knots, knots[-1]]
    points: list[Point] = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(STEPS):
            t = step / STEPS
            points.append((_catmull_rom(a[0], b[0], c[0], d[0], t), _catmull_rom(a[1], b[1], c[1], d[1], t)))
    return [*points, knots[-1]]


def _catmull_rom(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def written(digit: int, hand: random.Random) -> Drawing:
    """`digit` as a hand writes it: every pen position a little off, all of it a little slanted."""
    slant = hand.uniform(-0.12, 0.12)
    strokes = []
    for knots in STROKES[digit]:
        moved = [(x + hand.gauss(0, 1.2) + slant * (70 - y), y + hand.gauss(0, 1.2)) for x, y in knots]
        strokes.append(Stroke(points=tuple((round(x, 1), round(y, 1)) for x, y in curve(moved))))
    return Drawing(strokes=tuple(strokes))


def inked(drawing: Drawing, size: tuple[int, int], pen: int, place: tuple[float, float, float]) -> Image.Image:
    """Ink (255 on 0) of `drawing` at x, y and scale `place` on a sheet of `size` pixels."""
    left, top, scale = place
    sheet = Image.new("L", size)
    draw = ImageDraw.Draw(sheet)
    for stroke in drawing.strokes:
        for x, y in _dense([(left + x * scale, top + y * scale) for x, y in stroke.points]):
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return sheet.filter(ImageFilter.GaussianBlur(0.8))


def _dense(points: list[Point]) -> list[Point]:
    dense = []
    for (ax, ay), (bx, by) in pairwise(points):
        steps = max(1, math.ceil(math.hypot(bx - ax, by - ay)))
        dense += [(ax + (bx - ax) * i / steps, ay + (by - ay) * i / steps) for i in range(steps)]
    return [*dense, points[-1]]


def photograph(ink: Image.Image, noise: np.random.Generator) -> Image.Image:
    """Pen on paper under a lamp: light falls off to one corner, and the sensor is noisy."""
    cover = np.asarray(ink, np.float32)[..., None] / 255
    height, width = ink.height, ink.width
    y, x = np.mgrid[0:height, 0:width]
    light = 1.0 - 0.22 * np.hypot(x / width, y / height)[..., None]
    paper = np.array([236, 230, 216], np.float32)
    pen = np.array([34, 44, 92], np.float32)
    pixels = (paper * (1 - cover) + pen * cover) * light + noise.normal(0, 3.0, (height, width, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def chalk(ink: Image.Image, noise: np.random.Generator) -> Image.Image:
    """Light on dark."""
    cover = np.asarray(ink, np.float32) / 255
    board = 46 + noise.normal(0, 2.5, cover.shape)
    pixels = board * (1 - cover) + 226 * cover
    grey = np.clip(pixels, 0, 255).astype(np.uint8)
    return Image.merge(
        "RGB", [Image.fromarray(np.clip(grey * share, 0, 255).astype(np.uint8)) for share in (0.94, 1.0, 0.96)]
    )


def transparent(ink: Image.Image) -> Image.Image:
    """Black ink on nothing, as drawing programs save it."""
    empty = Image.new("L", ink.size)
    return Image.merge("RGBA", (empty, empty, empty, ink))


def main() -> None:
    """All of them, the same ones every time."""
    # A hand that is never quite steady.
    hand, noise = random.Random(SEED), np.random.default_rng(SEED)  # noqa: S311 - nothing secret
    for folder in ("drawings", "pictures"):
        (RESOURCES / folder).mkdir(exist_ok=True)
    for digit in STROKES:
        (RESOURCES / "drawings" / f"{digit}.json").write_text(to_json(written(digit, hand), digit) + "\n", "utf-8")
    photograph(inked(written(4, hand), (640, 480), 11, (270, 150, 1.5)), noise).save(
        RESOURCES / "pictures" / "4_on_paper.jpg", quality=88
    )
    chalk(inked(written(7, hand), (480, 480), 16, (130, 90, 2.0)), noise).save(
        RESOURCES / "pictures" / "7_on_a_board.png", optimize=True
    )
    transparent(inked(written(2, hand), (240, 300), 14, (60, 50, 1.3))).save(
        RESOURCES / "pictures" / "2_transparent.png", optimize=True
    )


if __name__ == "__main__":
    main()

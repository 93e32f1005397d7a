"""Makes the labelled samples that an imported model is tried on, digits and garments, all drawn by ourselves.

Run it to make them anew: `python tools/make_labelled_samples.py`.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from mnist_desktop.ink.drawing import to_json
from mnist_desktop.training.hand import Manner, draw
from mnist_desktop.training.styles_shapes import SHAPES

FOLDER = Path(__file__).parents[1] / "resources" / "samples"

SEED = 28

EACH = 10
"""Samples of each class."""

PLAIN_DIGITS = (
    ("0 plain",),
    ("1 bar", "1 flag"),
    ("2 round",),
    ("3 round",),
    ("4 open", "4 apart"),
    ("5 with a bar apart", "5 in one line"),
    ("6 curled",),
    ("7 plain",),
    ("8 in one line",),
    ("9 straight",),
)
"""Styles that every network knows, whatever it was trained on: the samples tell preparations apart, not networks."""

CAREFUL = Manner(aspect=(0.8, 1.1), slant=(-0.05, 0.25), turn=0.05, jitter=1.5, drift=1.0, hasty=0.0)

GRID = 28
"""Garments are drawn in these units, at SCALE pixels each, and kept at KEPT pixels."""
SCALE = 12
KEPT = 42

Outline = list[tuple[float, float]]


@dataclass
class Sheet:
    """Something to draw garments on, in grey levels of ink."""

    rng: Generator

    def __post_init__(self) -> None:
        self.image = Image.new("L", (GRID * SCALE, GRID * SCALE))
        self._draw = ImageDraw.Draw(self.image)
        self.level = int(self.rng.choice((120, 170, 200, 225, 245)))

    def vary(self, middle: float, share: float = 0.08) -> float:
        """About `middle`, as garments differ."""
        return middle * (1 + self.rng.uniform(-share, share))

    def fill(self, outline: Outline, brighter: float = 1.0) -> None:
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in outline], fill=self._level(brighter))

    def both_sides(self, outline: Outline, brighter: float = 1.0) -> None:
        """Fill `outline`, given as distances from the middle, to the right and to the left."""
        for side in (1, -1):
            self.fill([(GRID / 2 + side * x, y) for x, y in outline], brighter)

    def line(self, points: Outline, width: float, brighter: float) -> None:
        places = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(places, fill=self._level(brighter), width=round(width * SCALE), joint="curve")

    def arc(self, box: tuple[float, float, float, float], width: float, brighter: float = 1.0) -> None:
        """The upper half of an ellipse."""
        places = [side * SCALE for side in box]
        self._draw.arc(places, 180, 360, fill=self._level(brighter), width=round(width * SCALE))

    def _level(self, brighter: float) -> int:
        return int(min(255, max(0, self.level * brighter)))

    def finished(self) -> NDArray[np.uint8]:
        """KEPT×KEPT, with the weave of a cloth, and rounded as a photograph is."""
        soft = self.image.filter(ImageFilter.GaussianBlur(SCALE / 3)).resize((KEPT, KEPT), Image.Resampling.BOX)
        levels = np.asarray(soft, np.float32)
        weave = np.repeat(np.repeat(self.rng.normal(1, 0.03, (KEPT // 2, KEPT // 2)), 2, axis=0), 2, axis=1)
        return np.clip(levels * weave, 0, 255).astype(np.uint8)


def _neck(sheet: Sheet, width: float, depth: float) -> None:
    sheet.both_sides([(0, -1), (width, -1), (width, 0.6), (width * 0.6, depth * 0.8), (0, depth)], 0.0)


def t_shirt(sheet: Sheet) -> None:
    """Short sleeves."""
    body, reach, end = sheet.vary(6.3), sheet.vary(11.0), sheet.vary(8.0, 0.15)
    sheet.both_sides(
        [(0, 0.5), (3, 0.5), (6, 1.5), (reach, end - 1), (reach - 2.6, end + 1.2), (body, 6.5), (body, 28), (0, 28)]
    )
    _neck(sheet, 2.6, 2.4)


def trouser(sheet: Sheet) -> None:
    """Two legs."""
    waist, hip, ankle, inner = sheet.vary(3.8), sheet.vary(4.8), sheet.vary(5.2, 0.15), sheet.vary(1.4, 0.4)
    sheet.both_sides([(0, 0), (waist, 0), (hip, 7), (ankle, 28), (inner + 0.4, 28), (0.3, 8), (0, 8)])


def _long_sleeves(sheet: Sheet, body: float, reach: float, hem: float) -> None:
    sheet.both_sides([(0, 0.8), (3, 0.8), (7, 2), (body, 7), (body, hem), (0, hem)])
    sheet.both_sides(
        [(4, 1), (7.5, 2.4), (8.6, 5), (reach, 27.4), (reach - 3, 27.8), (body + 0.3, 10), (body, 6)], 0.98
    )
    # Where a sleeve hangs on the body.
    sheet.both_sides([(body - 0.1, 8), (body + 0.4, 8), (body + 0.9, hem), (body + 0.1, hem)], sheet.vary(0.5, 0.5))


def pullover(sheet: Sheet) -> None:
    """Long sleeves, which hang below the hem."""
    _long_sleeves(sheet, sheet.vary(5.7), sheet.vary(10.0), sheet.vary(25.6, 0.03))
    _neck(sheet, 2.4, sheet.vary(1.6, 0.3))


def dress(sheet: Sheet) -> None:
    """Straps, and narrow in the middle."""
    shoulder, waist, hem = sheet.vary(3.2, 0.15), sheet.vary(2.7), sheet.vary(5.4, 0.2)
    sheet.both_sides([(1, 0), (2.2, 0), (shoulder, 5), (waist, 10.5), (hem, 28), (0, 28), (0, 4), (1.2, 3)])


def coat(sheet: Sheet) -> None:
    """Open in front."""
    _long_sleeves(sheet, sheet.vary(6.3), sheet.vary(9.8), sheet.vary(27, 0.03))
    sheet.both_sides([(0, 0), (2.8, 0), (3.2, 2), (0, 2)], 1.1)
    sheet.both_sides([(0, 0), (2.2, 0.5), (0.3, 7), (0, 7)], 0.5)
    sheet.line([(14, 5), (14, 28)], 0.7, 0.45)
    sheet.both_sides([(2, 17), (5, 18), (5, 18.6), (2, 17.6)], 0.6)


def sandal(sheet: Sheet) -> None:
    """A sole and straps."""
    top, heel = sheet.vary(10.5, 0.15), sheet.vary(16.5, 0.06)
    sheet.fill(
        [(0.5, 20), (9, 19), (18, heel + 1), (27, heel), (27.5, heel + 3.5), (24, heel + 4), (16, 20.5), (1, 21.6)]
    )
    for x in (4, 8, 12):
        sheet.line([(x, 20), (x + 3, top + 4 - x / 4), (x + 6, 19)], sheet.vary(1.0, 0.3), sheet.vary(0.8, 0.3))
    sheet.line([(15, top + 2), (21, top + 1), (26, top), (26.5, heel)], 1.1, 0.85)


def shirt(sheet: Sheet) -> None:
    """A collar, buttons and a pattern."""
    body, wrist, end = sheet.vary(5.6), sheet.vary(9.4), sheet.vary(23, 0.12)
    sheet.both_sides([(0, 0.8), (3, 0.8), (6.5, 2), (body, 7), (body + 0.6, 28), (0, 28)])
    sheet.both_sides([(4, 1.2), (7, 2.6), (8.4, 6), (wrist, end), (wrist - 2.4, end + 0.6), (body, 10)], 0.8)
    sheet.both_sides([(0, 1.4), (1.2, 0), (2.8, 0.6), (1.6, 4), (0, 3)], 0.65)
    sheet.line([(14, 3), (14, 28)], 0.4, 0.75)
    # A pattern, checked or striped: what tells shirts from the other tops in most photographs.
    for x in range(9, 21, 2):
        sheet.line([(x, 4), (x, 28)], 0.7, 0.6)
    if sheet.rng.random() < 0.5:
        for y in range(5, 28, 2):
            sheet.line([(8.4, y), (19.6, y)], 0.7, 0.7)


def sneaker(sheet: Sheet) -> None:
    """Low, with a pale sole."""
    top = sheet.vary(10.5, 0.06)
    sheet.fill(
        [
            (0.5, 17.6),
            (4, 15.6),
            (10, 13.4),
            (15, top),
            (19, top + 1.4),
            (25, top + 0.6),
            (27, 13),
            (27.3, 18.5),
            (0.5, 19),
        ]
    )
    sheet.fill([(0.4, 18.2), (27.6, 18), (27.4, 20.2), (1, 20.4)], 1.25)
    sheet.line([(10, 14), (13, 16.4)], 0.5, 0.6)
    sheet.line([(12, 12.8), (15, 15.6)], 0.5, 0.6)


def bag(sheet: Sheet) -> None:
    """A box with a handle."""
    left, top, handle = sheet.vary(3.0, 0.3), sheet.vary(11.5), sheet.vary(5.0, 0.2)
    sheet.fill([(left, top), (28 - left, top), (28.4 - left, 25.5), (left - 0.4, 25.5)])
    sheet.arc((14 - handle, 4, 14 + handle, top * 2 - 4), 1.0, 0.85)
    sheet.line([(left + 1, top + 3), (27 - left, top + 3)], 0.5, 0.7)
    sheet.fill([(12.6, top + 2), (15.4, top + 2), (15.4, top + 5), (12.6, top + 5)], 0.55)


def ankle_boot(sheet: Sheet) -> None:
    """A shaft and a heel."""
    top, shaft = sheet.vary(4.0, 0.3), sheet.vary(15.0, 0.06)
    sheet.fill(
        [(shaft, top), (26, top - 1), (26.6, 14), (27, 22), (1, 22.6), (1, 19.5), (6, 17), (12, 14.6), (shaft, 12)]
    )
    sheet.fill([(1, 22.2), (27, 21.4), (27, 25.4), (20, 25.4), (18.5, 23.6), (2, 24.2)], 0.7)
    sheet.line([(shaft + 2, top + 1), (shaft + 3, 13)], 0.5, 0.7)


GARMENTS: tuple[Callable[[Sheet], None], ...] = (
    t_shirt,
    trouser,
    pullover,
    dress,
    coat,
    sandal,
    shirt,
    sneaker,
    bag,
    ankle_boot,
)
"""In Fashion-MNIST's order (Xiao, Rasul and Vollgraf 2017, table 2)."""


def garments(rng: Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pictures, ink bright on 0, and their classes."""
    images, labels = [], []
    for label, garment in enumerate(GARMENTS):
        for _ in range(EACH):
            sheet = Sheet(rng=rng)
            garment(sheet)
            images.append(sheet.finished())
            labels.append(label)
    return np.stack(images), np.array(labels, np.uint8)


def digits(rng: Generator) -> bytes:
    """An ink file, packed, without the time of its making."""
    drawn = (
        (draw(SHAPES[styles[number % len(styles)]], rng, CAREFUL), digit)
        for number in range(EACH)
        for digit, styles in enumerate(PLAIN_DIGITS)
    )
    lines = [to_json(drawing, digit) for drawing, digit in drawn]
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        packed.write("".join(f"{line}\n" for line in lines).encode())
    return file.getvalue()


def main() -> None:
    """Both, the same ones every time."""
    FOLDER.mkdir(exist_ok=True)
    rng = np.random.default_rng(SEED)
    (FOLDER / "digits.jsonl.gz").write_bytes(digits(rng))
    images, labels = garments(rng)
    np.savez_compressed(FOLDER / "garments.npz", images=images, labels=labels)


if __name__ == "__main__":
    main()

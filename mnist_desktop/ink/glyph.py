"""Turns ink into the 28×28 glyph that a model sees, as MNIST or Fashion-MNIST did, and glyphs into PNG and back."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Ink = NDArray[np.float32]
"""Height×width, 0 paper … 1 ink."""

SIDE = 28
"""Width and height of a glyph in pixels (LeCun et al. 1998, section III.A)."""

BOX = 20
"""The longer side of a digit inside its glyph in pixels (same source)."""

MIDDLE = 14.0
"""Where the centre of mass goes, in pixels from the first one's centre: half a pixel beyond the middle of the field,
where MNIST's own images have it, which hardly move that way."""

INK_PERCENTILE = 97
DARKNESS_SHARE = 0.45
DARKNESS_FLOOR = 0.08
"""A pixel of the glyph is ink at DARKNESS_SHARE of the INK_PERCENTILE of all its pixels, at least at DARKNESS_FLOOR:
relative to the ink's own darkness, so that hairline print, grey once it is 20 pixels high, is not lost."""

TRACE = 0.1
"""Share of the darkest pixel above which a pixel counts as part of the digit when its box is measured: the pale rim
that anti-aliasing and resampling leave is not."""

FAINTEST = 1 / 255
"""Ink below one grey level of a picture is no ink at all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Glyph:
    """The 28×28 that a model sees; glyphs with equal levels are equal."""

    levels: NDArray[np.uint8]
    """28×28, 0 paper … 255 ink, read-only; only 0 and 255 when binary."""

    def __post_init__(self) -> None:
        if self.levels.shape != (SIDE, SIDE) or self.levels.dtype != np.uint8:
            raise ValueError(f"A glyph has {SIDE}×{SIDE} levels of 8 bits.")
        self.levels.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Glyph) and np.array_equal(self.levels, other.levels)

    def __hash__(self) -> int:
        return hash(self.levels.tobytes())

    def to_png(self) -> bytes:
        """The glyph as a PNG of 28×28 grey levels, ink bright."""
        file = io.BytesIO()
        Image.fromarray(self.levels).save(file, format="PNG", optimize=True)
        return file.getvalue()

    @classmethod
    def from_png(cls, png: bytes) -> Glyph:
        """The glyph that `to_png` wrote; a ValueError when `png` is anything else."""
        try:
            with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
                if image.size != (SIDE, SIDE) or image.mode != "L":
                    raise ValueError("This PNG is not a glyph: it is not 28×28 grey.")
                return cls(levels=np.array(image, dtype=np.uint8))
        except (OSError, SyntaxError) as error:
            raise ValueError("This is not a glyph: it is not a PNG.") from error


def normalise(ink: Ink, *, binary: bool = True, share: float = DARKNESS_SHARE) -> Glyph | None:
    """Crop `ink` to its digit, fit the longer side to 20 px, binarise, put the centre of mass in the middle of 28×28.

    MNIST's own normalisation (LeCun et al. 1998, section III.A), so that what is drawn meets what was learned. With
    `binary` false the grey levels stay, the palest rim included. Training varies `share`, which sets the threshold;
    readings never do. None when there is no ink at all.
    """
    cropped = crop(ink, trace=TRACE if binary else 0.0)
    if cropped is None:
        return None
    fitted = fit(cropped)
    return centre(binarise(fitted, share=share) if binary else fitted)


def frame(ink: Ink, *, binary: bool = False) -> Glyph | None:
    """Crop `ink` to its subject, fit the longer side to 28 px, keep its grey, put its box in the middle of 28×28.

    Fashion-MNIST's own way (Xiao, Rasul and Vollgraf 2017, figure 1), whose images come back as they are. With
    `binary` true it is binarised. None when there is no ink at all.
    """
    cropped = crop(ink, trace=0.0)
    if cropped is None:
        return None
    fitted = fit(cropped, SIDE)
    if binary:
        fitted = binarise(fitted)
    height, width = fitted.shape
    # Of an odd number of free pixels the larger half is above and to the left, as it is in their images.
    return _placed(fitted, (SIDE - height + 1) // 2, (SIDE - width + 1) // 2)


def crop(ink: Ink, *, trace: float = TRACE) -> Ink | None:
    """The smallest part of `ink` (float32, h×w) that holds all of the subject; None when there is no ink.

    Pixels count from `trace` times the darkest one's ink, and from one grey level.
    """
    darkest = float(ink.max(initial=0.0))
    if darkest < FAINTEST:
        return None
    inked = ink > max(darkest * trace, FAINTEST / 2)
    rows = np.flatnonzero(inked.any(axis=1))
    columns = np.flatnonzero(inked.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fit(ink: Ink, side: int = BOX) -> Ink:
    """Scale `ink` so that its longer side is `side` px, by area when it shrinks and smoothly when it grows."""
    height, width = ink.shape
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size == (width, height):
        return ink
    # Averaging keeps thin strokes where point sampling loses them; growing from a few pixels wants a curve.
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    scaled = Image.fromarray(np.ascontiguousarray(ink, dtype=np.float32)).resize(size, method)
    return np.clip(np.asarray(scaled, dtype=np.float32), 0.0, 1.0)


def binarise(ink: Ink, *, share: float = DARKNESS_SHARE) -> Ink:
    """1 where `ink` is dark for its own kind, 0 elsewhere."""
    rank = round((ink.size - 1) * INK_PERCENTILE / 100)
    dark = float(np.partition(ink, rank, axis=None)[rank])
    return (ink >= max(DARKNESS_FLOOR, share * dark)).astype(np.float32)


def centre(ink: Ink) -> Glyph:
    """Put `ink` (at most 20×20) into 28×28 with its centre of mass at MIDDLE, to the nearest pixel."""
    return _placed(ink, _offset(ink.sum(axis=1)), _offset(ink.sum(axis=0)))


def _placed(ink: Ink, top: int, left: int) -> Glyph:
    height, width = ink.shape
    levels = np.zeros((SIDE, SIDE), np.uint8)
    levels[top : top + height, left : left + width] = np.rint(ink * 255)
    return Glyph(levels=levels)


def _offset(profile: NDArray[np.float32]) -> int:
    """Where a profile starts in 28 pixels so that its centre of mass falls on MIDDLE and all of it fits."""
    length = len(profile)
    total = float(profile.sum())
    mass = float(profile @ np.arange(length, dtype=np.float32)) / total if total else (length - 1) / 2
    return min(max(round(MIDDLE - mass), 0), SIDE - length)

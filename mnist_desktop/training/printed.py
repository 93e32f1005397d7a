"""Turns fonts into printed digits, and into printed characters that are no digits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

from mnist_desktop.evaluation.data import DataError
from mnist_desktop.ink.glyph import Ink, crop
from mnist_desktop.training.datasets import Bitmaps
from mnist_desktop.training.fonts import Font, FontPart, load_fonts

DIGITS = "0123456789"

UNASSIGNED = "\u0378\U000e0fff"
"""Codes that stand for no character: what a font shows for them, it shows for every character that it lacks."""

OVERSAMPLING = 2
"""The em is this many times as large as the character is to be: digits, about 0.7 of it, then shrink smoothly."""

LARGEST = 2048
"""Pixels an em at most: a full stop needs a large one to be as large as a digit."""

OTHERS_TRAINED = "AEFHKMNRVWXkmwxvh#%*=<~§¶€ΔΞΦΨΩαβλωЖФЮЯШЩЫДж→↓∞√"
OTHERS_KEPT_OUT = "&£¥©®>^+?@TnrΠΣ∑ψИЦ←∫"


def render(font: Font, text: str, *, side: int = 48) -> Ink | None:
    """The one character `text` in `font`: float32, tightly cropped, its longer side `side` pixels, rims grey.

    None when the font has no such character, or shows nothing for it. Raises DataError for a file that is no font.
    """
    opened = _opened(font, side)
    return _render(opened, _stand_ins(opened), text, side)


def _render(opened: ImageFont.FreeTypeFont, stand_ins: Sequence[Ink], text: str, side: int) -> Ink | None:
    cropped = _mask(opened, text)
    if cropped is None or any(np.array_equal(cropped, each) for each in stand_ins):
        return None
    if max(cropped.shape) < side:
        size = min(LARGEST, round(opened.size * OVERSAMPLING * side / max(cropped.shape)))
        cropped = _mask(opened.font_variant(size=size), text)
    if cropped is None:
        return None
    height, width = cropped.shape
    scale = side / max(height, width)
    fitted = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Averaged when it shrinks; the few that are too small even at the largest size grow smoothly.
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    image = Image.fromarray(np.ascontiguousarray(cropped)).resize(fitted, method)
    return np.clip(np.asarray(image, dtype=np.float32), 0.0, 1.0)


def _opened(font: Font, side: int) -> ImageFont.FreeTypeFont:
    try:
        # The plain layout: a single character needs no shaping, and it is the same with and without libraqm.
        return ImageFont.truetype(font.path, OVERSAMPLING * side, font.index, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise DataError(f"{font.path} is no font that can be read.") from error


def _mask(opened: ImageFont.FreeTypeFont, text: str) -> Ink | None:
    """What `text` leaves on paper, cropped; None for nothing."""
    try:
        mask = opened.getmask(text, mode="L")
    except OSError:
        # FreeType's word for one damaged glyph.
        return None
    width, height = mask.size
    levels = np.frombuffer(bytes(mask), np.uint8).reshape(height, width)
    return crop(levels.astype(np.float32) / np.float32(255))


def _stand_ins(opened: ImageFont.FreeTypeFont) -> list[Ink]:
    """What the font shows for characters that it lacks, often an empty box."""
    return [ink for ink in (_mask(opened, code) for code in UNASSIGNED) if ink is not None]


def digits(fonts: Sequence[Font], *, side: int = 48) -> Bitmaps:
    """Every digit of every font, each in the middle of `side`×`side`; a font that lacks a digit does without it."""
    pairs = [(ink, int(text)) for text, ink in _characters(fonts, DIGITS, side)]
    images = [_in_the_middle(ink, side) for ink, _ in pairs]
    labels = np.array([label for _, label in pairs], np.int64)
    return Bitmaps(np.stack(images) if images else np.zeros((0, side, side), np.uint8), labels)


def others(fonts: Sequence[Font], *, side: int = 48, characters: str = OTHERS_TRAINED) -> NDArray[np.uint8]:
    """`characters` in every font that has them, n×side×side, ink bright on 0, each in the middle."""
    images = [_in_the_middle(ink, side) for _, ink in _characters(fonts, characters, side)]
    return np.stack(images) if images else np.zeros((0, side, side), np.uint8)


def _characters(fonts: Sequence[Font], characters: str, side: int) -> Iterator[tuple[str, Ink]]:
    for font in fonts:
        opened = _opened(font, side)
        stand_ins = _stand_ins(opened)
        for text in characters:
            ink = _render(opened, stand_ins, text, side)
            if ink is not None:
                yield text, ink


def _in_the_middle(ink: Ink, side: int) -> NDArray[np.uint8]:
    height, width = ink.shape
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side), np.uint8)
    square[top : top + height, left : left + width] = np.rint(ink * 255)
    return square


def write_npz(folder: Path, part: FontPart, path: Path) -> None:
    """Write the digits of `part`, from the packages unpacked in `folder`, as DATA that `evaluate` reads."""
    made = digits(load_fonts(folder, part))
    try:
        np.savez_compressed(path, images=made.images, labels=made.labels)
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror}).") from error

"""Turns fonts into printed digits, and into printed characters that are no digits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

from mnist_desktop.evaluation.data import DataError
from mnist_desktop.ink.glyph import Ink, crop, normalise
from mnist_desktop.training.bitmaps import Bitmaps
from mnist_desktop.training.fonts import Font, FontPart, load_fonts

DIGITS = "0123456789"

UNASSIGNED = "\u0378\U000e0fff"
"""Codes that stand for no character: what a font shows for them, it shows for every character that it lacks."""

OVERSAMPLING = 2
"""The em is this many times as large as the character is to be: digits, about 0.7 of it, then shrink smoothly."""

LARGEST = 2048
"""Pixels an em at most: a full stop needs a large one to be as large as a digit."""

DIGIT_LIKE = 0.75
"""Common ink (intersection over union) above which a character counts as one of its font's own digits: as much as a
digit has in common with the likest one of another design group (0.748, the median of the training part)."""

OTHERS_TRAINED = "AEFHMNPRWXhmwxΔΞΣΦμφДЖФШЩЮЯжфшщюあおかけぬねはほまみむゆれをオカサネホモ#%*-=<>≤≥«»×≠∑€£¥‰→↔"
"""Characters that nobody takes for a digit, which training sees; decided by looking at each in some forty design groups
of the training part, and by how much ink its glyphs share with digits. Missing is what is near a digit in some font
or hand: letters like O, D, I, l, Z, S, B, G, b, q, g, e, a, n, u, y, T and r, brackets, bars, quotes and dots, and λ,
√, ¬ and the like, which are ways to write 1 and 7."""

OTHERS_KEPT_OUT = "KVkvΠΨπψИ大木水金本山가바사카하한글국+±?&@©®™№∞∇~≈^"
"""Characters of other kinds, some of them scripts of their own, that training never sees: they show how a network takes
what it was not told of."""


class Face:
    """A font opened to be rendered with the longer side of each character at `side` pixels."""

    def __init__(self, font: Font, side: int) -> None:
        try:
            # The plain layout: one character needs no shaping, and it is the same with and without libraqm.
            self._opened = ImageFont.truetype(
                font.path, OVERSAMPLING * side, font.index, layout_engine=ImageFont.Layout.BASIC
            )
        except OSError as error:
            raise DataError(f"{font.path} is no font that can be read.") from error
        self._side = side
        marks = (_mark(self._opened, code) for code in UNASSIGNED)
        self._stand_ins = [mark for mark in marks if mark is not None]

    def character(self, text: str) -> Ink | None:
        """The one character `text`, or None when the font lacks it or shows nothing for it."""
        mark = _mark(self._opened, text)
        if mark is None or any(np.array_equal(mark, stand_in) for stand_in in self._stand_ins):
            return None
        if max(mark.shape) < self._side:
            size = min(LARGEST, round(self._opened.size * OVERSAMPLING * self._side / max(mark.shape)))
            mark = _mark(self._opened.font_variant(size=size), text)
        return None if mark is None else _scaled(mark, self._side)


def _mark(opened: ImageFont.FreeTypeFont, text: str) -> Ink | None:
    """What `text` leaves on paper, cropped; None for nothing."""
    try:
        mask = opened.getmask(text, mode="L")
    except OSError:
        # FreeType's word for one damaged glyph.
        return None
    width, height = mask.size
    levels = np.frombuffer(bytes(mask), np.uint8).reshape(height, width)
    return crop(levels.astype(np.float32) / np.float32(255))


def _scaled(ink: Ink, side: int) -> Ink:
    """`ink` with its longer side at `side` pixels."""
    height, width = ink.shape
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Averaged when it shrinks; the few that are too small even at the largest size grow smoothly.
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    image = Image.fromarray(np.ascontiguousarray(ink)).resize(size, method)
    return np.clip(np.asarray(image, dtype=np.float32), 0.0, 1.0)


def render(font: Font, text: str, *, side: int = 48) -> Ink | None:
    """The one character `text` in `font`: float32, tightly cropped, its longer side `side` pixels, rims grey.

    None when the font has no such character, or shows nothing for it. Raises DataError for a file that is no font.
    """
    return Face(font, side).character(text)


def digits(fonts: Sequence[Font], *, side: int = 48) -> Bitmaps:
    """Every digit of every font, each in the middle of `side`×`side`; a font that lacks a digit does without it."""
    images, labels = [], []
    for font in fonts:
        face = Face(font, side)
        for label, text in enumerate(DIGITS):
            ink = face.character(text)
            if ink is not None:
                images.append(_in_the_middle(ink, side))
                labels.append(label)
    return Bitmaps(_stacked(images, side), np.array(labels, np.int64))


def others(fonts: Sequence[Font], *, side: int = 48, characters: str = OTHERS_TRAINED) -> NDArray[np.uint8]:
    """`characters` in every font that has them, n×side×side, ink bright on 0, each in the middle.

    In some fonts of heavy blocks an A is almost an 8: what shares more than DIGIT_LIKE with one of the font's own
    digits is left out.
    """
    images = []
    for font in fonts:
        face = Face(font, side)
        shapes = _shapes(face)
        for text in characters:
            ink = face.character(text)
            if ink is not None and _likeness(ink, shapes) <= DIGIT_LIKE:
                images.append(_in_the_middle(ink, side))
    return _stacked(images, side)


def _shapes(face: Face) -> NDArray[np.bool_]:
    """The digits of a font as glyphs, n×784."""
    inks = [ink for ink in (face.character(text) for text in DIGITS) if ink is not None]
    return np.array([_shape(ink) for ink in inks], np.bool_).reshape(len(inks), -1)


def _shape(ink: Ink) -> NDArray[np.bool_]:
    glyph = normalise(ink)
    assert glyph is not None, "a character that was rendered has ink"
    return glyph.levels.ravel() > 0


def _likeness(ink: Ink, shapes: NDArray[np.bool_]) -> float:
    """The largest share of common ink (intersection over union) that the glyph of `ink` has with one of `shapes`."""
    shape = _shape(ink)
    common = (shapes & shape).sum(axis=1) / (shapes | shape).sum(axis=1)
    return float(common.max(initial=0.0))


def _in_the_middle(ink: Ink, side: int) -> NDArray[np.uint8]:
    height, width = ink.shape
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side), np.uint8)
    square[top : top + height, left : left + width] = np.rint(ink * 255)
    return square


def _stacked(images: Sequence[NDArray[np.uint8]], side: int) -> NDArray[np.uint8]:
    return np.stack(images) if images else np.zeros((0, side, side), np.uint8)


def write_npz(folder: Path, part: FontPart, path: Path) -> None:
    """Write the digits of `part`, from the packages unpacked in `folder`, as DATA that `evaluate` reads."""
    made = digits(load_fonts(folder, part))
    try:
        np.savez_compressed(path, images=made.images, labels=made.labels)
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror}).") from error

"""Turns a glyph and its prediction into a map of the pixels that decided."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_desktop.ink.glyph import SIDE, Glyph
from mnist_desktop.recognition.classifier import Classifier, Prediction

PATCH = 4
"""Side of the square of paper that is laid over the ink, in pixels: a digit's box holds 25 of them at most."""

FOR = np.array((240, 120, 0))
AGAINST = np.array((0, 110, 230))
"""Orange and blue, which the colour-blind tell apart too."""
TINT = 0.8
ENLARGED = 12
LEAST_FALL = 0.5
"""A smaller fall of the log-odds than this is not stretched to full colour: nothing decided."""

CERTAINTY = 1e-6
"""Probabilities nearer than this to 0 or 1 are not told apart: float32 hardly does."""


def occlusion_map(classifier: Classifier, glyph: Glyph, whole: Prediction | None = None) -> NDArray[np.float32]:
    """How much the best label's log-odds fall when paper covers a part of the glyph: float32 28×28.

    Positive where the ink there speaks for the answer, negative where it speaks against it, 0 where there is none;
    any model can be asked (Zeiler and Fergus 2014, section 4.2). Log-odds, because the probability of a clear digit
    hardly moves (weight of evidence, Robnik-Šikonja and Kononenko 2008). `whole` is what `classifier` says of the
    uncovered glyph, where that is known.
    """
    if whole is None:
        whole = classifier.predict([glyph])[0]
    squares = _squares(glyph)
    predictions = classifier.predict([_covered(glyph, square) for square in squares])
    fall = np.zeros((SIDE, SIDE), np.float32)
    for square, prediction in zip(squares, predictions, strict=True):
        fall[square] = _log_odds(whole.confidence) - _log_odds(prediction.probabilities[whole.best])
    # Paper laid on paper decides nothing.
    fall[glyph.levels == 0] = 0
    return fall


def tinted(glyph: Glyph, fall: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The glyph as 28×28×3, orange where ink speaks for the answer and blue where it speaks against it."""
    strength = fall / max(float(np.abs(fall).max()), LEAST_FALL)
    share = np.abs(strength)[..., np.newaxis]
    colour = np.where(strength[..., np.newaxis] > 0, FOR, AGAINST)
    pixels = np.repeat(glyph.levels[..., np.newaxis], 3, axis=2) * (1 - TINT * share) + colour * TINT * share
    rounded: NDArray[np.uint8] = np.rint(pixels).astype(np.uint8)
    return rounded


def picture_of(glyph: Glyph, fall: NDArray[np.float32]) -> bytes:
    """A PNG of the tinted glyph, enlarged."""
    image = Image.fromarray(tinted(glyph, fall))
    file = io.BytesIO()
    image.resize((SIDE * ENLARGED, SIDE * ENLARGED), Image.Resampling.NEAREST).save(file, format="PNG")
    return file.getvalue()


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, CERTAINTY), 1 - CERTAINTY)
    return math.log(bounded / (1 - bounded))


def _squares(glyph: Glyph) -> list[tuple[slice, slice]]:
    """The squares that tile the ink's box and hold ink: fewer than those that tile the whole glyph."""
    rows = np.flatnonzero(glyph.levels.any(axis=1))
    columns = np.flatnonzero(glyph.levels.any(axis=0))
    if not rows.size:
        return []
    tiles = (
        (slice(top, top + PATCH), slice(left, left + PATCH))
        for top in range(int(rows[0]), int(rows[-1]) + 1, PATCH)
        for left in range(int(columns[0]), int(columns[-1]) + 1, PATCH)
    )
    return [tile for tile in tiles if glyph.levels[tile].any()]


def _covered(glyph: Glyph, square: tuple[slice, slice]) -> Glyph:
    levels = glyph.levels.copy()
    levels[square] = 0
    return Glyph(levels=levels)

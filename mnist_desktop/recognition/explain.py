"""Turns a glyph and its prediction into a map of the pixels that decided."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_desktop.ink.glyph import SIDE, Glyph
from mnist_desktop.recognition.classifier import Classifier

PATCH = 4
"""Side of the square of paper that is laid over the glyph, in pixels: 49 squares tile it."""

FOR = np.array((240, 120, 0))
AGAINST = np.array((0, 110, 230))
"""Orange and blue, which the colour-blind tell apart too."""
TINT = 0.8
ENLARGED = 12
LEAST_FALL = 0.5
"""A smaller fall of the log-odds than this is not stretched to full colour: nothing decided."""

CERTAINTY = 1e-6
"""Probabilities nearer than this to 0 or 1 are not told apart: float32 hardly does."""


def occlusion_map(classifier: Classifier, glyph: Glyph) -> NDArray[np.float32]:
    """How much the best label's log-odds fall when paper covers a part of the glyph: float32 28×28.

    Positive where the ink there speaks for the answer, negative where it speaks against it, 0 where there is none;
    any model can be asked (Zeiler and Fergus 2014, section 4.2). Log-odds, because the probability of a clear digit
    hardly moves (weight of evidence, Robnik-Šikonja and Kononenko 2008).
    """
    corners = [(top, left) for top in range(0, SIDE, PATCH) for left in range(0, SIDE, PATCH)]
    inked = [at for at in corners if glyph.levels[_square(*at)].any()]
    whole, *covered = classifier.predict([glyph, *(_covered(glyph, *at) for at in inked)])
    fall = np.zeros((SIDE, SIDE), np.float32)
    for at, prediction in zip(inked, covered, strict=True):
        fall[_square(*at)] = _log_odds(whole.confidence) - _log_odds(prediction.probabilities[whole.best])
    return fall


def picture_of(glyph: Glyph, fall: NDArray[np.float32]) -> bytes:
    """A PNG of the glyph, enlarged, with orange where ink speaks for the answer and blue where it speaks against it."""
    strength = fall / max(float(np.abs(fall).max()), LEAST_FALL)
    share = np.abs(strength)[..., np.newaxis]
    colour = np.where(strength[..., np.newaxis] > 0, FOR, AGAINST)
    pixels = np.repeat(glyph.levels[..., np.newaxis], 3, axis=2) * (1 - TINT * share) + colour * TINT * share
    image = Image.fromarray(np.rint(pixels).astype(np.uint8))
    file = io.BytesIO()
    image.resize((SIDE * ENLARGED, SIDE * ENLARGED), Image.Resampling.NEAREST).save(file, format="PNG")
    return file.getvalue()


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, CERTAINTY), 1 - CERTAINTY)
    return math.log(bounded / (1 - bounded))


def _covered(glyph: Glyph, top: int, left: int) -> Glyph:
    levels = glyph.levels.copy()
    levels[_square(top, left)] = 0
    return Glyph(levels=levels)


def _square(top: int, left: int) -> tuple[slice, slice]:
    return slice(top, top + PATCH), slice(left, left + PATCH)

"""Both engines, asked the same: what a model folder promises of its two files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.recognition.keras import KerasClassifier
from mnist_desktop.recognition.litert import LiteRTClassifier
from mnist_desktop.recognition.models import Model


def assert_engines_agree(model: Model, glyphs: Sequence[Glyph]) -> None:
    """The same label everywhere, and probabilities within 0.0001."""
    litert, keras = LiteRTClassifier(model), KerasClassifier(model)
    try:
        one = np.array([prediction.probabilities for prediction in litert.predict(glyphs)])
        other = np.array([prediction.probabilities for prediction in keras.predict(glyphs)])
    finally:
        litert.close()
        keras.close()
    assert np.array_equal(one.argmax(axis=1), other.argmax(axis=1))
    assert np.abs(one - other).max() < 1e-4

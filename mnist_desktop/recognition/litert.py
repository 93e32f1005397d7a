"""Predicts glyphs with LiteRT, TensorFlow's own small runtime: the engine that ships."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from mnist_desktop.ink.glyph import SIDE, Glyph
from mnist_desktop.recognition.chatter import without_chatter
from mnist_desktop.recognition.classifier import ModelError, Prediction
from mnist_desktop.recognition.models import Model

BATCH = 64
"""Glyphs a call: more gain nothing on one thread, and memory stays small."""

SUM_TOLERANCE = 1e-3
"""How far from 1 probabilities may sum up; float32 over thousands of labels stays well below."""


class LiteRTClassifier:
    """A model folder's `model.tflite`, loaded once; to be used by one thread at a time."""

    def __init__(self, model: Model) -> None:
        """Load the model; ModelError when LiteRT cannot, or when it does not fit its card."""
        self._labels = model.card.labels
        self._folder = model.folder
        try:
            # What LiteRT says of its XNNPACK delegate is no business of the user.
            with without_chatter():
                # One thread: the network takes a fraction of a millisecond, and the pen needs the other cores.
                self._interpreter = Interpreter(model_path=str(model.litert_file), num_threads=1)
                self._size = 1
                self._resize(1)
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"The model in {model.folder} cannot be loaded by LiteRT.") from error
        shape = self._interpreter.get_output_details()[0]["shape"]
        if tuple(shape) != (1, len(self._labels)):
            raise ModelError(f"The model in {model.folder} does not answer with the labels of its card.")

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        """One prediction a glyph, in order; ModelError when the model fails, or answers no probabilities."""
        return to_predictions(self.probabilities(as_input(glyphs)), self._labels) if glyphs else []

    def probabilities(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the model answers, unchecked: n×labels for `glyphs`, float32 n×28×28×1; ModelError when it fails."""
        try:
            parts = [self._invoke(glyphs[start : start + BATCH]) for start in range(0, len(glyphs), BATCH)]
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"The model in {self._folder} fails in LiteRT.") from error
        return np.concatenate(parts)

    def close(self) -> None:
        del self._interpreter

    def _invoke(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        if len(batch) != self._size:
            self._resize(len(batch))
        self._interpreter.set_tensor(self._input, batch)
        self._interpreter.invoke()
        answer: NDArray[np.float32] = self._interpreter.get_tensor(self._output)
        return answer

    def _resize(self, size: int) -> None:
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._interpreter.resize_tensor_input(self._input, (size, SIDE, SIDE, 1), strict=True)
        self._interpreter.allocate_tensors()
        self._size = size


def as_input(glyphs: Sequence[Glyph]) -> NDArray[np.float32]:
    """What every model folder takes: float32 n×28×28×1, 0 paper … 1 ink."""
    return np.stack([glyph.levels for glyph in glyphs]).astype(np.float32)[..., np.newaxis] / np.float32(255)


def to_predictions(probabilities: NDArray[np.float32], labels: tuple[str, ...]) -> list[Prediction]:
    """Predictions from the n×labels array that an engine answers; ModelError when these are no probabilities."""
    with np.errstate(invalid="ignore"):
        sums = probabilities.sum(axis=1, dtype=np.float64)
    # NaN compares false.
    if not (probabilities >= 0).all() or not (np.abs(sums - 1) <= SUM_TOLERANCE).all():
        raise ModelError("The model answers with numbers that are no probabilities: 0 or more, and 1 together.")
    return [Prediction(probabilities=tuple(row), labels=labels) for row in probabilities.tolist()]

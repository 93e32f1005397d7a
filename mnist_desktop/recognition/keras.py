"""Predicts glyphs with TensorFlow itself, in a child process: importing it here would stop the window for a second."""

from __future__ import annotations

import importlib.util
import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.glyph import SIDE, Glyph
from mnist_desktop.recognition.classifier import ModelError, Prediction
from mnist_desktop.recognition.litert import as_input, to_predictions
from mnist_desktop.recognition.models import Model

if TYPE_CHECKING:
    import keras

COUNT = struct.Struct("<I")
"""How many glyphs a request holds; float32 values follow, and the same many rows of probabilities come back."""

TENSORFLOW_MISSING = (
    "TensorFlow is not installed: in a checkout `make setup` adds it, "
    "elsewhere `pip install mnist-desktop[tensorflow]`."
)


def check_tensorflow() -> None:
    """ModelError, whose sentence says what adds it, where TensorFlow is not installed; it is not imported."""
    if importlib.util.find_spec("tensorflow") is None:
        raise ModelError(TENSORFLOW_MISSING)


class KerasClassifier:
    """A model folder's `model.keras` in TensorFlow, behind a pipe; to be used by one thread at a time."""

    def __init__(self, model: Model) -> None:
        """Start the child process and wait until the model is loaded; ModelError when it cannot be."""
        check_tensorflow()
        self._labels = model.card.labels
        self._folder = model.folder
        self._child = subprocess.Popen(
            [sys.executable, "-m", "mnist_desktop.recognition.keras", str(model.keras_file.resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
        )
        try:
            if self._receive(COUNT.size) != COUNT.pack(len(self._labels)):
                raise ModelError(f"The model in {model.folder} does not answer with the labels of its card.")
        except ModelError:
            self.close()
            raise

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        """One prediction a glyph, in order; ModelError when the child process has died."""
        if not glyphs:
            return []
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(COUNT.pack(len(glyphs)) + as_input(glyphs).tobytes())
            self._child.stdin.flush()
        except OSError as error:
            raise self._died() from error
        values = np.frombuffer(self._receive(len(glyphs) * len(self._labels) * 4), dtype="<f4")
        return to_predictions(values.reshape(len(glyphs), len(self._labels)), self._labels)

    def close(self) -> None:
        """End the child process."""
        self._child.kill()
        self._child.communicate()

    def _receive(self, size: int) -> bytes:
        assert self._child.stdout is not None
        content = self._child.stdout.read(size)
        if len(content) < size:
            raise self._died()
        return content

    def _died(self) -> ModelError:
        return ModelError(f"TensorFlow could not use the model in {self._folder}.")


def to_litert(network: keras.Model) -> bytes:
    """`network` as a LiteRT flatbuffer in float32, for any number of glyphs at once."""
    import tensorflow as tf

    flatbuffer: bytes = tf.lite.TFLiteConverter.from_keras_model(network).convert()
    return flatbuffer


def serve(keras_file: Path, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests from the pipe with the network in `keras_file` until the pipe is closed."""
    import tensorflow as tf

    network = tf.keras.models.load_model(keras_file, compile=False)
    apply = tf.function(lambda glyphs: network(glyphs, training=False), reduce_retracing=True)
    labels = network.output_shape[-1]
    answers.write(COUNT.pack(labels))
    answers.flush()
    while head := requests.read(COUNT.size):
        (count,) = COUNT.unpack(head)
        values: NDArray[np.float32] = np.frombuffer(requests.read(count * SIDE * SIDE * 4), dtype="<f4")
        probabilities = apply(tf.constant(values.reshape(count, SIDE, SIDE, 1)))
        answers.write(np.asarray(probabilities, dtype="<f4").tobytes())
        answers.flush()


if __name__ == "__main__":
    # TensorFlow writes to standard output at times; the answers keep a descriptor of their own.
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)
        serve(Path(sys.argv[1]), sys.stdin.buffer, pipe)

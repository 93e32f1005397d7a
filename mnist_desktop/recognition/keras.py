"""Predicts glyphs with TensorFlow itself, in a child process: importing it here would stop the window for a second."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.recognition.child import ChildClassifier, answers_only, serve
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.confinement import Limits, confine
from mnist_desktop.recognition.models import Model

if TYPE_CHECKING:
    import keras

CONFINED = "--confined"

TENSORFLOW_MISSING = (
    "TensorFlow is not installed: in a checkout `make setup` adds it, "
    "elsewhere `pip install mnist-desktop[tensorflow]`."
)


def check_tensorflow() -> None:
    """ModelError, whose sentence says what adds it, where TensorFlow is not installed; it is not imported."""
    if importlib.util.find_spec("tensorflow") is None:
        raise ModelError(TENSORFLOW_MISSING)


class KerasClassifier(ChildClassifier):
    """A model folder's `model.keras` in TensorFlow, behind a pipe; to be used by one thread at a time."""

    def __init__(self, model: Model) -> None:
        """Start the child process and wait until the model is loaded; ModelError when it cannot be."""
        check_tensorflow()
        # -P: no module is imported from the folder that the person happens to be in, beside a stranger's files.
        words = ("-P", "-m", "mnist_desktop.recognition.keras", str(model.keras_file.resolve()))
        super().__init__(
            model,
            engine="TensorFlow",
            command=(*words, CONFINED) if model.stranger else words,
            environment={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
        )


def to_litert(network: keras.Model) -> bytes:
    """`network` as a LiteRT flatbuffer in float32, for any number of glyphs at once."""
    import tensorflow as tf

    flatbuffer: bytes = tf.lite.TFLiteConverter.from_keras_model(network).convert()
    return flatbuffer


def main(keras_file: Path, *, confined: bool) -> None:
    """Answer requests from the pipe with the network in `keras_file` until the pipe is closed."""
    if confined:
        confine(Limits(cpu_seconds=None))
    with answers_only() as answers:
        import tensorflow as tf

        network = tf.keras.models.load_model(keras_file, compile=False)
        apply = tf.function(lambda glyphs: network(glyphs, training=False), reduce_retracing=True)

        def probabilities(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
            return np.asarray(apply(tf.constant(glyphs)))

        serve(network.output_shape[-1], probabilities, sys.stdin.buffer, answers)


if __name__ == "__main__":
    main(Path(sys.argv[1]), confined=CONFINED in sys.argv[2:])

"""Predicts glyphs with a model that runs in a child process, behind a pipe."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.glyph import SIDE, Glyph
from mnist_desktop.recognition.classifier import ModelError, Prediction
from mnist_desktop.recognition.litert import as_input, to_predictions
from mnist_desktop.recognition.models import Model

COUNT = struct.Struct("<I")
"""How many glyphs a request holds; float32 values follow, and the same many rows of probabilities come back."""


class ChildClassifier:
    """A model folder's model in a process of its own; to be used by one thread at a time."""

    def __init__(self, model: Model, *, engine: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start Python with the words of `command` and wait until the model is loaded; ModelError when it cannot be.

        `engine` is what the person knows that process as.
        """
        self._labels = model.card.labels
        self._folder = model.folder
        self._engine = engine
        try:
            self._child = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
                # Ctrl+C in the terminal is for this process, which may want something read before it ends.
                start_new_session=True,
            )
        except OSError as error:
            raise ModelError(
                f"{engine} could not be started for the model in {model.folder} ({error.strerror})."
            ) from error
        try:
            if self._receive(COUNT.size) != COUNT.pack(len(self._labels)):
                raise ModelError(f"The model in {model.folder} does not answer with the labels of its card.")
        except BaseException:
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
        return ModelError(f"{self._engine} could not use the model in {self._folder}.")


def answers_only() -> BinaryIO:
    """Standard output for the answers alone: what engines print there at times goes to standard error."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def serve(
    labels: int,
    probabilities: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    requests: BinaryIO,
    answers: BinaryIO,
) -> None:
    """Answer requests from the pipe by `probabilities`, of n×28×28×1 glyphs n×`labels`, until the pipe is closed."""
    answers.write(COUNT.pack(labels))
    answers.flush()
    while head := requests.read(COUNT.size):
        (count,) = COUNT.unpack(head)
        values: NDArray[np.float32] = np.frombuffer(requests.read(count * SIDE * SIDE * 4), dtype="<f4")
        answered = probabilities(values.reshape(count, SIDE, SIDE, 1))
        answers.write(np.asarray(answered, dtype="<f4").tobytes())
        answers.flush()

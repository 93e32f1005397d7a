"""Predicts glyphs with LiteRT in a confined child process: for models that nobody has looked at.

LiteRT reads a model's file with native code that trusts it: a damaged or malicious one can end the process, never come
to an end, or worse.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.recognition.child import ChildClassifier, answers_only, serve
from mnist_desktop.recognition.importing.confinement import Limits, confine, quiet_environment
from mnist_desktop.recognition.models import Model, load_model

LIMITS = Limits(memory=2 * 2**30, cpu_seconds=None, largest_file=0)
"""A network of 20 million parameters takes 0.3 GB here; nothing is written but the answers."""

PATIENCE = 60
"""Seconds that one answer may take; those of a batch take one."""


class ConfinedClassifier(ChildClassifier):
    """A model folder's `model.tflite`, of which this process reads nothing but answers."""

    def __init__(self, model: Model) -> None:
        """Start the confined process; ModelError when it cannot load the model, or does not live to say so."""
        super().__init__(
            model,
            engine="LiteRT",
            # -P: no module is imported from the folder that the person happens to be in, beside a stranger's files.
            command=("-P", "-m", "mnist_desktop.recognition.confined", str(model.folder.resolve())),
            environment=quiet_environment(Path(tempfile.gettempdir())),
        )


def main(folder: Path) -> None:
    """Confine this process, load the model, and answer until the pipe is closed."""
    confine(LIMITS)
    _hurry()
    from mnist_desktop.recognition.litert import LiteRTClassifier

    model = load_model(folder)
    classifier = LiteRTClassifier(model)

    def probabilities(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        _hurry()
        answer = classifier.probabilities(glyphs)
        _rest()
        return answer

    with answers_only() as answers:
        _rest()
        serve(len(model.card.labels), probabilities, sys.stdin.buffer, answers)


def _hurry() -> None:
    """From now on the system ends this process after PATIENCE, whatever native code is at."""
    if hasattr(signal, "alarm"):
        signal.alarm(PATIENCE)


def _rest() -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

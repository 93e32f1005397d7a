"""Whatever ends a training otherwise than well is one sentence and an exit code."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mnist_desktop.commands.command import CommandError
from mnist_desktop.commands.watched_training import watched_training
from mnist_desktop.evaluation.data import DataError
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.training.checkpoint import TrainingStoppedError


def train(failure: BaseException) -> None:
    """A training that gets as far as its first batch."""
    with watched_training("training", Path("digits"), lambda: " It goes on.") as progress:
        progress(1, 2, 0.5)
        raise failure


@pytest.mark.parametrize(
    ("failure", "code", "sentence"),
    [
        (DataError("The data are damaged."), 1, "The data are damaged."),
        (ModelError("A teacher fails."), 1, "A teacher fails."),
        (TrainingStoppedError("Stopped after 3.", asked=True), 130, "Stopped after 3."),
        (TrainingStoppedError("The disk is full.", asked=False), 1, "The disk is full."),
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
            1,
            "The model could not be written to digits (No space left on device). It goes on.",
        ),
        (KeyboardInterrupt(), 130, "Stopped; no model was written. It goes on."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_each_failure_has_its_sentence(failure: BaseException, code: int, sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        train(failure)
    assert (str(caught.value), caught.value.code) == (sentence, code)


def test_what_is_not_known_is_not_taken_for_something_else() -> None:
    with pytest.raises(ZeroDivisionError):
        train(ZeroDivisionError())

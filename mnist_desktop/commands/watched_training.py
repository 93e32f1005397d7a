"""Turns what happens in a training, its progress and its end, into what a person at a terminal sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_desktop.commands.command import FAILED, INTERRUPTED, CommandError
from mnist_desktop.commands.progress import progress_bar

if TYPE_CHECKING:
    from mnist_desktop.training.fitting import Progress


def check_tensorflow() -> None:
    """CommandError, whose sentence says what adds it, where TensorFlow is not installed."""
    from mnist_desktop.recognition import keras
    from mnist_desktop.recognition.classifier import ModelError

    try:
        keras.check_tensorflow()
    except ModelError as error:
        raise CommandError(str(error)) from error


@contextmanager
def watched_training(what: str, out: Path, how_on: Callable[[], str] = lambda: "") -> Iterator[Progress]:
    """A progress bar for a training that writes to `out`; where that ends otherwise than well, a CommandError says so.

    `how_on` adds what has become of the training when no model was written.
    """
    from mnist_desktop.evaluation.data import DataError
    from mnist_desktop.recognition.classifier import ModelError
    from mnist_desktop.training.checkpoint import TrainingStoppedError

    with progress_bar(what=what, unit=" batches") as bar:

        def progress(done: int, steps: int, loss: float) -> None:
            bar.total = steps
            bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
            bar.update(done - bar.n)

        try:
            yield progress
        except (DataError, ModelError) as error:
            raise CommandError(str(error)) from error
        except TrainingStoppedError as stopped:
            raise CommandError(str(stopped), INTERRUPTED if stopped.asked else FAILED) from stopped
        except OSError as error:
            raise CommandError(f"The model could not be written to {out} ({error.strerror}).{how_on()}") from error
        except KeyboardInterrupt as error:
            # Before or after the batches themselves, whose end is orderly.
            raise CommandError(f"Stopped; no model was written.{how_on()}", INTERRUPTED) from error

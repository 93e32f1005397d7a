"""Turns a training under way into a file beside its model folder, and such a file into a training that goes on."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_desktop import __version__
from mnist_desktop.evaluation.data import UNREADABLE, DataError
from mnist_desktop.training.card import Run
from mnist_desktop.whole_file import whole_file

if TYPE_CHECKING:
    import keras

EVERY = 200
"""Batches between two checkpoints: what a crash may cost, some ten seconds; writing one takes a few milliseconds."""

CORRECTIONS_ENDING = "-corrections-checkpoint.npz"

Arrays = dict[str, NDArray[np.generic]]


class TrainingStoppedError(Exception):
    """A training that a person, or a full disk, stopped; the text is the sentence the user reads."""

    def __init__(self, sentence: str, *, asked: bool) -> None:
        super().__init__(sentence)
        self.asked = asked
        """Whether a person asked for it."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Where a training keeps what it needs to go on, and which training it is."""

    file: Path
    training: str
    """Two trainings of which this is the same do the same."""
    gives_way: bool = False
    """Whether another training may begin anew over what is kept: one of a minute, whose data change."""

    @property
    def goes_on(self) -> bool:
        """Whether the file is there, and of this training; what is damaged is not."""
        try:
            with self.file.open("rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as kept:
                return bool(json.loads(str(kept["identity"]))[:2] == [__version__, self.training])
        except (KeyError, *UNREADABLE):
            return False

    def restore(self, network: keras.Model, steps: int) -> int:
        """Put what was kept into `network`, compiled, and its optimiser; the batches that are done, 0 without a file.

        Raises DataError when the file is damaged or of another training: nothing is thrown away unasked, but for what
        gives way.
        """
        network.optimizer.build(network.trainable_variables)
        try:
            # NumPy would leave a file that is no archive open.
            with self.file.open("rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as kept:
                arrays: Arrays = {name: np.asarray(kept[name]) for name in kept.files}
            identity, done = str(arrays.pop("identity")), int(arrays.pop("done"))
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise DataError(f"{self.file} cannot be read ({error.strerror}).") from error
        except (KeyError, *UNREADABLE) as error:
            raise DataError(f"{self.file} is damaged; delete it, and the training begins anew.") from error
        present = _variables(network)
        same_shapes = {name: array.shape for name, array in arrays.items()} == {
            name: tuple(variable.shape) for name, variable in present.items()
        }
        if identity != self._identity(network, steps) or not same_shapes:
            if self.gives_way:
                return 0
            raise DataError(
                f"{self.file} is what another training, which was stopped, goes on from: finish that one first, or "
                "delete the file."
            )
        for name, variable in present.items():
            variable.assign(arrays[name])
        return done

    def save(self, network: keras.Model, done: int, steps: int) -> None:
        """Replace what was kept by how `network` and its optimiser are after `done` batches, at once or not at all."""
        arrays: Arrays = {name: np.asarray(variable) for name, variable in _variables(network).items()}
        arrays |= {"identity": np.array(self._identity(network, steps)), "done": np.array(done)}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(self.file) as new, new.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    def remove(self) -> None:
        """Forget what was kept: the training is over."""
        self.file.unlink(missing_ok=True)

    def _identity(self, network: keras.Model, steps: int) -> str:
        settings = network.optimizer.get_config()
        # Keras counts optimisers through in their names.
        del settings["name"]
        return json.dumps([__version__, self.training, steps, settings], sort_keys=True, default=str)


def checkpoint_of(run: Run) -> Checkpoint:
    """The checkpoint of `run`, beside its model folder."""
    taught = " ".join(checksum for teacher in run.teachers for checksum in teacher.card.sha256.values())
    return Checkpoint(file=_beside(run, "-checkpoint.npz"), training=f"{run.command} {taught}".strip())


def checkpoint_of_corrections(run: Run, learned: str) -> Checkpoint:
    """The checkpoint of a `run` that learns from corrections, which `learned`, their digest, tells from others."""
    return Checkpoint(file=_beside(run, CORRECTIONS_ENDING), training=f"{run.command} {learned}", gives_way=True)


def _beside(run: Run, ending: str) -> Path:
    return run.out.parent / f".{run.out.name}{ending}"


class Watch:
    """Saves checkpoints as a training goes, and ends it in order when Ctrl+C asks for it or the disk is full.

    For use inside Keras' `fit`, through which no exception should pass: its loading threads would be left over.
    """

    def __init__(self, checkpoint: Checkpoint | None, network: keras.Model, steps: int) -> None:
        self._checkpoint = checkpoint
        self._network = network
        self._steps = steps
        self._asked = False
        self._stopped: TrainingStoppedError | None = None
        self._kept = checkpoint.restore(network, steps) if checkpoint else 0

        self.start = self._kept
        """Batches that were done before."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While this lasts, Ctrl+C ends the training after its batch; a second one interrupts at once.

        Where Ctrl+C is ignored, as in what a script has put into the background, it stays so. Raises
        TrainingStoppedError at its end when the training did not come to its own.
        """
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or before in (signal.SIG_IGN, None):
            yield
        else:

            def ask(_number: int, _frame: FrameType | None) -> None:
                self._asked = True
                signal.signal(signal.SIGINT, before)

            signal.signal(signal.SIGINT, ask)
            try:
                yield
            finally:
                signal.signal(signal.SIGINT, before)
        if self._stopped:
            raise self._stopped

    def after(self, done: int) -> bool:
        """Whether to stop, now that `done` batches in all are done."""
        if self._checkpoint and (self._asked or done % EVERY == 0 or done == self._steps):
            try:
                self._checkpoint.save(self._network, done, self._steps)
            except OSError as error:
                self._stopped = TrainingStoppedError(
                    f"The training cannot be kept in {self._checkpoint.file.parent} ({error.strerror}) and stopped "
                    f"after {done:,} of {self._steps:,} batches; when that is mended, the same command "
                    + (f"goes on after batch {self._kept:,}." if self._kept else "begins anew."),
                    asked=False,
                )
                return True
            self._kept = done
        if self._asked and done < self._steps:
            how_on = "goes on from there" if self._checkpoint else "begins anew"
            self._stopped = TrainingStoppedError(
                f"Stopped after {done:,} of {self._steps:,} batches; the same command {how_on}.", asked=True
            )
        return self._stopped is not None


def _variables(network: keras.Model) -> dict[str, keras.Variable]:
    """All that a step of the training changes, by a name that is the same in another process.

    Weights, statistics, the state of what is random in layers; the optimiser's step, moments and averages.
    """
    groups = {"network": network.variables, "optimizer": network.optimizer.variables}
    return {f"{group}{number}": each for group, variables in groups.items() for number, each in enumerate(variables)}

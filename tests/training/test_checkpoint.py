"""A training that was stopped goes on as if it had not been, and loses nothing to a full disk."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import DataError
from mnist_desktop.training.card import Run
from mnist_desktop.training.checkpoint import Checkpoint, TrainingStoppedError, checkpoint_of
from mnist_desktop.training.fitting import fit_batches
from mnist_desktop.training.start import prepare_tensorflow

if TYPE_CHECKING:
    import keras

pytestmark = [
    pytest.mark.timeout(600),
    # Keras 3 has not met NumPy 2's copy keyword everywhere; its own code, its own warning.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

STEPS = 8

Progress = Callable[[int, int, float], None]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("mnist_desktop.training.checkpoint.EVERY", 3)
    return Run(data=tmp_path, out=tmp_path / "digits", epochs=1, seed=5, command="mnist-desktop train --seed 5")


def network(rate: float = 0.01) -> keras.Model:
    """A small network with all that has a state: averages, statistics, dropout, a schedule."""
    prepare_tensorflow()
    import keras
    from keras import layers

    keras.utils.set_random_seed(5)
    made = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(8), layers.BatchNormalization(), layers.ReLU()]
    )
    made.add(layers.Dropout(0.5))
    made.add(layers.Dense(10))
    schedule = keras.optimizers.schedules.CosineDecay(rate, STEPS)
    made.compile(
        optimizer=keras.optimizers.AdamW(schedule, use_ema=True, ema_momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return made


def batch(number: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = default_rng((5, number))
    return rng.random((16, 28, 28, 1), np.float32), rng.integers(0, 10, 16)


def train(checkpoint: Checkpoint | None, progress: Progress | None = None, rate: float = 0.01) -> list[NDArray[Any]]:
    """The weights after a training that went on from `checkpoint`."""
    made = network(rate)
    fit_batches(made, batch, STEPS, STEPS, progress or unseen, checkpoint=checkpoint)
    weights: list[NDArray[Any]] = made.get_weights()
    return weights


def unseen(done: int, steps: int, loss: float) -> None:
    """A progress that nobody looks at."""


def ctrl_c_after(batches: int) -> Progress:
    def progress(done: int, steps: int, loss: float) -> None:
        if done == batches:
            os.kill(os.getpid(), signal.SIGINT)

    return progress


def test_a_training_that_was_stopped_ends_like_one_that_was_not(run: Run) -> None:
    straight = train(None)
    checkpoint = checkpoint_of(run)
    sentence = r"^Stopped after 4 of 8 batches; the same command goes on from there\.$"
    with pytest.raises(TrainingStoppedError, match=sentence) as stopped:
        train(checkpoint, ctrl_c_after(4))
    assert stopped.value.asked
    done: list[int] = []
    resumed = train(checkpoint, lambda number, *_: done.append(number))
    assert done == [5, 6, 7, 8]
    for one, other in zip(straight, resumed, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_ctrl_c_works_as_ever_after_a_training(run: Run) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(TrainingStoppedError):
        train(checkpoint_of(run), ctrl_c_after(1))
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_that_is_ignored_stays_ignored(run: Run) -> None:
    """As in what a script has put into the background, where the terminal's Ctrl+C is meant for others."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    done: list[int] = []

    def pressed(number: int, steps: int, loss: float) -> None:
        ctrl_c_after(2)(number, steps, loss)
        done.append(number)

    try:
        train(checkpoint_of(run), pressed)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == list(range(1, STEPS + 1))


def test_a_training_that_was_killed_goes_on_from_its_last_checkpoint(run: Run) -> None:
    """Killed, here, by an error between two batches: nothing is saved on the way out."""

    def killed(done: int, steps: int, loss: float) -> None:
        if done == 5:
            raise MemoryError

    with pytest.raises(MemoryError):
        train(checkpoint_of(run), killed)
    done: list[int] = []
    train(checkpoint_of(run), lambda number, *_: done.append(number))
    assert done == [4, 5, 6, 7, 8]


def test_what_is_finished_is_not_trained_again(run: Run) -> None:
    """As where the export met a full disk: the weights at hand are the averaged ones all the same."""
    done: list[int] = []
    first = train(checkpoint_of(run))
    again = train(checkpoint_of(run), lambda number, *_: done.append(number))
    assert not done
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_checkpoint_of_another_training_is_refused_and_stays(run: Run) -> None:
    with pytest.raises(TrainingStoppedError):
        train(checkpoint_of(run), ctrl_c_after(2))
    kept = checkpoint_of(run).file.read_bytes()
    other = checkpoint_of(replace(run, command="mnist-desktop train --seed 6"))
    with pytest.raises(DataError, match=r"\.digits-checkpoint\.npz is what another training.*delete the file"):
        train(other)
    assert (checkpoint_of(run).goes_on, other.goes_on) == (True, False)
    with pytest.raises(DataError, match="another training"):
        train(checkpoint_of(run), rate=0.02)
    assert checkpoint_of(run).file.read_bytes() == kept


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_damaged_checkpoint_is_one_sentence(run: Run, share: float) -> None:
    with pytest.raises(TrainingStoppedError):
        train(checkpoint_of(run), ctrl_c_after(2))
    file = checkpoint_of(run).file
    content = file.read_bytes()
    file.write_bytes(content[: round(len(content) * share)])
    assert not checkpoint_of(run).goes_on
    with pytest.raises(DataError, match="is damaged; delete it, and the training begins anew"):
        train(checkpoint_of(run))


def test_a_checkpoint_that_cannot_be_opened_is_not_called_damaged(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("no folder")
    with pytest.raises(DataError, match="cannot be read"):
        train(checkpoint_of(replace(run, out=tmp_path / "a file" / "digits")))


def test_a_full_disk_keeps_the_last_checkpoint_and_says_how_to_go_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[str] = []

    def full(file: Any, **arrays: Any) -> None:
        saved.append(file.name)
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fills_up(done: int, steps: int, loss: float) -> None:
        if done == 4:
            monkeypatch.setattr("numpy.savez", full)

    with pytest.raises(
        TrainingStoppedError,
        match=r"No space left on device\) and stopped after 6 of 8 batches; .*goes on after batch 3\.",
    ) as stopped:
        train(checkpoint_of(run), fills_up)
    assert not stopped.value.asked
    assert len(saved) == 1
    assert [path.name for path in run.out.parent.iterdir()] == [".digits-checkpoint.npz"]
    monkeypatch.undo()
    done: list[int] = []
    train(checkpoint_of(run), lambda number, *_: done.append(number))
    assert done[0] == 4


def test_a_finished_training_leaves_no_checkpoint(run: Run) -> None:
    checkpoint = checkpoint_of(run)
    train(checkpoint)
    checkpoint.remove()
    checkpoint.remove()
    assert not list(run.out.parent.iterdir())

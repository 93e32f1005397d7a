"""Fits a network to numbered batches: the loop that all recipes share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.training.checkpoint import Checkpoint, Watch

if TYPE_CHECKING:
    import keras

Progress = Callable[[int, int, float], None]
"""Called with the steps done, the steps in all, and the mean loss so far of this epoch."""

Batches = Callable[[int], tuple[NDArray[np.float32], NDArray[np.generic]]]
"""From the number of a batch: glyphs (n×28×28×1) and what is to be said of them."""


def fit_batches(
    network: keras.Model,
    batches: Batches,
    steps: int,
    an_epoch: int,
    progress: Progress,
    *,
    checkpoint: Checkpoint | None = None,
    threads: int = 1,
) -> None:
    """Train `network`, compiled, in place for `steps` batches; the loss that is shown starts anew each `an_epoch`.

    With a `checkpoint` it goes on from there, and is kept there until the caller removes it. Ctrl+C ends it by a
    TrainingStoppedError. `threads` make the batches.
    """
    import keras

    watch = Watch(checkpoint, network, steps)

    class Numbered(keras.utils.PyDataset):
        def __len__(self) -> int:
            return steps - watch.start

        def __getitem__(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.generic]]:
            return batches(watch.start + number)

    class Watching(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            done = watch.start + batch + 1
            progress(done, steps, float((logs or {})["loss"]))
            if done % an_epoch == 0:
                self.model.reset_metrics()
            self.model.stop_training = watch.after(done)

    if watch.start == steps:
        network.optimizer.finalize_variable_values(network.trainable_variables)
        return
    # To Keras all of it is one epoch, so that the batches are numbered through; where the optimiser averages the
    # weights, it puts the averaged ones into the network at the end.
    with watch.watching():
        network.fit(Numbered(workers=threads, max_queue_size=16), shuffle=False, verbose=0, callbacks=[Watching()])

"""Turns data sets into a model folder: the digits' own recipe, which `finish` calibrates, exports and measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.evaluation.measure import Measurement
from mnist_desktop.training.card import DIGITS, Run
from mnist_desktop.training.checkpoint import Checkpoint, checkpoint_of
from mnist_desktop.training.datasets import Part, load_splits
from mnist_desktop.training.finish import bitmap_subjects, finish, pen_subjects
from mnist_desktop.training.fitting import Progress, fit_batches
from mnist_desktop.training.networks import NETWORKS
from mnist_desktop.training.samples import BATCH, Samples
from mnist_desktop.training.start import start_tensorflow
from mnist_desktop.training.teachers import Teachers

if TYPE_CHECKING:
    import keras

SAMPLES_AN_EPOCH = 100_000
STEPS_AN_EPOCH = SAMPLES_AN_EPOCH // BATCH
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-4
WARM_UP = 0.1
"""Share of all steps in which the learning rate rises; then it falls by a cosine to zero."""
EMA = 0.999
"""Weights are averaged over the last thousand steps or so (Polyak averaging)."""
NORMALISATION_BATCHES = 100
"""Batches over which the statistics of batch normalisation are taken anew for the averaged weights."""


def train(run: Run, progress: Progress, name: str = "digits") -> dict[str, Measurement]:
    """Train the network of that name, export to `run.out`, and return how that reads each validation set, by its name.

    Raises DataError when data are missing or damaged, and TrainingStoppedError when it was stopped: the same run goes
    on then. Test images and kept-out writers are never read.
    """
    assert run.epochs is not None, "the digits' recipe has no length of its own"
    splits = load_splits(run.data)
    start_tensorflow(run.seed)
    network = NETWORKS[name](len(DIGITS.labels))
    samples = Samples(splits.training, labels=len(DIGITS.labels), seed=run.seed)
    checkpoint = checkpoint_of(run)
    fit(network, samples, Teachers(run.teachers), run.epochs * STEPS_AN_EPOCH, progress, checkpoint)
    measured = finish(network, run, DIGITS, validation_sets(splits.validation))
    checkpoint.remove()
    return measured


def validation_sets(validation: Part) -> dict[str, list[Subject]]:
    """The validation sets by the names they have in the card."""
    return {
        "MNIST": bitmap_subjects(validation.mnist),
        "pen strokes": pen_subjects(validation.pen),
        "scanned digits": bitmap_subjects(validation.scanned),
        "printed digits": bitmap_subjects(validation.printed),
    }


def fit(
    network: keras.Model,
    samples: Samples,
    teachers: Teachers,
    steps: int,
    progress: Progress,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Train `network` in place for `steps` batches, from `checkpoint` on where it was stopped before."""
    import keras

    warm_up = int(WARM_UP * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=LEARNING_RATE, warmup_steps=warm_up
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY, use_ema=True, ema_momentum=EMA)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    # Keras would choose XLA, which takes three times as long for this network on a processor.
    network.compile(optimizer=optimizer, loss=loss, jit_compile=False)

    def pair(number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        batch = teachers.soften(samples.batch(number))
        return batch.glyphs, batch.targets

    fit_batches(network, pair, steps, STEPS_AN_EPOCH, progress, checkpoint=checkpoint, threads=2)
    _renormalise(network, samples, steps)


def _renormalise(network: keras.Model, samples: Samples, start: int) -> None:
    """Take the statistics of batch normalisation anew: those at hand belong to the weights before averaging."""
    import keras

    layers = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    kept = [layer.momentum for layer in layers]
    for number in range(NORMALISATION_BATCHES):
        for layer in layers:
            # A running mean in which every batch so far has the same weight.
            layer.momentum = number / (number + 1)
        network(samples.batch(start + number).glyphs, training=True)
    for layer, momentum in zip(layers, kept, strict=True):
        layer.momentum = momentum

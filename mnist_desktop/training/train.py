"""Turns data sets into a model folder: train, calibrate on validation, export, measure what was exported."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.evaluation.measure import Measurement, measure, read_subjects
from mnist_desktop.ink.drawing import LabelledDrawing
from mnist_desktop.recognition.chatter import without_chatter
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.training.calibration import Calibration, calibrate
from mnist_desktop.training.card import UNCALIBRATED, Run, describe
from mnist_desktop.training.datasets import Bitmaps, Part, load_splits
from mnist_desktop.training.samples import BATCH, Samples

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

LABELS = tuple("0123456789")

Progress = Callable[[int, int, float], None]
"""Called with the steps done, the steps in all, and the mean loss so far of this epoch."""


def train(run: Run, progress: Progress) -> dict[str, Measurement]:
    """Train, export to `run.out`, and return how the exported model reads each validation set, by its name.

    Raises DataError when data are missing or damaged. Test images and kept-out writers are never read.
    """
    splits = load_splits(run.data)
    prepare_tensorflow()
    with without_chatter():
        import keras

    from mnist_desktop.training.networks import digits_network

    keras.utils.set_random_seed(run.seed)
    network = digits_network(len(LABELS))
    samples = Samples(splits.training, labels=len(LABELS), seed=run.seed)
    fit(network, samples, run.epochs * STEPS_AN_EPOCH, progress)
    return finish(network, run, validation_sets(splits.validation))


def finish(network: keras.Model, run: Run, sets: dict[str, list[Subject]]) -> dict[str, Measurement]:
    """Calibrate a trained network on the validation sets, export it to `run.out`, and measure what was exported."""
    from mnist_desktop.training.export import export
    from mnist_desktop.training.networks import calibrated

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "uncalibrated"
        export(calibrated(network, 1.0), describe(run, LABELS, UNCALIBRATED), folder)
        calibration = calibrate_folder(folder, sets)
        final = calibrated(network, calibration.temperature)
        export(final, describe(run, LABELS, calibration), Path(made) / "calibrated")
        measured = measure_folder(Path(made) / "calibrated", sets)
    card = describe(run, LABELS, calibration, measured=measured, parameters=network.count_params(), earlier=run.out)
    export(final, card, run.out)
    return measured


def prepare_tensorflow() -> None:
    """Before TensorFlow is imported: no chatter, no graphics card, and memory that is kept from step to step.

    Without the last, giving pages back and taking them again costs as much as half of the training.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "1")


def validation_sets(validation: Part) -> dict[str, list[Subject]]:
    """The validation sets by the names they have in the card."""
    return {
        "MNIST": _bitmap_subjects(validation.mnist),
        "pen strokes": _pen_subjects(validation.pen),
        "scanned digits": _bitmap_subjects(validation.scanned),
    }


def fit(network: keras.Model, samples: Samples, steps: int, progress: Progress) -> None:
    """Train `network` in place for `steps` batches."""
    import keras

    warm_up = int(WARM_UP * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=LEARNING_RATE, warmup_steps=warm_up
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY, use_ema=True, ema_momentum=EMA)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    # Keras would choose XLA, which takes three times as long for this network on a processor.
    network.compile(optimizer=optimizer, loss=loss, jit_compile=False)

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return steps

        def __getitem__(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            batch = samples.batch(number)
            return batch.glyphs, batch.targets

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            progress(batch + 1, steps, float((logs or {})["loss"]))
            if (batch + 1) % STEPS_AN_EPOCH == 0:
                self.model.reset_metrics()

    # To Keras all of it is one epoch, so that the batches are numbered through; it puts the averaged weights into
    # the network at the end.
    network.fit(Batches(workers=2, max_queue_size=16), shuffle=False, verbose=0, callbacks=[Watch()])
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


def calibrate_folder(folder: Path, sets: dict[str, list[Subject]]) -> Calibration:
    """The calibration that an uncalibrated model folder needs, from its readings of the validation sets."""
    reader = open_reader(load_model(folder))
    try:
        return calibrate([list(read_subjects(reader, subjects)) for subjects in sets.values()])
    finally:
        reader.close()


def measure_folder(folder: Path, sets: dict[str, list[Subject]]) -> dict[str, Measurement]:
    """How a model folder reads each of the validation sets, through the way that the window takes."""
    reader = open_reader(load_model(folder))
    try:
        return {name: measure(reader, subjects) for name, subjects in sets.items()}
    finally:
        reader.close()


def _bitmap_subjects(bitmaps: Bitmaps) -> list[Subject]:
    pairs = zip(bitmaps.images, bitmaps.labels.tolist(), strict=True)
    return [Subject(content=image.astype(np.float32) / 255, label=label) for image, label in pairs]


def _pen_subjects(drawings: Sequence[LabelledDrawing]) -> list[Subject]:
    return [Subject(content=entry.drawing, label=entry.label) for entry in drawings if entry.label is not None]

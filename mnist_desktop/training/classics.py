"""The recipes that everybody starts with, as they were published, to be compared with on the same drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from mnist_desktop.evaluation.measure import Measurement
from mnist_desktop.ink.glyph import SIDE
from mnist_desktop.training.bitmaps import Bitmaps
from mnist_desktop.training.card import Run
from mnist_desktop.training.checkpoint import checkpoint_of
from mnist_desktop.training.finish import bitmap_subjects, finish
from mnist_desktop.training.fitting import Progress, fit_batches
from mnist_desktop.training.images import ImageSet, load_images
from mnist_desktop.training.start import start_tensorflow

if TYPE_CHECKING:
    import keras

SPREAD = 0.1
"""Standard deviation of the first weights, and the first biases, in the tutorials of TensorFlow's first years."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A network and how it is trained, on grey levels 0…1 as the data set has them, in batches of a fresh shuffle."""

    network: Callable[[int], keras.Model]
    """From the number of labels: glyphs (n×28×28×1) to logits."""
    optimizer: Callable[[int], keras.optimizers.Optimizer]
    """From the number of steps an epoch."""
    batch: int
    steps: int | None = None
    epochs: int | None = None
    """How long it trains: so many batches, or so often through all images."""
    words: str
    """All of it, for the card, with its source."""

    def length(self, steps_an_epoch: int, epochs: int | None) -> int:
        """Batches in all: what the recipe says, or `epochs` where a person asked for these."""
        if epochs is None and self.steps is not None:
            return self.steps
        return (epochs or self.epochs or 1) * steps_an_epoch


def train_classic(run: Run, recipe: Recipe, images: ImageSet, progress: Progress) -> dict[str, Measurement]:
    """Train by `recipe`, export to `run.out`, and return how the exported model reads the validation images.

    Raises DataError when data are missing or damaged, and TrainingStoppedError when it was stopped: the same run goes
    on then. Test images are never read.
    """
    splits = load_images(run.data, images)
    start_tensorflow(run.seed)
    network = recipe.network(len(images.product.labels))
    fit_recipe(network, recipe, splits.training, run, progress)
    product = replace(images.product, recipe=recipe.words)
    measured = finish(network, run, product, {images.name: bitmap_subjects(splits.validation)})
    checkpoint_of(run).remove()
    return measured


def fit_recipe(network: keras.Model, recipe: Recipe, images: Bitmaps, run: Run, progress: Progress) -> None:
    """Train `network` in place, from the checkpoint of `run` on where it was stopped before."""
    import keras

    an_epoch = max(1, len(images.labels) // recipe.batch)
    steps = recipe.length(an_epoch, run.epochs)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # Keras would choose XLA, which takes longer for networks as small as these.
    network.compile(optimizer=recipe.optimizer(an_epoch), loss=loss, jit_compile=False)
    fit_batches(
        network,
        lambda number: shuffled_batch(images, recipe.batch, number, run.seed),
        steps,
        an_epoch,
        progress,
        checkpoint=checkpoint_of(run),
    )


def shuffled_batch(images: Bitmaps, size: int, number: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Batch `number` of endless epochs, each in an order of its own that follows from `seed`: n×28×28×1 and labels."""
    epoch, within = divmod(number, max(1, len(images.labels) // size))
    chosen = _order(len(images.labels), epoch, seed)[within * size : (within + 1) * size]
    return images.images[chosen, :, :, np.newaxis].astype(np.float32) / np.float32(255), images.labels[chosen]


@lru_cache(maxsize=2)
def _order(count: int, epoch: int, seed: int) -> NDArray[np.int64]:
    return default_rng((seed, epoch)).permutation(count)


def _softmax(labels: int) -> keras.Model:
    import keras
    from keras import layers

    nothing = keras.initializers.Zeros()
    return _network("softmax", layers.Flatten(), layers.Dense(labels, name="logits", kernel_initializer=nothing))


def _mlp(labels: int) -> keras.Model:
    import keras
    from keras import layers

    def dense(units: int, **options: object) -> keras.Layer:
        # The same penalty for both matrices, none for the biases.
        return layers.Dense(units, kernel_regularizer=keras.regularizers.L2(1e-4), **_first(), **options)

    return _network("mlp", layers.Flatten(), dense(500, activation="relu"), dense(labels, name="logits"))


def _cnn(labels: int) -> keras.Model:
    from keras import layers

    def convolution(filters: int) -> keras.Layer:
        return layers.Conv2D(filters, 5, padding="same", activation="relu", **_first())

    return _network(
        "cnn",
        convolution(32),
        layers.MaxPooling2D(),
        convolution(64),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(1024, activation="relu", **_first()),
        layers.Dropout(0.5),
        layers.Dense(labels, name="logits", **_first()),
    )


def _dense(labels: int) -> keras.Model:
    from keras import layers

    return _network(
        "dense", layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(labels, name="logits")
    )


def _network(name: str, *layers: keras.Layer) -> keras.Model:
    import keras

    return keras.Sequential([keras.Input((SIDE, SIDE, 1), name="glyph"), *layers], name=name)


def _first() -> dict[str, object]:
    """Weights and biases before the first step, as those tutorials set them."""
    import keras

    return {
        "kernel_initializer": keras.initializers.TruncatedNormal(stddev=SPREAD),
        "bias_initializer": keras.initializers.Constant(SPREAD),
    }


def _plain_descent(_an_epoch: int) -> keras.optimizers.Optimizer:
    import keras

    return keras.optimizers.SGD(0.5)


def _decaying_descent(an_epoch: int) -> keras.optimizers.Optimizer:
    import keras

    rate = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=an_epoch, decay_rate=0.99)
    return keras.optimizers.SGD(rate, use_ema=True, ema_momentum=0.99)


def _slow_adam(_an_epoch: int) -> keras.optimizers.Optimizer:
    import keras

    return keras.optimizers.Adam(1e-4)


def _adam(_an_epoch: int) -> keras.optimizers.Optimizer:
    import keras

    return keras.optimizers.Adam()


SOFTMAX = Recipe(
    network=_softmax,
    optimizer=_plain_descent,
    batch=100,
    steps=1_000,
    words="softmax regression 784-10 from zero weights; gradient descent 0.5; 1,000 batches of 100 "
    "(TensorFlow's tutorial “MNIST For ML Beginners”)",
)

MLP = Recipe(
    network=_mlp,
    optimizer=_decaying_descent,
    batch=200,
    steps=30_000,
    words="784-500-10 with ReLU; L2 1e-4 on the weights; gradient descent 0.1, times 0.99 an epoch; moving average of "
    "the weights 0.99; 30,000 batches of 200 (the students' network)",
)

CNN = Recipe(
    network=_cnn,
    optimizer=_slow_adam,
    batch=50,
    steps=20_000,
    words="convolution 5×5-32, pooling, convolution 5×5-64, pooling, dense 1024, dropout 0.5; Adam 1e-4; "
    "20,000 batches of 50 (TensorFlow's tutorial “Deep MNIST for Experts”)",
)

DENSE = Recipe(
    network=_dense,
    optimizer=_adam,
    batch=32,
    epochs=10,
    words="784-128-10 with ReLU; Adam 1e-3; 10 epochs in batches of 32 (TensorFlow's tutorial “Basic classification: "
    "Classify images of clothing”)",
)

CLASSICS: Mapping[str, Recipe] = {"softmax": SOFTMAX, "mlp": MLP, "cnn": CNN, "dense": DENSE}
"""The recipes by the names that `train --network` knows."""

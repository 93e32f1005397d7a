"""The networks that `train` can build, by name."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mnist_desktop.ink.glyph import SIDE

if TYPE_CHECKING:
    import keras

DROPOUT = 0.3


def digits_network(labels: int) -> keras.Model:
    """Glyphs (n×28×28×1, 0 paper … 1 ink) to logits: four 3×3 convolutions, 158,954 parameters for ten labels."""
    return _convolutions("digits", (96,), labels)


def teacher_network(labels: int) -> keras.Model:
    """The same, wider at its end and with one convolution more: 341,162 parameters, too slow for a pen that moves."""
    return _convolutions("teacher", (128, 128), labels)


def _convolutions(name: str, last: tuple[int, ...], labels: int) -> keras.Model:
    """Three convolutions with two poolings, then those with `last` filters, which see 7×7."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1), name="glyph"),
            *convolution(32, pooled=True),
            *convolution(64, pooled=False),
            *convolution(64, pooled=True),
            *itertools.chain.from_iterable(convolution(filters, pooled=False) for filters in last),
            layers.Flatten(),
            layers.Dropout(DROPOUT),
            layers.Dense(labels, name="logits"),
        ],
        name=name,
    )


def convolution(filters: int, *, pooled: bool, momentum: float = 0.99) -> list[keras.Layer]:
    """The layers of one 3×3 convolution; `momentum` is that of its normalisation's running statistics.

    Pooling comes before normalisation and ReLU, which see a quarter of the pixels then: training takes a third less.
    """
    from keras import layers

    return [
        layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal"),
        *([layers.MaxPooling2D()] if pooled else []),
        layers.BatchNormalization(momentum=momentum),
        layers.ReLU(),
    ]


NETWORKS: Mapping[str, Callable[[int], keras.Model]] = {"digits": digits_network, "teacher": teacher_network}
"""What can be trained on the mixture of all digits: from the number of labels to a network."""


def calibrated(network: keras.Model, temperature: float) -> keras.Model:
    """`network` with its logits divided by `temperature` (Guo et al. 2017) and turned into probabilities."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1), name="glyph"),
            *network.layers,
            layers.Rescaling(1 / temperature, name="temperature"),
            layers.Softmax(name="probabilities"),
        ],
        name=network.name,
    )

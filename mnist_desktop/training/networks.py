"""The networks that `train` can build, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnist_desktop.ink.glyph import SIDE

if TYPE_CHECKING:
    import keras

DROPOUT = 0.3


def digits_network(labels: int) -> keras.Model:
    """Glyphs (n×28×28×1, 0 paper … 1 ink) to logits: four 3×3 convolutions, 94,634 parameters for ten labels.

    More width gains nothing on new writers (docs/recognition.md): data and styles limit it, not capacity. Pooling
    comes before normalisation and ReLU, which see a quarter of the pixels then: training takes a third less.
    """
    import keras
    from keras import layers

    def convolution(filters: int, *, pooled: bool) -> list[keras.Layer]:
        return [
            layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal"),
            *([layers.MaxPooling2D()] if pooled else []),
            layers.BatchNormalization(),
            layers.ReLU(),
        ]

    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1), name="glyph"),
            *convolution(32, pooled=True),
            *convolution(48, pooled=False),
            *convolution(48, pooled=True),
            *convolution(64, pooled=False),
            layers.Flatten(),
            layers.Dropout(DROPOUT),
            layers.Dense(labels, name="logits"),
        ],
        name="digits",
    )


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

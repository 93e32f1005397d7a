"""Turns an accepted network and its weights into a Keras network that takes glyphs and gives probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.glyph import SIDE
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.layers import KINDS
from mnist_desktop.recognition.importing.network import Layer, Network, Place, Shape
from mnist_desktop.recognition.importing.trials import Way

if TYPE_CHECKING:
    import keras

    from mnist_desktop.recognition.importing.weights import Weights

SUM_TOLERANCE = 1e-3
"""How far from 1 probabilities may sum up."""

BATCH = 64
"""Glyphs at a time: a wide network stays within its memory."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """The last layer of a network that computes anything, and its activation: what the answers are."""

    place: Place
    activation: str


def ending(network: Network, at: Place = ()) -> Ending:
    """Where the answers come from, through layers that only pass them on."""
    value = network.output
    while value:
        call = network.calls[value - 1]
        layer, place = network.layers[call.layer], (*at, call.layer)
        if layer.network is not None:
            return ending(layer.network, place)
        if layer.kind == "Softmax":
            return Ending(place=place, activation="softmax")
        activation = str(layer.settings.get("activation", "linear"))
        passes_on = layer.kind in ("Flatten", "Reshape") or KINDS[layer.kind].keras == "Identity"
        if not passes_on and (layer.kind != "Activation" or activation != "linear"):
            return Ending(place=place, activation=activation)
        value = call.takes[0]
    raise ModelError("it does nothing")


class Builder:
    """Builds a network's layers, once each, and Keras networks of them."""

    def __init__(self, network: Network, input_shape: Shape, weights: Weights) -> None:
        """Builds nothing yet."""
        self._network = network
        self._input_shape = input_shape
        self._weights = weights
        self._made: dict[Place, Any] = {}
        found = ending(network)
        # A sigmoid for each label says yes or no to each; the softmax of the same sums keeps their order, and turns
        # them into what a reading needs: one label of all.
        self._changed: Mapping[Place, str] = {found.place: "linear"} if found.activation == "sigmoid" else {}

    def core(self) -> keras.Model:
        """The stranger's network as it is, but for a sigmoid at its end."""
        import keras

        entrance = keras.Input(self._input_shape)
        return keras.Model(entrance, self._joined(self._network, entrance, ()))

    def complete(self, way: Way, labels: int, *, softmax: bool) -> keras.Model:
        """Glyphs (n×28×28×1, 0 paper … 1 ink) to probabilities: what differs from that is turned into layers."""
        import keras
        from keras import layers

        entrance = values = keras.Input((SIDE, SIDE, 1), name="glyph")
        if (way.factor, way.offset) != (1, 0):
            values = layers.Rescaling(way.factor, way.offset, name="levels")(values)
        if self._input_shape != (SIDE, SIDE, 1):
            values = layers.Reshape(self._input_shape, name="pixels")(values)
        values = self._joined(self._network, values, ())
        if tuple(values.shape[1:]) != (labels,):
            values = layers.Reshape((labels,), name="labels")(values)
        if softmax:
            values = layers.Softmax(name="probabilities")(values)
        return keras.Model(entrance, values, name="imported")

    def _joined(self, network: Network, entrance: Any, at: Place) -> Any:
        values = [entrance]
        for call in network.calls:
            layer, place = network.layers[call.layer], (*at, call.layer)
            taken = [values[value] for value in call.takes]
            if layer.network is not None:
                values.append(self._joined(layer.network, taken[0], place))
            else:
                values.append(self._layer(layer, place)(taken if len(taken) > 1 else taken[0]))
                self._set_weights(place)
        return values[network.output]

    def _layer(self, layer: Layer, place: Place) -> Any:
        from keras import layers

        if place not in self._made:
            kind = KINDS[layer.kind]
            own = dict(layer.settings) | ({"activation": self._changed[place]} if place in self._changed else {})
            # No names of the file's own: Keras gives each layer one.
            self._made[place] = getattr(layers, kind.keras or layer.kind)(**own)
        return self._made[place]

    def _set_weights(self, place: Place) -> None:
        if place in self._weights:
            self._made[place].set_weights(self._weights[place])


class Scorer:
    """Asks a network with what shape it likes, and gives probabilities."""

    def __init__(self, core: keras.Model, input_shape: Shape) -> None:
        import tensorflow as tf

        self._apply = tf.function(lambda values: core(values, training=False), reduce_retracing=True)
        self._shape = input_shape
        self.softmax = False
        """Whether answers become probabilities by a softmax."""

    def answers(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network says of n×28×28 values: n×labels."""
        shaped = values.reshape(len(values), *self._shape)
        rows = [np.asarray(self._apply(shaped[at : at + BATCH])) for at in range(0, len(shaped), BATCH)]
        return np.concatenate(rows).reshape(len(values), -1)

    def __call__(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, n×labels."""
        return softmax_of(self.answers(values)) if self.softmax else self.answers(values)


def are_probabilities(answers: NDArray[np.float32]) -> bool:
    """Whether each row is 0 or more, and 1 together."""
    with np.errstate(invalid="ignore"):
        return bool((answers >= 0).all() and (np.abs(answers.sum(axis=1) - 1) <= SUM_TOLERANCE).all())


def softmax_of(answers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax of each row."""
    with np.errstate(invalid="ignore", over="ignore"):
        powers = np.exp(answers - answers.max(axis=1, keepdims=True))
        shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return shares

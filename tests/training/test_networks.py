"""The networks that are trained are those of the shipped models, layer for layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.random import default_rng

from mnist_desktop.paths import shipped
from mnist_desktop.training.garments import garments_network
from mnist_desktop.training.networks import digits_network, teacher_network
from mnist_desktop.training.start import prepare_tensorflow

if TYPE_CHECKING:
    import keras

# Keras 3 has not met NumPy 2's copy keyword everywhere; its own code, its own warning.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def settings(layer: keras.Layer) -> dict[str, Any]:
    """What a layer is, but for the name that Keras counts through."""
    return {"class": type(layer).__name__, **layer.get_config(), "name": None}


@pytest.mark.parametrize(("build", "model"), [(digits_network, "digits"), (garments_network, "fashion")])
def test_the_shipped_weights_are_those_of_the_network_that_is_trained(
    build: Callable[[int], keras.Model], model: str
) -> None:
    prepare_tensorflow()
    import keras

    whole = keras.models.load_model(shipped("model") / model / "model.keras", compile=False)
    network = build(10)
    assert [settings(layer) for layer in network.layers] == [settings(layer) for layer in whole.layers[:-2]]
    network.set_weights(whole.get_weights())
    glyphs = default_rng(1).random((4, 28, 28, 1), np.float32)
    logits = keras.Sequential([keras.Input((28, 28, 1)), *whole.layers[:-2]])(glyphs)
    np.testing.assert_allclose(network(glyphs), logits, rtol=1e-6)


def test_parameters_are_as_many_as_the_documents_say() -> None:
    prepare_tensorflow()
    counts = [build(10).count_params() for build in (digits_network, teacher_network, garments_network)]
    assert counts == [158_954, 341_162, 145_066]

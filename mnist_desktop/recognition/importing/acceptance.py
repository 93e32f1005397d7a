"""Turns a stranger's Keras file into a network that may be built, or a sentence; TensorFlow is not needed for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from mnist_desktop.ink.glyph import SIDE
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.configuration import network_from
from mnist_desktop.recognition.importing.keras_file import open_weights, read_configuration
from mnist_desktop.recognition.importing.layers import text
from mnist_desktop.recognition.importing.network import Network, Shape
from mnist_desktop.recognition.importing.plan import Plan, plan
from mnist_desktop.recognition.importing.weights import Weights, read_weights
from mnist_desktop.recognition.models import MAX_LABELS


@dataclass(frozen=True, kw_only=True, eq=False)
class Accepted:
    """A network within all limits, with its weights."""

    network: Network
    input_shape: Shape
    planned: Plan
    count: int
    """How many labels it has."""
    weights: Weights


def accept(file: Path, unpacked: Path, given: int | None) -> Accepted:
    """The network in `file`; `given` is the number of labels that somebody named. ModelError says why it is refused.

    An archive's weights are written to `unpacked`, once the configuration is accepted.
    """
    network = network_from(read_configuration(file))
    shape = _input_shape(network)
    planned = plan(network, shape)
    count = _label_count(planned.shapes[network.output])
    if not planned.parameters:
        raise ModelError("it has no weights, so it has learned nothing")
    if given is not None and given != count:
        raise ModelError(f"it has {count} labels, and the file of labels has {given}")
    with open_weights(file, unpacked) as store:
        weights = read_weights(store, network, planned.weights)
    return Accepted(network=network, input_shape=shape, planned=planned, count=count, weights=weights)


def _input_shape(network: Network) -> Shape:
    shape = network.input_shape
    assert shape is not None
    sizes = tuple(size for size in shape if size != 1)
    if sizes == (SIDE, SIDE, 3):
        raise ModelError(f"it takes colours ({text(shape)}), and glyphs are grey")
    if sizes not in ((SIDE, SIDE), (SIDE * SIDE,)):
        raise ModelError(f"it takes {text(shape)}, and not {SIDE}×{SIDE} or {SIDE * SIDE}")
    return shape


def _label_count(shape: Shape) -> int:
    count = math.prod(shape)
    if count != max(shape):
        raise ModelError(f"it gives {text(shape)}, and not a number for each label")
    if count < 2:
        raise ModelError("it gives a single number; two or more labels can be imported")
    if count > MAX_LABELS:
        raise ModelError(f"it has {count:,} labels, and {MAX_LABELS:,} are allowed")
    return count

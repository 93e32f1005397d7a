"""Turns a network that is not built yet into its shapes and its cost, within limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.layers import KINDS
from mnist_desktop.recognition.importing.network import Layer, Network, Place, Shape

MAX_PARAMETERS = 20_000_000

MAX_VALUES = 10_000_000
"""Numbers that all layers together may pass on for one glyph: 40 MB in float32, where 28×28×512 is a wide layer."""

MAX_CALLS = 2_000
"""Uses of layers, those of networks inside networks counted as often as they are used."""

MAX_WORK = 1_000_000_000
"""Multiplications that one glyph may take; a second and more on one core is no reading while the pen moves."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a network would be: known before anything is built."""

    shapes: tuple[Shape, ...]
    """Of each value of the network."""
    weights: Mapping[Place, tuple[Shape, ...]]
    """The shapes of each layer's weights."""
    calls: int
    values: int
    """Numbers passed on for one glyph."""
    work: int
    """Multiplications for one glyph."""

    @property
    def parameters(self) -> int:
        return sum(math.prod(shape) for shapes in self.weights.values() for shape in shapes)


def plan(network: Network, input_shape: Shape, at: Place = ()) -> Plan:
    """The shapes and the cost of `network`; ModelError when its layers do not fit, or when it is too large."""
    found = Plan(shapes=(input_shape,), weights={}, calls=0, values=0, work=0)
    for call in network.calls:
        layer = network.layers[call.layer]
        found = _with(found, layer, (*at, call.layer), tuple(found.shapes[value] for value in call.takes))
        # At every step: what comes later follows from this.
        _check_cost(found, layer)
    return found


def _with(before: Plan, layer: Layer, place: Place, taken: tuple[Shape, ...]) -> Plan:
    """`before`, and one call of `layer` after it."""
    if layer.network is not None:
        if len(taken) > 1:
            raise ModelError(f"its {layer.words} cannot take {len(taken)} inputs")
        inner = plan(layer.network, taken[0], place)
        shape = inner.shapes[layer.network.output]
    elif layer.kind not in KINDS:
        raise ModelError(f"its {layer.words} is no input, as it stands behind other layers")
    else:
        shape, own = KINDS[layer.kind].measure(layer, taken)
        kernels = sum(math.prod(each) for each in own if len(each) > 1)
        work = kernels * math.prod(shape[:-1])
        inner = Plan(shapes=(), weights={place: own}, calls=1, values=math.prod(shape), work=work)
    if any(before.weights.get(key, needed) != needed for key, needed in inner.weights.items()):
        raise ModelError(f"its {layer.words} is used for inputs of different shapes")
    return Plan(
        shapes=(*before.shapes, shape),
        weights={**before.weights, **inner.weights},
        calls=before.calls + inner.calls,
        values=before.values + inner.values,
        work=before.work + inner.work,
    )


def _check_cost(found: Plan, layer: Layer) -> None:
    if found.parameters > MAX_PARAMETERS:
        raise ModelError(
            f"with its {layer.words} it has {_about(found.parameters)} parameters, and {MAX_PARAMETERS:,} are allowed"
        )
    if found.calls > MAX_CALLS:
        raise ModelError(f"it uses its layers more than {MAX_CALLS:,} times")
    if found.values > MAX_VALUES or found.work > MAX_WORK:
        raise ModelError(f"with its {layer.words} it takes too much memory or time for one glyph")


def _about(number: int) -> str:
    return f"{number:,}" if number < 10**12 else "more than a trillion"

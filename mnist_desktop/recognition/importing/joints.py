"""Turns the nodes of a functional network's configuration, as Keras 2 or 3 writes them, into calls in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.network import Call, Layer, Network, Shape

MAX_CALLS = 1_000

HARMLESS = ("training", "mask", "name")
"""Arguments of a call that change nothing when glyphs are read, of any kind of layer but those that LEARN."""

LEARN = ("BatchNormalization",)
"""Kinds that take their numbers from the very batch when they are called as for training."""

Source = tuple[str, int]
"""A value's origin: the layer's name, and which of its calls."""


def join(
    own: Mapping[str, Any],
    described: Sequence[Mapping[str, Any]],
    layers: tuple[Layer, ...],
    input_shape: Callable[[Mapping[str, Any]], Shape | None],
) -> Network:
    """The functional network with the configuration `own`; ModelError, or what wrong types raise, when it is none."""
    entrance, exit_ = _only_source(own["input_layers"], "inputs"), _only_source(own["output_layers"], "outputs")
    places = {layer.name: place for place, layer in enumerate(layers)}
    waiting: dict[Source, list[Source]] = {
        (layer.name, number): _taken(node, layer.kind)
        for layer, each in zip(layers, described, strict=True)
        for number, node in enumerate(each["inbound_nodes"])
    }
    if len(waiting) > MAX_CALLS:
        raise ModelError(f"it uses its layers more than {MAX_CALLS} times")
    waiting.pop(entrance, None)
    known: dict[Source, int] = {entrance: 0}
    calls: list[Call] = []
    while waiting:
        ready = [source for source, taken in waiting.items() if all(each in known for each in taken)]
        if not ready:
            raise ModelError("its layers are not joined to its input")
        for source in ready:
            takes = tuple(known[each] for each in waiting.pop(source))
            if not takes:
                raise ModelError("it has more than one input")
            calls.append(Call(layer=places[source[0]], takes=takes))
            known[source] = len(calls)
    shape = input_shape(described[places[entrance[0]]]["config"])
    return Network(layers=layers, calls=tuple(calls), input_shape=shape, output=known[exit_])


def _only_source(described: Any, what: str) -> Source:
    """The one input or output: [name, call, tensor], alone or in a list."""
    if described and isinstance(described[0], list):
        if len(described) > 1:
            raise ModelError(f"it has {len(described)} {what}, and one is what can be imported")
        described = described[0]
    return _source(described)


def _source(described: Sequence[Any]) -> Source:
    name, call, tensor = described[:3]
    if not isinstance(name, str) or not isinstance(call, int) or tensor != 0:
        raise TypeError
    return name, call


def _taken(node: Any, kind: str) -> list[Source]:
    if isinstance(node, dict):
        _check_arguments(node["kwargs"], kind)
        return [_source(each["config"]["keras_history"]) for each in _tensors(node["args"])]
    if node and isinstance(node[0], str):
        node = [node]
    for each in node:
        _check_arguments(each[3] if len(each) > 3 else {}, kind)
    return [_source(each) for each in node]


def _tensors(arguments: Any) -> list[Mapping[str, Any]]:
    """The tensors in a call's arguments, which are one each or lists of them."""
    found: list[Mapping[str, Any]] = []
    for each in arguments:
        found.extend(each if isinstance(each, list) else [each])
    if any(each["class_name"] != "__keras_tensor__" for each in found):
        raise TypeError
    return found


def _check_arguments(arguments: Mapping[str, Any], kind: str) -> None:
    for name, value in arguments.items():
        if value not in (None, False) and (name not in HARMLESS or kind in LEARN):
            raise ModelError("one of its layers is called with arguments that cannot be imported")

"""Reads the weights of a network from an HDF5 file: those that its configuration asks for, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.network import Layer, Network, Place, Shape, shown

LAYERS = ("layers", "_layer_checkpoint_dependencies")
"""Where a `.keras` file keeps the layers of a network, now and in Keras 2.12."""

Weights = Mapping[Place, list[NDArray[np.float32]]]


def read_weights(store: h5py.Group, network: Network, needed: Mapping[Place, tuple[Shape, ...]]) -> Weights:
    """The weights of every layer that needs some; ModelError when one is missing, has another shape, or is no number.

    `store` is the root of a `.keras` file's weights, or what an `.h5` file keeps under `model_weights`.
    """
    newer = any(_is_group(store, name) for name in LAYERS)
    found = dict(_keras_layers(store, network) if newer else _older_layers(store, network))
    return {place: _arrays(found.get(place), shapes, network, place) for place, shapes in needed.items() if shapes}


def item(group: h5py.Group, name: str) -> Any:
    """What `group` itself holds under `name`, or None; links, within this file or to others, are not followed."""
    for part in name.split("/"):
        if not isinstance(group, h5py.Group) or not isinstance(group.get(part, getlink=True), h5py.HardLink):
            return None
        group = group[part]
    return group


def _is_group(group: h5py.Group, name: str) -> bool:
    return isinstance(item(group, name), h5py.Group)


def _keras_layers(store: h5py.Group, network: Network, at: Place = ()) -> Iterator[tuple[Place, list[Any]]]:
    """The datasets of each layer, as Keras 3 keeps them: named by the kind of layer and a number, in order."""
    container = next((item(store, name) for name in LAYERS if _is_group(store, name)), None)
    seen: Counter[str] = Counter()
    for number, layer in enumerate(network.layers):
        kind = _snake_case(layer.kind)
        name = f"{kind}_{seen[kind]}" if seen[kind] else kind
        seen[kind] += 1
        group = None if container is None else item(container, name)
        if group is None:
            continue
        if layer.network is not None:
            yield from _keras_layers(group, layer.network, (*at, number))
        elif isinstance(variables := item(group, "vars"), h5py.Group):
            yield (*at, number), [item(variables, str(place)) for place in range(len(variables))]


def _older_layers(store: h5py.Group, network: Network) -> Iterator[tuple[Place, list[Any]]]:
    """The datasets of each layer, as an `.h5` file keeps them: a group a layer, with a list of its weights' names."""
    for number, layer in enumerate(network.layers):
        group = item(store, layer.name)
        if not isinstance(group, h5py.Group):
            continue
        names = [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in _names(group)]
        if layer.network is None:
            yield (number,), [item(group, name) for name in names]
            continue
        # A network inside is one group; the path of a weight's name tells the layer.
        for place, inner in _leaves(layer.network, (number,)):
            yield place, [item(group, name) for name in names if inner.name in name.split("/")[:-1]]


def _leaves(network: Network, at: Place) -> Iterator[tuple[Place, Layer]]:
    for number, layer in enumerate(network.layers):
        if layer.network is None:
            yield (*at, number), layer
        else:
            yield from _leaves(layer.network, (*at, number))


def _names(group: h5py.Group) -> list[Any]:
    """Keras' list of names, which it cuts into numbered parts when it is long."""
    if "weight_names" in group.attrs:
        return list(group.attrs["weight_names"])
    names: list[Any] = []
    for part in count():
        if f"weight_names{part}" not in group.attrs:
            return names
        names.extend(group.attrs[f"weight_names{part}"])
    return names


def _arrays(
    datasets: list[Any] | None, shapes: tuple[Shape, ...], network: Network, place: Place
) -> list[NDArray[np.float32]]:
    name = shown(_name(network, place))
    if datasets is None or len(datasets) != len(shapes) or not all(map(_is_plain, datasets)):
        raise ModelError(f"the weights of its layer “{name}” are missing, or are not the ones that its kind has")
    for dataset, shape in zip(datasets, shapes, strict=True):
        if dataset.shape != shape:
            raise ModelError(f"the weights of its layer “{name}” have another shape than its configuration asks for")
    with np.errstate(over="ignore"):
        arrays = [np.asarray(dataset[...], np.float32) for dataset in datasets]
    if not all(np.isfinite(array).all() for array in arrays):
        raise ModelError(f"the weights of its layer “{name}” are not all numbers")
    return arrays


def _is_plain(dataset: Any) -> bool:
    """Whether `dataset` holds floating-point numbers, in this file and nowhere else."""
    return (
        isinstance(dataset, h5py.Dataset)
        and dataset.dtype.kind == "f"
        and not dataset.is_virtual
        and not dataset.external
    )


def _name(network: Network, place: Place) -> str:
    layer = network.layers[place[0]]
    return layer.name if layer.network is None else _name(layer.network, place[1:])


def _snake_case(kind: str) -> str:
    """The name of a kind of layer as Keras spells it in files: `PReLU` is `p_re_lu`."""
    spaced = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub("([a-z])([A-Z])", r"\1_\2", spaced).lower()

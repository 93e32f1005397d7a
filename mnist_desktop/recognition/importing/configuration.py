"""Turns the configuration in a Keras file into a network, running nothing of it: known layers, plain settings.

Of the file's words only those in the table of layers are used; what Keras would look up by a name from the file
(classes, functions, modules) is never looked up. Keras 2 and 3 write the same things in different places.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.joints import join
from mnist_desktop.recognition.importing.layers import KINDS
from mnist_desktop.recognition.importing.network import Call, Layer, Network, Shape, shown

MAX_CONFIGURATION_BYTES = 4_000_000
MAX_LAYERS = 500
MAX_DEPTH = 4
"""Networks inside networks."""

NETWORKS = {"Sequential": "Sequential", "Functional": "Functional", "Model": "Functional"}
"""Keras before 2.3 called a functional network a Model."""

INPUT = "InputLayer"

OTHER_NAMES = {
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "SeparableConvolution2D": "SeparableConv2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
}

RUNS_CODE = (
    "Lambda",
    "TFOpLambda",
    "TensorFlowOpLayer",
    "SlicingOpLambda",
    "TorchModuleWrapper",
    "JaxLayer",
    "FlaxLayer",
)
"""Kinds that hold functions: whoever loads them runs what the file says."""

OWN_MODULES = ("keras", "tensorflow.keras", "tensorflow.python.keras", "tf_keras")

FOR_TRAINING = ("_initializer", "_regularizer", "_constraint")
"""Endings of settings that no reading needs."""

OF_ANY_LAYER = frozenset(
    {
        "name", "trainable", "dtype", "batch_input_shape", "batch_shape", "build_input_shape", "input_dtype", "sparse",
        "ragged", "optional", "autocast", "layers", "input_dim", "input_length", "shape",
    }
)  # fmt: skip

FLOATS = ("float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16", "uint8", "int32", "int64")
"""Types of a layer's numbers; all are computed in float32 here."""


def parse(text: bytes) -> Any:
    """The JSON in `text`; ModelError when it is none, or no plain one."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    if len(text) > MAX_CONFIGURATION_BYTES:
        raise ModelError(f"its configuration is larger than {MAX_CONFIGURATION_BYTES // 1_000_000} MB")
    try:
        return json.loads(text.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ModelError("its configuration cannot be read") from error


def network_from(configuration: Any) -> Network:
    """The network that `configuration` (parsed, of the whole model) describes; ModelError says why it is refused."""
    try:
        # How it was trained does not matter.
        _check_modules({key: configuration.get(key) for key in ("module", "class_name", "registered_name", "config")})
        network = _network(configuration, depth=0)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, RecursionError, OverflowError) as error:
        raise ModelError("its configuration does not describe a network as Keras writes it") from error
    if network.input_shape is None:
        raise ModelError("its configuration does not say what it takes")
    return network


def _check_modules(part: Any) -> None:
    """Refuse whatever names something outside Keras, anywhere, whether or not it would be used."""
    waiting = [part]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            waiting.extend(part.values())
            module, kind = part.get("module"), part.get("class_name")
            if kind in RUNS_CODE:
                raise ModelError(f"it has a layer of the kind {kind}, which holds code of its own")
            if isinstance(name := part.get("registered_name"), str) and ">" in name and not name.startswith("keras>"):
                raise ModelError(f"it asks for “{shown(name)}”, which is no part of Keras")
            if isinstance(module, str) and not any(
                module == own or module.startswith(f"{own}.") for own in OWN_MODULES
            ):
                raise ModelError(f"it asks for “{shown(kind)}” from “{shown(module)}”, which is no part of Keras")


def _network(described: Mapping[str, Any], depth: int) -> Network:
    if depth > MAX_DEPTH:
        raise ModelError("its networks are nested too deeply")
    kind = described["class_name"]
    if kind not in NETWORKS:
        raise ModelError(f"it is of the kind “{shown(kind)}”; only Sequential and Functional networks can be imported")
    own = described["config"]
    # Keras before 2.2.3 wrote a Sequential as the list of its layers.
    described_layers = own if isinstance(own, list) else own["layers"]
    if not isinstance(described_layers, list) or not 1 <= len(described_layers) <= MAX_LAYERS:
        raise ModelError(f"it does not have from 1 to {MAX_LAYERS} layers")
    layers = tuple(_layer(each, depth) for each in described_layers)
    if len({layer.name for layer in layers}) < len(layers):
        raise ModelError("two of its layers have the same name")
    if NETWORKS[kind] == "Sequential":
        return _sequential(own, described_layers, layers)
    return join(own, described_layers, layers, _input_shape)


def _sequential(own: Any, described: list[Any], layers: tuple[Layer, ...]) -> Network:
    calls = tuple(
        Call(layer=place, takes=(number,))
        for number, place in enumerate(place for place, layer in enumerate(layers) if layer.kind != INPUT)
    )
    shape = _input_shape(described[0]["config"]) if isinstance(described[0]["config"], dict) else None
    if shape is None and layers[0].network is not None:
        shape = layers[0].network.input_shape
    if shape is None and isinstance(own, dict) and own.get("build_input_shape") is not None:
        shape = _shape(own["build_input_shape"])
    return Network(layers=layers, calls=calls, input_shape=shape, output=len(calls))


def _layer(described: Mapping[str, Any], depth: int) -> Layer:
    kind, own = described["class_name"], described["config"]
    name = described.get("name") or (own.get("name") if isinstance(own, dict) else None) or kind
    if not isinstance(name, str) or not isinstance(kind, str):
        raise TypeError
    if kind in NETWORKS:
        network = _network(described, depth + 1)
        return Layer(name=name, kind=NETWORKS[kind], settings={}, network=network)
    kind = OTHER_NAMES.get(kind, kind)
    if kind == INPUT:
        return Layer(name=name, kind=kind, settings={})
    if kind not in KINDS:
        raise ModelError(f"its layer “{shown(name)}” is of the kind “{shown(kind)}”, which cannot be imported")
    return Layer(name=name, kind=kind, settings=dict(_settings(kind, own, f"its layer “{shown(name)}” ({kind})")))


def _settings(kind: str, own: Mapping[str, Any], words: str) -> Iterator[tuple[str, Any]]:
    """Each setting of a layer; one that is missing, or would change what it computes, is a ModelError with `words`."""
    known = KINDS[kind]
    for key, setting in known.settings.items():
        if key in own:
            value = own[key]
        elif setting.formerly is not None and setting.formerly in own:
            value = own[setting.formerly]
        elif setting.required:
            raise ModelError(f"{words} does not say its {key}")
        else:
            yield key, setting.default
            continue
        try:
            yield key, setting.read(value)
        except (ValueError, TypeError, OverflowError) as error:
            given = shown(json.dumps(value, ensure_ascii=False))
            raise ModelError(f"{words} has {given} for its {key}, which cannot be imported") from error
    if not _is_float(own.get("dtype")):
        raise ModelError(f"{words} computes in “{shown(own.get('dtype'))}”, which cannot be imported")
    expected = (
        OF_ANY_LAYER | known.settings.keys() | known.ignored | {each.formerly for each in known.settings.values()}
    )
    for key, value in own.items():
        # What is not set does nothing; Keras adds settings that are None or false unless asked for.
        if key not in expected and not key.endswith(FOR_TRAINING) and value is not None and value is not False:
            raise ModelError(f"{words} has the setting “{shown(key)}”, which is not known here")


def _is_float(described: Any) -> bool:
    """Whether a layer's dtype, a name or a policy with one, is that of plain numbers; quantised ones are not."""
    if isinstance(described, dict):
        if described.get("class_name") not in ("DTypePolicy", "Policy"):
            return False
        described = described["config"]["name"]
    return described is None or described in FLOATS


def _input_shape(own: Mapping[str, Any]) -> Shape | None:
    """The shape that an input, or a first layer, says; None where it says none."""
    for key in ("batch_shape", "batch_input_shape"):
        if own.get(key) is not None:
            return _shape(own[key])
    return None


def _shape(described: Any) -> Shape:
    if not isinstance(described, list) or not 1 <= len(described) <= 5:
        raise TypeError
    sizes = described[1:]
    if not all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes):
        raise ModelError(f"it takes {shown(json.dumps(sizes))}, where sizes are open")
    return tuple(sizes)

"""Configurations of strangers: whatever stands in them, they become a network within limits or a ModelError."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strangers import dense, entrance, flatten, random_weights, sequential, write_h5, write_keras

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.acceptance import accept
from mnist_desktop.recognition.importing.configuration import network_from, parse
from mnist_desktop.recognition.importing.plan import MAX_PARAMETERS, plan

CONVOLUTIONS = sequential(
    entrance(28, 28, 1),
    {"class_name": "Rescaling", "config": {"name": "a", "scale": 0.5, "offset": 0.0}},
    {"class_name": "ZeroPadding2D", "config": {"name": "b", "padding": [[1, 1], [2, 2]]}},
    {"class_name": "Conv2D", "config": {"name": "c", "filters": 8, "kernel_size": [3, 3], "strides": [2, 1]}},
    {"class_name": "BatchNormalization", "config": {"name": "d", "axis": [3]}},
    {"class_name": "PReLU", "config": {"name": "e", "shared_axes": [1, 2]}},
    {"class_name": "SeparableConv2D", "config": {"name": "f", "filters": 6, "kernel_size": 3, "padding": "same"}},
    {"class_name": "AveragePooling2D", "config": {"name": "g", "pool_size": [2, 3], "strides": None}},
    {"class_name": "Permute", "config": {"name": "h", "dims": [2, 1, 3]}},
    {"class_name": "Cropping2D", "config": {"name": "i", "cropping": 1}},
    {"class_name": "UpSampling2D", "config": {"name": "j", "size": [2, 2]}},
    {"class_name": "DepthwiseConv2D", "config": {"name": "k", "kernel_size": 2, "depth_multiplier": 2}},
    {"class_name": "Reshape", "config": {"name": "l", "target_shape": [-1, 4]}},
    {"class_name": "Conv1D", "config": {"name": "m", "filters": 5, "kernel_size": 3, "padding": "causal"}},
    {"class_name": "GlobalMaxPooling1D", "config": {"name": "n"}},
    dense(10),
)


@pytest.mark.timeout(900)
def test_shapes_and_parameters_are_those_of_keras() -> None:
    import keras

    network = network_from(CONVOLUTIONS)
    planned = plan(network, (28, 28, 1))
    theirs = keras.Sequential.from_config(CONVOLUTIONS["config"])
    assert planned.parameters == theirs.count_params()
    assert list(planned.shapes[1:]) == [layer.output.shape[1:] for layer in theirs.layers]
    found = [shapes for _, shapes in sorted(planned.weights.items())]
    assert found == [tuple(weight.shape for weight in layer.weights) for layer in theirs.layers]


JUNK: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 3, 10**9, 10**400, 0.5, -1e308, "", "Dense", "Sequential", "Functional", "InputLayer",
    "Lambda", "os", [], {}, [[]], [None], [1, 2, 3], [0, 0], {"class_name": "Dense"}, {"config": []}, "x" * 10_000,
    {"class_name": "Sequential", "config": {"layers": []}}, ["in", 0, 0], [["in", 0, 0]],
)  # fmt: skip


def places(part: Any) -> Iterator[tuple[Any, Any]]:
    """Everything in `part` that can be replaced: its container and its key."""
    for key, value in list(part.items() if isinstance(part, dict) else enumerate(part)):
        yield part, key
        if isinstance(value, (dict, list)):
            yield from places(value)


BRANCHES: dict[str, Any] = {
    "class_name": "Functional",
    "config": {
        "layers": [
            {**entrance(784), "name": "in", "inbound_nodes": []},
            {**dense(8, "relu", "one"), "name": "one", "inbound_nodes": [[["in", 0, 0, {}]]]},
            {
                **dense(8, "tanh", "two"),
                "name": "two",
                "inbound_nodes": [
                    {
                        "args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["in", 0, 0]}}],
                        "kwargs": {"training": None},
                    }
                ],
            },
            {
                "class_name": "Concatenate",
                "name": "both",
                "config": {"name": "both", "axis": -1},
                "inbound_nodes": [[["one", 0, 0, {}], ["two", 0, 0, {}]]],
            },
            {**dense(10, name="end"), "name": "end", "inbound_nodes": [[["both", 0, 0, {}]]]},
        ],
        "input_layers": [["in", 0, 0]],
        "output_layers": [["end", 0, 0]],
    },
}


@pytest.mark.parametrize("configuration", [CONVOLUTIONS, BRANCHES], ids=["sequential", "functional"])
def test_junk_anywhere_is_a_network_within_limits_or_a_sentence(configuration: dict[str, Any]) -> None:
    chance = random.Random(4)
    sentences = []
    for _ in range(3_000):
        broken = json.loads(json.dumps(configuration))
        for _ in range(chance.choice((1, 1, 2))):
            container, key = chance.choice(list(places(broken)))
            container[key] = copy.deepcopy(chance.choice(JUNK))
        try:
            network = network_from(parse(json.dumps(broken).encode()))
            assert network.input_shape is not None
            assert plan(network, network.input_shape).parameters <= MAX_PARAMETERS
        except ModelError as error:
            sentences.append(str(error))
    assert len(sentences) > 1_000
    assert all(sentence.isprintable() and len(sentence) < 400 for sentence in sentences)


def test_networks_that_use_each_other_over_and_over_are_refused_at_once() -> None:
    network: dict[str, Any] = sequential({"class_name": "Identity", "config": {"name": "nothing"}})
    for level in range(4):
        used = {**network, "name": "inner", "config": {**network["config"], "name": "inner"}}
        used["inbound_nodes"] = [[["in", 0, 0, {}]], *([["inner", number, 0, {}]] for number in range(200))]
        network = {
            "class_name": "Functional",
            "config": {
                "name": f"level {level}",
                "layers": [{**entrance(784), "name": "in", "inbound_nodes": []}, used],
                "input_layers": [["in", 0, 0]],
                "output_layers": [["inner", 200, 0]],
            },
        }
    found = network_from(network)
    with pytest.raises(ModelError, match="more than 2,000 times"):
        plan(found, (784,))


def test_names_that_move_the_cursor_do_not_reach_the_terminal() -> None:
    with pytest.raises(ModelError) as caught:
        network_from(sequential(entrance(784), {"class_name": "\x1b[2J\u202eD", "config": {"name": "\n" * 500}}))
    assert str(caught.value).isprintable()


def test_an_archive_of_keras_2_12_keeps_its_weights_elsewhere(tmp_path: Path) -> None:
    arrays = random_weights((784, 10), (10,))
    configuration = sequential(entrance(784), dense(10))
    newer = write_keras(tmp_path / "new.keras", configuration, {"dense": arrays})
    older = write_keras(tmp_path / "old.keras", configuration, {"dense": arrays}, "_layer_checkpoint_dependencies")
    one, other = (accept(file, tmp_path / "unpacked", None).weights for file in (newer, older))
    assert all(map(np.array_equal, one[(1,)], other[(1,)]))


def test_a_long_list_of_weights_may_be_cut_in_parts(tmp_path: Path) -> None:
    import h5py

    kernel, bias = random_weights((784, 10), (10,))
    weights = {"dense": {"dense/kernel:0": kernel, "dense/bias:0": bias}}
    file = write_h5(tmp_path / "x.h5", sequential(entrance(28, 28), flatten(), dense(10)), weights)
    with h5py.File(file, "a") as store:
        attributes = store["model_weights/dense"].attrs
        del attributes["weight_names"]
        attributes["weight_names0"], attributes["weight_names1"] = [b"dense/kernel:0"], [b"dense/bias:0"]
    assert np.array_equal(accept(file, tmp_path / "unpacked", None).weights[(2,)][0], kernel)


def test_what_keras_2_wrote_to_no_effect_is_passed_over() -> None:
    older = {"name": "k", "kernel_size": [3, 3], "groups": 1, "data_format": "channels_last", "dtype": "float32"}
    kept = sequential(entrance(28, 28, 1), {"class_name": "DepthwiseConv2D", "config": {**older, "trainable": True}})
    assert plan(network_from(kept), (28, 28, 1)).shapes[-1] == (26, 26, 1)

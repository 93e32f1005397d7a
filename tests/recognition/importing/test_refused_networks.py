"""A configuration, weights or labels that cannot be a model's are refused in a sentence, before anything is built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from strangers import dense, entrance, flatten, linear, random_weights, sequential, templates, write_h5, write_keras

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.acceptance import accept

# TensorFlow starts anew for each file that is converted, on a machine that may have other things to do.
pytestmark = pytest.mark.timeout(900)


def layer(kind: str, **settings: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": "odd", **settings}}


def custom() -> dict[str, Any]:
    return {"module": "my_layers", "class_name": "Mine", "registered_name": "mine>Mine", "config": {"name": "odd"}}


def from_module(module: str, name: str) -> dict[str, Any]:
    """An initialiser that Keras would look up by its module."""
    return {"module": module, "class_name": name, "config": "touch /tmp/owned", "registered_name": name}


REFUSED: dict[str, tuple[Any, str]] = {
    "Lambda": (sequential(entrance(784), layer("Lambda", function=["4wEAAAA=", None, None])), "code of its own"),
    "an operation of TensorFlow": (
        sequential(entrance(784), layer("TFOpLambda", function="math.add")),
        "code of its own",
    ),
    "a custom layer": (sequential(entrance(784), custom(), dense(10)), "no part of Keras"),
    "a custom layer by a known name": (
        sequential(entrance(784), {**dense(10), "registered_name": "mine>Dense"}),
        "no part of Keras",
    ),
    "os": (sequential(entrance(784), dense(10, kernel_initializer=from_module("os", "system"))), "no part of Keras"),
    "subprocess": (
        sequential(entrance(784), dense(10, activation=from_module("subprocess", "Popen"))),
        "no part of Keras",
    ),
    "a function as activation": (
        sequential(entrance(784), dense(10, activation={"class_name": "function", "config": "relu"})),
        "for its activation",
    ),
    "an unknown layer": (sequential(entrance(28, 28), layer("LSTM", units=8), dense(10)), "of the kind “LSTM”"),
    "a subclass": ({"class_name": "MyModel", "config": {}}, "only Sequential and Functional"),
    "a billion units": (sequential(entrance(784), dense(10**9), dense(10, name="two")), "785,000,000,000 parameters"),
    "millions of units": (sequential(entrance(784), dense(10**8), dense(10, name="two")), "78,500,000,000 parameters"),
    "a deep tower": (
        sequential(entrance(784), *[dense(3000, name=f"d{number}") for number in range(9)], dense(10)),
        "20,000,000 are allowed",
    ),
    "wide in between": (
        sequential(entrance(28, 28, 1), layer("UpSampling2D", size=[200, 200]), flatten(), dense(10)),
        "too much memory or time",
    ),
    "slow": (
        sequential(
            entrance(28, 28, 1),
            layer("Conv2D", filters=400, kernel_size=[3, 3], padding="same"),
            {"class_name": "Conv2D", "config": {"name": "b", "filters": 400, "kernel_size": 5, "padding": "same"}},
            dense(10),
        ),
        "too much memory or time",
    ),
    "colours": (sequential(entrance(28, 28, 3), flatten(), dense(10)), "takes colours"),
    "32×32": (sequential(entrance(32, 32, 1), flatten(), dense(10)), "32×32×1, and not 28×28"),
    "open sizes": (sequential(entrance(None, None, 1), flatten(), dense(10)), "sizes are open"),
    "a picture out": (sequential(entrance(28, 28, 1), layer("Conv2D", filters=4, kernel_size=3)), "gives 26×26×4"),
    "one output": (sequential(entrance(784), dense(1, "sigmoid")), "a single number"),
    "shapes that do not fit": (sequential(entrance(784), layer("Conv2D", filters=4, kernel_size=3)), "cannot take 784"),
    "nothing in it": (sequential(), "from 1 to 500 layers"),
    "an unknown setting": (sequential(entrance(784), dense(10, lora_rank=4)), "lora_rank"),
    "quantised": (
        sequential(entrance(784), dense(10, dtype={"class_name": "QuantizedDTypePolicy", "config": {"name": "int8"}})),
        "computes in",
    ),
    "a list": ([1, 2, 3], "does not describe a network"),
    "no numbers": ('{"class_name": "Sequential", "config": {"layers": [NaN]}}', "cannot be read"),
    "depth": ("[" * 100_000, "cannot be read"),
    "no JSON": ("Sequential", "cannot be read"),
    "channels first": (
        sequential(entrance(1, 28, 28), layer("Conv2D", filters=4, kernel_size=3, data_format="channels_first")),
        "for its data_format",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_configuration_is_refused_before_anything_is_built(tmp_path: Path, what: str) -> None:
    configuration, why = REFUSED[what]
    with pytest.raises(ModelError) as caught:
        accept(write_keras(tmp_path / "x.keras", configuration, {}), tmp_path / "unpacked", None)
    assert why in str(caught.value)
    assert str(caught.value).isprintable()
    assert not (tmp_path / "unpacked").exists()


@pytest.mark.parametrize("what", ["Lambda", "os", "millions of units"])
def test_a_refusal_reaches_the_person_as_one_sentence(tmp_path: Path, refusal: Callable[..., str], what: str) -> None:
    configuration, why = REFUSED[what]
    assert why in refusal(write_keras(tmp_path / "x.keras", configuration, {}))


def functional(*layers: Any, out: str = "b") -> dict[str, Any]:
    return {
        "class_name": "Functional",
        "config": {"layers": list(layers), "input_layers": [["in", 0, 0]], "output_layers": [[out, 0, 0]]},
    }


def node(name: str, *sources: str) -> dict[str, Any]:
    return {
        "class_name": "Add" if len(sources) > 1 else "Dropout",
        "name": name,
        "config": {"name": name},
        "inbound_nodes": [[[source, 0, 0, {}] for source in sources]],
    }


INPUT = {
    "class_name": "InputLayer",
    "name": "in",
    "config": {"name": "in", "batch_input_shape": [None, 784]},
    "inbound_nodes": [],
}


@pytest.mark.parametrize(
    ("configuration", "why"),
    [
        (functional(INPUT, node("a", "b"), node("b", "a")), "not joined"),
        (functional(INPUT, node("a", "in"), node("a", "in")), "same name"),
        (functional(INPUT, node("a", "in"), out="c"), "does not describe"),
        (
            functional(
                INPUT,
                {
                    "class_name": "Sequential",
                    "name": "b",
                    "config": {"layers": [entrance(784)]},
                    "inbound_nodes": [[["in", 0, 0, {}]]],
                },
            ),
            "no weights",
        ),
    ],
)
def test_a_network_that_leads_nowhere_is_refused(tmp_path: Path, configuration: Any, why: str) -> None:
    with pytest.raises(ModelError, match=why):
        accept(write_keras(tmp_path / "x.keras", configuration, {}), tmp_path / "unpacked", None)


@pytest.mark.parametrize(
    ("weights", "why"),
    [
        ([np.full((784, 10), np.nan, np.float32), np.zeros(10, np.float32)], "not all numbers"),
        ([np.full((784, 10), 1e300), np.zeros(10)], "not all numbers"),
        (random_weights((784, 9), (9,)), "another shape"),
        (random_weights((784, 10)), "are missing"),
        ([], "are missing"),
        ([np.zeros((784, 10), "S4"), np.zeros(10, "S4")], "are missing"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, weights: Any, why: str) -> None:
    file = write_keras(tmp_path / "x.keras", linear(), {"dense": weights} if weights else {})
    with pytest.raises(ModelError, match=why):
        accept(file, tmp_path / "unpacked", None)


@pytest.mark.parametrize("way", ["external", "link"])
def test_weights_from_other_files_of_this_computer_are_refused(tmp_path: Path, way: str) -> None:
    (tmp_path / "secret").write_bytes(bytes(784 * 10 * 4))
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["kernel"] = np.zeros((784, 10), np.float32)
    file = write_h5(tmp_path / "x.h5", linear(), {"dense": {"dense/bias:0": np.zeros(10, np.float32)}})
    with h5py.File(file, "a") as store:
        group = store["model_weights/dense/dense"]
        if way == "external":
            group.create_dataset("kernel:0", (784, 10), "f4", external=[(str(tmp_path / "secret"), 0, 31_360)])
        else:
            group["kernel:0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "kernel")
        store["model_weights/dense"].attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
    with pytest.raises(ModelError, match="are missing, or are not the ones"):
        accept(file, tmp_path / "unpacked", None)


def test_labels_that_do_not_fit_are_refused(tmp_path: Path, refusal: Callable[..., str]) -> None:
    file = write_keras(tmp_path / "x.keras", linear(), {"dense": templates()})
    assert "it has 10 labels, and the file of labels has 2" in refusal(file, labels=("no", "yes"))

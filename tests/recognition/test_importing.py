"""A stranger's file becomes a model folder that reads, or one sentence; and whatever it holds, nothing of it is run."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from strangers import (
    dense,
    entrance,
    flatten,
    random_weights,
    sequential,
    templates,
    write_h5,
    write_keras,
)
from two_engines import assert_engines_agree

from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.acceptance import accept
from mnist_desktop.recognition.importing.importing import Imported, Wish, import_model
from mnist_desktop.recognition.importing.samples import load_samples
from mnist_desktop.recognition.importing.supervision import CancelledError, Watch
from mnist_desktop.recognition.importing.trials import UndecidedError
from mnist_desktop.recognition.litert import LiteRTClassifier
from mnist_desktop.recognition.models import load_model

# TensorFlow starts anew for each file that is converted, on a machine that may have other things to do.
pytestmark = pytest.mark.timeout(900)

READ_WELL = 90
"""Of a hundred sample digits: what the linear network of their means reads."""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def bring(models: Path) -> Callable[..., Imported]:
    """Imports a file as “stranger”."""

    def bring(file: Path, watch: Watch | None = None, **wish: Any) -> Imported:
        samples = shipped("resources") / "samples"
        return import_model(Wish(file=file, name="stranger", **wish), models, samples, watch or Watch())

    return bring


def refusal(bring: Callable[..., Imported], models: Path, file: Path, **wish: Any) -> str:
    """The one sentence that `file` gets; nothing is left behind."""
    with pytest.raises(ModelError) as caught:
        bring(file, **wish)
    sentence = str(caught.value)
    assert file.name in sentence
    assert sentence.endswith(".")
    assert sentence.isprintable()
    assert list(models.iterdir()) == []
    return sentence


def linear(activation: str | None = "softmax") -> dict[str, Any]:
    return sequential(entrance(28, 28), flatten(), dense(10, activation))


# --- what can be imported --------------------------------------------------------------------------------------------


def test_what_comes_out_is_a_model_folder_that_both_engines_read_alike(
    tmp_path: Path, bring: Callable[..., Imported], models: Path
) -> None:
    file = write_keras(tmp_path / "x.keras", linear(), {"dense": templates()})
    imported = bring(file)
    model = load_model(models / "stranger")
    assert (imported.subject, imported.way.preparation, imported.way.polarity) == ("digits", "digit", "bright")
    assert imported.right >= READ_WELL
    assert model.card.labels == tuple("0123456789")
    assert model.card.details["imported"]["file"] == "x.keras"
    glyphs = [Glyph(levels=levels) for levels in load_samples(shipped("resources") / "samples")[0].glyphs]
    assert_engines_agree(model, glyphs)


def test_a_file_of_keras_2_0_is_read_with_its_logits_made_probabilities(
    tmp_path: Path, bring: Callable[..., Imported], models: Path
) -> None:
    kernel, bias = templates()
    # Keras before 2.2.3: the configuration of a Sequential is a list, and the first layer says what it takes.
    first = {"class_name": "Flatten", "config": {"name": "flatten_1", "batch_input_shape": [None, 28, 28, 1]}}
    older = {
        "class_name": "Dense",
        "config": {
            "name": "dense_1",
            "trainable": True,
            "units": 10,
            "activation": "linear",
            "use_bias": True,
            "kernel_initializer": {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg"}},
            "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.0001}},
            "kernel_constraint": None,
        },
    }
    file = write_h5(
        tmp_path / "x.h5",
        {"class_name": "Sequential", "config": [first, older]},
        {"flatten_1": {}, "dense_1": {"dense_1/kernel:0": kernel, "dense_1/bias:0": bias}},
        version="2.0.8",
    )
    assert bring(file).right >= READ_WELL
    assert load_model(models / "stranger").card.details["imported"]["softmax_added"] is True


def test_layers_of_many_kinds_joined_in_branches_answer_as_they_do_in_keras(
    tmp_path: Path, bring: Callable[..., Imported], models: Path
) -> None:
    # Saved by Keras itself: ours reads the file in its own way, and must come to the same network.
    script = tmp_path / "make.py"
    script.write_text(BRANCHES)
    make = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], check=False, capture_output=True, text=True, env=os.environ
    )
    assert make.returncode == 0, make.stderr
    expected = np.load(tmp_path / "expected.npy")
    bring(tmp_path / "branches.keras", prepare="picture")
    model = load_model(models / "stranger")
    assert (model.card.preparation, model.card.input) == ("picture", "grey")
    classifier = LiteRTClassifier(model)
    glyph = Glyph(levels=np.arange(784, dtype=np.uint32).astype(np.uint8).reshape(28, 28))
    (found,) = classifier.predict([glyph])
    classifier.close()
    assert np.abs(np.array(found.probabilities) - expected).max() < 1e-4
    # The older format keeps the same weights in another place, by another name.
    newer, older = (accept(tmp_path / f"branches.{kind}", tmp_path / kind, None) for kind in ("keras", "h5"))
    assert newer.weights.keys() == older.weights.keys()
    for place, arrays in newer.weights.items():
        assert all(map(np.array_equal, arrays, older.weights[place])), place


BRANCHES = """
import sys
import keras, numpy as np
from keras import layers
keras.utils.set_random_seed(3)
inner = keras.Sequential([keras.Input((13, 13, 8)), layers.SeparableConv2D(8, 3, padding="same"),
    layers.BatchNormalization(), layers.PReLU(shared_axes=[1, 2])], name="inner")
glyph = keras.Input((28, 28, 1))
x = layers.RandomRotation(0.1)(glyph)
x = layers.Conv2D(8, 3, activation="relu")(x)
x = layers.MaxPooling2D()(x)
a = inner(x)
b = layers.DepthwiseConv2D(3, padding="same", activation="swish")(x)
x = layers.Concatenate()([layers.Add()([a, b, x]), inner(b)])
x = layers.LayerNormalization()(x)
x = layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))
network = keras.Model(glyph, layers.Dense(7, activation="softmax")(x))
network.set_weights([np.random.default_rng(5).uniform(0.1, 0.9, each.shape) for each in network.get_weights()])
network.compile("adam", "categorical_crossentropy")
network.save(sys.argv[1] + "/branches.keras")
network.save(sys.argv[1] + "/branches.h5")
glyphs = (np.arange(784, dtype=np.uint32).astype(np.uint8) / np.float32(255)).reshape(1, 28, 28, 1)
np.save(sys.argv[1] + "/expected.npy", np.asarray(network(glyphs, training=False))[0])
"""


def test_dark_ink_in_0_to_255_and_a_sigmoid_for_each_label_in_any_order_are_found_and_put_into_the_network(
    tmp_path: Path, bring: Callable[..., Imported]
) -> None:
    kernel, bias = templates()
    labels = tuple("abcdef9876543210")
    mixed, offsets = np.zeros((784, 16), np.float32), np.full(16, -1e4, np.float32)
    mixed[:, 6:], offsets[6:] = kernel[:, ::-1], bias[::-1]
    # The same network, for values v = 255 × (1 − ink).
    turned = [-mixed / 255, offsets + mixed.sum(axis=0)]
    configuration = sequential(entrance(784), dense(16, "sigmoid"))
    imported = bring(write_keras(tmp_path / "x.keras", configuration, {"dense": turned}), labels=labels)
    assert (imported.way.polarity, imported.way.range) == ("dark", "0…255")
    assert imported.right >= READ_WELL
    assert imported.labels == labels


# --- what the person has to say ---------------------------------------------------------------------------------------


def test_labels_that_are_not_ten_digits_leave_the_preparation_to_the_person(
    tmp_path: Path, bring: Callable[..., Imported], models: Path
) -> None:
    weights = random_weights((784, 7), (7,))
    file = write_keras(tmp_path / "x.keras", sequential(entrance(784), dense(7)), {"dense": weights})
    with pytest.raises(UndecidedError, match="not ten digits"):
        bring(file)
    assert list(models.iterdir()) == []


# --- what is refused --------------------------------------------------------------------------------------------------


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
def test_a_refusal_reaches_the_person_as_one_sentence(
    tmp_path: Path, bring: Callable[..., Imported], models: Path, what: str
) -> None:
    configuration, why = REFUSED[what]
    assert why in refusal(bring, models, write_keras(tmp_path / "x.keras", configuration, {}))


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


def test_labels_that_do_not_fit_are_refused(tmp_path: Path, bring: Callable[..., Imported], models: Path) -> None:
    file = write_keras(tmp_path / "x.keras", linear(), {"dense": templates()})
    assert "it has 10 labels, and the file of labels has 2" in refusal(bring, models, file, labels=("no", "yes"))


class Evil:
    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/owned",)


def a_pickle(file: Path) -> None:
    file.write_bytes(pickle.dumps(Evil()))


def a_zip(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "a letter")


def a_torn_zip(file: Path) -> None:
    write_keras(file, linear(), {"dense": random_weights((784, 10), (10,))})
    file.write_bytes(file.read_bytes()[:-30])


def a_torn_h5(file: Path) -> None:
    write_h5(file, linear(), {"dense": {"dense/kernel:0": np.zeros((784, 10), np.float32)}})
    file.write_bytes(file.read_bytes()[:900])


def rubbish_after_the_signature(file: Path) -> None:
    file.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 40)


def only_weights(file: Path) -> None:
    write_h5(file, None, {"dense": {"dense/kernel:0": np.zeros((784, 10), np.float32)}})


def newer_weights(file: Path) -> None:
    with h5py.File(file, "w") as store:
        store["layers/dense/vars/0"] = np.zeros((784, 10), np.float32)


def a_table(file: Path) -> None:
    with h5py.File(file, "w") as store:
        store["table"] = np.zeros(5)


def a_bomb(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * 20_000_000)


def a_bomb_of_weights(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(linear()))
        with archive.open("model.weights.h5", "w") as member:
            for _ in range(10):
                member.write(bytes(1_000_000))


def an_encrypted_zip(file: Path) -> None:
    write_keras(file, linear(), {})
    content = bytearray(file.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(mark, place + 1)) >= 0:
            content[place + at] |= 1
    file.write_bytes(content)


def many_files(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(1_000):
            archive.writestr(f"{number}.json", "{}")


def nothing(file: Path) -> None:
    file.touch()


def a_folder(file: Path) -> None:
    file.mkdir()


def a_saved_model(file: Path) -> None:
    file.mkdir()
    (file / "saved_model.pb").touch()


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def a_device(file: Path) -> None:
    file.symlink_to("/dev/zero")


def a_litert_file(file: Path) -> None:
    file.symlink_to(shipped("model") / "digits" / "model.tflite")


def not_there(file: Path) -> None:
    """Nothing is made."""


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (a_pickle, "a pickle, which runs code"),
        (a_torn_h5, "damaged HDF5 file"),
        (nothing, "empty"),
        (a_folder, "a folder"),
        (a_saved_model, "SavedModel"),
        (a_pipe, "no regular file"),
        (a_device, "no regular file"),
        (a_litert_file, "a LiteRT file"),
        (not_there, "no such file"),
    ],
)
def test_what_is_no_keras_file_is_refused_by_what_it_is(
    tmp_path: Path, bring: Callable[..., Imported], models: Path, make: Callable[[Path], None], why: str
) -> None:
    # Content decides, whatever the name says.
    file = tmp_path / "x.h5"
    make(file)
    assert why in refusal(bring, models, file)
    assert not Path("/tmp/owned").exists()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (a_zip, "no Keras file"),
        (a_torn_zip, "damaged archive"),
        (an_encrypted_zip, "damaged archive"),
        (rubbish_after_the_signature, "damaged HDF5 file"),
        (only_weights, "it holds weights only"),
        (newer_weights, "it holds weights only"),
        (a_table, "no Keras model"),
        (a_bomb, "larger than 4 MB"),
        (a_bomb_of_weights, "its weights take more than"),
        (many_files, "more than 100 files"),
    ],
)
def test_an_archive_or_hdf5_file_that_is_no_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], why: str
) -> None:
    monkeypatch.setattr("mnist_desktop.recognition.importing.keras_file.MAX_WEIGHTS_BYTES", 3_000_000)
    file = tmp_path / "x.h5"
    make(file)
    with pytest.raises(ModelError, match=why):
        accept(file, tmp_path / "unpacked", None)


# --- what else may happen ---------------------------------------------------------------------------------------------


def test_without_tensorflow_it_says_what_adds_it(
    tmp_path: Path, bring: Callable[..., Imported], models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_keras(tmp_path / "x.keras", linear(), {})
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="make setup"):
        bring(file)
    assert list(models.iterdir()) == []


def test_an_import_that_takes_too_long_or_is_cancelled_leaves_nothing(
    tmp_path: Path, bring: Callable[..., Imported], models: Path
) -> None:
    file = write_keras(tmp_path / "x.keras", linear(), {"dense": templates()})
    assert "longer than 0.2 seconds" in refusal(bring, models, file, watch=Watch(patience=0.2))
    cancelled = threading.Event()
    watch = Watch(progress=lambda _stage: cancelled.set(), cancelled=cancelled)
    with pytest.raises(CancelledError):
        bring(file, watch)
    assert list(models.iterdir()) == []


def test_a_model_that_is_there_stays(tmp_path: Path, bring: Callable[..., Imported], models: Path) -> None:
    (models / "stranger").mkdir()
    (models / "stranger" / "card.json").write_text("{}")
    file = write_keras(tmp_path / "x.keras", linear(), {"dense": templates()})
    with pytest.raises(ModelError, match="already"):
        bring(file)
    assert [each.name for each in models.iterdir()] == ["stranger"]

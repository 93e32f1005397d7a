"""A stranger's file becomes a model folder that reads, whatever the network in it expects."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from strangers import dense, entrance, linear, random_weights, sequential, templates, write_h5, write_keras
from two_engines import assert_engines_agree

from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.acceptance import accept
from mnist_desktop.recognition.importing.importing import Imported
from mnist_desktop.recognition.importing.samples import load_samples
from mnist_desktop.recognition.importing.supervision import CancelledError, Watch
from mnist_desktop.recognition.importing.trials import UndecidedError
from mnist_desktop.recognition.litert import LiteRTClassifier
from mnist_desktop.recognition.models import load_model

# TensorFlow starts anew for each file that is converted, on a machine that may have other things to do.
pytestmark = pytest.mark.timeout(900)

READ_WELL = 90
"""Of a hundred sample digits: what the linear network of their means reads."""


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


def test_labels_that_are_not_ten_digits_leave_the_preparation_to_the_person(
    tmp_path: Path, bring: Callable[..., Imported], models: Path
) -> None:
    weights = random_weights((784, 7), (7,))
    file = write_keras(tmp_path / "x.keras", sequential(entrance(784), dense(7)), {"dense": weights})
    with pytest.raises(UndecidedError, match="not ten digits"):
        bring(file)
    assert list(models.iterdir()) == []


def test_without_tensorflow_it_says_what_adds_it(
    tmp_path: Path, bring: Callable[..., Imported], models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_keras(tmp_path / "x.keras", linear(), {})
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="make setup"):
        bring(file)
    assert list(models.iterdir()) == []


def test_an_import_that_takes_too_long_or_is_cancelled_leaves_nothing(
    tmp_path: Path, bring: Callable[..., Imported], refusal: Callable[..., str], models: Path
) -> None:
    file = write_keras(tmp_path / "x.keras", linear(), {"dense": templates()})
    assert "longer than 0.2 seconds" in refusal(file, watch=Watch(patience=0.2))
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

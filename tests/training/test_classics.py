"""The classics are what was published, down to layers and rates, and every network trains through the one command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from idx_files import write_idx
from sklearn.datasets import load_digits

from mnist_desktop.cli import main
from mnist_desktop.commands.train import NETWORKS
from mnist_desktop.evaluation.data import DataError
from mnist_desktop.ink.glyph import normalise
from mnist_desktop.recognition.models import CARD, load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.training.bitmaps import Bitmaps
from mnist_desktop.training.checkpoint import Watch
from mnist_desktop.training.classics import CLASSICS, CNN, DENSE, MLP, SOFTMAX, Recipe, shuffled_batch
from mnist_desktop.training.images import FASHION, GARMENTS, MNIST, load_images

pytestmark = [
    pytest.mark.timeout(600),
    # Keras 3 has not met NumPy 2's copy keyword everywhere; its own code, its own warning.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

VALIDATION = 700

SHORT = 60
"""Batches that are enough to be better than chance."""


@pytest.fixture
def small_data(tmp_path: Path, unknown_data: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """MNIST and Fashion-MNIST by name, scikit-learn's digits by content: 1,000 train, 700 others validate."""
    monkeypatch.setattr("mnist_desktop.training.images.MNIST_VALIDATION", VALIDATION)
    digits = load_digits()
    glyphs = [normalise(image.astype(np.float32) / 16, binary=False) for image in digits.images]
    images = np.stack([glyph.levels for glyph in glyphs if glyph is not None])
    labels = digits.target[: 1_000 + VALIDATION].astype(np.uint8)
    for name in ("mnist", "fashion-mnist"):
        (tmp_path / "data" / name).mkdir(parents=True)
        write_idx(tmp_path / "data" / name / "train-images-idx3-ubyte.gz", images[: 1_000 + VALIDATION])
        write_idx(tmp_path / "data" / name / "train-labels-idx1-ubyte.gz", labels)
    return tmp_path / "data"


def layers_of(recipe: Recipe) -> list[dict[str, Any]]:
    """The configuration of each layer with weights or with a rate, with its class."""
    network = recipe.network(10)
    kept = [layer for layer in network.layers if layer.weights or hasattr(layer, "rate")]
    return [{"class": type(layer).__name__, **layer.get_config()} for layer in kept]


def size(recipe: Recipe) -> int:
    return int(recipe.network(10).count_params())


def test_softmax_regression_is_the_tutorials() -> None:
    (dense,) = layers_of(SOFTMAX)
    assert (dense["class"], dense["units"], dense["activation"]) == ("Dense", 10, "linear")
    assert size(SOFTMAX) == 784 * 10 + 10
    assert not any(weight.any() for weight in SOFTMAX.network(10).get_weights())
    optimizer = SOFTMAX.optimizer(550)
    assert type(optimizer).__name__ == "SGD"
    settings = optimizer.get_config()
    assert (settings["learning_rate"], settings["momentum"], settings["use_ema"]) == (0.5, 0.0, False)
    assert (SOFTMAX.batch, SOFTMAX.length(550, None)) == (100, 1_000)


def test_the_mlp_is_the_students() -> None:
    hidden, logits = layers_of(MLP)
    assert (hidden["units"], hidden["activation"], logits["units"]) == (500, "relu", 10)
    for layer in (hidden, logits):
        assert layer["kernel_regularizer"]["config"]["l2"] == pytest.approx(1e-4)
        assert layer["bias_regularizer"] is None
    assert size(MLP) == 784 * 500 + 500 + 500 * 10 + 10
    optimizer = MLP.optimizer(275)
    settings = optimizer.get_config()
    assert (type(optimizer).__name__, settings["use_ema"], settings["ema_momentum"]) == ("SGD", True, 0.99)
    schedule = settings["learning_rate"]["config"]
    assert (schedule["initial_learning_rate"], schedule["decay_rate"], schedule["decay_steps"]) == (0.1, 0.99, 275)
    assert (MLP.batch, MLP.length(275, None)) == (200, 30_000)


def test_the_cnn_is_the_tutorials() -> None:
    first, second, dense, dropout, logits = layers_of(CNN)
    assert (first["filters"], second["filters"]) == (32, 64)
    for layer in (first, second):
        assert (layer["kernel_size"], layer["padding"], layer["activation"]) == ((5, 5), "same", "relu")
    assert (dense["units"], dense["activation"], dropout["rate"], logits["units"]) == (1024, "relu", 0.5, 10)
    assert size(CNN) == (25 * 32 + 32) + (25 * 32 * 64 + 64) + (7 * 7 * 64 * 1024 + 1024) + (1024 * 10 + 10)
    optimizer = CNN.optimizer(1_100)
    assert type(optimizer).__name__ == "Adam"
    assert optimizer.get_config()["learning_rate"] == pytest.approx(1e-4)
    assert (CNN.batch, CNN.length(1_100, None)) == (50, 20_000)


def test_the_garments_classic_is_the_tutorials() -> None:
    hidden, logits = layers_of(DENSE)
    assert (hidden["units"], hidden["activation"], logits["units"]) == (128, "relu", 10)
    assert size(DENSE) == 784 * 128 + 128 + 128 * 10 + 10
    optimizer = DENSE.optimizer(1_718)
    assert type(optimizer).__name__ == "Adam"
    assert optimizer.get_config()["learning_rate"] == pytest.approx(1e-3)
    assert (DENSE.batch, DENSE.length(1_718, None)) == (32, 10 * 1_718)


def test_epochs_that_are_asked_for_win_over_the_recipes_length() -> None:
    assert SOFTMAX.length(550, 3) == 3 * 550
    assert DENSE.length(1_718, 1) == 1_718


def test_an_epoch_shows_every_image_once_and_each_in_another_order() -> None:
    images = Bitmaps(np.zeros((60, 28, 28), np.uint8), np.arange(60))
    epochs = [[shuffled_batch(images, 20, number, 5)[1] for number in range(start, start + 3)] for start in (0, 3)]
    orders = [np.concatenate(epoch) for epoch in epochs]
    assert [sorted(order) for order in orders] == [list(range(60))] * 2
    assert not np.array_equal(orders[0], orders[1])
    assert np.array_equal(shuffled_batch(images, 20, 4, 5)[1], epochs[1][1])
    assert not np.array_equal(shuffled_batch(images, 20, 4, 6)[1], epochs[1][1])


def test_levels_are_those_of_the_data_set_from_0_to_1() -> None:
    levels = np.arange(256, dtype=np.uint8)[np.newaxis, :, np.newaxis]
    glyphs, _ = shuffled_batch(Bitmaps(levels, np.zeros(1, np.int64)), 1, 0, 1)
    assert glyphs.dtype == np.float32
    np.testing.assert_allclose(glyphs.ravel(), np.arange(256) / 255, rtol=1e-6)


@pytest.mark.parametrize("words", [["--network", "softmax"], ["--network", "dense", "--dataset", "mnist"]])
def test_a_short_training_reads_digits_that_it_never_saw(
    small_data: Path, tmp_path: Path, words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "models" / "classic"
    assert main(["train", *words, "--data", str(small_data), "--epochs", "20", "--out", str(out)]) == 0
    printed = capfd.readouterr().out.splitlines()
    assert [line.partition(":")[0].strip() for line in printed] == [f"{out}, on validation data", "MNIST"]
    card = json.loads((out / CARD).read_text("utf-8"))
    assert (card["input"], card["preparation"], card["labels"]) == ("grey", "digit", list("0123456789"))
    assert card["validation"]["MNIST"]["accuracy"] > 0.8
    assert card["unsure_below"] >= 0.5
    assert "784-" in card["training"]["recipe"]
    command = f"mnist-desktop train {' '.join(words)} --data DIR --epochs 20 --seed 7 --out classic"
    assert card["training"]["command"] == command


@pytest.mark.parametrize("network", ["mlp", "cnn"])
def test_without_epochs_a_recipe_runs_for_its_own_length(
    small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    """The whole command, its length apart: what it exports is what the recipe describes, and has learned."""
    monkeypatch.setitem(cast("dict[str, Recipe]", CLASSICS), network, replace(CLASSICS[network], steps=SHORT))
    steps: list[int] = []
    after = Watch.after

    def counted(self: Watch, done: int) -> bool:
        steps.append(done)
        return after(self, done)

    monkeypatch.setattr(Watch, "after", counted)
    out = tmp_path / "models" / network
    assert main(["train", "--network", network, "--data", str(small_data), "--out", str(out)]) == 0
    assert steps == list(range(1, SHORT + 1))
    card = load_model(out).card
    assert (
        card.details["training"]["command"]
        == f"mnist-desktop train --network {network} --data DIR --seed 7 --out {network}"
    )
    assert card.details["training"]["epochs"] is None
    assert card.details["parameters"] == size(CLASSICS[network])
    assert card.details["validation"]["MNIST"]["accuracy"] > 0.3
    assert [path.name for path in out.parent.iterdir()] == [network]


def test_a_short_training_of_the_garments_makes_a_picture_model(small_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "models" / "small"
    assert main(["train", "--network", "garments", "--data", str(small_data), "--epochs", "2", "--out", str(out)]) == 0
    model = load_model(out)
    assert (model.card.input, model.card.preparation, model.card.labels) == ("grey", "picture", GARMENTS)
    probabilities = []
    for engine in ("litert", "tensorflow"):
        reader = open_reader(model, engine)
        (reading,) = reader.read_prepared([reader.prepare_ink(np.ones((40, 30), np.float32))])
        reader.close()
        assert reading.prediction is not None
        probabilities.append(reading.prediction.probabilities)
    assert probabilities[0] == pytest.approx(probabilities[1], abs=1e-4)


def test_the_command_knows_every_classic() -> None:
    assert set(NETWORKS) == {"digits", "teacher", "garments", *CLASSICS}


@pytest.mark.parametrize(
    ("network", "data_set"), [("digits", "mnist"), ("digits", "fashion"), ("softmax", "digits"), ("garments", "mnist")]
)
def test_what_does_not_go_together_is_a_usage_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], network: str, data_set: str
) -> None:
    words = ["--network", network, "--dataset", data_set, "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(["train", *words]) == 2
    sentence = capsys.readouterr().err
    assert sentence.startswith(f"mnist-desktop: The network “{network}” learns ")
    assert sentence.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("network", ["softmax", "dense", "garments"])
def test_missing_images_are_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str], network: str) -> None:
    assert main(["train", "--network", network, "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert capfd.readouterr().err.count("\n") == 1


def test_images_of_another_size_or_kind_are_refused(small_data: Path) -> None:
    labels = np.full(VALIDATION + 10, 11, np.uint8)
    for name, side in (("mnist", 20), ("fashion-mnist", 28)):
        write_idx(small_data / name / "train-images-idx3-ubyte.gz", np.zeros((VALIDATION + 10, side, side), np.uint8))
        write_idx(small_data / name / "train-labels-idx1-ubyte.gz", labels)
    with pytest.raises(DataError, match="training images of MNIST"):
        load_images(small_data, MNIST)
    with pytest.raises(DataError, match="not those of Fashion-MNIST"):
        load_images(small_data, FASHION)

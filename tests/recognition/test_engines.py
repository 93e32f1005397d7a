"""Both engines answer for the same network, and neither lets a bad model through."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from two_engines import assert_engines_agree

from mnist_desktop.evaluation.data import open_data
from mnist_desktop.evaluation.measure import read_subjects
from mnist_desktop.ink.glyph import Glyph, normalise
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.keras import KerasClassifier
from mnist_desktop.recognition.litert import BATCH, LiteRTClassifier, to_predictions
from mnist_desktop.recognition.models import CARD, KERAS_FILE, LITERT_FILE, Model, list_models, load_model
from mnist_desktop.recognition.reader import open_reader

SHIPPED = list_models([shipped("model")])


def real_glyphs(count: int) -> list[Glyph]:
    inks = (image.astype(np.float32) / 16 for image in load_digits().images)
    return list(itertools.islice((glyph for ink in inks if (glyph := normalise(ink)) is not None), count))


def replaced(folder: Path, file: str, content: bytes) -> Model:
    """The model in `folder` with another file, its card vouching for it."""
    (folder / file).write_bytes(content)
    card = json.loads((folder / CARD).read_text("utf-8"))
    card["sha256"][file] = hashlib.sha256(content).hexdigest()
    (folder / CARD).write_text(json.dumps(card), "utf-8")
    return load_model(folder)


def test_both_engines_agree_on_a_thousand_glyphs(model: Model) -> None:
    glyphs = real_glyphs(1_000)
    assert len(glyphs) == 1_000
    assert_engines_agree(model, glyphs)


@pytest.mark.parametrize("shipped_model", SHIPPED, ids=lambda shipped_model: shipped_model.folder.name)
def test_both_engines_agree_on_what_people_wrote(shipped_model: Model, data: Path) -> None:
    """Of MNIST's test images, the pen strokes and the scanned digits two thousand each, in the model's own levels."""
    reader = open_reader(shipped_model)
    names = ("mnist", "pendigits-train.jsonl.gz", "optdigits-train.npz")
    sets = [open_data(data / name, tuple("0123456789")) for name in names]
    subjects = [subject for each in sets for subject in itertools.islice(each.each, 2_000)]
    readings = [outcome.reading for outcome in read_subjects(reader, subjects)]
    reader.close()
    glyphs = [reading.glyph for reading in readings if reading is not None and reading.glyph is not None]
    assert len(glyphs) > 5_000
    assert_engines_agree(shipped_model, glyphs)


def test_probabilities_sum_to_one_and_batches_change_nothing(model: Model) -> None:
    glyphs = real_glyphs(BATCH * 2 + 3)
    litert = LiteRTClassifier(model)
    together = np.array([prediction.probabilities for prediction in litert.predict(glyphs)])
    alone = np.array([litert.predict([glyph])[0].probabilities for glyph in glyphs])
    litert.close()
    assert np.abs(together.sum(axis=1) - 1).max() < 1e-5
    assert np.abs(together - alone).max() < 1e-5


def test_nothing_asked_is_nothing_answered(model: Model) -> None:
    litert = LiteRTClassifier(model)
    assert litert.predict([]) == []
    litert.close()


@pytest.mark.parametrize("damage", [lambda _: b"rubbish", lambda content: content[: len(content) // 2]])
def test_litert_refuses_what_is_no_model(copied_model: Path, damage: Callable[[bytes], bytes]) -> None:
    content = (copied_model / LITERT_FILE).read_bytes()
    with pytest.raises(ModelError):
        LiteRTClassifier(replaced(copied_model, LITERT_FILE, damage(content)))


def test_tensorflow_refuses_what_is_no_model(copied_model: Path) -> None:
    with pytest.raises(ModelError, match="TensorFlow could not use"):
        KerasClassifier(replaced(copied_model, KERAS_FILE, b"rubbish"))


def test_labels_must_fit_the_network(copied_model: Path) -> None:
    card = json.loads((copied_model / CARD).read_text("utf-8"))
    (copied_model / CARD).write_text(json.dumps({**card, "labels": ["yes", "no"]}), "utf-8")
    for engine in (LiteRTClassifier, KerasClassifier):
        with pytest.raises(ModelError, match="labels of its card"):
            engine(load_model(copied_model))


def test_a_dead_child_is_one_sentence(model: Model) -> None:
    keras = KerasClassifier(model)
    keras.close()
    with pytest.raises((ModelError, ValueError)):
        keras.predict(real_glyphs(1))


def test_without_tensorflow_it_says_what_adds_it(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="make setup"):
        KerasClassifier(model)


@pytest.mark.parametrize(
    "row", [(np.nan, 1.0), (np.inf, 0.0), (np.inf, -np.inf), (0.5, 0.6), (0.0, 0.0), (1.5, -0.5), (127.0, 3.0)]
)
def test_an_answer_that_is_no_probabilities_is_no_prediction(row: tuple[float, float]) -> None:
    with pytest.raises(ModelError, match="no probabilities"):
        to_predictions(np.array([(0.5, 0.5), row], np.float32), ("no", "yes"))


def test_a_model_that_fails_while_it_reads_is_a_sentence(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    litert = LiteRTClassifier(model)

    def fail() -> None:
        raise RuntimeError("tensorflow/lite/kernels/gather.cc indices out of bounds")

    monkeypatch.setattr(litert._interpreter, "invoke", fail)
    with pytest.raises(ModelError, match="fails in LiteRT"):
        litert.predict(real_glyphs(1))
    litert.close()

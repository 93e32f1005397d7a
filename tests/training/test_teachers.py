"""Teachers soften the targets of digits by what they answer, and leave the others alone."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_desktop.cli import main
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import normalise
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.litert import as_input
from mnist_desktop.recognition.models import CARD, LITERT_FILE, Model, checksum, load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.training.samples import Batch
from mnist_desktop.training.teachers import TAUGHT_SHARE, Teachers

SEVEN = Drawing(strokes=(Stroke(points=((0.0, 0.0), (50.0, 0.0), (20.0, 80.0))),))


LABEL = 0.9 * np.eye(10)[7] + 0.01
"""The target of a seven."""


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(shipped("model") / "digits")


@pytest.fixture
def batch() -> Batch:
    glyph = normalise(rasterise(SEVEN))
    assert glyph is not None
    targets = np.full((2, 10), 0.1, np.float32)
    # With a label smoothed, as some recipes have it: what has a label is not told by its target.
    targets[0] = LABEL
    return Batch(glyphs=as_input([glyph, glyph]), targets=targets, labelled=np.array([True, False]))


def test_a_digit_is_taught_what_the_teacher_answers_and_a_non_digit_nothing(model: Model, batch: Batch) -> None:
    softened = Teachers([model]).soften(batch)
    reader = open_reader(model)
    reading = reader.read_drawing(SEVEN)
    reader.close()
    assert reading.prediction is not None
    expected = TAUGHT_SHARE * np.array(reading.prediction.probabilities) + (1 - TAUGHT_SHARE) * LABEL
    np.testing.assert_allclose(softened.targets[0], expected, atol=1e-6)
    assert np.array_equal(softened.targets[1], batch.targets[1])
    assert softened.targets.dtype == np.float32


def test_several_teachers_are_asked_for_their_mean(model: Model, batch: Batch) -> None:
    alone, together = (Teachers(models).soften(batch).targets for models in ([model], [model, model]))
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_without_teachers_nothing_changes(batch: Batch) -> None:
    assert Teachers([]).soften(batch) is batch


def test_a_teacher_that_cannot_be_loaded_is_said_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its checksum is right, so that only loading it tells."""
    folder = Path(shutil.copytree(shipped("model") / "digits", tmp_path / "teacher"))
    (folder / LITERT_FILE).write_bytes(b"no network")
    card = json.loads((folder / CARD).read_text("utf-8"))
    card["sha256"][LITERT_FILE] = checksum(folder / LITERT_FILE)
    (folder / CARD).write_text(json.dumps(card), "utf-8")
    words = ["--teacher", str(folder), "--data", str(tmp_path / "missing"), "--out", str(tmp_path / "out")]
    assert main(["train", *words]) == 1
    sentence = capsys.readouterr().err
    assert f"LiteRT could not use the model in {folder}." in sentence
    assert sentence.count("\n") == 1


def test_threads_may_ask_at_once(model: Model, batch: Batch) -> None:
    teachers = Teachers([model])
    expected = teachers.soften(batch).targets
    answers: list[NDArray[np.float32]] = []
    threads = [threading.Thread(target=lambda: answers.append(teachers.soften(batch).targets)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert all(np.array_equal(answer, expected) for answer in answers)

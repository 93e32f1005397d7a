"""Accuracy, confusion and calibration against scikit-learn and by hand; the shipped model on digits it never saw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, confusion_matrix, recall_score

from mnist_desktop.evaluation.data import Subject, open_data
from mnist_desktop.evaluation.measure import expected_calibration_error, measure
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import Prediction
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import Reader, open_reader


class InkCounter:
    """A classifier of its own kind: the more ink, the higher the digit, and the surer the more it is."""

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        labels = tuple("0123456789")
        rows = []
        for glyph in glyphs:
            best = int(glyph.levels.mean() / 255 * 28) % 10
            sure = 0.3 + glyph.levels.mean() / 255
            rows.append(
                Prediction(probabilities=tuple(sure if i == best else (1 - sure) / 9 for i in range(10)), labels=labels)
            )
        return rows

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def shipped_reader() -> Iterator[Reader]:
    reader = open_reader(load_model(shipped("model") / "digits"))
    yield reader
    reader.close()


def subjects() -> list[Subject]:
    digits = load_digits()
    pairs = zip(digits.images, digits.target, strict=True)
    return [Subject(content=image.astype(np.float32) / 16, label=int(label)) for image, label in pairs]


def test_figures_agree_with_scikit_learn() -> None:
    reader = Reader(load_model(shipped("model") / "digits"), InkCounter())
    given = subjects()[:600]
    measured = measure(reader, given)
    truth = [subject.label for subject in given]
    inks = [subject.content for subject in given if isinstance(subject.content, np.ndarray)]
    readings = reader.read_prepared([reader.prepare_ink(ink) for ink in inks])
    said = [reading.prediction.best for reading in readings if reading.prediction is not None]
    assert measured.count == len(said) == 600
    assert measured.accuracy == pytest.approx(accuracy_score(truth, said))
    assert np.array_equal(measured.confusion, confusion_matrix(truth, said, labels=range(10)))
    assert measured.recall == pytest.approx(
        recall_score(truth, said, labels=range(10), average=None, zero_division=0).tolist()
    )


def test_calibration_error_by_hand() -> None:
    """Confident at 0.9 and right half the time is off by 0.4, whatever the bins."""
    assert expected_calibration_error(np.full(300, 0.9), np.arange(300) % 2 == 0) == pytest.approx(0.4, abs=0.02)
    assert expected_calibration_error(np.ones(30), np.ones(30, bool)) == 0
    # Two kinds, each right as often as it says.
    sure = np.concatenate([np.full(1000, 0.25), np.full(1000, 0.75)])
    hits = np.concatenate([np.arange(1000) % 4 == 0, np.arange(1000) % 4 != 0])
    assert expected_calibration_error(sure, hits) < 0.02


def test_blank_subjects_count_as_wrong_and_are_counted() -> None:
    reader = Reader(load_model(shipped("model") / "digits"), InkCounter())
    measured = measure(reader, [Subject(content=np.zeros((9, 9), np.float32), label=1)])
    assert (measured.count, measured.accuracy, measured.unsure, measured.blank) == (1, 0, 0, 1)


def test_an_unreadable_picture_is_counted_and_named(tmp_path: Path, shipped_reader: Reader) -> None:
    (tmp_path / "3_rubbish.png").write_text("not a picture")
    measured = measure(shipped_reader, open_data(tmp_path, shipped_reader.model.card.labels).each)
    assert measured.accuracy == 0
    assert len(measured.unreadable) == 1
    assert "3_rubbish.png" in measured.unreadable[0]


def test_the_shipped_model_reads_digits_it_never_saw(shipped_reader: Reader) -> None:
    """scikit-learn's 8×8 digits are by other writers, of another scanner, at another size."""
    measured = measure(shipped_reader, subjects())
    assert measured.accuracy >= 0.98
    assert measured.ece <= 0.02


def test_the_shipped_model_reads_mnist(shipped_reader: Reader, data: Path) -> None:
    measured = measure(shipped_reader, open_data(data / "mnist", shipped_reader.model.card.labels).each)
    assert measured.count == 10_000
    assert measured.accuracy >= 0.994

"""Whether the shipped engine answers as TensorFlow does: the same label everywhere, probabilities within 0.0001.

`python benchmarks/engines_agree.py` needs MNIST_DESKTOP_DATA and reads each data set in that folder, and
scikit-learn's digits, with every shipped model, by the way that `evaluate` takes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from mnist_desktop.evaluation.data import DataError, Subject, open_data
from mnist_desktop.evaluation.measure import read_subjects
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import Prediction
from mnist_desktop.recognition.keras import KerasClassifier
from mnist_desktop.recognition.models import list_models
from mnist_desktop.recognition.reader import Reader, open_reader
from mnist_desktop.training.card import DIGIT_LABELS

LARGEST_DIFFERENCE = 1e-4
BATCH = 256


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far two engines are apart on one data set."""

    count: int
    other_labels: int
    difference: float
    """The largest between two probabilities."""

    @property
    def good(self) -> bool:
        return self.other_labels == 0 and self.difference <= LARGEST_DIFFERENCE


def agreement(reader: Reader, keras: KerasClassifier, subjects: Iterable[Subject]) -> Agreement:
    """Read `subjects` with LiteRT, give the very same glyphs to TensorFlow, and compare."""
    readings = [outcome.reading for outcome in read_subjects(reader, subjects)]
    pairs = [(each.glyph, each.prediction) for each in readings if each is not None]
    glyphs = [glyph for glyph, _ in pairs if glyph is not None]
    shipped_answers = [prediction for _, prediction in pairs if prediction is not None]
    tensorflow_answers: list[Prediction] = []
    for start in range(0, len(glyphs), BATCH):
        tensorflow_answers += keras.predict(glyphs[start : start + BATCH])
    one, other = (
        np.array([each.probabilities for each in answers]) for answers in (shipped_answers, tensorflow_answers)
    )
    return Agreement(
        count=len(glyphs),
        other_labels=int((one.argmax(axis=1) != other.argmax(axis=1)).sum()),
        difference=float(np.abs(one - other).max()),
    )


def data_sets(folder: Path) -> Iterator[tuple[str, list[Subject]]]:
    """Every data set in `folder` that `evaluate` takes, by name, and scikit-learn's digits."""
    digits = load_digits()
    pairs = zip(digits.images, digits.target.tolist(), strict=True)
    yield (
        "load_digits",
        [Subject(content=image.astype(np.float32) / np.float32(16), label=label) for image, label in pairs],
    )
    for path in sorted(folder.iterdir()):
        try:
            subjects = list(open_data(path, DIGIT_LABELS).each)
        except DataError:
            continue
        yield path.name, subjects


def main() -> int:
    """Print a line a model and data set; 1 when the engines are apart on one of them."""
    folder = os.environ.get("MNIST_DESKTOP_DATA")
    if not folder:
        print("Name the folder of the data sets in MNIST_DESKTOP_DATA.", file=sys.stderr)
        return 2
    good = True
    sets = list(data_sets(Path(folder)))
    for model in list_models([shipped("model")]):
        with closing(open_reader(model)) as reader, closing(KerasClassifier(model)) as keras:
            for name, subjects in sets:
                found = agreement(reader, keras, subjects)
                good &= found.good
                print(
                    f"{model.card.name:<10} {name:<28} {found.count:6} glyphs, {found.other_labels} with another "
                    f"label, probabilities within {found.difference:.1e}",
                    flush=True,
                )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

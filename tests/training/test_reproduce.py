"""Two epochs from nothing with the committed code reach what two epochs must: the recipe is the one that shipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_desktop.cli import main
from mnist_desktop.evaluation.data import Subject, open_data
from mnist_desktop.evaluation.measure import measure
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.training.card import DIGIT_LABELS
from mnist_desktop.training.datasets import writers_kept_out

Report = Callable[[str, object], None]

pytestmark = [
    pytest.mark.reproduce,
    pytest.mark.long,
    pytest.mark.timeout(1800),
    # Keras 3 has not met NumPy 2's copy keyword everywhere; its own code, its own warning.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def test_two_epochs_read_mnist_and_new_writers(printed_data: Path, tmp_path: Path, record_property: Report) -> None:
    """The fonts are the few that come with a package here; those that the shipped model saw have to be fetched."""
    out = tmp_path / "reproduced"
    assert main(["train", "--data", str(printed_data), "--epochs", "2", "--out", str(out)]) == 0
    reader = open_reader(load_model(out))
    pen = [Subject(content=entry.drawing, label=entry.label or 0) for entry in writers_kept_out(printed_data)]
    images = open_data(printed_data / "mnist", DIGIT_LABELS).each
    mnist, writers = measure(reader, images), measure(reader, pen)
    reader.close()
    record_property("MNIST", mnist.accuracy)
    record_property("writers kept out", writers.accuracy)
    assert mnist.accuracy >= 0.985
    assert writers.accuracy >= 0.97

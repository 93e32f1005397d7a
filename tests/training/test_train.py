"""A whole training, short and on small data in the real formats, leaves a model folder that the program uses."""

from __future__ import annotations

import errno
import gzip
import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from few_fonts import few_fonts
from idx_files import write_idx
from sample_records import make_record
from sklearn.datasets import load_digits

from mnist_desktop.cli import main
from mnist_desktop.ink.drawing import Drawing, Stroke, to_json
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.recognition.models import CARD, load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.recording import pack_ink
from mnist_desktop.training.checkpoint import Watch
from mnist_desktop.training.fetch import Patience, Remote
from mnist_desktop.training.sources import Source

pytestmark = [
    pytest.mark.timeout(600),
    # Keras 3 has not met NumPy 2's copy keyword everywhere; its own code, its own warning.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

STEPS = 12

NOWHERE = Source(
    path="digits.gz",
    remote=Remote(name="The digits", addresses=("http://127.0.0.1:9/digits.gz",), sha256="0" * 64, at_most=1),
    unpack=lambda _download, _target: None,
    check=lambda _file: None,
)
"""From a port at which nobody answers."""

SEVEN = ((0.0, 0.0), (50.0, 0.0), (20.0, 80.0))
ONE = ((10.0, 0.0), (10.0, 80.0))


@pytest.fixture
def small_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unknown_data: None) -> Path:
    """A folder like the real one, its digits from scikit-learn's wheel and its strokes from here."""
    folder = tmp_path / "data"
    (folder / "mnist").mkdir(parents=True)
    digits = load_digits()
    images = np.tile((digits.images * 15).astype(np.uint8), (3, 1, 1))
    labels = np.tile(digits.target.astype(np.uint8), 3)
    write_idx(folder / "mnist" / "train-images-idx3-ubyte.gz", images)
    write_idx(folder / "mnist" / "train-labels-idx1-ubyte.gz", labels)
    np.savez(folder / "optdigits-train.npz", images=images[:600], labels=labels[:600])
    lines = [
        to_json(Drawing(strokes=(Stroke(points=SEVEN if number % 2 else ONE),)), 7 if number % 2 else 1)
        for number in range(2_000)
    ]
    (folder / "pendigits-train.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    few_fonts(monkeypatch, folder)
    return folder


def test_training_leaves_a_model_that_the_program_uses(
    small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mnist_desktop.training.train.STEPS_AN_EPOCH", STEPS)
    out = tmp_path / "models" / "small"
    for seed in ("1", "2"):
        assert main(["train", "--data", str(small_data), "--epochs", "1", "--seed", seed, "--out", str(out)]) == 0
    assert "on validation data" in capsys.readouterr().out
    card = json.loads((out / CARD).read_text("utf-8"))
    assert card["name"] == "small"
    assert card["training"]["seed"] == 2
    assert [run["seed"] for run in card["runs"]] == [1, 2]
    assert set(card["validation"]) == {"MNIST", "pen strokes", "scanned digits", "printed digits"}
    assert 0 <= card["unsure_below"] <= 1

    drawing = Drawing(strokes=(Stroke(points=SEVEN),))
    model = load_model(out)
    predictions = []
    for engine in ("litert", "tensorflow"):
        reader = open_reader(model, engine)
        reading = reader.read_drawing(drawing)
        reader.close()
        assert reading.prediction is not None
        predictions.append(reading.prediction.probabilities)
    assert predictions[0] == pytest.approx(predictions[1], abs=1e-4)


def ctrl_c_after(batches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody press Ctrl+C when so many batches are done."""
    after = Watch.after

    def pressed(self: Watch, done: int) -> bool:
        if done == batches:
            os.kill(os.getpid(), signal.SIGINT)
        return after(self, done)

    monkeypatch.setattr(Watch, "after", pressed)


def test_ctrl_c_stops_in_order_and_the_same_command_goes_on(
    small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mnist_desktop.training.train.STEPS_AN_EPOCH", STEPS)
    out = tmp_path / "models" / "small"
    words = ["train", "--data", str(small_data), "--epochs", "1", "--out", str(out)]
    with monkeypatch.context() as patch:
        ctrl_c_after(5, patch)
        assert main(words) == 130
    assert "Stopped after 5 of 12 batches; the same command goes on from there." in capsys.readouterr().err
    assert main([*words, "--seed", "3"]) == 1
    assert "another training, which was stopped" in capsys.readouterr().err

    with monkeypatch.context() as patch:
        patch.setattr("mnist_desktop.training.export.to_litert", full_disk)
        assert main(words) == 1
    message = capsys.readouterr().err
    assert f"could not be written to {out} (No space left on device)" in message
    assert "The training is kept: the same command goes on." in message

    assert main(words) == 0
    assert [path.name for path in out.parent.iterdir()] == ["small"]


def full_disk(_network: object) -> bytes:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_without_data_what_the_cache_holds_is_taken(
    small_data: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mnist_desktop.training.train.STEPS_AN_EPOCH", STEPS)
    for part in ("images-idx3", "labels-idx1"):
        shutil.copyfile(small_data / "mnist" / f"train-{part}-ubyte.gz", small_data / "mnist" / f"t10k-{part}-ubyte.gz")
    shutil.copytree(small_data, home / "cache" / "data")
    assert main(["train", "--epochs", "1", "--out", str(tmp_path / "small")]) == 0
    card = json.loads((tmp_path / "small" / CARD).read_text("utf-8"))
    assert card["training"]["command"] == "mnist-desktop train --epochs 1 --seed 12 --out small"


def test_a_download_that_fails_is_one_sentence(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr("mnist_desktop.training.fetch.Patience", lambda: Patience(attempts=1, pause=0))
    monkeypatch.setattr("mnist_desktop.training.sources.SOURCES", dict.fromkeys(("mnist", "pen"), (NOWHERE,)))
    assert main(["train", "--out", str(tmp_path / "small")]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "The digits could not be downloaded (127.0.0.1: Connection refused)" in message
    assert "name a folder that holds the data sets with --data" in message


def test_what_was_corrected_in_the_log_is_learned(
    small_data: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Spirals, which somebody writes for a 4: the command finds them in the log, and the new model reads them."""
    monkeypatch.setattr("mnist_desktop.training.corrections.STEPS", 2 * STEPS)
    monkeypatch.setattr("mnist_desktop.training.corrections.LEARNING_RATE", 1e-3)
    monkeypatch.setattr("mnist_desktop.training.datasets.MNIST_VALIDATION", 300)
    monkeypatch.setattr("mnist_desktop.training.datasets.SCANNED_VALIDATION", 100)
    # So few steps are rough on the sets of hundreds here: what is refused, and then tried again, is tested elsewhere.
    monkeypatch.setattr("mnist_desktop.training.corrections.WORSE", 0.02)
    monkeypatch.setattr("mnist_desktop.training.corrections.STRIDES", (1.0,))
    spirals = [spiral(turns) for turns in np.linspace(2.2, 2.8, 20)]
    log = Log(LogOptions(journal=home / "journal.sqlite", hosts=()))
    assert log.save_all([make_record(corrected="4", ink=pack_ink(drawing)) for drawing in spirals])
    log.close()
    assert main(["train", "--corrections", "--data", str(small_data)]) == 0
    assert "corrections kept back: 0.00% of 4 right before, 100.00% after" in capsys.readouterr().out
    assert [path.name for path in (home / "models").iterdir()] == ["digits-corrected"]
    drawing = tmp_path / "spiral.json"
    drawing.write_text(to_json(spirals[0]))
    assert main(["predict", "--no-log", "--model", "digits-corrected", "--json", str(drawing)]) == 0
    assert json.loads(capsys.readouterr().out)["label"] == "4"


def spiral(turns: float) -> Drawing:
    angles = np.linspace(0, turns * 2 * np.pi, 60)
    radii = np.linspace(5, 50, 60)
    points = zip((radii * np.cos(angles)).tolist(), (radii * np.sin(angles)).tolist(), strict=True)
    return Drawing(strokes=(Stroke(points=tuple(points)),))

"""`evaluate` prints what was measured, and goes on after data that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from mnist_desktop.cli import main


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    data = load_digits()
    file = tmp_path / "digits.npz"
    np.savez(file, images=(data.images[:100] * 15).astype(np.uint8), labels=data.target[:100])
    return file


def test_a_line_of_json_for_each_data(digits: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["evaluate", "--json", str(digits), str(tmp_path / "missing"), str(digits)]) == 1
    captured = capsys.readouterr()
    first, second = (json.loads(line) for line in captured.out.splitlines())
    assert set(first) == {"data", "count", "accuracy", "unsure", "ece", "recall", "confusion", "ms_per_image"}
    assert (first["count"], len(first["recall"]), len(first["confusion"])) == (100, 10, 10)
    assert first["accuracy"] == second["accuracy"] > 0.9
    assert np.sum(first["confusion"]) == 100
    assert "There is no" in captured.err


def test_both_engines_measure_the_same(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for engine in ("litert", "tensorflow"):
        assert main(["evaluate", "--json", "--engine", engine, str(digits)]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["confusion"] == found[1]["confusion"]


def test_the_text_says_how_many_are_right(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(digits)]) == 0
    assert "% of 100 right" in capsys.readouterr().out


def test_training_without_tensorflow_says_what_adds_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main(["train", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "make setup" in capsys.readouterr().err


def test_training_without_data_says_what_is_missing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["train", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "train-images-idx3-ubyte" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()

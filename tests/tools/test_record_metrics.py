"""What is measured goes into the card, beside what is there, and the model stays one that the program takes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import CARD, load_model

SCRIPT = Path(__file__).parents[2] / "tools" / "record_metrics.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("model") / "softmax", tmp_path / "softmax"))


def test_figures_stand_with_their_command_and_replace_older_ones(folder: Path, tmp_path: Path) -> None:
    digits = load_digits()
    images = (digits.images * 15).astype(np.uint8)
    for count in (100, 200):
        np.savez(tmp_path / "scans.npz", images=images[:count], labels=digits.target[:count])
        before = json.loads((folder / CARD).read_text("utf-8"))
        words = ["--data", str(tmp_path), str(folder), "scans.npz"]
        done = subprocess.run([sys.executable, SCRIPT, *words], check=True, capture_output=True, text=True)
        card = json.loads((folder / CARD).read_text("utf-8"))
        figures = card["metrics"]["scans.npz"]
        assert figures["count"] == count
        assert figures["command"] == "mnist-desktop evaluate --model softmax DIR/scans.npz"
        assert f"scans.npz: {figures['accuracy']:.2%} of {count} right" in done.stdout
        assert {**card, "metrics": None} == {**before, "metrics": None}
        assert {**before["metrics"], "scans.npz": figures} == card["metrics"]
    load_model(folder)

"""`train` without further words repeats the recipes of the models that ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_desktop.cli import main
from mnist_desktop.commands import train
from mnist_desktop.evaluation.measure import Measurement
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import read_card
from mnist_desktop.training.card import Run
from mnist_desktop.training.fitting import Progress


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], "digits"),
        (["--network", "garments"], "fashion"),
        (["--network", "mlp"], "mlp"),
        (["--network", "softmax"], "softmax"),
    ],
)
def test_a_network_alone_names_the_recipe_of_the_model_that_ships(
    words: list[str], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[Run] = []

    def remember(_network: str, _data_set: str, asked: Run, _progress: Progress) -> dict[str, Measurement]:
        runs.append(asked)
        return {}

    monkeypatch.setattr(train, "_train", remember)
    assert main(["train", *words, "--data", str(tmp_path), "--out", str(tmp_path / name)]) == 0
    recipe = read_card(shipped("model") / name).details["training"]
    assert [(run.command, run.seed, run.epochs) for run in runs] == [
        (recipe["command"], recipe["seed"], recipe["epochs"])
    ]

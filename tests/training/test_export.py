"""What the export of a trained model may take the place of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_desktop.cli import main
from mnist_desktop.recognition.models import CARD
from mnist_desktop.training.export import holds_other_things


def a_file(out: Path) -> None:
    out.write_text("a letter")


def other_things(out: Path) -> None:
    out.mkdir()
    (out / "letter.txt").write_text("a letter")


def a_card_among_other_things(out: Path) -> None:
    out.mkdir()
    (out / CARD).write_text("{}")
    (out / "thesis.txt").write_text("years of work")


def a_model(out: Path) -> None:
    out.mkdir()
    (out / CARD).write_text("{}")
    (out / "mnist-confusion.png").write_bytes(b"")


@pytest.mark.parametrize("make", [a_file, other_things, a_card_among_other_things])
def test_training_never_takes_away_what_is_no_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None]
) -> None:
    out = tmp_path / "out"
    make(out)
    assert main(["train", "--data", str(tmp_path), "--out", str(out)]) == 2
    assert "holds something else than a model" in capsys.readouterr().err


@pytest.mark.parametrize("make", [a_model, Path.mkdir, Path.exists])
def test_a_model_is_replaced_and_an_empty_folder_is_used(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "out")
    assert not holds_other_things(tmp_path / "out")


@pytest.mark.parametrize("words", [["--epochs", "many"], ["--epochs", "0"], ["--seed", "-1"], ["--seed", "4294967296"]])
def test_what_training_cannot_use_is_a_usage_error(tmp_path: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["train", "--data", str(tmp_path), "--out", str(tmp_path / "out"), *words])
    assert caught.value.code == 2


def test_missing_data_is_one_sentence_and_known_before_tensorflow_starts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--data", str(tmp_path / "nothing"), "--out", str(tmp_path / "out")]) == 1
    assert capfd.readouterr().err.count("\n") == 1

"""Where a model cannot be written, that is said before anything is loaded, by both ways to train."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mnist_desktop.cli import main
from mnist_desktop.commands.command import CommandError
from mnist_desktop.commands.model_place import check_model_place

WAYS = (["train", "--data", "missing"], ["train", "--corrections", "--data", "missing"])
"""Both would say next that there are no data, or no corrections."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").write_text("kept")
    return tmp_path


@pytest.mark.parametrize("words", WAYS, ids=["train", "corrections"])
@pytest.mark.parametrize("name", [".", "..", "a file/..", "a\nb", "\x1b[2J", os.fsdecode(b"\xff")])
def test_a_name_that_no_card_can_have_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], name: str
) -> None:
    assert main([*words, "--out", name]) == 2
    sentence = capsys.readouterr().err
    assert "A model takes the name of its folder" in sentence
    assert sentence.count("\n") == 1
    assert [path.name for path in here.iterdir()] == ["a file"]


@pytest.mark.parametrize("words", WAYS, ids=["train", "corrections"])
@pytest.mark.parametrize("place", ["a file/digits", "a file/below/digits", "x" * 240], ids=["file", "below", "long"])
def test_a_place_that_cannot_be_written_to_is_said(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], place: str
) -> None:
    assert main([*words, "--out", place]) == 1
    sentence = capsys.readouterr().err
    assert f"The model could not be written to {place} (" in sentence
    assert sentence.count("\n") == 1
    assert [path.name for path in here.iterdir()] == ["a file"]


def test_trying_leaves_nothing_behind(here: Path) -> None:
    check_model_place(here / "new" / "models" / "digits")
    (here / "digits").mkdir()
    check_model_place(Path("digits"))
    assert sorted(path.name for path in here.iterdir()) == ["a file", "digits"]


def test_what_is_no_model_is_not_taken_away(here: Path) -> None:
    with pytest.raises(CommandError, match="something else than a model"):
        check_model_place(here / "a file")

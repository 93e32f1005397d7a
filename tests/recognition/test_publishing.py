"""A model folder takes its place whole, or what was there before stays."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mnist_desktop.recognition.publishing import put_in_place


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "new"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("new")
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "card.json").write_text("earlier")
    return folder


def test_what_was_there_is_replaced(made: Path, place: Path) -> None:
    put_in_place(made, place)
    assert (place / "card.json").read_text() == "new"


@pytest.mark.parametrize("failure", [OSError(errno.EIO, os.strerror(errno.EIO)), KeyboardInterrupt()])
def test_what_was_there_is_there_again_when_the_new_one_cannot_be_moved(
    made: Path, place: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    replace = Path.replace

    def fails(self: Path, target: Path) -> Path:
        if self == made:
            raise failure
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(type(failure)):
        put_in_place(made, place)
    assert (place / "card.json").read_text() == "earlier"

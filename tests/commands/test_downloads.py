"""What a command needs and nobody named is downloaded, with progress, and Ctrl+C loses none of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from mnist_desktop.commands.command import CommandError, Context
from mnist_desktop.commands.downloads import Bars, data_folder
from mnist_desktop.paths import find_paths
from mnist_desktop.settings import load_settings


@pytest.fixture
def context(home: Path) -> Context:
    paths = find_paths(os.environ)
    return Context(settings=load_settings(paths, os.environ, {}), paths=paths)


def test_a_folder_that_was_named_is_taken_as_it_is(context: Context, tmp_path: Path) -> None:
    assert data_folder(tmp_path, ["mnist"], context) == tmp_path
    assert not list(tmp_path.iterdir())


def test_data_sets_and_fonts_come_into_the_cache(context: Context, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[Any] = []

    def ensure(folder: Path, data_sets: list[str], progress: Callable[[str, int, int], None]) -> None:
        progress("MNIST", 1_000, 2_000)
        wanted.append((folder, data_sets))

    def ensure_fonts(folder: Path, progress: Callable[[str], None]) -> None:
        progress("fonts-dejavu")
        wanted.append(folder)

    monkeypatch.setattr("mnist_desktop.training.sources.ensure", ensure)
    monkeypatch.setattr("mnist_desktop.training.fonts.ensure_fonts", ensure_fonts)
    folder = data_folder(None, ["mnist", "pen", "fonts"], context)
    assert folder == home / "cache" / "data"
    assert wanted == [(folder, ["mnist", "pen"]), folder / "fonts"]


def test_ctrl_c_says_how_to_go_on(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def ensure(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mnist_desktop.training.sources.ensure", ensure)
    with pytest.raises(CommandError, match="what came of the data sets is kept, and the same command goes on") as error:
        data_folder(None, ["mnist"], context)
    assert error.value.code == 130


def test_each_download_has_a_bar_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[Any] = []

    class Bar:
        def __init__(self, what: str) -> None:
            self.what, self.n, self.total, self.closed = what, 0, 0, False

        def __enter__(self) -> Self:
            bars.append(self)
            return self

        def __exit__(self, *_failure: object) -> None:
            self.closed = True

        def update(self, more: int) -> None:
            self.n += more

    monkeypatch.setattr("mnist_desktop.commands.downloads.progress_bar", lambda *, what, unit: Bar(f"{what} in{unit}"))
    with Bars() as shown:
        shown.show("MNIST", 1_500, 9_000)
        shown.show("MNIST", 9_000, 9_000)
        assert not bars[0].closed
        shown.tell("fonts-dejavu")
        assert bars[0].closed
    assert [(bar.what, bar.n, bar.total, bar.closed) for bar in bars] == [
        ("MNIST in kB", 9, 9, True),
        ("fonts-dejavu in", 0, 0, True),
    ]

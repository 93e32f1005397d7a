"""What a name on the command line or in the window stands for: files, folders, wildcards."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_desktop.ink.named_files import named_files
from mnist_desktop.paths import shipped

PICTURE = shipped("resources") / "pictures" / "4_on_paper.jpg"
DRAWING = shipped("resources") / "drawings" / "7.json"

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a file with the content of another one, or of these bytes, and the folders above it."""

    def make(name: str, content: Path | bytes = PICTURE) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        return file

    return make


def names(*named: Path) -> list[str]:
    """The names of the files that `named` stand for; none of them may have failed."""
    found = named_files(named)
    assert [each.error for each in found if each.error] == []
    return [each.file.name for each in found if each.file is not None]


def error(named: Path | None) -> str:
    (one,) = named_files([named])
    assert one.file == named
    assert one.error is not None
    return one.error


def test_a_folder_stands_for_its_pictures_and_ink_files_sorted(tmp_path: Path, make: Make) -> None:
    for name in ("b.JPG", "a.png", ".hidden.png", "inside/deep.png"):
        make(name)
    make("seven.json", DRAWING)
    make("readme.txt", b"Read me.")
    assert names(tmp_path) == ["a.png", "b.JPG", "seven.json"]


def test_in_a_folder_content_decides_where_the_name_does_not(tmp_path: Path, make: Make) -> None:
    make("scan_0001")
    make("notes.pdf", b"%PDF-1.7")
    assert names(tmp_path) == ["scan_0001"]


def test_what_is_called_a_picture_is_taken_even_if_it_is_none(tmp_path: Path, make: Make) -> None:
    """Whoever sees a picture there is told why it was not read."""
    make("text.png", b"text")
    make("from_a_phone.HEIC", b"\0\0\0\x18ftypheic")
    (tmp_path / "loop.png").symlink_to("loop.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert names(tmp_path) == ["from_a_phone.HEIC", "loop.png", "pipe.png", "text.png"]


def test_other_programs_json_beside_pictures_is_left_alone(tmp_path: Path, make: Make) -> None:
    make("a.jpg")
    make("a.jpg.json", b'{"title": "a.jpg"}')
    make("drawn.jsonl", b'{"label": 7, "strokes": []}')
    assert names(tmp_path) == ["a.jpg", "drawn.jsonl"]


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path, make: Make) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.json")
    make("a.png")
    assert names(tmp_path) == ["a.png"]


def test_a_folder_without_anything_to_read_is_one_sentence(tmp_path: Path, make: Make) -> None:
    make("scans/readme.txt", b"Nothing here.")
    assert error(tmp_path / "scans") == "scans holds no picture and no ink file."
    assert "folders in it are read only when they are named" in error(tmp_path)


def test_links_that_lead_round_and_round_end(tmp_path: Path, make: Make) -> None:
    make("inside/a.png")
    (tmp_path / "inside" / "back").symlink_to(tmp_path, target_is_directory=True)
    assert names(tmp_path / "**" / "*.png") == ["a.png"]
    assert names(tmp_path / "inside") == ["a.png"]


def test_a_wildcard_that_no_shell_replaced_stands_for_what_fits(tmp_path: Path, make: Make) -> None:
    for name in ("c_2.png", "c_1.png", "d.png", ".c_4.png", "c_5.png/inside.png"):
        make(name)
    make("c_3.txt", b"text")
    assert names(tmp_path / "c_*") == ["c_1.png", "c_2.png"]
    assert names(tmp_path / "[cd]*.pn?") == ["c_1.png", "c_2.png", "d.png"]
    assert names(tmp_path / ".c*") == [".c_4.png"]
    assert sorted(names(tmp_path / "**")) == ["c_1.png", "c_2.png", "d.png", "inside.png"]


def test_a_relative_wildcard_is_looked_for_here(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make("a.png")
    monkeypatch.chdir(tmp_path)
    assert [each.file for each in named_files([Path("*.png")])] == [Path("a.png")]


def test_what_is_really_called_so_is_no_wildcard(make: Make) -> None:
    folder = make("[2026]/what?.png").parent
    make("[2026]/whatx.png")
    assert names(folder / "what?.png") == ["what?.png"]
    assert names(folder / "what*") == ["what?.png", "whatx.png"]


@pytest.mark.parametrize("pattern", ["*.png", "missing/*", "a**b", "[", "../*/x?", "*" * 5000, "\0*"])
def test_a_wildcard_that_nothing_fits_is_one_sentence(tmp_path: Path, pattern: str) -> None:
    sentence = error(tmp_path / "scans" / pattern)
    assert sentence.startswith("No picture and no ink file fits ")
    assert "\n" not in sentence


def test_a_name_without_a_file_is_left_to_whoever_reads_it(tmp_path: Path) -> None:
    assert names(tmp_path / "missing.png") == ["missing.png"]


def test_a_folder_that_may_not_be_looked_into_is_one_sentence(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("a.png")

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert error(tmp_path).endswith("cannot be looked into (Permission denied).")


def test_standard_input_is_read_once() -> None:
    assert [each.error is None for each in named_files([None, None])] == [True, False]

"""`predict` on folders, wildcards, standard input and many files at once."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mnist_desktop.cli import main
from mnist_desktop.commands import predict
from mnist_desktop.commands.command import unbroken
from mnist_desktop.ink import pictures
from mnist_desktop.paths import shipped

PICTURE = shipped("resources") / "pictures" / "4_on_paper.jpg"
SEVEN = '{"strokes": [[[0, 0], [50, 0], [20, 80]]], "label": 7}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people have them, with everything that can go wrong in one."""
    folder = tmp_path / "scans"
    (folder / "inside").mkdir(parents=True)
    content = PICTURE.read_bytes()
    for name in ("a.jpg", "new\nline.jpg", "-dash.jpg", "no ending", ".hidden.jpg", "inside/deep.jpg"):
        (folder / name).write_bytes(content)
    (folder / "cut.jpg").write_bytes(content[:2000])
    (folder / "loop.png").symlink_to("loop.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "readme.txt").write_text("Read me.")
    (folder / "seven.json").write_text(SEVEN)
    return folder


def standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes, *, terminal: bool = False) -> None:
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(content)))
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stdin", stream)


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_a_folder_is_read_and_what_cannot_be_is_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "--json", "--no-log", str(folder)]) == 1
    captured = capsys.readouterr()
    found = {Path(line["file"]).name: line for line in lines(captured.out)}
    read = {name: line["label"] for name, line in found.items() if "error" not in line}
    assert read == {"-dash.jpg": "4", "a.jpg": "4", "new\nline.jpg": "4", "no ending": "4", "seven.json": "7"}
    assert set(found) - set(read) == {"cut.jpg", "loop.png", "pipe.png"}
    assert len(captured.err.splitlines()) == 3


def test_names_that_look_like_something_else_are_files(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    Path("-").write_bytes(Path("a.jpg").read_bytes())
    assert main(["predict", "--json", "--no-log", "./-", "--", "-dash.jpg"]) == 0
    assert [line["label"] for line in lines(capsys.readouterr().out)] == ["4", "4"]


def test_a_wildcard_that_no_shell_replaced_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "--json", "--no-log", str(folder / "[as]*")]) == 0
    assert [line["label"] for line in lines(capsys.readouterr().out)] == ["4", "7"]


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (PICTURE.read_bytes(), "4"),
        (SEVEN.encode(), "7"),
        (json.dumps(json.loads(SEVEN), indent=1).encode(), "7"),
        (gzip.compress(SEVEN.encode()), "7"),
    ],
    ids=["picture", "ink", "ink on several lines", "packed ink"],
)
def test_standard_input_is_what_its_content_says(
    content: bytes, label: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    standard_input(monkeypatch, content)
    assert main(["predict", "--json", "-"]) == 0
    (line,) = lines(capsys.readouterr().out)
    assert (line["file"], line["label"]) == ("-", label)
    assert main(["history", "list", "--json"]) == 0
    (record,) = lines(capsys.readouterr().out)
    assert (record["id"], record["source"], record["name"]) == (line["id"], "file", None)


def test_many_drawings_come_through_a_pipe(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    standard_input(monkeypatch, f"{SEVEN}\n\n{SEVEN}\nrubbish\n".encode())
    assert main(["predict", "--json", "--no-log", "-"]) == 1
    first, second, third = lines(capsys.readouterr().out)
    assert (first["index"], second["index"]) == (0, 1)
    assert third == {"file": "-", "error": "Standard input: Line 4: This is not an ink file: it is not JSON."}


@pytest.mark.parametrize(
    ("content", "terminal", "sentence"),
    [
        (b"", True, "is the keyboard"),
        (b"", False, "Standard input is empty."),
        (b"text", False, "is a text file"),
        (b"{", False, "is not JSON"),
        (PICTURE.read_bytes()[:2000], False, "damaged, cut off"),
    ],
)
def test_standard_input_that_cannot_be_read_is_one_sentence(
    content: bytes, terminal: bool, sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    standard_input(monkeypatch, content, terminal=terminal)
    assert main(["predict", "--no-log", "-"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert sentence in captured.err


def test_a_variable_that_is_not_set_reads_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["predict", ""])
    assert ended.value.code == 2
    assert "cannot be empty" in capsys.readouterr().err


def test_a_folder_of_several_is_not_explained_by_one_picture(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "--no-log", "--explain", str(tmp_path / "why.png"), str(folder)]) == 2
    assert "takes one FILE" in capsys.readouterr().err


class Terminal(io.StringIO):
    """Standard error with somebody before it."""

    def isatty(self) -> bool:
        return True


def test_whoever_watches_sees_how_far_it_is(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(predict, "LONG", 0.0)
    assert main(["predict", "--no-log", str(folder / "*.jpg")]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert "4/4" in terminal.getvalue()


def test_a_short_batch_and_a_script_see_no_bar(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "--no-log", str(folder / "a.jpg"), str(folder / "seven.json")]) == 0
    assert capsys.readouterr().err == ""


def test_a_drawing_through_a_pipe_is_answered_at_once_and_ctrl_c_ends_it_in_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mnist_desktop", "predict", "--json", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        printed = []
        for _ in range(3):
            process.stdin.write(f"{SEVEN}\n")
            process.stdin.flush()
            printed.append(json.loads(process.stdout.readline())["id"])
        # It waits for the next drawing, which never comes.
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
        assert process.stderr.read() == "mnist-desktop: Stopped; the rest was not read.\n"
    assert process.returncode == 130
    assert main(["history", "list", "--json"]) == 0
    assert {line["id"] for line in lines(capsys.readouterr().out)} == set(printed)


def test_of_two_files_of_one_name_the_one_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.json").write_text(SEVEN)
        (tmp_path / name / "b.png").touch()
    (tmp_path / "two" / "a.json").write_text('{"strokes": 1}')
    assert main(["predict", "--no-log", str(tmp_path / "*" / "*")]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"mnist-desktop: {tmp_path / 'one' / 'b.png'} is empty.",
        f'mnist-desktop: {tmp_path / "two" / "a.json"}: This is not an ink file: it has no list of "strokes".',
        f"mnist-desktop: {tmp_path / 'two' / 'b.png'} is empty.",
    ]


def test_ctrl_c_between_commit_and_print_waits() -> None:
    done = []

    def commit_and_print() -> None:
        with unbroken():
            signal.raise_signal(signal.SIGINT)
            done.append("printed")

    with pytest.raises(KeyboardInterrupt):
        commit_and_print()
    assert done == ["printed"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_is_prepared_by_several_threads_comes_in_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(folder / name) for name in ("a.jpg", "seven.json", "cut.jpg", "no ending", "missing.png")] * 5
    assert main(["predict", "--json", "--no-log", *files]) == 1
    found = lines(capsys.readouterr().out)
    assert [line["file"] for line in found] == files
    assert [line.get("label") for line in found] == ["4", "7", None, "4", None] * 5


def test_pictures_are_decoded_one_at_a_time(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hostile one may take hundreds of megabytes while it is decoded: several at once would be too much."""
    real, decoding, most = pictures.decode_picture, [0], [0]

    def counted(content: bytes, *, name: str | None) -> pictures.Picture:
        decoding[0] += 1
        most[0] = max(most[0], decoding[0])
        picture = real(content, name=name)
        decoding[0] -= 1
        return picture

    monkeypatch.setattr(pictures, "decode_picture", counted)
    assert main(["predict", "--json", "--no-log", *[str(folder / "a.jpg")] * 20]) == 0
    assert len(lines(capsys.readouterr().out)) == 20
    assert most == [1]

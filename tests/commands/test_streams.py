"""What a command does with the streams it is given: closed, full, read no further, or of an old encoding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_desktop import __main__, cli
from mnist_desktop.commands import doctor
from mnist_desktop.paths import shipped

SAMPLE = shipped("resources") / "drawings" / "7.json"

NOT_TEXT = b"\xff\n\x1b[31m.json"
"""A file's name that is no UTF-8, breaks the line, and would colour the terminal."""


def command(*words: str | bytes, redirect: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`mnist-desktop` with these words, under a shell that redirects its streams."""
    program = ["sh", "-c", f'exec "$@" {redirect}', "sh", sys.executable, "-m", "mnist_desktop", *words]
    return subprocess.run(program, capture_output=True, check=False, env={**os.environ, **environment})


@pytest.mark.parametrize("redirect", ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing_else(redirect: str) -> None:
    done = command("predict", str(SAMPLE), redirect=redirect)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(command("history", "list").stdout.splitlines()) == 1


def test_a_complaint_never_goes_to_standard_output(tmp_path: Path) -> None:
    done = command("predict", "--json", str(tmp_path / "missing.png"), redirect="2>&-")
    assert done.returncode == 1
    assert [set(json.loads(line)) for line in done.stdout.splitlines()] == [{"file", "error"}]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "words",
    [["predict", str(SAMPLE)], ["predict", "--json", str(SAMPLE)], ["doctor"], ["--version"], ["log", "--help"]],
)
def test_output_that_cannot_be_written_is_one_sentence(words: list[str]) -> None:
    # As in a shell: with it argparse would keep the failure to itself.
    done = command(*words, redirect=">/dev/full", PYTHONUNBUFFERED="")
    assert done.returncode == 1
    assert done.stderr == b"mnist-desktop: The output cannot be written (No space left on device).\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_complaints_that_cannot_be_written_keep_nothing_from_being_read(tmp_path: Path) -> None:
    done = command("predict", "--json", str(tmp_path / "missing.png"), str(SAMPLE), redirect="2>/dev/full")
    assert done.returncode == 1
    assert [line.get("digit") for line in map(json.loads, done.stdout.splitlines())] == [None, 7]


def test_a_reader_that_has_enough_is_no_reason_to_complain(tmp_path: Path) -> None:
    many = tmp_path / "many.jsonl"
    many.write_text(SAMPLE.read_text() * 2_000)
    done = command("predict", str(many), "--no-log", redirect="| head -n 1")
    assert (len(done.stdout.splitlines()), done.stderr) == (1, b"")


def test_nobody_has_to_read_the_help() -> None:
    assert command("--help", redirect="| true", PYTHONUNBUFFERED="").stderr == b""


def test_ctrl_c_while_the_program_is_loaded_ends_it_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == cli.__name__:
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, cli.__name__)
    monkeypatch.setattr(sys, "meta_path", [Interrupted, *sys.meta_path])
    assert __main__.main() == 130


@pytest.mark.parametrize("encoding", ["utf-8:strict", "utf-8:surrogateescape", "ascii:strict", "latin-1:strict"])
def test_any_name_is_strict_json_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    names = [os.fsencode(tmp_path) + b"/" + name for name in (NOT_TEXT, "zwölf.json".encode(), b"missing\xfe.png")]
    for name in names[:2]:
        Path(os.fsdecode(name)).write_bytes(SAMPLE.read_bytes())
    done = command("predict", "--json", *names, PYTHONIOENCODING=encoding)
    lines = [json.loads(line.decode(encoding.partition(":")[0])) for line in done.stdout.splitlines()]
    assert [os.fsencode(line["file"]) for line in lines] == names
    assert done.stderr.count(b"\n") == 1


def test_a_name_stays_on_its_line_and_colours_nothing(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/" + NOT_TEXT
    Path(os.fsdecode(name)).write_bytes(SAMPLE.read_bytes())
    shown = rb"\udcff\n\x1b[31m.json"
    assert shown in command("predict", name, PYTHONIOENCODING="utf-8:strict").stdout
    (listed,) = command("history", "list").stdout.splitlines()
    assert shown in listed
    assert command("history", "list", "--name", b"\xff").stdout.splitlines() == [listed]


def test_a_glyph_is_shown_where_its_blocks_cannot_be_printed() -> None:
    (line,) = command("predict", "--json", str(SAMPLE)).stdout.splitlines()
    done = command("history", "show", json.loads(line)["id"], PYTHONIOENCODING="ascii:strict")
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_fault_of_the_program_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise ZeroDivisionError("that was\nunexpected")

    monkeypatch.setattr(doctor, "run", fail)
    assert cli.main(["doctor"]) == 1
    assert capsys.readouterr().err == (
        "mnist-desktop: This is a fault of MNIST Desktop (ZeroDivisionError: that was\\nunexpected); "
        "--verbose shows where it is.\n"
    )

"""`history` and `log` as a person or a script uses them, on this computer's records alone."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from sample_records import make_record

from mnist_desktop.cli import main
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.journal import Journal

DRAWINGS = {
    "seven.json": '{"strokes": [[[0, 0], [50, 0], [20, 80]]]}',
    "=one.json": '{"strokes": [[[30, 0], [28, 80]]]}',
}


@pytest.fixture
def logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """Two readings in the log, oldest first, as `predict` printed them."""
    for name, content in DRAWINGS.items():
        (tmp_path / name).write_text(content)
    assert main(["predict", "--json", *(str(tmp_path / name) for name in DRAWINGS)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert main(["history", "list", "--json", *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_newest_comes_first(logged: list[dict[str, object]], capsys: pytest.CaptureFixture[str]) -> None:
    records = listed(capsys)
    assert [record["id"] for record in records] == [line["id"] for line in reversed(logged)]
    assert set(records[0]) == {
        "id", "time", "digit", "label", "confidence", "verdict", "source", "name", "model", "corrected", "device",
        "delivered",
    }  # fmt: skip
    assert str(records[0]["time"]).endswith("Z")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--digit", "7"], ["seven.json"]),
        (["--name", "ONE"], ["=one.json"]),
        (["--limit", "1"], ["=one.json"]),
        (["--source", "canvas"], []),
        (["--source", "file"], ["=one.json", "seven.json"]),
        (["--since", "2001-01-01"], ["=one.json", "seven.json"]),
        (["--until", "2001-01-01T10:30+02:00"], []),
        (["--below", "0"], []),
        (["--corrected"], []),
    ],
)
def test_filters(
    logged: list[dict[str, object]], capsys: pytest.CaptureFixture[str], words: list[str], names: list[str]
) -> None:
    assert [record["name"] for record in listed(capsys, *words)] == names


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "yesterday"], ["--limit", "0"], ["--limit", "ten"], ["--source", "moon"], ["--digit", "-1"],
        ["--digit", "99999999999999999999"], ["--below", "nan"], ["--below", "2"], ["--name", ""], ["--device", ""],
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["history", "list", *words])
    assert caught.value.code == 2


def test_a_device_is_looked_for_that_could_not_be_this_ones_name(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(home / "journal.sqlite", "default")
    journal.save([make_record(device="x" * 65), make_record()])
    journal.close()
    assert [record["device"] for record in listed(capsys, "--device", "x" * 65)] == ["x" * 65]


def test_show_draws_the_glyph(logged: list[dict[str, object]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "show", str(logged[0]["id"])]) == 0
    shown = capsys.readouterr().out
    assert "seven.json" in shown
    assert "█" in shown


def test_an_unknown_record_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "show", "5f1bdd6e-e500-11f1-8000-010000000000"]) == 1
    assert capsys.readouterr().err == "mnist-desktop: The log has no record 5f1bdd6e-e500-11f1-8000-010000000000.\n"


def test_json_lines_hold_what_list_says(
    logged: list[dict[str, object]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "all.jsonl"
    assert main(["history", "export", str(out)]) == 0
    capsys.readouterr()
    assert [json.loads(line) for line in out.read_text("utf-8").splitlines()] == listed(capsys)


def test_a_table_is_safe_to_open(logged: list[dict[str, object]], tmp_path: Path) -> None:
    out = tmp_path / "all.csv"
    assert main(["history", "export", str(out)]) == 0
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["'=one.json", "seven.json"]
    assert [row["digit"] for row in rows] == ["1", "7"]


def test_glyphs_are_written_as_they_were_seen(logged: list[dict[str, object]], tmp_path: Path) -> None:
    assert main(["history", "export", str(tmp_path / "all.jsonl"), "--glyphs", str(tmp_path / "glyphs")]) == 0
    files = list((tmp_path / "glyphs").iterdir())
    assert {file.stem for file in files} == {line["id"] for line in logged}
    assert all(Glyph.from_png(file.read_bytes()).levels.any() for file in files)


def test_nothing_is_overwritten_unless_asked(
    logged: list[dict[str, object]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "all.jsonl"
    out.write_text("mine")
    assert main(["history", "export", str(out)]) == 1
    assert "--force" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert main(["history", "export", str(out), "--force"]) == 0
    assert len(out.read_text().splitlines()) == 2
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".part")] == []


def test_an_export_that_fails_leaves_nothing(
    logged: list[dict[str, object]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["history", "export", str(tmp_path / "no" / "folder.csv")]) == 1
    assert main(["history", "export", str(tmp_path / "table.xls")]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "table.xls").exists()


def test_status_counts_what_waits(logged: list[dict[str, object]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "status", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert set(status) == {"connected", "pending", "delivered", "quarantined", "why"}
    assert (status["connected"], status["pending"], status["delivered"]) == (False, 2, 0)


@pytest.mark.parametrize("action", ["deliver", "retry"])
def test_delivering_to_nobody_fails_says_why_and_keeps_everything(
    logged: list[dict[str, object]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", "127.0.0.1:1")
    assert main(["log", action]) == 1
    captured = capsys.readouterr()
    assert "not connected (Nothing listens at 127.0.0.1:1: the connection was refused); 2 waiting" in captured.out
    assert captured.err == "mnist-desktop: Nothing listens at 127.0.0.1:1: the connection was refused.\n"


@pytest.mark.parametrize("file", ["/dev/null/all.csv", f"{'x' * 300}.csv"])
def test_an_export_to_where_no_file_can_be_is_one_sentence(capsys: pytest.CaptureFixture[str], file: str) -> None:
    assert main(["history", "export", file]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_glyphs_that_cannot_be_written_are_named(
    logged: list[dict[str, object]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["history", "export", str(tmp_path / "all.csv"), "--glyphs", str(tmp_path / "seven.json")]) == 1
    assert "seven.json (" in capsys.readouterr().err
    assert not (tmp_path / "all.csv").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["log", "status"], ["log", "status", "--json"], ["log", "deliver"], ["log", "retry"], ["history", "list"],
        ["history", "show", "5f1bdd6e-e500-11f1-8000-010000000000"], ["history", "export", "all.csv"],
    ],
)  # fmt: skip
def test_a_journal_that_cannot_be_read_is_not_an_empty_one(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (home / "journal.sqlite").mkdir()
    assert main(words) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"mnist-desktop: The journal {home / 'journal.sqlite'} cannot be opened")
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["history", "list"], ["log", "status"], ["log", "quarantined"], ["predict", "seven.json"]]
)
def test_a_damaged_journal_is_said_to_be_kept(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seven.json").write_text(DRAWINGS["seven.json"])
    (home / "journal.sqlite").write_bytes(b"not a database " * 1000)
    assert main(words) == 0
    assert "The journal was damaged. It is kept as" in capsys.readouterr().err

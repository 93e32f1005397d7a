"""README's story of Cassandra on the command line: read, delivered, listed as delivered, and the status says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mnist_desktop.cli import main
from mnist_desktop.commands import history, history_changes, history_export
from mnist_desktop.paths import shipped

pytestmark = pytest.mark.cassandra

SAMPLES = [str(shipped("resources") / "drawings" / f"{digit}.json") for digit in (4, 7)]


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node on a busy machine is given the time that it needs to be connected."""
    for command in (history, history_changes, history_export):
        monkeypatch.setattr(command, "CONNECT_SECONDS", 60.0)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    """What a command prints; it must succeed and have nothing to complain of."""
    assert main([*words]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


def test_what_was_predicted_is_delivered_and_said_to_be(
    cassandra_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read = said(capsys, "predict", "--json", "--wait", "60", *SAMPLES)
    assert [line["digit"] for line in read] == [4, 7]
    # The second command of a kind has nothing left to deliver, and must still find Cassandra.
    for _ in range(2):
        listed = said(capsys, "history", "list", "--json")
        assert [(record["id"], record["delivered"]) for record in listed] == [
            (read[1]["id"], True),
            (read[0]["id"], True),
        ]
        assert said(capsys, "log", "status", "--json") == [
            {"connected": True, "pending": 0, "delivered": 2, "quarantined": 0, "why": None}
        ]
    (cassandra_home / "journal.sqlite").unlink()
    assert [record["id"] for record in said(capsys, "history", "list", "--json")] == [read[1]["id"], read[0]["id"]]


@pytest.fixture
def other_home(cassandra_home: Path, tmp_path: Path) -> Path:
    """The home of a second computer that writes the same log."""
    return tmp_path / "other"


def test_what_one_computer_read_another_corrects_deletes_and_brings_back(
    cassandra_home: Path, other_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = said(capsys, "predict", "--json", "--wait", "60", *SAMPLES)
    four, seven = (line["id"] for line in read)
    monkeypatch.setenv("MNIST_DESKTOP_HOME", str(other_home))
    (corrected,) = said(capsys, "history", "correct", four, "9", "--json")
    assert (corrected["label"], corrected["corrected"], corrected["delivered"]) == ("4", "9", True)
    (deleted,) = said(capsys, "history", "delete", seven, "--json")
    assert (deleted["id"], deleted["label"]) == (seven, "7")
    monkeypatch.setenv("MNIST_DESKTOP_HOME", str(cassandra_home))
    assert said(capsys, "history", "list", "--json") == [corrected]
    assert said(capsys, "history", "list", "--json", "--corrected", "--device", corrected["device"]) == [corrected]
    # Only the computer that deleted it has it still.
    assert main(["history", "restore", seven]) == 1
    capsys.readouterr()
    monkeypatch.setenv("MNIST_DESKTOP_HOME", str(other_home))
    (restored,) = said(capsys, "history", "restore", seven, "--json")
    assert restored == {**deleted, "delivered": False}
    monkeypatch.setenv("MNIST_DESKTOP_HOME", str(cassandra_home))
    assert said(capsys, "history", "list", "--json") == [{**restored, "delivered": True}, corrected]


def test_a_log_is_exported_on_a_computer_that_holds_none_of_it(
    cassandra_home: Path, other_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = said(capsys, "predict", "--json", "--wait", "60", *SAMPLES)
    listed = said(capsys, "history", "list", "--json")
    monkeypatch.setenv("MNIST_DESKTOP_HOME", str(other_home))
    out, glyphs = other_home.with_name("all.jsonl"), other_home.with_name("glyphs")
    assert main(["history", "export", str(out), "--glyphs", str(glyphs)]) == 0
    assert [json.loads(line) for line in out.read_text("utf-8").splitlines()] == listed
    assert {file.stem for file in glyphs.iterdir()} == {line["id"] for line in read}


def test_a_forgotten_log_is_empty_for_every_computer_and_goes_on(
    cassandra_home: Path, other_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said(capsys, "predict", "--json", "--wait", "60", *SAMPLES)
    monkeypatch.setenv("MNIST_DESKTOP_HOME", str(other_home))
    said(capsys, "predict", "--json", "--wait", "60", *SAMPLES)
    assert len(said(capsys, "history", "list", "--json")) == 4
    assert main(["history", "forget", "--yes"]) == 0
    assert "is empty on this computer and in Cassandra, for every device" in capsys.readouterr().out
    for home in (other_home, cassandra_home):
        monkeypatch.setenv("MNIST_DESKTOP_HOME", str(home))
        assert said(capsys, "history", "list", "--json") == []
        assert said(capsys, "log", "status", "--json")[0]["delivered"] == 0
    (again,) = said(capsys, "predict", "--json", "--wait", "60", SAMPLES[0])
    assert [line["id"] for line in said(capsys, "history", "list", "--json")] == [again["id"]]
    # Nor does anything come back without a connection.
    for home, left in ((cassandra_home, [again["id"]]), (other_home, [])):
        monkeypatch.setenv("MNIST_DESKTOP_HOME", str(home))
        monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", "off")
        assert [line["id"] for line in said(capsys, "history", "list", "--json")] == left

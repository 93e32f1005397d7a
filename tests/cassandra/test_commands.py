"""README's story of Cassandra on the command line: read, delivered, listed as delivered, and the status says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mnist_desktop.cli import main
from mnist_desktop.paths import shipped

pytestmark = pytest.mark.cassandra

SAMPLES = [str(shipped("resources") / "drawings" / f"{digit}.json") for digit in (4, 7)]


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

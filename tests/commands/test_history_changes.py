"""`history correct|delete|restore|forget` as a person or a script uses them, on this computer's records alone."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sample_records import make_record

from mnist_desktop.cli import main
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.record import Record

SENTENCE = "mnist-desktop: "

SOME_ID = "5f1bdd6e-e500-11f1-8000-010000000000"


@pytest.fixture
def journal(home: Path) -> Journal:
    return Journal(home / "journal.sqlite", "default")


@pytest.fixture
def records(journal: Journal) -> list[Record]:
    """Three readings in the log, oldest first."""
    made = [make_record(digit=digit, label=str(digit)) for digit in (1, 2, 3)]
    journal.save(made)
    journal.close()
    return made


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict[str, Any]], list[str]]:
    """The exit code, the JSON lines that were printed, and what was complained of."""
    code = main(["history", *words, "--json"])
    captured = capsys.readouterr()
    return code, [json.loads(line) for line in captured.out.splitlines()], captured.err.splitlines()


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[tuple[str, str | None]]:
    """The id and the correction of each record that is listed."""
    code, lines, complaints = run(capsys, "list", *words)
    assert (code, complaints) == (0, [])
    return [(line["id"], line["corrected"]) for line in lines]


def test_it_was_a_7_and_then_it_was_not(records: list[Record], capsys: pytest.CaptureFixture[str]) -> None:
    record_id = str(records[0].id)
    code, (line,), _ = run(capsys, "correct", record_id, "7")
    assert code == 0
    assert (line["id"], line["label"], line["corrected"], line["delivered"]) == (record_id, "1", "7", False)
    assert listed(capsys, "--corrected") == [(record_id, "7")]
    code, (line,), _ = run(capsys, "correct", record_id, "--undo")
    assert (code, line["corrected"]) == (0, None)
    assert listed(capsys, "--corrected") == []
    assert len(listed(capsys)) == 3


def test_a_label_that_the_records_model_has_not_is_refused(
    records: list[Record], capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines, (complaint,) = run(capsys, "correct", str(records[0].id), "77")
    assert (code, lines) == (1, [])
    assert complaint == SENTENCE + "“77” is no label of the model digits, which knows 0, 1, 2, 3, 4, 5, 6, 7, 8, 9."
    assert listed(capsys, "--corrected") == []


def test_a_label_is_kept_as_the_model_writes_it(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    garment, stranger = make_record(model="fashion"), make_record(model="from another computer")
    journal.save([garment, stranger])
    journal.close()
    assert run(capsys, "correct", str(garment.id), "ankle BOOT")[1][0]["corrected"] == "Ankle boot"
    assert run(capsys, "correct", str(stranger.id), "kite")[1][0]["corrected"] == "kite"
    code, _, (complaint,) = run(capsys, "correct", str(stranger.id), "kite\nkite")
    assert code == 1
    assert "one line" in complaint


@pytest.mark.parametrize("words", [[], ["7", "--undo"]])
def test_neither_a_label_nor_undo_or_both_is_a_usage_error(
    records: list[Record], capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    code, _, complaints = run(capsys, "correct", str(records[0].id), *words)
    assert (code, len(complaints)) == (2, 1)
    assert listed(capsys, "--corrected") == []


@pytest.mark.parametrize("label", ["", "  "])
def test_an_empty_label_takes_no_correction_back(
    journal: Journal, capsys: pytest.CaptureFixture[str], label: str
) -> None:
    record = make_record(model="from another computer", corrected="kite")
    journal.save([record])
    journal.close()
    with pytest.raises(SystemExit, match="2"):
        main(["history", "correct", str(record.id), label])
    assert "--undo takes a correction back" in capsys.readouterr().err
    assert listed(capsys, "--corrected") == [(str(record.id), "kite")]


def test_what_is_deleted_is_gone_and_can_be_brought_back(
    records: list[Record], capsys: pytest.CaptureFixture[str], journal: Journal
) -> None:
    first, second, third = (str(record.id) for record in records)
    code, lines, _ = run(capsys, "delete", first, third, first)
    assert code == 0
    assert [(line["id"], line["label"]) for line in lines] == [(first, "1"), (third, "3")]
    assert listed(capsys) == [(second, None)]
    assert main(["history", "show", first]) == 1
    mark = journal.find(records[0].id)
    assert mark is not None
    assert (mark.record.glyph, mark.record.ink) == (b"", b"")
    code, lines, _ = run(capsys, "restore", first)
    assert [(line["id"], line["label"]) for line in lines] == [(first, "1")]
    assert [one for one, _ in listed(capsys)] == [second, first]
    back = journal.find(records[0].id)
    assert back is not None
    assert (back.record.glyph, back.record.ink) == (records[0].glyph, records[0].ink)
    journal.close()


def test_a_deletion_says_how_it_is_undone(records: list[Record], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "delete", str(records[0].id)]) == 0
    said = capsys.readouterr().out
    assert str(records[0].id) in said
    assert "history restore" in said


def test_of_several_the_unknown_are_named_and_the_rest_deleted(
    records: list[Record], capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = make_record().id
    code, lines, complaints = run(capsys, "delete", str(stranger), str(records[1].id))
    assert (code, [line["id"] for line in lines]) == (1, [str(records[1].id)])
    assert len(complaints) == 1
    assert complaints[0].startswith(f"{SENTENCE}This computer does not hold the record {stranger}.")
    assert len(listed(capsys)) == 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["correct", "ID", "7"], "does not hold the record ID"),
        (["delete", "ID"], "does not hold the record ID"),
        (["restore", "ID"], "has not deleted a record ID within a day"),
    ],
)
def test_an_unknown_record_is_one_sentence(
    capsys: pytest.CaptureFixture[str], records: list[Record], words: list[str], complaint: str
) -> None:
    stranger = str(make_record().id)
    code, lines, said = run(capsys, *[stranger if word == "ID" else word for word in words])
    assert (code, lines, len(said)) == (1, [], 1)
    assert complaint.replace("ID", stranger) in said[0]


def test_what_is_not_deleted_is_not_restored(records: list[Record], capsys: pytest.CaptureFixture[str]) -> None:
    code, lines, said = run(capsys, "restore", str(records[0].id))
    assert (code, lines) == (1, [])
    assert said == [f"{SENTENCE}The record {records[0].id} is not deleted."]


@pytest.mark.parametrize("action", ["show", "correct", "delete", "restore"])
@pytest.mark.parametrize("word", ["7", "", "5f1bdd6e", str(uuid4()), "../../etc/passwd", "5f1bdd6e-e500-11f1-0000-01"])
def test_what_is_no_id_of_a_record_is_a_usage_error(capsys: pytest.CaptureFixture[str], action: str, word: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["history", action, word])
    assert caught.value.code == 2
    assert f"{word!r} is no id of a record" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["correct", SOME_ID, "7"], ["delete", SOME_ID]])
def test_a_journal_that_cannot_be_read_is_one_sentence(
    capsys: pytest.CaptureFixture[str], home: Path, words: list[str]
) -> None:
    (home / "journal.sqlite").mkdir()
    code, lines, said = run(capsys, *words)
    assert (code, lines, len(said)) == (1, [], 1)
    assert "cannot be opened" in said[0]


def test_forgetting_asks_for_the_name_of_the_log(
    records: list[Record], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for typed, code, left in (("yes\n", 1, 3), ("", 1, 3), ("default\n", 0, 0)):
        terminal = io.StringIO(typed)
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", terminal)
        assert main(["history", "forget"]) == code
        captured = capsys.readouterr()
        assert "empties the log “default” on this computer only" in captured.err
        assert ("nothing was emptied" in captured.err) == bool(code)
        assert len(listed(capsys)) == left


def test_where_nobody_can_be_asked_forgetting_needs_yes(
    records: list[Record], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("default\n"))
    assert main(["history", "forget"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert len(listed(capsys)) == 3
    assert main(["history", "delete", str(records[0].id)]) == 0
    assert main(["history", "forget", "--yes"]) == 0
    capsys.readouterr()
    assert listed(capsys) == []
    assert main(["history", "restore", str(records[0].id)]) == 1


def test_while_cassandra_is_away_nothing_is_forgotten(
    records: list[Record], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", "127.0.0.1:1")
    assert main(["history", "forget", "--yes"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{SENTENCE}Nothing was emptied, because Cassandra is not: ")
    assert said.count("\n") == 1
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", "off")
    assert len(listed(capsys)) == 3


def test_a_change_that_waits_for_cassandra_says_so(
    records: list[Record], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", "127.0.0.1:1")
    code, (line,), (complaint,) = run(capsys, "correct", str(records[0].id), "7")
    assert (code, line["corrected"]) == (0, "7")
    assert complaint.startswith(f"{SENTENCE}3 records wait for Cassandra: Nothing listens")


def test_a_damaged_journal_that_forgetting_leaves_is_named(
    records: list[Record], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = home / "journal.sqlite.damaged-20260301T120000000000"
    kept.write_bytes(b"readings of long ago")
    assert main(["history", "forget", "--yes"]) == 0
    complaint = f"{SENTENCE}The damaged journal {kept} was kept, and may hold readings still."
    assert complaint in capsys.readouterr().err.splitlines()

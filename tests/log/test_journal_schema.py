"""Journals of older versions are brought up to date, and those of newer ones left alone."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from journal_looking import everything
from sample_records import make_record, make_records

from mnist_desktop.log import journal_schema
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.journal_rows import COLUMNS, to_row
from mnist_desktop.log.query import Filters
from mnist_desktop.log.record import LogError, Record, compare_key

VERSION_1 = (
    """CREATE TABLE log (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        identity BLOB  -- of the log in Cassandra that "delivered" speaks of
    )""",
    """CREATE TABLE tally (
        log INTEGER NOT NULL,
        state TEXT NOT NULL,
        records INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (log, state)
    ) WITHOUT ROWID""",
    """CREATE TRIGGER log_made AFTER INSERT ON log BEGIN
        INSERT INTO tally (log, state)
        VALUES (NEW.number, 'pending'), (NEW.number, 'again'), (NEW.number, 'delivered'), (NEW.number, 'refused');
    END""",
    # pending: never yet acknowledged; again: acknowledged, but what was acknowledged may be lost;
    # refused: quarantined, with the reason.
    """CREATE TABLE record (
        log INTEGER NOT NULL,
        key BLOB NOT NULL,  -- sorts as the server sorts ids
        id BLOB NOT NULL,
        version INTEGER NOT NULL,
        digit INTEGER, label TEXT, confidence REAL, probabilities BLOB, verdict TEXT NOT NULL,
        source TEXT NOT NULL, name TEXT, model TEXT NOT NULL, glyph BLOB NOT NULL, ink BLOB,
        drawing BLOB, position INTEGER, preparation TEXT, corrected TEXT,
        deleted INTEGER NOT NULL, device TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'again', 'delivered', 'refused')),
        delivered_to BLOB,
        delivered_at INTEGER,  -- microseconds since 1970
        reason TEXT,
        UNIQUE (log, key)
    )""",
    "CREATE INDEX record_state ON record (log, state, key)",
    "CREATE INDEX record_undelivered ON record (log, key) WHERE state <> 'delivered'",
    "CREATE INDEX record_delivered_at ON record (log, delivered_at) WHERE state = 'delivered'",
    "CREATE INDEX record_digit ON record (log, digit, key)",
    "CREATE INDEX record_source ON record (log, source, key)",
    """CREATE TRIGGER record_made AFTER INSERT ON record BEGIN
        UPDATE tally SET records = records + 1 WHERE log = NEW.log AND state = NEW.state;
    END""",
    """CREATE TRIGGER record_moved AFTER UPDATE OF state ON record WHEN OLD.state <> NEW.state BEGIN
        UPDATE tally SET records = records - 1 WHERE log = OLD.log AND state = OLD.state;
        UPDATE tally SET records = records + 1 WHERE log = NEW.log AND state = NEW.state;
    END""",
    """CREATE TRIGGER record_gone AFTER DELETE ON record BEGIN
        UPDATE tally SET records = records - 1 WHERE log = OLD.log AND state = OLD.state;
    END""",
)
"""How version 1 made a journal, word for word."""

VERSION_1_SAVE = """INSERT INTO record (log, key, id, version, digit, label, confidence, probabilities, verdict, source,
        name, model, glyph, ink, drawing, position, preparation, corrected, deleted, device)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def write_by_version_1(path: Path, records: Sequence[Record]) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN")
    for statement in VERSION_1:
        connection.execute(statement)
    connection.execute("PRAGMA application_id = 1296976967")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("INSERT INTO log (name) VALUES ('default')")
    for record in records:
        packed = struct.pack("<10d", *record.probabilities)
        connection.execute(
            VERSION_1_SAVE,
            (
                1, compare_key(record.id), record.id.bytes, record.version, record.digit, record.label,
                record.confidence, packed, record.verdict, record.source.value, record.name, record.model,
                record.glyph, record.ink, None, None, None, record.corrected, record.deleted, record.device,
            ),
        )  # fmt: skip
    connection.execute("UPDATE record SET state = 'delivered', delivered_to = ?, delivered_at = 1", (b"i" * 16,))
    connection.execute("UPDATE record SET state = 'pending' WHERE rowid > 200")
    connection.execute("COMMIT")
    connection.close()


def test_a_journal_that_version_1_wrote_keeps_its_records_and_is_as_one_of_now(path: Path, tmp_path: Path) -> None:
    records = make_records(300)
    write_by_version_1(path, records)
    journal = Journal(path, "default")
    assert everything(journal) == [record for record in records[::-1] if record.shown]
    for filters in (Filters(name="SCAN"), Filters(digit=3), Filters(below=0.4), Filters(corrected=True)):
        expected = [record for record in records[::-1] if filters.match(record)]
        assert expected
        assert everything(journal, filters) == expected
    counts = journal.counts()
    assert (counts.pending, counts.delivered) == (100, 200)
    journal.save([records[0].changed(datetime.now(UTC), corrected="1")])
    journal.close()
    fresh = Journal(tmp_path / "fresh.sqlite", "default")
    fresh.save([])
    fresh.close()
    assert schema_of(path) == schema_of(tmp_path / "fresh.sqlite")


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_journal_of_any_earlier_version_becomes_as_one_of_now(
    path: Path, tmp_path: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    older = sqlite3.connect(path, isolation_level=None)
    with monkeypatch.context() as patch:
        patch.setattr(journal_schema, "MIGRATIONS", journal_schema.MIGRATIONS[:version])
        journal_schema.bring_up_to_date(older, path)
    older.execute("INSERT INTO log (name) VALUES ('default')")
    record = make_record(confidence=0.9985)
    columns = ("log", "key", *COLUMNS)
    older.execute(
        f"INSERT INTO record ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        (1, compare_key(record.id), *to_row(record)),
    )
    older.close()
    journal = Journal(path, "default")
    assert everything(journal, Filters(below=0.999)) == [record]
    assert everything(journal, Filters(below=0.998)) == []
    journal.close()
    fresh = Journal(tmp_path / "fresh.sqlite", "default")
    fresh.save([])
    fresh.close()
    assert schema_of(path) == schema_of(tmp_path / "fresh.sqlite")


def schema_of(path: Path) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY name")
    schema = [(*row[:3], " ".join(row[3].split())) for row in found]
    connection.close()
    return schema


def test_an_sqlite_without_trigrams_is_one_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    with pytest.raises(LogError, match=r"needs SQLite 3\.34 or later"):
        Journal(path, "default").counts()


def test_a_journal_from_a_newer_version_is_left_alone(journal: Journal, path: Path) -> None:
    journal.save([make_record()])
    journal.close()
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 1000")
    newer.close()
    with pytest.raises(LogError, match="newer version of this program"):
        journal.save([make_record()])
    assert not list(path.parent.glob("*.damaged-*"))


def test_migrations_bring_an_older_journal_up_to_date_and_keep_its_records(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make_record()
    journal.save([record])
    journal.close()
    further = (*journal_schema.MIGRATIONS, ("ALTER TABLE record ADD COLUMN colour TEXT DEFAULT 'blue'",))
    monkeypatch.setattr(journal_schema, "MIGRATIONS", further)
    newer = Journal(path, "default")
    found = newer.find(record.id)
    assert found is not None
    assert found.record == record
    assert newer._rows("SELECT colour FROM record WHERE log = ?") == [("blue",)]
    newer.close()


def test_a_migration_that_fails_leaves_the_journal_as_it_was(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make_record()
    journal.save([record])
    journal.close()
    with monkeypatch.context() as patch:
        broken = (*journal_schema.MIGRATIONS, ("ALTER TABLE record ADD COLUMN colour TEXT", "NOT SQL"))
        patch.setattr(journal_schema, "MIGRATIONS", broken)
        with pytest.raises(LogError):
            journal.counts()
    found = journal.find(record.id)
    assert found is not None
    assert found.record == record

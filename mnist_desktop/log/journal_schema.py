"""Turns an empty or an older journal into one of this program's version: tables, indexes, and what keeps the counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from mnist_desktop.log.journal_bands import BAND
from mnist_desktop.log.journal_names import TABLE as NAMES
from mnist_desktop.log.journal_names import add_names
from mnist_desktop.log.journal_rows import SHOWN
from mnist_desktop.log.record import LogError

Step = Callable[[sqlite3.Connection], None]

APPLICATION_ID = 0x4D4E4C47
"""Marks the file as this program's ("MNLG"), in SQLite's own header field for that."""

OLDEST_SQLITE = (3, 34, 0)
"""The first with trigrams."""


def _note_all_names(connection: sqlite3.Connection) -> None:
    named = "SELECT key, name FROM record WHERE log = ? AND name IS NOT NULL ORDER BY key"
    for (log,) in connection.execute("SELECT number FROM log").fetchall():
        rows = connection.execute(named, (log,))
        while some := rows.fetchmany(1_000):
            add_names(connection, log, some)


MIGRATIONS: tuple[tuple[str | Step, ...], ...] = (
    (
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
    ),
    (
        # Deleted records as they were, for a while: an undo takes them from here.
        """CREATE TABLE bin (
            log INTEGER NOT NULL,
            key BLOB NOT NULL,
            id BLOB NOT NULL,
            version INTEGER NOT NULL,
            digit INTEGER, label TEXT, confidence REAL, probabilities BLOB, verdict TEXT NOT NULL,
            source TEXT NOT NULL, name TEXT, model TEXT NOT NULL, glyph BLOB NOT NULL, ink BLOB,
            drawing BLOB, position INTEGER, preparation TEXT, corrected TEXT,
            deleted INTEGER NOT NULL, device TEXT NOT NULL,
            binned_at INTEGER NOT NULL,  -- microseconds since 1970
            PRIMARY KEY (log, key)
        ) WITHOUT ROWID""",
        "CREATE INDEX bin_binned_at ON bin (log, binned_at)",
    ),
    (
        "DROP INDEX record_digit",
        "DROP INDEX record_source",
        *(
            f"CREATE INDEX record_{column} ON record (log, {column}, key) WHERE {SHOWN}"
            for column in ("digit", "verdict", "source", "device")
        ),
        f"CREATE INDEX record_corrected ON record (log, key) WHERE corrected <> '' AND {SHOWN}",
        f"CREATE INDEX record_band ON record (log, CAST(confidence * 100 AS INTEGER), key) WHERE {SHOWN}",
        NAMES,
        _note_all_names,
    ),
    (
        # Bands of whole per cents held nearly all of a network's readings in the last one.
        "DROP INDEX record_band",
        f"CREATE INDEX record_band ON record (log, {BAND}, key) WHERE {SHOWN}",
    ),
)
"""What brings a journal from one version of its schema to the next; never changed, only added to."""


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Make what is missing, in one transaction; a LogError when the file is not this program's, or is a newer one's."""
    if _version(connection, path) == len(MIGRATIONS):
        return
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise LogError(f"The journal needs SQLite 3.34 or later; this Python has {sqlite3.sqlite_version}.")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for migration in MIGRATIONS[_version(connection, path) :]:
            for step in migration:
                if isinstance(step, str):
                    connection.execute(step)
                else:
                    step(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    # Ctrl+C, too, leaves nothing half done.
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    if owner != APPLICATION_ID and connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        raise LogError(f"{path} is a database of another program, not a journal.")
    if version > len(MIGRATIONS):
        raise LogError(f"The journal {path} was written by a newer version of this program.")
    return version

"""Turns records into rows of the local journal, each committed before it counts as saved, and back, newest first."""
# ruff: noqa: S608 - statements are put together from this module's own words; values are always bound.

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from mnist_desktop.log.journal_chunks import HOLD_SECONDS, carry_through, delete, update
from mnist_desktop.log.journal_file import JournalFile
from mnist_desktop.log.journal_names import add_names, remove_names, tidy_names
from mnist_desktop.log.journal_rows import COLUMNS, from_row, storable, to_row
from mnist_desktop.log.journal_salvage import Salvage, kept_files
from mnist_desktop.log.journal_search import AFTER_ALL, search
from mnist_desktop.log.query import Entry, Filters, Stretch
from mnist_desktop.log.record import Record, compare_key, microseconds

UPSERT = f"""INSERT INTO record (log, key, {", ".join(COLUMNS)}) VALUES (?, ?{", ?" * len(COLUMNS)})
    ON CONFLICT (log, key) DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in COLUMNS)},
        state = 'pending', delivered_to = NULL, delivered_at = NULL, reason = NULL
    WHERE excluded.version > record.version"""

BIN = f"""INSERT OR REPLACE INTO bin (log, key, {", ".join(COLUMNS)}, binned_at)
    VALUES (?, ?{", ?" * len(COLUMNS)}, ?)"""

UNDO = timedelta(days=1)
"""How long what this computer deleted can be brought back."""

NAMED = "SELECT key, name FROM record WHERE log = ? AND key = ? AND name <> ''"

LAST_ACKNOWLEDGED = "SELECT max(delivered_at) FROM record WHERE log = ? AND state = 'delivered'"

OF_STATE = "SELECT key FROM record WHERE log = :log AND state = :state AND key > :after ORDER BY key LIMIT :size"
"""Keys of the records in one state, oldest first."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many records of the log the journal holds."""

    pending: int
    delivered: int
    quarantined: int


class Journal:
    """The records of one log that this computer holds. Every thread may use it; what fails is a LogError."""

    def __init__(self, path: Path, log: str, *, tell: Callable[[], None] | None = None) -> None:
        """Nothing is read or written yet. `tell` is called, from any thread, when there is a new `notice`."""
        self._file = JournalFile(path, log)
        self._salvage = Salvage(self._file, tell or (lambda: None))
        self._file.after_set_aside = self._salvage.begin

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged journal was kept, when one was found."""
        return self._file.set_aside

    def notice(self) -> str | None:
        """Sentences about a damaged journal, which the person should read once; none when all is well."""
        kept = self._file.set_aside
        sentences = [f"The journal was damaged. It is kept as {kept}, and a new one was begun."] if kept else []
        for path, progress in self._salvage.found.items():
            place = "it" if path == kept else f"the damaged journal {path}"
            so_far = "" if progress.done else f" so far, from {progress.pages} of {progress.of} pages"
            sentences.append(f"{progress.records:,} records were recovered from {place}{so_far}.")
        return " ".join(sentences) or None

    def resume_salvage(self) -> None:
        """Go on with recovering what a damaged journal holds, if an earlier process did not come to its end."""
        self._salvage.begin()

    def stop_salvage(self) -> None:
        """Stop recovering, within one short transaction; it goes on at the next start."""
        self._salvage.stop()

    def save(self, records: Sequence[Record], *, binned: Sequence[Record] = ()) -> None:
        """Commit `records`, in one transaction; of each id the latest version wins, whenever it comes.

        `binned` are deleted ones as they were, which are kept for an undo until the first save after UNDO.
        """
        rows = [(compare_key(record.id), *to_row(record)) for record in records]
        named = [(compare_key(record.id), name) for record in records if (name := storable(record.name))]
        emptied = [compare_key(record.id) for record in records if record.deleted and not record.name]
        now = datetime.now(UTC)
        in_bin = [(compare_key(record.id), *to_row(record), microseconds(now)) for record in binned]

        def save(connection: sqlite3.Connection, log: int) -> None:
            gone = [connection.execute(NAMED, (log, key)).fetchone() for key in emptied]
            connection.executemany(UPSERT, [(log, *row) for row in rows])
            remove_names(connection, log, [was for was in gone if was is not None])
            add_names(connection, log, named)
            connection.executemany(BIN, [(log, *row) for row in in_bin])
            connection.execute("DELETE FROM bin WHERE log = ? AND binned_at < ?", (log, microseconds(now - UNDO)))

        self._file.run(save, write=True)

    def binned(self, record_id: UUID) -> Record | None:
        """A deleted record as it was, while it is kept for an undo."""
        statement = f"SELECT {', '.join(COLUMNS)} FROM bin WHERE log = ? AND key = ?"
        rows = self._rows(statement, compare_key(record_id))
        return from_row(rows[0]) if rows else None

    def find(self, record_id: UUID) -> Entry | None:
        """The held version of one record, deleted or not."""
        found = self._select("key = ?", compare_key(record_id))
        return found[0] if found else None

    def newest(self, before: UUID | None, filters: Filters, limit: int, *, undelivered: bool = False) -> Stretch:
        """At most `limit` records older than `before` that pass `filters`, newest first; only those that Cassandra
        is not known to hold when `undelivered`."""
        return self._file.run(
            lambda connection, log: search(connection, log, before, filters, limit, undelivered=undelivered),
            write=False,
        )

    def versions(self, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """The version of each of `ids` that is held here, delivered or not."""
        keys = [compare_key(record_id) for record_id in ids]
        if not keys:
            return {}
        statement = f"""SELECT id, version FROM record
            WHERE log = ? AND key IN ({", ".join("?" * len(keys))})"""
        return {UUID(bytes=record_id): version for record_id, version in self._rows(statement, *keys)}

    def delivered_versions(self, before: UUID | None, limit: int) -> list[tuple[UUID, int]]:
        """The versions of `limit` delivered records that are held here, older than `before`, newest first."""
        statement = """SELECT id, version FROM record
            WHERE log = ? AND state = 'delivered' AND key < ? ORDER BY key DESC LIMIT ?"""
        rows = self._rows(statement, AFTER_ALL if before is None else compare_key(before), limit)
        return [(UUID(bytes=record_id), version) for record_id, version in rows]

    def take_over(self, records: Sequence[Record]) -> int:
        """Hold these versions, which Cassandra has, in place of delivered older ones; says how many were older."""
        older = "log = ? AND key = ? AND state = 'delivered' AND version < ?"
        change = f"UPDATE record SET {', '.join(f'{column} = ?' for column in COLUMNS)} WHERE {older}"

        def take_over(connection: sqlite3.Connection, log: int) -> int:
            named = []
            for record in records:
                where = log, compare_key(record.id), record.version
                was = connection.execute(f"SELECT key, name FROM record WHERE {older}", where).fetchone()
                if was is not None:
                    connection.execute(change, (*to_row(record), *where))
                    named.append((was, (where[1], storable(record.name))))
            # After all of them: what the index knows of a moment is looked up again.
            remove_names(connection, log, [was for was, _ in named if was[1]])
            add_names(connection, log, [(key, name) for _, (key, name) in named if name])
            return len(named)

        return self._file.run(take_over, write=True)

    def pending(self, limit: int) -> list[Record]:
        """At most `limit` records to be delivered, oldest first; those that were acknowledged once come last."""
        return next(self.backlog(limit), [])

    def backlog(self, size: int) -> Iterator[list[Record]]:
        """All that is to be delivered, in the order of `pending`, in batches of `size`, each read when it is asked for.

        What is saved meanwhile with an earlier id than the last batch's waits for the next backlog.
        """
        batch: list[Record] = []
        for state in ("pending", "again"):
            after = b""
            while True:
                wanted = size - len(batch)
                found = self._select("state = ? AND key > ? ORDER BY key LIMIT ?", state, after, wanted)
                batch += [entry.record for entry in found]
                if len(found) < wanted:
                    break
                after = compare_key(batch[-1].id)
                yield batch
                batch = []
        if batch:
            yield batch

    def counts(self) -> Counts:
        """Kept by triggers, so that they cost the same however many records there are."""
        records = dict(self._rows("SELECT state, records FROM tally WHERE log = ?"))
        return Counts(
            pending=records["pending"] + records["again"],
            delivered=records["delivered"],
            quarantined=records["refused"],
        )

    def mark_delivered(self, records: Sequence[Record], identity: UUID, now: datetime) -> None:
        """Note that these very versions are in the log of that identity, if it is still the one delivered to."""

        def mark(connection: sqlite3.Connection, log: int) -> None:
            adopted = connection.execute("SELECT identity FROM log WHERE number = ?", (log,)).fetchone()[0]
            if adopted != identity.bytes:
                return
            # A clock set back must not make this seem older than what was acknowledged before it: see `doubt`.
            last = connection.execute(LAST_ACKNOWLEDGED, (log,)).fetchone()[0]
            at = max(microseconds(now), last or 0)
            connection.executemany(
                """UPDATE record SET state = 'delivered', delivered_to = ?, delivered_at = ?, reason = NULL
                WHERE log = ? AND key = ? AND version = ?""",
                [(identity.bytes, at, log, compare_key(record.id), record.version) for record in records],
            )

        self._file.run(mark, write=True)

    def quarantine(self, record: Record, reason: str) -> None:
        """Take this version out of delivery, because the server refuses it for ever."""
        self._write(
            "UPDATE record SET state = 'refused', reason = ?2 WHERE log = ?1 AND key = ?3 AND version = ?4",
            reason,
            compare_key(record.id),
            record.version,
        )

    def reasons(self, limit: int = 100) -> tuple[tuple[UUID, str], ...]:
        """Which records are quarantined, and why, oldest first."""
        statement = "SELECT id, reason FROM record WHERE log = ? AND state = 'refused' ORDER BY key LIMIT ?"
        return tuple((UUID(bytes=record_id), reason) for record_id, reason in self._rows(statement, limit))

    def retry_quarantined(self) -> int:
        """Make every quarantined record pending again; says how many."""
        change = update("state = 'pending', reason = NULL", "state = 'refused'")
        return carry_through(self._file, OF_STATE, change, {"state": "refused"})

    def adopt(self, identity: UUID, forgotten: Collection[UUID] = ()) -> int:
        """Deliver to the log of this identity from now on; says how many records are pending again because of it.

        What is in a log of one of the identities in `forgotten` was emptied on purpose, and leaves the journal too.
        """
        if self._rows("SELECT identity FROM log WHERE number = ?")[0][0] == identity.bytes:
            return 0
        for emptied in forgotten:
            for state in ("delivered", "again"):
                carry_through(self._file, OF_STATE, delete("delivered_to = ?", emptied.bytes), {"state": state})
        if forgotten:
            self._write("DELETE FROM bin WHERE log = ?")
        elsewhere = update("state = 'again'", "delivered_to IS NOT ?", identity.bytes)
        changed = carry_through(self._file, OF_STATE, elsewhere, {"state": "delivered"})
        # Only when all are changed: a crash before this line does the whole again.
        self._write("UPDATE log SET identity = ?2 WHERE number = ?1", identity.bytes)
        return changed

    def doubt(self, seconds: float) -> int:
        """Send once more what was acknowledged in the last `seconds` before the last acknowledgement; says how many.

        A node that loses power loses what it had acknowledged but not yet synced. The last acknowledgement, not the
        present time, is what counts: nothing was acknowledged while the node was away.
        """
        last = self._rows(LAST_ACKNOWLEDGED)[0][0]
        if last is None:
            return 0
        late = "SELECT key FROM record WHERE log = :log AND state = 'delivered' AND delivered_at >= :since LIMIT :size"
        change = update("state = 'again'", "state = 'delivered'")
        return carry_through(self._file, late, change, {"since": last - int(seconds * 1e6)})

    def prune(self, keep: int) -> int:
        """Forget the oldest delivered records beyond `keep`; says how many. Undelivered ones are never forgotten."""
        excess = self.counts().delivered - keep
        return carry_through(self._file, OF_STATE, delete("state = 'delivered'"), {"state": "delivered"}, most=excess)

    def forget_all(self) -> int:
        """Take every record of this log out of the journal, undelivered ones too; says how many.

        Their bytes are overwritten and the file shrinks. What another process saves meanwhile may go or stay; damaged
        journals that were set aside stay, see `damaged_files`, but nothing is recovered from them any more.
        """
        every = "SELECT key FROM record WHERE log = :log AND key > :after ORDER BY key LIMIT :size"
        forgotten = carry_through(self._file, every, delete())
        self._write("DELETE FROM bin WHERE log = ?")
        while self._file.run(lambda connection, _log: tidy_names(connection), write=True):
            # As in carry_through: whoever waits for the lock must find it free.
            time.sleep(HOLD_SECONDS)
        self._file.shrink(HOLD_SECONDS)
        self._salvage.forget()
        return forgotten

    def damaged_files(self) -> list[Path]:
        """Damaged journals that were set aside and still lie beside this one, oldest first."""
        return kept_files(self._file.path)

    def let_go(self) -> None:
        """Give up what this thread's connection keeps of the file in memory; nothing else changes."""
        self._file.let_go()

    def close(self) -> None:
        """Close this thread's connection."""
        self._file.close()

    def _select(self, condition: str, *arguments: object) -> list[Entry]:
        statement = f"SELECT state = 'delivered', {', '.join(COLUMNS)} FROM record WHERE log = ? AND {condition}"
        rows = self._rows(statement, *arguments)
        return [Entry(record=from_row(row[1:]), delivered=bool(row[0])) for row in rows]

    def _rows(self, statement: str, *arguments: Any) -> list[Any]:
        """The rows of a query whose first argument is the log's number."""
        return self._file.run(
            lambda connection, log: connection.execute(statement, (log, *arguments)).fetchall(), write=False
        )

    def _write(self, statement: str, *arguments: Any) -> int:
        """How many rows a change, whose first argument is the log's number, has changed once it is committed."""
        return self._file.run(
            lambda connection, log: connection.execute(statement, (log, *arguments)).rowcount, write=True
        )

"""Turns records into rows of the local journal, each committed before it counts as saved, and back, newest first."""
# ruff: noqa: S608 - statements are put together from this module's own words; values are always bound.

from __future__ import annotations

import math
import sqlite3
import struct
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from mnist_desktop.log.journal_file import JournalFile
from mnist_desktop.log.query import Entry, Filters, Stretch
from mnist_desktop.log.record import Record, Source, compare_key, first_id, microseconds

COLUMNS = (
    "id", "version", "digit", "label", "confidence", "probabilities", "verdict", "source", "name", "model", "glyph",
    "ink", "drawing", "position", "preparation", "corrected", "deleted", "device",
)  # fmt: skip

UPSERT = f"""INSERT INTO record (log, key, {", ".join(COLUMNS)}) VALUES (?, ?{", ?" * len(COLUMNS)})
    ON CONFLICT (log, key) DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in COLUMNS)},
        state = 'pending', delivered_to = NULL, delivered_at = NULL, reason = NULL
    WHERE excluded.version > record.version"""

BIN = f"""INSERT OR REPLACE INTO bin (log, key, {", ".join(COLUMNS)}, binned_at)
    VALUES (?, ?{", ?" * len(COLUMNS)}, ?)"""

UNDO = timedelta(days=1)
"""How long what this computer deleted can be brought back."""

SCAN = 20_000
"""Records that one page looks through, at most, for a filter that no index serves: about 20 ms."""

CHUNKS = range(50, 5_000)
"""Rows that one transaction of housekeeping changes: few at first, then as many as HOLD_SECONDS allow."""

HOLD_SECONDS = 0.025
"""How long housekeeping keeps others from writing at a time; it then leaves them as long a time of their own."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many records of the log the journal holds."""

    pending: int
    delivered: int
    quarantined: int


class Journal:
    """The records of one log that this computer holds. Every thread may use it; what fails is a LogError."""

    def __init__(self, path: Path, log: str) -> None:
        """Nothing is read or written yet."""
        self._file = JournalFile(path, log)

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged journal was kept, when one was found."""
        return self._file.set_aside

    def save(self, records: Sequence[Record], *, binned: Sequence[Record] = ()) -> None:
        """Commit `records`, in one transaction; of each id the latest version wins, whenever it comes.

        `binned` are deleted ones as they were, which are kept for an undo until the first save after UNDO.
        """
        rows = [(compare_key(record.id), *_to_row(record)) for record in records]
        now = datetime.now(UTC)
        in_bin = [(compare_key(record.id), *_to_row(record), microseconds(now)) for record in binned]

        def save(connection: sqlite3.Connection, log: int) -> None:
            connection.executemany(UPSERT, [(log, *row) for row in rows])
            connection.executemany(BIN, [(log, *row) for row in in_bin])
            connection.execute("DELETE FROM bin WHERE log = ? AND binned_at < ?", (log, microseconds(now - UNDO)))

        self._file.run(save, write=True)

    def binned(self, record_id: UUID) -> Record | None:
        """A deleted record as it was, while it is kept for an undo."""
        statement = f"SELECT {', '.join(COLUMNS)} FROM bin WHERE log = ? AND key = ?"
        rows = self._rows(statement, compare_key(record_id))
        return _from_row(rows[0]) if rows else None

    def find(self, record_id: UUID) -> Entry | None:
        """The held version of one record, deleted or not."""
        found = self._select("key = ?", compare_key(record_id))
        return found[0] if found else None

    def newest(self, before: UUID | None, filters: Filters, limit: int, *, undelivered: bool = False) -> Stretch:
        """At most `limit` records older than `before` that pass `filters`, newest first; only those that Cassandra
        is not known to hold when `undelivered`."""
        conditions, arguments = _conditions(before, filters)
        if undelivered:
            conditions.append("state <> 'delivered'")
        reached = self._bound(conditions, arguments) if _needs_scan(filters) else None
        if reached is not None:
            conditions.append("key >= ?")
            arguments.append(compare_key(reached))
        for condition, argument in _unindexed(filters):
            conditions.append(condition)
            arguments += argument
        conditions.append("deleted = 0 AND verdict <> ''")
        entries = self._select(" AND ".join(conditions) + " ORDER BY key DESC LIMIT ?", *arguments, limit)
        if len(entries) == limit:
            reached = entries[-1].record.id
        return Stretch(entries=tuple(entries), reached=reached)

    def undelivered_versions(self, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """The version of each of `ids` that is held here and not known to be in Cassandra."""
        keys = [compare_key(record_id) for record_id in ids]
        statement = f"""SELECT id, version FROM record
            WHERE log = ? AND state <> 'delivered' AND key IN ({", ".join("?" * len(keys))})"""
        return {UUID(bytes=record_id): version for record_id, version in self._rows(statement, *keys)}

    def pending(self, limit: int) -> list[Record]:
        """At most `limit` records to be delivered, oldest first; those that were acknowledged once come last."""
        found: list[Entry] = []
        for state in ("pending", "again"):
            if len(found) < limit:
                found += self._select("state = ? ORDER BY key LIMIT ?", state, limit - len(found))
        return [entry.record for entry in found]

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
            connection.executemany(
                """UPDATE record SET state = 'delivered', delivered_to = ?, delivered_at = ?, reason = NULL
                WHERE log = ? AND key = ? AND version = ?""",
                [
                    (identity.bytes, microseconds(now), log, compare_key(record.id), record.version)
                    for record in records
                ],
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
        return self._change("state = 'pending', reason = NULL", "state = 'refused'")

    def adopt(self, identity: UUID, forgotten: Collection[UUID] = ()) -> int:
        """Deliver to the log of this identity from now on; says how many records are pending again because of it.

        What is in a log of one of the identities in `forgotten` was emptied on purpose, and leaves the journal too.
        """
        if self._rows("SELECT identity FROM log WHERE number = ?")[0][0] == identity.bytes:
            return 0
        for emptied in forgotten:
            self._forget_delivered(emptied)
        if forgotten:
            self._write("DELETE FROM bin WHERE log = ?")
        changed = self._change("state = 'again'", "state = 'delivered' AND delivered_to IS NOT ?", identity.bytes)
        # Only when all are changed: a crash before this line does the whole again.
        self._write("UPDATE log SET identity = ?2 WHERE number = ?1", identity.bytes)
        return changed

    def _forget_delivered(self, identity: UUID) -> None:
        """Take out what is known to be in the log of this identity."""
        statement = """DELETE FROM record WHERE rowid IN (SELECT rowid FROM record
            WHERE log = ? AND state IN ('delivered', 'again') AND delivered_to = ? LIMIT ?)"""
        self._in_chunks(statement, identity.bytes)

    def doubt(self, seconds: float) -> int:
        """Send once more what was acknowledged in the last `seconds` before the last acknowledgement; says how many.

        A node that loses power loses what it had acknowledged but not yet synced. The last acknowledgement, not the
        present time, is what counts: nothing was acknowledged while the node was away.
        """
        latest = "SELECT max(delivered_at) FROM record WHERE log = ? AND state = 'delivered'"
        last = self._rows(latest)[0][0]
        if last is None:
            return 0
        return self._change("state = 'again'", "state = 'delivered' AND delivered_at >= ?", last - int(seconds * 1e6))

    def prune(self, keep: int) -> int:
        """Forget the oldest delivered records beyond `keep`; says how many. Undelivered ones are never forgotten."""
        statement = """DELETE FROM record WHERE log = ?1 AND key IN
            (SELECT key FROM record WHERE log = ?1 AND state = 'delivered' ORDER BY key LIMIT ?2)"""
        return self._in_chunks(statement, most=self.counts().delivered - keep)

    def forget_all(self) -> int:
        """Take every record of this log out of the journal, undelivered ones too; says how many.

        Their bytes are overwritten and the file shrinks. What another process saves meanwhile may go or stay.
        """
        statement = "DELETE FROM record WHERE rowid IN (SELECT rowid FROM record WHERE log = ?1 ORDER BY key LIMIT ?2)"
        forgotten = self._in_chunks(statement)
        self._write("DELETE FROM bin WHERE log = ?")
        self._file.shrink(HOLD_SECONDS)
        return forgotten

    def close(self) -> None:
        """Close this thread's connection."""
        self._file.close()

    def _select(self, condition: str, *arguments: object) -> list[Entry]:
        statement = f"SELECT state = 'delivered', {', '.join(COLUMNS)} FROM record WHERE log = ? AND {condition}"
        rows = self._rows(statement, *arguments)
        return [Entry(record=_from_row(row[1:]), delivered=bool(row[0])) for row in rows]

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

    def _bound(self, conditions: Sequence[str], arguments: Sequence[object]) -> UUID | None:
        """The id down to which SCAN records are looked through; none when there are no more than that."""
        where = " AND ".join(("log = ?", *conditions))
        found = self._rows(f"SELECT id FROM record WHERE {where} ORDER BY key DESC LIMIT 1 OFFSET {SCAN}", *arguments)
        return UUID(bytes=found[0][0]) if found else None

    def _change(self, change: str, condition: str, *arguments: object) -> int:
        """Change all records that meet a condition, which the change ends; says how many."""
        statement = f"""UPDATE record SET {change} WHERE rowid IN
            (SELECT rowid FROM record WHERE log = ? AND {condition} LIMIT ?)"""
        return self._in_chunks(statement, *arguments)

    def _in_chunks(self, statement: str, *arguments: object, most: float = math.inf) -> int:
        """Repeat a change, whose last argument is how many rows it may change, until it finds no more; says how many.

        Each time is a transaction of its own, short enough that a save never waits long for it.
        """
        changed, size = 0, CHUNKS.start
        while changed < most:
            begun = time.monotonic()
            asked = int(min(size, most - changed))
            last = self._write(statement, *arguments, asked)
            changed += last
            if last < asked:
                break
            held = time.monotonic() - begun
            size = min(max(CHUNKS.start, int(size * min(2.0, HOLD_SECONDS / held))), CHUNKS.stop)
            # Whoever waits for the lock looks for it now and then only; without a pause it would never see it free.
            time.sleep(min(held, HOLD_SECONDS))
        return changed


def _needs_scan(filters: Filters) -> bool:
    return any(True for _ in _unindexed(filters))


def _conditions(before: UUID | None, filters: Filters) -> tuple[list[str], list[object]]:
    """The part of `filters` that an index serves, as SQL."""
    conditions: list[str] = []
    arguments: list[object] = []
    bounds = [compare_key(bound) for bound in (before, filters.until and first_id(filters.until)) if bound]
    if bounds:
        conditions.append("key < ?")
        arguments.append(min(bounds))
    if filters.since is not None:
        conditions.append("key >= ?")
        arguments.append(compare_key(first_id(filters.since)))
    if filters.digit is not None:
        conditions.append("digit = ?")
        arguments.append(filters.digit)
    if filters.source is not None:
        conditions.append("source = ?")
        arguments.append(filters.source.value)
    return conditions, arguments


def _unindexed(filters: Filters) -> list[tuple[str, list[object]]]:
    """The rest of `filters`: each condition with its arguments."""
    found: list[tuple[str, list[object]]] = []
    if filters.verdict is not None:
        found.append(("verdict = ?", [filters.verdict]))
    if filters.device is not None:
        found.append(("device = ?", [filters.device]))
    if filters.below is not None:
        found.append(("confidence < ?", [filters.below]))
    if filters.corrected:
        found.append(("corrected <> ''", []))
    if filters.name:
        found.append(("holds(name, ?)", [filters.name]))
    return found


def _to_row(record: Record) -> tuple[object, ...]:
    return (
        record.id.bytes,
        record.version,
        record.digit,
        _storable(record.label),
        record.confidence,
        struct.pack(f"<{len(record.probabilities)}d", *record.probabilities),
        _storable(record.verdict),
        record.source.value,
        _storable(record.name),
        _storable(record.model),
        record.glyph,
        record.ink,
        record.drawing and record.drawing.bytes,
        record.position,
        _storable(record.preparation),
        _storable(record.corrected),
        record.deleted,
        _storable(record.device),
    )


def _from_row(row: Sequence[object]) -> Record:
    fields = dict(zip(COLUMNS, row, strict=True))
    packed = fields["probabilities"]
    assert isinstance(packed, bytes)
    fields["probabilities"] = struct.unpack(f"<{len(packed) // 8}d", packed)
    fields["id"] = UUID(bytes=fields["id"])  # type: ignore[arg-type]  # the schema keeps it as a blob
    fields["drawing"] = UUID(bytes=fields["drawing"]) if fields["drawing"] else None  # type: ignore[arg-type]
    fields["source"] = Source(str(fields["source"]))
    fields["deleted"] = bool(fields["deleted"])
    # SQLite keeps "not a number" as NULL.
    fields["confidence"] = math.nan if fields["confidence"] is None else fields["confidence"]
    return Record(**fields)  # type: ignore[arg-type]  # the columns are the fields


def _storable(text: str | None) -> str | None:
    """A file name can hold bytes that are not text; neither SQLite nor Cassandra takes them as they are."""
    return text and text.encode("utf-8", "backslashreplace").decode("utf-8")

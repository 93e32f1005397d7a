"""Writes whole records to Cassandra and reads them back by cursor, over one connection."""
# ruff: noqa: S608 - the keyspace in the statements has been checked; values are always bound.

from __future__ import annotations

import threading
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from cassandra import InvalidRequest
from cassandra.cluster import Session
from cassandra.protocol import SyntaxException
from cassandra.query import UNSET_VALUE

from mnist_desktop.log.asking import READ_SECONDS, WRITE_SECONDS, Asker
from mnist_desktop.log.partitions import Cut, Partitions
from mnist_desktop.log.query import Entry, Filters, Stretch
from mnist_desktop.log.record import Record, Source, compare_key, first_id

COLUMNS = (
    "digit", "label", "confidence", "probabilities", "verdict", "source", "name", "model", "glyph", "ink", "drawing",
    "position", "preparation", "corrected", "deleted", "device",
)  # fmt: skip

CHECK_SECONDS = 3.0
"""How long an idle connection may take to show that it lives."""

BUSY_SECONDS = 10.0
"""The same in the midst of writing, when a node is late with everything; one that is gone shows by the heartbeat."""

OWN = frozenset({"log", "bucket", "prediction"})
"""The tables that a log needs."""

TABLES = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?"

SCAN = 5_000
"""Rows that one page reads, at most, for a filter that no index serves."""

CHUNK = 500
"""Rows read at once for such a filter; a row has some 2 kB."""

MOST_BUCKETS = 48
"""Partitions that one page looks into, at most."""


class Table:
    """The log in Cassandra, connected; every method may be called from any thread and raises LogErrors."""

    def __init__(self, *, session: Session, keyspace: str, log: str, cut: Cut, closing: threading.Event) -> None:
        """Prepares what is written; a LogError when the tables are not this program's."""
        self.identity = cut.identity
        self.forgotten = cut.forgotten
        self.bucket_by = cut.bucket_by
        self._session = session
        self._keyspace = keyspace
        self._log = log
        self._asker = Asker(session, closing)
        self.partitions = Partitions(self._asker, keyspace, log, cut)
        # Of a later redelivery of an older version nothing is seen: the server keeps the later timestamp.
        self._insert = self._asker.prepare(
            f"INSERT INTO {keyspace}.prediction (log, bucket, id, {', '.join(COLUMNS)}) "
            f"VALUES (?, ?, ?{', ?' * len(COLUMNS)}) USING TIMESTAMP ?",
            WRITE_SECONDS,
        )
        self._select = f"SELECT id, {', '.join(COLUMNS)}, writetime(verdict) AS version FROM {keyspace}.prediction"

    def bucket(self, record: Record) -> str:
        """The partition that holds `record`."""
        return self.partitions.of(record.id)

    def send(self, record: Record, done: Callable[[Exception | None], None]) -> None:
        """Write a whole record in the background; `done`, called from another thread, is told how that ended."""
        try:
            # A column that is not set is left out: naming it as null would erase it and leave a tombstone.
            values = [UNSET_VALUE if value is None else value for value in self._values(record)]
            bound = self._insert.bind((self._log, self.bucket(record), record.id, *values, record.version))
            future = self._session.execute_async(bound, timeout=WRITE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever the driver raises is this record's outcome
            done(error)
            return
        # Not the future itself: it holds its callbacks.
        sent = weakref.ref(future)

        def end(error: Exception | None) -> None:
            ended = sent()
            if ended is not None:
                # Future and timer hold each other. Thousands of such pairs, each of some thirty objects, would wait for
                # the garbage collector, which stops the whole program while it goes through them.
                ended._timer = None  # noqa: SLF001 - there is no public way
            done(error)

        future.add_callbacks(lambda _rows: end(None), end)

    def note_buckets(self, buckets: Iterable[str]) -> None:
        """Write down that these partitions exist, so that readers find them."""
        self.partitions.note(buckets)

    def check(self, *, writing: bool = False) -> UUID | None:
        """The identity that the log has now; none when it, or a table of it, is gone.

        While records are being written the answer is waited for longer.
        """
        seconds = BUSY_SECONDS if writing else CHECK_SECONDS
        rows = self._asker.ask(f"SELECT identity FROM {self._keyspace}.log WHERE log = ?", (self._log,), seconds)
        tables = self._asker.ask(TABLES, (self._keyspace,), seconds)
        return rows[0].identity if rows and {row.table_name for row in tables} >= OWN else None

    def prepare_again(self) -> None:
        """A LogError when the table no longer takes what this program writes."""
        self._asker.prepare(self._insert.query_string, BUSY_SECONDS, again=True)

    def forget(self) -> None:
        """Empty the log in Cassandra for every device; a LogError says when it was not, or not wholly, emptied.

        The log goes on under another identity and in other partitions, so that no record of a clock that is behind
        falls under what is deleted. What the old identity was known to hold leaves every journal at its next look;
        what still waits there is delivered to the new one. May be called again, and then ends what was begun.
        """
        self.partitions.rename()
        self.partitions.sweep()

    def newest(self, before: UUID | None, filters: Filters, limit: int) -> Stretch:
        """At most `limit` records older than `before` that pass `filters`, newest first."""
        upper = min(
            (bound for bound in (before, filters.until and first_id(filters.until)) if bound),
            key=compare_key,
            default=None,
        )
        lower = first_id(filters.since) if filters.since else None
        conditions, arguments = _conditions(lower, filters)
        chunk = CHUNK if filters.name or filters.corrected else limit
        found: list[Entry] = []
        seen = 0
        buckets = list(islice(self.partitions.between(lower, upper), MOST_BUCKETS + 1))
        for bucket in buckets[:MOST_BUCKETS]:
            full = True
            while full:
                bound = "" if upper is None else " AND id < ?"
                rows = self._asker.ask(
                    f"{self._select} WHERE log = ? AND bucket = ?{bound}{conditions} LIMIT ?",
                    (self._log, bucket, *([] if upper is None else [upper]), *arguments, chunk),
                    READ_SECONDS,
                )
                found += [Entry(record=record, delivered=True) for record in _to_records(rows) if filters.match(record)]
                seen += len(rows)
                upper = rows[-1].id if rows else upper
                full = len(rows) == chunk
                if len(found) >= limit:
                    return Stretch(entries=tuple(found[:limit]), reached=found[limit - 1].record.id)
                if seen >= SCAN:
                    return Stretch(entries=tuple(found), reached=upper)
        more = len(buckets) > MOST_BUCKETS
        reached = first_id(self.partitions.start(buckets[MOST_BUCKETS - 1])) if more else None
        return Stretch(entries=tuple(found), reached=reached)

    def page(self, bucket: str, before: UUID | None, limit: int) -> tuple[list[Record], UUID | None]:
        """The newest `limit` rows of a partition, older than `before`, those that are whole as records, deleted ones
        too; and the id to go on from, none at the end."""
        bound = "" if before is None else " AND id < ?"
        rows = self._asker.ask(
            f"{self._select} WHERE log = ? AND bucket = ?{bound} LIMIT ?",
            (self._log, bucket, *([] if before is None else [before]), limit),
            WRITE_SECONDS,
        )
        return list(_to_records(rows)), rows[-1].id if len(rows) == limit else None

    def versions(self, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """The version that Cassandra holds of each of `ids`, where it holds one."""
        by_bucket: dict[str, list[UUID]] = defaultdict(list)
        for record_id in ids:
            # A quarantined one may carry no time: the server refuses to be asked for it, and with it for the others.
            if record_id.version == 1:
                by_bucket[self.partitions.of(record_id)].append(record_id)
        statement = (
            f"SELECT id, writetime(verdict) AS version FROM {self._keyspace}.prediction "
            "WHERE log = ? AND bucket = ? AND id IN ?"
        )
        return {
            row.id: row.version
            for bucket, its_ids in by_bucket.items()
            for row in self._asker.ask(statement, (self._log, bucket, its_ids), READ_SECONDS)
            if row.version is not None
        }

    def find(self, record_id: UUID) -> Record | None:
        """One record, deleted or not."""
        if record_id.version != 1:
            return None
        rows = self._asker.ask(
            f"{self._select} WHERE log = ? AND bucket = ? AND id = ?",
            (self._log, self.partitions.of(record_id), record_id),
            READ_SECONDS,
        )
        return next(iter(_to_records(rows)), None)

    def _values(self, record: Record) -> Iterable[Any]:
        return (getattr(record, column) for column in COLUMNS)


def is_refused_for_ever(error: Exception) -> bool:
    """Whether the server, or the driver before it, will never take this record, however often it is sent."""
    return isinstance(error, (InvalidRequest, SyntaxException, TypeError, ValueError, OverflowError))


def _conditions(lower: UUID | None, filters: Filters) -> tuple[str, list[object]]:
    """What of `filters` the server decides: the clustering column, and the columns with an index."""
    asked: tuple[tuple[str, object], ...] = (
        ("id >= ?", lower),
        ("digit = ?", filters.digit),
        ("verdict = ?", filters.verdict),
        ("source = ?", filters.source and filters.source.value),
        ("device = ?", filters.device),
        ("confidence < ?", filters.below),
    )
    given = [(condition, argument) for condition, argument in asked if argument is not None]
    return "".join(f" AND {condition}" for condition, _ in given), [argument for _, argument in given]


def _to_records(rows: Iterable[Any]) -> Iterable[Record]:
    """The rows that are whole; a row without verdict is the stub of an update that no insert went before."""
    sources = {source.value for source in Source}
    for row in rows:
        if row.verdict and row.source in sources:
            fields = {column: getattr(row, column) for column in COLUMNS}
            fields |= {
                "source": Source(row.source),
                "probabilities": tuple(row.probabilities or ()),
                "confidence": row.confidence or 0.0,
                "model": row.model or "",
                "glyph": row.glyph or b"",
                "deleted": bool(row.deleted),
                "device": row.device or "",
            }
            yield Record(id=row.id, version=row.version, **fields)

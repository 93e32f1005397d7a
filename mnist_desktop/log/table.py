"""Writes whole records to Cassandra and reads them back by cursor, over one connection."""
# ruff: noqa: S608 - the keyspace in the statements has been checked; values are always bound.

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from cassandra import InvalidRequest
from cassandra.cluster import Session
from cassandra.protocol import SyntaxException
from cassandra.query import UNSET_VALUE, PreparedStatement

from mnist_desktop.log.failures import explain
from mnist_desktop.log.query import Entry, Filters, Stretch
from mnist_desktop.log.record import BUCKETS, LogError, Record, Source, bucket_of, compare_key, first_id

Value = TypeVar("Value")

COLUMNS = (
    "digit", "label", "confidence", "probabilities", "verdict", "source", "name", "model", "glyph", "ink", "drawing",
    "position", "preparation", "corrected", "deleted", "device",
)  # fmt: skip

WRITE_SECONDS = 10.0
"""After this a write's outcome is unknown, and it is sent again; the server itself gives up after 2 s."""

READ_SECONDS = 2.0
"""How long History waits before it goes on with what this computer holds."""

CHECK_SECONDS = 3.0

SCAN = 5_000
"""Rows that one page reads, at most, for a filter that no index serves."""

CHUNK = 500
"""Rows read at once for such a filter; a row has some 2 kB."""

LOOK_SECONDS = 0.05
"""How often a wait for an answer looks whether the log closes."""

MOST_BUCKETS = 48
"""Partitions that one page looks into, at most."""

EMPTIED = "/"
"""Stands in a partition's name between its time and how often the log was emptied before, when it was."""

FOR_EVER = 2**62
"""A timestamp that no version has: what is deleted with it takes no write any more, whatever that one's clock says."""

RENAMES = 3
"""Tries to give an emptied log its new identity, when the answer does not come."""

FORGETTING = 2
"""The schema of a log that was emptied; a program that knows only the first would write where nothing is read."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What the log's own row says of it."""

    identity: UUID
    bucket_by: str
    """How much time a partition spans: `month`, `day` or `hour`."""
    forgotten: frozenset[UUID] = frozenset()
    """The identities that the log had each time before it was emptied."""


class Table:
    """The log in Cassandra, connected; every method may be called from any thread and raises LogErrors."""

    def __init__(self, *, session: Session, keyspace: str, log: str, cut: Cut, closing: threading.Event) -> None:
        """Prepares what is written; a LogError when the tables are not this program's."""
        self.identity = cut.identity
        self.forgotten = cut.forgotten
        self.bucket_by = cut.bucket_by
        self._suffix = f"{EMPTIED}{len(cut.forgotten)}" if cut.forgotten else ""
        self._session = session
        self._keyspace = keyspace
        self._log = log
        self._closing = closing
        self._prepared: dict[str, PreparedStatement] = {}
        # Of a later redelivery of an older version nothing is seen: the server keeps the later timestamp.
        self._insert = self._prepare(
            f"INSERT INTO {keyspace}.prediction (log, bucket, id, {', '.join(COLUMNS)}) "
            f"VALUES (?, ?, ?{', ?' * len(COLUMNS)}) USING TIMESTAMP ?",
            WRITE_SECONDS,
        )
        self._select = f"SELECT id, {', '.join(COLUMNS)}, writetime(verdict) AS version FROM {keyspace}.prediction"

    def bucket(self, record: Record) -> str:
        """The partition that holds `record`."""
        return self._bucket(record.id)

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
        future.add_callbacks(lambda _rows: done(None), done)

    def note_buckets(self, buckets: Iterable[str]) -> None:
        """Write down that these partitions exist, so that readers find them."""
        statement = f"INSERT INTO {self._keyspace}.bucket (log, bucket) VALUES (?, ?)"
        for bucket in buckets:
            self._ask(statement, (self._log, bucket), WRITE_SECONDS)

    def check(self) -> UUID | None:
        """The identity that the log has now; none when it is gone."""
        rows = self._ask(f"SELECT identity FROM {self._keyspace}.log WHERE log = ?", (self._log,), CHECK_SECONDS)
        return rows[0].identity if rows else None

    def prepare_again(self) -> None:
        """A LogError when the table no longer takes what this program writes."""
        statement = self._insert.query_string
        del self._prepared[statement]
        self._prepare(statement, CHECK_SECONDS)

    def forget(self) -> None:
        """Empty the log in Cassandra for every device; a LogError says when it was not, or not wholly, emptied.

        The log goes on under another identity and in other partitions, so that no record of a clock that is behind
        falls under what is deleted. What the old identity was known to hold leaves every journal at its next look;
        what still waits there is delivered to the new one. May be called again, and then ends what was begun.
        """
        forgotten = self._rename()
        if self.identity not in forgotten:
            raise LogError("The log in Cassandra was dropped or replaced meanwhile; nothing was forgotten there.")
        self._sweep(len(forgotten))

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
        buckets = self._buckets(upper, lower)
        for bucket in buckets[:MOST_BUCKETS]:
            full = True
            while full:
                bound = "" if upper is None else " AND id < ?"
                rows = self._ask(
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
        reached = first_id(_start(buckets[MOST_BUCKETS - 1], self.bucket_by)) if more else None
        return Stretch(entries=tuple(found), reached=reached)

    def versions(self, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """The version that Cassandra holds of each of `ids`, where it holds one."""
        by_bucket: dict[str, list[UUID]] = defaultdict(list)
        for record_id in ids:
            # A quarantined one may carry no time: the server refuses to be asked for it, and with it for the others.
            if record_id.version == 1:
                by_bucket[self._bucket(record_id)].append(record_id)
        statement = (
            f"SELECT id, writetime(verdict) AS version FROM {self._keyspace}.prediction "
            "WHERE log = ? AND bucket = ? AND id IN ?"
        )
        return {
            row.id: row.version
            for bucket, its_ids in by_bucket.items()
            for row in self._ask(statement, (self._log, bucket, its_ids), READ_SECONDS)
            if row.version is not None
        }

    def find(self, record_id: UUID) -> Record | None:
        """One record, deleted or not."""
        if record_id.version != 1:
            return None
        rows = self._ask(
            f"{self._select} WHERE log = ? AND bucket = ? AND id = ?",
            (self._log, self._bucket(record_id), record_id),
            READ_SECONDS,
        )
        return next(iter(_to_records(rows)), None)

    def _values(self, record: Record) -> Iterable[Any]:
        return (getattr(record, column) for column in COLUMNS)

    def _bucket(self, record_id: UUID) -> str:
        return bucket_of(record_id, self.bucket_by) + self._suffix

    def _buckets(self, upper: UUID | None, lower: UUID | None) -> list[str]:
        """The partitions to look into, newest first, and one more when there are more than a page looks into."""
        noted = self._noted(
            None if upper is None else self._bucket(upper), "" if lower is None else self._bucket(lower)
        )
        return list(islice((bucket for bucket in noted if self._is_in_use(bucket)), MOST_BUCKETS + 1))

    def _noted(self, highest: str | None = None, lowest: str = "") -> Iterator[str]:
        """The names of all partitions that were written down, newest first, asked for as they are used."""
        sign = "<="
        while True:
            bound, arguments = ("", []) if highest is None else (f" AND bucket {sign} ?", [highest])
            rows = self._ask(
                f"SELECT bucket FROM {self._keyspace}.bucket WHERE log = ? AND bucket >= ?{bound} LIMIT ?",
                (self._log, lowest, *arguments, MOST_BUCKETS + 1),
                READ_SECONDS,
            )
            yield from (row.bucket for row in rows)
            if len(rows) <= MOST_BUCKETS:
                return
            highest, sign = rows[-1].bucket, "<"

    def _is_in_use(self, bucket: str) -> bool:
        """Whether a partition is of the present log, and not one that a device wrote before it saw it emptied."""
        return bucket[len(bucket.partition(EMPTIED)[0]) :] == self._suffix

    def _rename(self) -> frozenset[UUID]:
        """Give the log another identity, unless it has one by now; the identities that it had before it was emptied."""
        statement = (
            f'UPDATE {self._keyspace}.log SET identity = ?, forgotten = forgotten + ?, "schema" = ? WHERE log = ? '
            "IF identity = ?"
        )
        values = (uuid4(), {self.identity}, FORGETTING, self._log, self.identity)
        for left in reversed(range(RENAMES)):
            try:
                self._ask(statement, values, WRITE_SECONDS)
            except LogError:
                # Unknown whether it was done; done twice it changes nothing.
                if left and not self._closing.is_set():
                    continue
                raise
            break
        rows = self._ask(f"SELECT forgotten FROM {self._keyspace}.log WHERE log = ?", (self._log,), READ_SECONDS)
        return frozenset(rows[0].forgotten or ()) if rows else frozenset()

    def _sweep(self, emptied: int) -> None:
        """Delete the partitions from before the log was emptied for the last time."""
        for bucket in self._noted():
            if bucket.partition(EMPTIED)[2] == str(emptied):
                continue
            # The partition before what tells of it: who is interrupted here finds it again.
            for table in ("prediction", "bucket"):
                self._ask(
                    f"DELETE FROM {self._keyspace}.{table} USING TIMESTAMP ? WHERE log = ? AND bucket = ?",
                    (FOR_EVER, self._log, bucket),
                    WRITE_SECONDS,
                )

    def _ask(self, statement: str, arguments: Sequence[object], seconds: float) -> list[Any]:
        """The rows of a query, waited for at most `seconds`."""
        prepared = self._prepare(statement, seconds)
        rows: Answer[list[Any]] = Answer()
        try:
            future = self._session.execute_async(prepared.bind(arguments), timeout=seconds)
        except Exception as error:
            raise LogError(explain(error)) from error
        future.add_callbacks(lambda found: rows.give(list(found or ())), rows.fail)
        return rows.wait(self._closing, seconds)

    def _prepare(self, statement: str, seconds: float) -> PreparedStatement:
        prepared = self._prepared.get(statement)
        if prepared is None:
            answer: Answer[PreparedStatement] = Answer()

            def prepare() -> None:
                try:
                    answer.give(self._session.prepare(statement))
                except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
                    answer.fail(error)

            # The driver prepares only while one waits; with a frozen node that takes as long as making a table may.
            threading.Thread(target=prepare, name="preparing", daemon=True).start()
            prepared = answer.wait(self._closing, seconds)
            prepared.is_idempotent = True
            self._prepared[statement] = prepared
        return prepared


class Answer(Generic[Value]):
    """What another thread will have found; who waits for it stops when the log closes."""

    def __init__(self) -> None:
        self._there = threading.Event()
        self._values: list[Value] = []
        self._error: Exception | None = None

    def give(self, value: Value) -> None:
        """It was found."""
        self._values.append(value)
        self._there.set()

    def fail(self, error: Exception) -> None:
        """It was not."""
        self._error = error
        self._there.set()

    def wait(self, closing: threading.Event, seconds: float) -> Value:
        """The value, or a LogError with the sentence for what went wrong."""
        deadline = time.monotonic() + seconds
        while not self._there.wait(LOOK_SECONDS):
            if closing.is_set():
                raise LogError("The log is closing.")
            if time.monotonic() > deadline:
                raise LogError("Cassandra does not answer in time.")
        if self._error is not None:
            raise LogError(explain(self._error)) from self._error
        return self._values[0]


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


def _start(bucket: str, bucket_by: str) -> datetime:
    return datetime.strptime(bucket.partition(EMPTIED)[0], BUCKETS[bucket_by]).replace(tzinfo=UTC)

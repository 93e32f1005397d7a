"""Says into which partition of a log a record belongs, which partitions there are, how full, and empties them all."""
# ruff: noqa: S608 - the keyspace in the statements has been checked; values are always bound.

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from mnist_desktop.log.asking import READ_SECONDS, WRITE_SECONDS, Asker
from mnist_desktop.log.record import BUCKETS, LogError, bucket_of

PAGE = 50
"""Names of partitions that are asked for at once."""

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


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How many records somebody counted in a partition, and when."""

    bucket: str
    records: int
    time: datetime


class Partitions:
    """The partitions of one log; methods that ask Cassandra raise LogErrors."""

    def __init__(self, asker: Asker, keyspace: str, log: str, cut: Cut) -> None:
        self._asker = asker
        self._keyspace = keyspace
        self._log = log
        self._cut = cut
        self._suffix = f"{EMPTIED}{len(cut.forgotten)}" if cut.forgotten else ""

    def of(self, record_id: UUID) -> str:
        """The partition that holds the record of this id."""
        return bucket_of(record_id, self._cut.bucket_by) + self._suffix

    def start(self, bucket: str) -> datetime:
        """The earliest time that a partition spans, in UTC."""
        return datetime.strptime(bucket.partition(EMPTIED)[0], BUCKETS[self._cut.bucket_by]).replace(tzinfo=UTC)

    def note(self, buckets: Iterable[str]) -> None:
        """Write down that these partitions exist, so that readers find them."""
        statement = f"INSERT INTO {self._keyspace}.bucket (log, bucket) VALUES (?, ?)"
        for bucket in buckets:
            self._asker.ask(statement, (self._log, bucket), WRITE_SECONDS)

    def between(self, lower: UUID | None, upper: UUID | None) -> Iterator[str]:
        """The names of the partitions that hold the ids from `lower` to `upper`, newest first, asked for as used."""
        noted = self._noted(None if upper is None else self.of(upper), "" if lower is None else self.of(lower))
        return (bucket for bucket in noted if self._is_in_use(bucket))

    def counted(self, most: int) -> list[Counted]:
        """What is known of the newest partitions, at most so many."""
        rows = self._asker.ask(
            f"SELECT bucket, records, counted FROM {self._keyspace}.bucket WHERE log = ? LIMIT ?", (self._log, most)
        )
        return [
            Counted(bucket=row.bucket, records=row.records, time=row.counted.replace(tzinfo=UTC))
            for row in rows
            if row.records is not None and row.counted is not None and self._is_in_use(row.bucket)
        ]

    def note_count(self, counted: Counted) -> None:
        """Tell the other devices what was counted."""
        self._asker.ask(
            f"UPDATE {self._keyspace}.bucket SET records = ?, counted = ? WHERE log = ? AND bucket = ?",
            (counted.records, counted.time, self._log, counted.bucket),
            WRITE_SECONDS,
        )

    def ids(self, bucket: str, before: UUID | None, limit: int) -> list[UUID]:
        """The newest ids of a partition, older than `before`, deleted records' too."""
        bound = "" if before is None else " AND id < ?"
        rows = self._asker.ask(
            f"SELECT id FROM {self._keyspace}.prediction WHERE log = ? AND bucket = ?{bound} LIMIT ?",
            (self._log, bucket, *([] if before is None else [before]), limit),
            WRITE_SECONDS,
        )
        return [row.id for row in rows]

    def rename(self) -> None:
        """Give the log another identity and other partitions, unless that has been done since this one was opened."""
        statement = (
            f'UPDATE {self._keyspace}.log SET identity = ?, forgotten = forgotten + ?, "schema" = ? WHERE log = ? '
            "IF identity = ?"
        )
        values = (uuid4(), {self._cut.identity}, FORGETTING, self._log, self._cut.identity)
        for left in reversed(range(RENAMES)):
            try:
                self._asker.ask(statement, values, WRITE_SECONDS)
            except LogError:
                # Unknown whether it was done; done twice it changes nothing.
                if left and not self._asker.closing.is_set():
                    continue
                raise
            break

    def sweep(self) -> None:
        """Delete the partitions from before the log was emptied for the last time."""
        rows = self._asker.ask(f"SELECT forgotten FROM {self._keyspace}.log WHERE log = ?", (self._log,))
        forgotten = (rows[0].forgotten if rows else None) or ()
        if self._cut.identity not in forgotten:
            raise LogError("The log in Cassandra was dropped or replaced meanwhile; nothing was forgotten there.")
        for bucket in self._noted():
            if bucket.partition(EMPTIED)[2] == str(len(forgotten)):
                continue
            # The partition before what tells of it: who is interrupted here finds it again.
            for table in ("prediction", "bucket"):
                self._asker.ask(
                    f"DELETE FROM {self._keyspace}.{table} USING TIMESTAMP ? WHERE log = ? AND bucket = ?",
                    (FOR_EVER, self._log, bucket),
                    WRITE_SECONDS,
                )

    def _noted(self, highest: str | None = None, lowest: str = "") -> Iterator[str]:
        """The names of all partitions that were written down, newest first."""
        sign = "<="
        while True:
            bound, arguments = ("", []) if highest is None else (f" AND bucket {sign} ?", [highest])
            rows = self._asker.ask(
                f"SELECT bucket FROM {self._keyspace}.bucket WHERE log = ? AND bucket >= ?{bound} LIMIT ?",
                (self._log, lowest, *arguments, PAGE),
                READ_SECONDS,
            )
            yield from (row.bucket for row in rows)
            if len(rows) < PAGE:
                return
            highest, sign = rows[-1].bucket, "<"

    def _is_in_use(self, bucket: str) -> bool:
        """Whether a partition is of the present log, and not one that a device wrote before it saw it emptied."""
        return bucket[len(bucket.partition(EMPTIED)[0]) :] == self._suffix

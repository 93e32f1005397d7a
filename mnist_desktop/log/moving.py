"""Copies every record of a log, in its latest version, into a log that is cut finer, as often as it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from mnist_desktop.log.attempt import reach
from mnist_desktop.log.failures import explain
from mnist_desktop.log.options import LogOptions
from mnist_desktop.log.record import BUCKETS, LogError, Record
from mnist_desktop.log.sending import Flight
from mnist_desktop.log.table import Table

PAGE = 500
"""Records on their way at once: some 1 MB."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a move did."""

    records: int
    """In the old log, and now in the new one too."""
    copied: int
    """Of these, those that were not there before in this version."""


def move(
    options: LogOptions, name: str, bucket_by: str, closing: threading.Event, tell: Callable[[int], object]
) -> Moved:
    """Copy the log of `options` into the log `name`, which is made, cut by `bucket_by`, when it is not there.

    Each record keeps its id and its version's time, deleted ones are copied as deleted. What the new log has in the
    same or a later version is not sent again, so that a move that was interrupted goes on where it was. At the end
    every record of the old log is looked for in the new one. `tell` is told how many records were looked at. A LogError
    says what is wrong; the old log stays as it is.
    """
    if name == options.log:
        raise LogError(f"The log “{name}” cannot be moved to itself.")
    source = reach(options, closing)
    try:
        _refuse_coarser(source.table, bucket_by)
        target = reach(replace(options, log=name, bucket_by=bucket_by), closing)
        try:
            if target.table.bucket_by != bucket_by:
                raise LogError(f"The log “{name}” is there already, and cut by the {target.table.bucket_by}.")
            return _copy(source.table, target.table, closing, tell)
        finally:
            target.close()
    finally:
        source.close()


def _refuse_coarser(table: Table, bucket_by: str) -> None:
    order = list(BUCKETS)
    if order.index(bucket_by) <= order.index(table.bucket_by):
        raise LogError(f"The log is cut by the {table.bucket_by} already; “{bucket_by}” is no finer.")


def _copy(source: Table, target: Table, closing: threading.Event, tell: Callable[[int], object]) -> Moved:
    copied = records = 0
    noted: set[str] = set()
    for bucket in source.partitions.between(None, None):
        before: UUID | None = None
        while True:
            page, before = source.page(bucket, before, PAGE)
            missing = _missing(page, target)
            _send(missing, target, noted, closing)
            copied += len(missing)
            records += len(page)
            tell(len(page))
            if before is None:
                break
    if copied:
        _verify(source, target)
    return Moved(records=records, copied=copied)


def _missing(page: Sequence[Record], target: Table) -> list[Record]:
    there = target.versions([record.id for record in page])
    return [record for record in page if there.get(record.id, -1) < record.version]


def _send(records: Sequence[Record], target: Table, noted: set[str], closing: threading.Event) -> None:
    buckets = {target.bucket(record) for record in records} - noted
    target.note_buckets(sorted(buckets))
    noted |= buckets
    flight = Flight(target, closing)
    flight.add(records)
    sent = flight.take(len(records))
    for record, error in (*sent.refused, *sent.uncertain):
        raise LogError(f"The record {record.id} was not copied: {explain(error)} Run it again to go on.") from error
    if len(sent.delivered) < len(records):
        raise LogError("The move was stopped; run it again to go on.")


def _verify(source: Table, target: Table) -> None:
    """A LogError when the new log lacks a record that the old one has."""
    for bucket in source.partitions.between(None, None):
        before: UUID | None = None
        while True:
            ids = source.partitions.ids(bucket, before, PAGE)
            here, there = source.versions(ids), target.versions(ids)
            lacking = [record_id for record_id, version in here.items() if there.get(record_id, -1) < version]
            if lacking:
                raise LogError(f"The record {lacking[0]} came or changed during the move; run it again to go on.")
            if len(ids) < PAGE:
                break
            before = ids[-1]

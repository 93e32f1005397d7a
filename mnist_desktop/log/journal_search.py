"""Turns filters into a page of the journal's newest records that pass them, looking at few that do not.

Each filter has an index that leads to what passes it, newest first and by key. A page takes keys from one such way,
reads their records, and lets through those that pass the rest. Where several filters are set, the way whose next keys
lie furthest back is taken: it leaves out most.
"""
# ruff: noqa: S608 - statements are put together from this module's own words; values are always bound.

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from mnist_desktop.log.journal_names import keys_of_names, question
from mnist_desktop.log.journal_rows import COLUMNS, from_row, storable
from mnist_desktop.log.query import Entry, Filters, Stretch
from mnist_desktop.log.record import compare_key, first_id

SCAN = 20_000
"""Records that one page looks at, at most, when those that pass all filters are rare: some 50 ms."""

MOST_KEYS = 1_000
"""Keys taken at once from a way."""

SHOWN = "deleted = 0 AND verdict <> ''"
"""What a reader shows, in the words of the partial indexes."""

BAND = "CAST(confidence * 100 AS INTEGER)"
"""Confidence in whole per cent, in the words of its index."""

ALL = "sqlite_autoindex_record_1"
"""The index behind UNIQUE (log, key)."""

AFTER_ALL = b"\xff" * 17
"""Sorts after every key."""

Way = Callable[[sqlite3.Connection, int, bytes, bytes, int], list[bytes]]
"""Given a connection, a log, an upper bound of keys (without it), a lower one (with it) and a number: that many keys,
newest first; fewer only when there are no more."""


def search(
    connection: sqlite3.Connection, log: int, before: UUID | None, filters: Filters, limit: int, *, undelivered: bool
) -> Stretch:
    """At most `limit` records older than `before` that pass `filters`, newest first."""
    newest, oldest = _bounds(before, filters)
    ways, tests = _ways(filters, undelivered=undelivered), _tests(filters, undelivered=undelivered)
    found: list[Entry] = []
    looked_at, count = 0, limit
    while True:
        keys = min((way(connection, log, newest, oldest, count) for way in ways), key=lambda keys: _reach(keys, count))
        found += _read(connection, log, keys, tests, limit - len(found))
        looked_at += len(keys)
        if len(found) == limit:
            return Stretch(entries=tuple(found), reached=found[-1].record.id)
        if len(keys) < count:
            return Stretch(entries=tuple(found), reached=None)
        newest = keys[-1]
        if looked_at >= SCAN:
            return Stretch(entries=tuple(found), reached=_id(connection, log, newest))
        count = min(2 * count, MOST_KEYS)


def _reach(keys: Sequence[bytes], count: int) -> bytes:
    """How far back `keys` lead; to the very end when there are fewer than were asked for."""
    return keys[-1] if len(keys) == count else b""


def _bounds(before: UUID | None, filters: Filters) -> tuple[bytes, bytes]:
    newest = [compare_key(bound) for bound in (before, filters.until and first_id(filters.until)) if bound]
    oldest = compare_key(first_id(filters.since)) if filters.since is not None else b""
    return min(newest, default=AFTER_ALL), oldest


@dataclass(frozen=True, kw_only=True)
class _Tests:
    conditions: tuple[str, ...]
    arguments: tuple[object, ...]


def _tests(filters: Filters, *, undelivered: bool) -> _Tests:
    asked: list[tuple[str, tuple[object, ...]]] = [(SHOWN, ())]
    if undelivered:
        asked.append(("state <> 'delivered'", ()))
    asked += ((f"{column} = ?", (value,)) for column, value in _equalities(filters))
    if filters.corrected:
        asked.append(("corrected <> ''", ()))
    if filters.below is not None:
        asked.append(("confidence < ?", (filters.below,)))
    if filters.name:
        asked.append(("holds(name, ?)", (storable(filters.name),)))
    return _Tests(
        conditions=tuple(condition for condition, _ in asked),
        arguments=tuple(argument for _, arguments in asked for argument in arguments),
    )


def _equalities(filters: Filters) -> list[tuple[str, object]]:
    source = None if filters.source is None else filters.source.value
    asked = {
        "digit": filters.digit,
        "verdict": storable(filters.verdict),
        "source": source,
        "device": storable(filters.device),
    }
    return [(column, value) for column, value in asked.items() if value is not None]


def _ways(filters: Filters, *, undelivered: bool) -> list[Way]:
    ways = [_by_index(f"record_{column}", f"{column} = ? AND {SHOWN}", value) for column, value in _equalities(filters)]
    if undelivered:
        ways.append(_by_index("record_undelivered", "state <> 'delivered'"))
    if filters.corrected:
        ways.append(_by_index("record_corrected", f"corrected <> '' AND {SHOWN}"))
    if filters.below is not None:
        ways.append(_by_band(filters.below))
    asked = question(storable(filters.name) or "") if filters.name else None
    if asked is not None:
        ways.append(_by_name(asked))
    return ways or [_by_index(ALL, "true")]


def _by_index(index: str, condition: str, *arguments: object) -> Way:
    statement = f"""SELECT key FROM record INDEXED BY {index}
        WHERE log = ? AND {condition} AND key < ? AND key >= ? ORDER BY key DESC LIMIT ?"""

    def way(connection: sqlite3.Connection, log: int, newest: bytes, oldest: bytes, count: int) -> list[bytes]:
        return [key for (key,) in connection.execute(statement, (log, *arguments, newest, oldest, count))]

    return way


NEXT_IN_BAND = f"""SELECT max(key) FROM record INDEXED BY record_band
    WHERE log = :log AND {BAND} = band AND {SHOWN} AND key >= :oldest AND key"""

MERGE_BANDS = f"""WITH RECURSIVE
    bands (band) AS (SELECT 0 UNION ALL SELECT band + 1 FROM bands WHERE band < :last),
    newest (band, key) AS (
        SELECT band, ({NEXT_IN_BAND} < :newest) AS key FROM bands
        UNION ALL
        SELECT band, ({NEXT_IN_BAND} < newest.key) FROM newest WHERE newest.key IS NOT NULL
        ORDER BY 2 DESC LIMIT :count
    )
    SELECT key FROM newest WHERE key IS NOT NULL"""
"""Merges the bands: of the newest key of each, the newest is taken, and the next of its band takes its place."""


def _by_band(below: float) -> Way:
    last = int(min(math.nextafter(below, -math.inf), 1.0) * 100)

    def way(connection: sqlite3.Connection, log: int, newest: bytes, oldest: bytes, count: int) -> list[bytes]:
        bound = {"log": log, "last": last, "newest": newest, "oldest": oldest, "count": count}
        return [key for (key,) in connection.execute(MERGE_BANDS, bound)]

    return way


def _by_name(asked: str) -> Way:
    def way(connection: sqlite3.Connection, log: int, newest: bytes, oldest: bytes, count: int) -> list[bytes]:
        return keys_of_names(connection, log, asked, newest, oldest, count)

    return way


def _read(connection: sqlite3.Connection, log: int, keys: Sequence[bytes], tests: _Tests, limit: int) -> list[Entry]:
    if not keys:
        # SQLite would look at every record to find it in no list.
        return []
    statement = f"""SELECT state = 'delivered', {", ".join(COLUMNS)} FROM record INDEXED BY {ALL}
        WHERE log = ? AND key IN ({", ".join("?" * len(keys))}) AND {" AND ".join(tests.conditions)}
        ORDER BY key DESC LIMIT ?"""
    rows = connection.execute(statement, (log, *keys, *tests.arguments, limit))
    return [Entry(record=from_row(row[1:]), delivered=bool(row[0])) for row in rows]


def _id(connection: sqlite3.Connection, log: int, key: bytes) -> UUID:
    return UUID(bytes=connection.execute("SELECT id FROM record WHERE log = ? AND key = ?", (log, key)).fetchone()[0])

"""Turns filters into a page of the journal's newest records that pass them, looking at few that do not.

Each filter has an index that leads to what passes it, newest first and by key. A page takes places from one such way,
reads the records there, and lets through those that pass the rest. Where several filters are set, the way whose next
places lie furthest back is taken: it leaves out most.
"""
# ruff: noqa: S608 - statements are put together from this module's own words; values are always bound.

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from mnist_desktop.log.journal_bands import places_below
from mnist_desktop.log.journal_names import places_of_names, question
from mnist_desktop.log.journal_rows import COLUMNS, SHOWN, Place, from_row, storable
from mnist_desktop.log.query import Entry, Filters, Stretch
from mnist_desktop.log.record import compare_key, first_id

SCAN = 20_000
"""Records that one page looks at, at most, when those that pass all filters are rare: some 50 ms."""

MOST_PLACES = 1_000
"""Places taken at once from a way."""

ALL = "sqlite_autoindex_record_1"
"""The index behind UNIQUE (log, key)."""

AFTER_ALL = b"\xff" * 17
"""Sorts after every key."""

Way = Callable[[sqlite3.Connection, int, bytes, bytes, int], list[Place]]
"""Given a connection, a log, an upper bound of keys (without it), a lower one (with it) and a number: that many places,
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
        places = min((way(connection, log, newest, oldest, count) for way in ways), key=lambda its: _reach(its, count))
        found += _read(connection, places, tests, limit - len(found))
        looked_at += len(places)
        if len(found) == limit:
            return Stretch(entries=tuple(found), reached=found[-1].record.id)
        if len(places) < count:
            return Stretch(entries=tuple(found), reached=None)
        newest = places[-1][0]
        if looked_at >= SCAN:
            return Stretch(entries=tuple(found), reached=_id(connection, log, newest))
        count = min(2 * count, MOST_PLACES)


def _reach(places: Sequence[Place], count: int) -> bytes:
    """How far back `places` lead; to the very end when there are fewer than were asked for."""
    return places[-1][0] if len(places) == count else b""


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
    statement = f"""SELECT key, rowid FROM record INDEXED BY {index}
        WHERE log = ? AND {condition} AND key < ? AND key >= ? ORDER BY key DESC LIMIT ?"""

    def way(connection: sqlite3.Connection, log: int, newest: bytes, oldest: bytes, count: int) -> list[Place]:
        return list(connection.execute(statement, (log, *arguments, newest, oldest, count)))

    return way


def _by_band(below: float) -> Way:
    def way(connection: sqlite3.Connection, log: int, newest: bytes, oldest: bytes, count: int) -> list[Place]:
        return places_below(connection, log, below, newest, oldest, count)

    return way


def _by_name(asked: str) -> Way:
    def way(connection: sqlite3.Connection, log: int, newest: bytes, oldest: bytes, count: int) -> list[Place]:
        return places_of_names(connection, log, asked, newest, oldest, count)

    return way


def _read(connection: sqlite3.Connection, places: Sequence[Place], tests: _Tests, limit: int) -> list[Entry]:
    if not places:
        return []
    # By row: a way leads past many records, and each key would have to be looked up in the index of keys first.
    statement = f"""SELECT state = 'delivered', {", ".join(COLUMNS)} FROM record
        WHERE rowid IN ({", ".join("?" * len(places))}) AND {" AND ".join(tests.conditions)}
        ORDER BY key DESC LIMIT ?"""
    rows = connection.execute(statement, (*(row for _, row in places), *tests.arguments, limit))
    return [Entry(record=from_row(row[1:]), delivered=bool(row[0])) for row in rows]


def _id(connection: sqlite3.Connection, log: int, key: bytes) -> UUID:
    return UUID(bytes=connection.execute("SELECT id FROM record WHERE log = ? AND key = ?", (log, key)).fetchone()[0])

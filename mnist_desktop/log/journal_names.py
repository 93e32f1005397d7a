"""Turns a part of a file name into the moments at which records whose names hold it were made, newest first.

An index of trigrams (SQLite's FTS5) in which one document is a log's names of one tenth of a second. Documents are
numbered by time, so that they come newest first without sorting, whatever the order in which records were saved.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing

from mnist_desktop.log.journal_rows import Place

TABLE = "CREATE VIRTUAL TABLE names USING fts5(name, tokenize = 'trigram', content = '', detail = none, columnsize = 0)"

MOMENT_BITS = 20
"""A moment is 2²⁰ ticks of a time-based id, 0.1 s: a sheet's digits share it, a fast batch has some 100 in it."""

LOG_SHIFT = 60 - MOMENT_BITS
"""A document's number is the log's, then the moment: the ticks of an id have 60 bits."""

GRAM = 3
"""Letters in a trigram; shorter parts cannot be looked up."""

PAGES_AT_ONCE = 200
"""Pages of the index that are written anew in one transaction: about 10 ms."""

MOST_GRAMS = 8
"""Trigrams of one part that are looked up; what is found is compared with the whole part anyway."""


def question(part: str) -> str | None:
    """How FTS5 is asked for names that may hold `part` in any case; none for a part that cannot be looked up."""
    folded = part.casefold().replace("\0", "")
    last = len(folded) - GRAM
    # Side by side, and the last letters: overlapping ones would leave out hardly more, and each has to be looked up.
    starts = (min(start, last) for start in range(0, len(folded), GRAM)) if last >= 0 else ()
    grams = list(dict.fromkeys(folded[start : start + GRAM] for start in starts))
    return " AND ".join('"' + gram.replace('"', '""') + '"' for gram in grams[:MOST_GRAMS]) or None


def add_names(connection: sqlite3.Connection, log: int, named: Iterable[tuple[bytes, str]]) -> None:
    """Note names, each with its record's key; what is noted already may come again."""
    connection.executemany("INSERT INTO names (rowid, name) VALUES (?, ?)", _documents(log, named))


def remove_names(connection: sqlite3.Connection, log: int, named: Sequence[tuple[bytes, str]]) -> None:
    """Take out the names of records that are gone, and only theirs."""
    gone = list(_documents(log, named))
    connection.executemany("INSERT INTO names (names, rowid, name) VALUES ('delete', ?, ?)", gone)
    for document, _ in gone:
        first, end = _keys_of(document)
        # Others of the same moment may have had the same trigrams.
        add_names(
            connection,
            log,
            connection.execute(
                "SELECT key, name FROM record WHERE log = ? AND key >= ? AND key < ? AND name IS NOT NULL",
                (log, first, end),
            ).fetchall(),
        )


def tidy_names(connection: sqlite3.Connection) -> bool:
    """Take some of what was removed out of the index's own pages, where it else stays for a while; false: all is."""
    if connection.execute("SELECT 1 FROM record LIMIT 1").fetchone() is None:
        connection.execute("INSERT INTO names (names) VALUES ('delete-all')")
        return False
    before = connection.total_changes
    # Negative: merge all segments into one, however few they are.
    connection.execute("INSERT INTO names (names, rank) VALUES ('merge', ?)", (-PAGES_AT_ONCE,))
    # FTS5's documentation: when less than two rows were changed, there was nothing to do.
    return connection.total_changes - before >= 2


def places_of_names(
    connection: sqlite3.Connection, log: int, asked: str, newest: bytes, oldest: bytes, count: int
) -> list[Place]:
    """Places of `count` records, with keys below `newest` and not below `oldest`, newest first, from the moments that
    answer."""
    found: list[Place] = []
    statement = "SELECT rowid FROM names WHERE names MATCH ? AND rowid <= ? AND rowid >= ? ORDER BY rowid DESC"
    with closing(connection.execute(statement, (asked, _document(log, newest), _document(log, oldest)))) as documents:
        for (document,) in documents:
            first, end = _keys_of(document)
            found += connection.execute(
                "SELECT key, rowid FROM record WHERE log = ? AND key >= ? AND key < ? ORDER BY key DESC LIMIT ?",
                (log, max(first, oldest), min(end, newest), count - len(found)),
            )
            if len(found) == count:
                break
    return found


def _documents(log: int, named: Iterable[tuple[bytes, str]]) -> Iterator[tuple[int, str]]:
    texts: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for key, name in named:
        texts[_document(log, key)][name.casefold()] = None
    return ((document, "\n".join(names)) for document, names in texts.items())


def _document(log: int, key: bytes) -> int:
    ticks = min(int.from_bytes(key[:8].ljust(8, b"\0")), (1 << 60) - 1)
    return log << LOG_SHIFT | ticks >> MOMENT_BITS


def _keys_of(document: int) -> tuple[bytes, bytes]:
    """The first key of a document's moment, and the first after it."""
    moment = document & (1 << LOG_SHIFT) - 1
    first, end = (tick << MOMENT_BITS for tick in (moment, moment + 1))
    return first.to_bytes(8), end.to_bytes(8)

"""Carries one change through many records, in transactions so short that nobody who saves waits long for them."""
# ruff: noqa: S608 - statements are put together from this program's own words; values are always bound.

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence

from mnist_desktop.log.journal_file import JournalFile
from mnist_desktop.log.journal_names import remove_names

CHUNKS = range(50, 5_000)
"""Records that one transaction changes: few at first, then as many as HOLD_SECONDS allow."""

HOLD_SECONDS = 0.025
"""How long others are kept from writing at a time; they are then left as long a time of their own."""

Change = Callable[[sqlite3.Connection, int, Sequence[bytes]], int]
"""Given a connection, a log and keys, changes these records, and says how many that was."""


def update(assignments: str, condition: str, *arguments: object) -> Change:
    """The change that makes these assignments where the condition, whose values are `arguments`, holds."""
    statement = f"UPDATE record SET {assignments} WHERE log = ? AND key = ? AND {condition}"

    def change(connection: sqlite3.Connection, log: int, keys: Sequence[bytes]) -> int:
        return connection.executemany(statement, [(log, key, *arguments) for key in keys]).rowcount

    return change


def delete(condition: str = "true", *arguments: object) -> Change:
    """The change that takes records, and what the index of names knows of them, out of the journal."""
    where = f"WHERE log = ? AND key = ? AND {condition}"

    def change(connection: sqlite3.Connection, log: int, keys: Sequence[bytes]) -> int:
        bound = [(log, key, *arguments) for key in keys]
        names = (connection.execute(f"SELECT key, name FROM record {where}", one).fetchone() for one in bound)
        named = [(key, name) for key, name in filter(None, names) if name is not None]
        deleted = connection.executemany(f"DELETE FROM record {where}", bound).rowcount
        remove_names(connection, log, named)
        return deleted

    return change


def carry_through(
    file: JournalFile,
    keys: str,
    change: Change,
    arguments: Mapping[str, object] | None = None,
    *,
    most: float = math.inf,
) -> int:
    """Change the records whose keys a query finds, at most `most`, some at a time; says how many were changed.

    The query is given :log, :size and, as :after, the last key of the time before, beside `arguments`.
    """
    after, changed, size = b"", 0, CHUNKS.start
    while most > 0:
        asked = int(min(size, most))
        bound = {**(arguments or {}), "after": after, "size": asked}
        begun = time.monotonic()
        found, count = _carry_some(file, keys, change, bound)
        changed, most = changed + count, most - len(found)
        if len(found) < asked:
            break
        after = found[-1]
        held = time.monotonic() - begun
        size = min(max(CHUNKS.start, int(size * min(2.0, HOLD_SECONDS / held))), CHUNKS.stop)
        # Whoever waits for the lock looks for it now and then only; without a pause it would never see it free.
        time.sleep(min(held, HOLD_SECONDS))
    return changed


def _carry_some(file: JournalFile, keys: str, change: Change, bound: Mapping[str, object]) -> tuple[list[bytes], int]:
    def work(connection: sqlite3.Connection, log: int) -> tuple[list[bytes], int]:
        found = [key for (key,) in connection.execute(keys, {**bound, "log": log})]
        return found, change(connection, log, found)

    return file.run(work, write=True)

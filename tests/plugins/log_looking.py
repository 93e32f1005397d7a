"""Looks at a log from outside: at its rows in Cassandra, and at History page by page."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from uuid import UUID

from cassandra.cluster import Session

from mnist_desktop.log.log import Cursor, Entry, Filters, Log

PATIENCE = 60.0
"""Seconds after which a test gives up waiting; no claim about speed."""

LogMaker = Callable[..., Log]


class Looker:
    """Looks at the tables from outside, with the driver's plain session, and waits for what must come."""

    def __init__(self, session: Session, keyspace: str, log: str) -> None:
        self.session = session
        self.keyspace = keyspace
        self.log = log

    def rows(self) -> dict[UUID, tuple[int, str | None, bool]]:
        """Of each id in the log's partitions the version, the correction and the deletion mark; each id once."""
        found: dict[UUID, tuple[int, str | None, bool]] = {}
        buckets = self.session.execute(f"SELECT bucket FROM {self.keyspace}.bucket WHERE log = %s", (self.log,))
        for bucket in buckets:
            rows = self.session.execute(
                f"SELECT id, writetime(verdict) AS version, corrected, deleted FROM {self.keyspace}.prediction"
                " WHERE log = %s AND bucket = %s",
                (self.log, bucket.bucket),
            )
            for row in rows:
                assert row.id not in found, "in two partitions"
                found[row.id] = row.version, row.corrected, row.deleted
        return found


def wait_until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until `condition` holds; it is asked every few milliseconds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        Event().wait(0.02)


def age(journal: Path, seconds: float) -> None:
    """Let all that was acknowledged be so much longer ago: the resending of the last minute does not cover it then."""
    with contextlib.closing(sqlite3.connect(journal, timeout=PATIENCE)) as connection, connection:
        connection.execute("UPDATE record SET delivered_at = delivered_at - ?", (int(seconds * 1e6),))


def walk(log: Log, filters: Filters | None = None, limit: int = 50) -> list[Entry]:
    """All of History, page by page, while Cassandra is connected."""
    found: list[Entry] = []
    cursor: Cursor | None = None
    while True:
        page = log.page(cursor, filters or Filters(), limit)
        assert page.connected
        assert len(page.entries) <= limit
        found += page.entries
        cursor = page.cursor
        if cursor is None:
            return found

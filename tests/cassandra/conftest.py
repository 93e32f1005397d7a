"""What the tests against a real Cassandra share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Session
from cassandra_node import CassandraServer
from log_looking import LogMaker, Looker

from mnist_desktop.log.log import Log, LogOptions


@pytest.fixture
def options(cassandra_server: CassandraServer, tmp_path: Path, log_name: str) -> LogOptions:
    return cassandra_server.options(tmp_path / "journal.sqlite", log_name)


@pytest.fixture
def look(cql: Session, cassandra_server: CassandraServer, log_name: str) -> Looker:
    return Looker(cql, cassandra_server.keyspace, log_name)


@pytest.fixture
def open_log() -> Iterator[LogMaker]:
    """Opens logs that are closed when the test ends."""
    opened: list[Log] = []

    def open_one(options: LogOptions) -> Log:
        opened.append(Log(options))
        opened[-1].start()
        return opened[-1]

    yield open_one
    for log in opened:
        log.close()

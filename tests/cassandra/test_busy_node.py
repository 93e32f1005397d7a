"""A node that is late with every answer keeps its connection while it is written to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cassandra_node import CassandraServer
from fault_proxy import FaultProxy
from log_looking import LogMaker, Looker, wait_until
from sample_records import make_records

from mnist_desktop.log import delivery, table
from mnist_desktop.log.log import LogOptions

pytestmark = pytest.mark.cassandra

LATE = 0.5
"""Seconds that every answer takes."""


@pytest.fixture
def proxy(cassandra_server: CassandraServer) -> Iterator[FaultProxy]:
    made = FaultProxy((cassandra_server.host, cassandra_server.port), b"quiet-owl")
    yield made
    made.close()


def test_a_node_that_is_late_with_every_answer_keeps_its_connection_while_it_takes_records(
    options: LogOptions, open_log: LogMaker, look: Looker, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An idle connection would be given up for that; none is looked at here.
    monkeypatch.setattr(table, "CHECK_SECONDS", LATE / 2)
    monkeypatch.setattr(delivery, "CHECK_SECONDS", 3600.0)
    log = open_log(replace(options, hosts=(proxy.address,)))
    wait_until(lambda: log.status().connected)
    connections = proxy.connections
    proxy.delay = LATE
    records = make_records(300)
    log.save_all(records)
    wait_until(lambda: log.status().pending == 0)
    proxy.delay = 0.0
    assert proxy.connections == connections, "a good connection was given up"
    assert set(look.rows()) == {record.id for record in records}

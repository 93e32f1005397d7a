"""The compare key against the server itself: a partition comes back in exactly the key's order."""

from __future__ import annotations

import random
from uuid import UUID

import pytest
from cassandra.cluster import Session
from cassandra.concurrent import execute_concurrent_with_args
from cassandra_node import CassandraServer

from mnist_desktop.log.record import compare_key

pytestmark = pytest.mark.cassandra


def nasty_ids(count: int) -> set[UUID]:
    """Time-based ids with few times, bytes on both sides of the sign, and any variant bits."""
    chance = random.Random(3)
    edges = [0x00, 0x01, 0x7F, 0x80, 0x81, 0xFF]
    ids: set[UUID] = set()
    while len(ids) < count:
        ticks = chance.choice([0, 1, 2**32 - 1, 2**32, 2**48, 2**60 - 1, chance.randrange(2**60)])
        low = bytes(chance.choice(edges) if chance.random() < 0.7 else chance.randrange(256) for _ in range(8))
        high = (ticks & 0xFFFFFFFF) << 32 | (ticks >> 32 & 0xFFFF) << 16 | ticks >> 48 | 0x1000
        ids.add(UUID(int=high << 64 | int.from_bytes(low)))
    return ids


def test_the_server_sorts_ids_as_the_key_does(cql: Session, cassandra_server: CassandraServer) -> None:
    keyspace = f"{cassandra_server.keyspace}_order"
    cql.execute(f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    cql.execute(f"CREATE TABLE {keyspace}.ids (part int, id timeuuid, PRIMARY KEY (part, id))")
    ids = nasty_ids(1500)
    insert = cql.prepare(f"INSERT INTO {keyspace}.ids (part, id) VALUES (0, ?)")
    execute_concurrent_with_args(cql, insert, [(record_id,) for record_id in ids], concurrency=64)
    served = [row.id for row in cql.execute(f"SELECT id FROM {keyspace}.ids WHERE part = 0")]
    assert served == sorted(ids, key=compare_key)
    for bound in served[::150]:
        above = cql.execute(f"SELECT id FROM {keyspace}.ids WHERE part = 0 AND id > %s LIMIT 1", (bound,)).one()
        following = [record_id for record_id in served if compare_key(record_id) > compare_key(bound)]
        assert (above.id if above else None) == next(iter(following), None)
    cql.execute(f"DROP KEYSPACE {keyspace}")

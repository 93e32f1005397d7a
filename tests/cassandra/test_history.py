"""History over a real Cassandra: undelivered and delivered records in one list, newest first, each once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cassandra_node import CassandraServer
from log_looking import LogMaker, Looker, wait_until, walk
from sample_records import EVERY_FILTER, START, make_record, make_records

from mnist_desktop.log import table
from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import Record, bucket_of

pytestmark = pytest.mark.cassandra


def mixed_log(options: LogOptions, open_log: LogMaker, monkeypatch: pytest.MonkeyPatch) -> tuple[Log, Sequence[Record]]:
    """A log with records in Cassandra, others only in the journal, and versions on both sides that the other lacks;
    and what History must show of it, newest first."""
    chance = random.Random(5)
    records = make_records(240)
    delivered, waiting = records[::2], records[1::2]
    elsewhere = open_log(replace(options, journal=options.journal.with_name("elsewhere.sqlite")))
    elsewhere.save_all(delivered)
    assert elsewhere.deliver(60).pending == 0
    latest = {record.id: record for record in records}
    here = open_log(options)
    wait_until(lambda: here.status().connected)
    # Connected, and able to read, but nothing is delivered from here.
    monkeypatch.setattr(here._delivery._journal, "backlog", lambda _size: iter(()))
    here.save_all(waiting)
    for record in chance.sample(delivered, 30):
        # Changed here, not yet delivered: it no longer matches some filters, or matches others.
        changed = record.changed(
            datetime.now(UTC), digit=(record.digit or 0) + 1, corrected="3", device="red-fox", deleted=False
        )
        here.save(changed)
        latest[record.id] = changed
    for record in chance.sample(waiting, 30):
        # Changed elsewhere and delivered; what waits here is an older version.
        changed = record.changed(datetime.now(UTC), digit=(record.digit or 0) + 1, verdict="unsure", name="Scan 4.png")
        elsewhere.save(changed)
        latest[record.id] = changed
    assert elsewhere.deliver(60).pending == 0
    return here, [latest[record.id] for record in records[::-1]]


def test_every_filter_finds_the_same_as_looking_at_every_record(
    options: LogOptions, open_log: LogMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, latest = mixed_log(options, open_log, monkeypatch)
    assert len({bucket_of(record.id, "month") for record in latest}) == 3
    for chunk, scan in ((500, 5000), (20, 60)):
        monkeypatch.setattr(table, "CHUNK", chunk)
        monkeypatch.setattr(table, "SCAN", scan)
        for filters in EVERY_FILTER:
            expected = [record for record in latest if filters.match(record)]
            assert [entry.record for entry in walk(log, filters, limit=17)] == expected, filters


def test_each_entry_says_whether_cassandra_has_this_version(
    options: LogOptions, open_log: LogMaker, look: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, _ = mixed_log(options, open_log, monkeypatch)
    there = look.rows()
    entries = walk(log)
    assert {entry.delivered for entry in entries} == {True, False}
    for entry in entries:
        assert entry.delivered == (there.get(entry.record.id, (0,))[0] == entry.record.version)


def test_few_partitions_at_a_time_lose_nothing(
    options: LogOptions, open_log: LogMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST_BUCKETS", 2)
    log = open_log(options)
    records = [record for record in make_records(60, span=timedelta(days=600)) if record.shown]
    log.save_all(records)
    assert log.deliver(60).pending == 0
    assert [entry.record for entry in walk(log, limit=4)] == records[::-1]
    oldest = Filters(until=START + timedelta(days=20))
    assert [entry.record for entry in walk(log, oldest)] == [record for record in records[::-1] if oldest.match(record)]


def test_one_record_is_found_in_its_latest_version_wherever_that_is(
    options: LogOptions, open_log: LogMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, latest = mixed_log(options, open_log, monkeypatch)
    for record in latest[::12]:
        found = log.find(record.id)
        assert (found.record if found else None) == (record if record.shown else None)


def test_the_stub_of_a_write_that_was_never_whole_is_not_shown(
    options: LogOptions, open_log: LogMaker, look: Looker
) -> None:
    log = open_log(options)
    record, stub = make_record(), make_record()
    log.save(record)
    assert log.deliver(60).pending == 0
    look.session.execute(
        f"UPDATE {look.keyspace}.prediction SET corrected = '3' WHERE log = %s AND bucket = %s AND id = %s",
        (look.log, bucket_of(stub.id, "month"), stub.id),
    )
    assert [entry.record for entry in walk(log)] == [record]
    assert log.find(stub.id) is None


def test_logs_of_other_names_are_not_seen(
    options: LogOptions, open_log: LogMaker, cassandra_server: CassandraServer
) -> None:
    one, other = open_log(options), open_log(replace(options, log=f"{options.log}-other"))
    one.save(make_record())
    assert one.deliver(60).pending == 0
    wait_until(lambda: other.status().connected)
    assert walk(other) == []
    assert len(walk(one)) == 1


def test_what_comes_while_one_pages_is_neither_lost_nor_doubled(options: LogOptions, open_log: LogMaker) -> None:
    log = open_log(options)
    old = [record for record in make_records(60) if record.shown]
    log.save_all(old)
    assert log.deliver(60).pending == 0
    page = log.page(None, Filters(), 20)
    log.save(make_record())
    late = make_record(START - timedelta(days=40))
    log.save(late)
    shown = [entry.record for entry in page.entries]
    while page.cursor is not None:
        page = log.page(page.cursor, Filters(), 20)
        shown += [entry.record for entry in page.entries]
    assert shown == [*old[::-1], late]

"""Emptying the log empties it for every device, for ever, and loses nothing that comes after or was still waiting."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cassandra.cluster import Session
from log_looking import LogMaker, Looker, wait_until, walk
from sample_records import START, make_record, make_records

from mnist_desktop.log import delivery
from mnist_desktop.log.cassandra import connect
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.partitions import Partitions
from mnist_desktop.log.record import LogError, Record
from mnist_desktop.log.table import Table

pytestmark = pytest.mark.cassandra


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "CHECK_SECONDS", 0.1)


def table_of(log: Log) -> Table:
    """The connected table."""
    wait_until(lambda: log.status().connected)
    table = log._delivery.store()
    assert isinstance(table, Table)
    return table


def is_new(log: Log, old: Table) -> bool:
    """Whether `log` has seen that the log was emptied."""
    now = log._delivery.store()
    return now is not None and now.identity != old.identity


def is_empty(log: Log) -> bool:
    """Whether nothing of it is held on this computer."""
    status = log.status()
    return (status.delivered, status.pending) == (0, 0)


def all_rows(look: Looker) -> set[object]:
    """The ids of every row of the log in Cassandra, in whichever partition."""
    rows = look.session.execute(f"SELECT log, id FROM {look.keyspace}.prediction")
    return {row.id for row in rows if row.log == look.log}


def test_an_emptied_log_is_empty_for_every_device(options: LogOptions, open_log: LogMaker, look: Looker) -> None:
    here = open_log(options)
    there = open_log(replace(options, journal=options.journal.with_name("there.sqlite")))
    old = table_of(here)
    here.save_all(make_records(60))
    assert here.deliver(60).pending == 0
    there.save_all(make_records(40, seed=2))
    assert there.deliver(60).pending == 0
    here._delivery.forget()
    wait_until(lambda: is_new(here, old) and is_new(there, old))
    for log in (here, there):
        wait_until(partial(is_empty, log))
        assert walk(log) == []
    assert all_rows(look) == set()


def test_what_comes_after_and_what_waited_is_kept_whatever_the_clocks_say(
    options: LogOptions, open_log: LogMaker, look: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = open_log(options)
    elsewhere = replace(options, journal=options.journal.with_name("there.sqlite"))
    waiting = make_records(5, seed=3)
    Journal(elsewhere.journal, elsewhere.log).save(waiting)
    old = table_of(here)
    here.save_all([make_record() for _ in range(20)])
    assert here.deliver(60).pending == 0
    here._delivery.forget()
    # A clock that was set back an hour makes records that are older, by their ids and versions, than what was deleted.
    slow = [make_record(datetime.now(UTC) - timedelta(hours=1)) for _ in range(10)]
    here.save_all(slow)
    there = open_log(elsewhere)
    wait_until(lambda: is_new(here, old) and here.status().pending == 0)
    wait_until(lambda: there.status().delivered == 5)
    expected = {record.id for record in (*slow, *waiting)}
    assert set(look.rows()) == expected
    assert {entry.record.id for entry in walk(here)} == {record.id for record in (*slow, *waiting) if record.shown}


def test_what_is_written_by_a_device_that_has_not_seen_it_yet_is_delivered_again(
    options: LogOptions, open_log: LogMaker, look: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CHECK_SECONDS", 3600.0)
    log = open_log(options)
    old = table_of(log)
    really_note = Table.note_buckets

    def note_then_forget(table: Table, buckets: list[str]) -> None:
        """Another device empties the log between this one's look and its writes."""
        really_note(table, buckets)
        if table is old:
            table.forget()

    monkeypatch.setattr(Table, "note_buckets", note_then_forget)
    records: list[Record] = [record for record in make_records(30) if record.shown]
    log.save_all(records)
    wait_until(lambda: is_new(log, old) and log.status().pending == 0)
    assert set(look.rows()) == {record.id for record in records}
    assert [entry.record for entry in walk(log)] == records[::-1]


def test_an_old_copy_of_a_journal_brings_nothing_back(options: LogOptions, open_log: LogMaker, look: Looker) -> None:
    log = open_log(options)
    log.save_all(make_records(20))
    assert log.deliver(60).pending == 0
    log.close()
    copied = replace(options, journal=options.journal.with_name("copy.sqlite"))
    shutil.copy(options.journal, copied.journal)
    log = open_log(options)
    old = table_of(log)
    log._delivery.forget()
    wait_until(lambda: is_new(log, old))
    Journal(copied.journal, copied.log).doubt(3600)
    brought_back = open_log(copied)
    wait_until(lambda: brought_back.status().connected)
    wait_until(partial(is_empty, brought_back))
    assert look.rows() == {}
    assert all_rows(look) == set()


def test_emptying_again_what_was_interrupted_leaves_nothing(
    options: LogOptions, open_log: LogMaker, look: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(options)
    log.save_all(make_records(30))
    assert log.deliver(60).pending == 0
    first = table_of(log)
    connection = connect(options, threading.Event())
    with monkeypatch.context() as patch:
        patch.setattr(Partitions, "sweep", interrupted)
        with pytest.raises(LogError, match="Interrupted"):
            connection.table.forget()
    assert len(all_rows(look)) == 30
    wait_until(lambda: is_new(log, first) and log.status().pending == 0)
    assert walk(log) == []
    log.save(make_record())
    wait_until(lambda: log.status().delivered == 1)
    connection.table.forget()
    connection.close()
    assert len(all_rows(look)) == len(walk(log)) == 1
    second = table_of(log)
    log._delivery.forget()
    wait_until(lambda: is_new(log, second))
    assert all_rows(look) == set()
    log.save(make_record(START))
    wait_until(lambda: log.status().delivered == 1)
    assert len(walk(log)) == 1


def interrupted(_partitions: Partitions) -> None:
    raise LogError("Interrupted.")


def test_a_log_of_before_there_was_emptying_gets_what_it_lacks(
    options: LogOptions, open_log: LogMaker, cql: Session
) -> None:
    own = replace(options, keyspace=f"{options.keyspace}_before")
    log = open_log(own)
    table_of(log)
    log.close()
    cql.execute(f"ALTER TABLE {own.keyspace}.log DROP forgotten")
    again = open_log(own)
    assert table_of(again).forgotten == frozenset()
    # Before the keyspace: an open log would make it again.
    again.close()
    cql.execute(f"DROP KEYSPACE {own.keyspace}", timeout=60)

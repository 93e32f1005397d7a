"""What is saved arrives in a real Cassandra, whole, once, in its latest version, whoever delivers it how often."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from cassandra import OperationTimedOut
from cassandra.cluster import Session
from cassandra.query import SimpleStatement
from cassandra_node import CassandraServer
from log_looking import LogMaker, Looker, age, wait_until, walk
from sample_records import START, make_record, make_records

from mnist_desktop.log import delivery, sending
from mnist_desktop.log.cassandra import connect
from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import LogError, Record, new_id
from mnist_desktop.log.sending import Flight
from mnist_desktop.log.table import Table

pytestmark = pytest.mark.cassandra


def test_a_record_arrives_whole(options: LogOptions, open_log: LogMaker, look: Looker) -> None:
    record = make_record(
        name="vier.png", drawing=new_id(datetime.now(UTC)), position=3, preparation='{"box": [1]}', corrected="4"
    )
    bare = make_record(ink=None, name=None)
    log = open_log(options)
    log.save(record)
    log.save(bare)
    status = log.deliver(60)
    assert (status.connected, status.pending, status.delivered, status.why) == (True, 0, 2, None)
    assert set(look.rows()) == {record.id, bare.id}
    elsewhere = open_log(replace(options, journal=options.journal.with_name("elsewhere.sqlite")))
    wait_until(lambda: elsewhere.status().connected)
    for sent in (record, bare):
        found = elsewhere.find(sent.id)
        assert found is not None
        assert found.delivered
        assert found.record == sent


def test_what_is_not_set_leaves_no_tombstone(options: LogOptions, open_log: LogMaker, look: Looker) -> None:
    record = make_record(ink=b"strokes", name=None)
    log = open_log(options)
    log.save(record)
    log.deliver(60)
    table = log._delivery.store()
    assert table is not None
    flight = Flight(table, threading.Event())
    flight.add([replace(record, ink=None, version=record.version + 5)])
    assert len(flight.take(1).delivered) == 1
    row = look.session.execute(
        f"SELECT ink, name FROM {look.keyspace}.prediction WHERE log = %s AND bucket = %s AND id = %s",
        (look.log, table.bucket(record), record.id),
    ).one()
    assert (row.ink, row.name) == (b"strokes", None)


def test_a_redelivered_older_version_never_beats_a_newer_one(
    options: LogOptions, open_log: LogMaker, look: Looker
) -> None:
    first = make_record()
    second = first.changed(datetime.now(UTC), corrected="1")
    gone = second.changed(datetime.now(UTC), deleted=True, glyph=b"", ink=b"")
    here = open_log(options)
    here.save(gone)
    assert here.deliver(60).pending == 0
    for late in (second, first):
        # Each from a computer that knows nothing of the later version.
        there = open_log(replace(options, journal=options.journal.with_name(f"{late.version}.sqlite")))
        there.save(late)
        assert there.deliver(60).pending == 0
    assert look.rows() == {first.id: (gone.version, "1", True)}
    assert walk(here) == []


def test_delivering_again_changes_nothing(options: LogOptions, open_log: LogMaker, look: Looker) -> None:
    records = make_records(60)
    log = open_log(options)
    log.save_all(records)
    assert log.deliver(60).pending == 0
    before = look.rows()
    assert log._journal.doubt(3600) == 60
    assert log.deliver(60).pending == 0
    assert look.rows() == before
    assert len(before) == 60


@pytest.mark.parametrize("arrived", [True, False], ids=["only the answer was lost", "the write was lost"])
def test_a_write_whose_outcome_is_unknown_is_sent_again(
    options: LogOptions, open_log: LogMaker, look: Looker, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    sent: Counter[UUID] = Counter()
    really_send = Table.send

    def send_badly(table: Table, record: Record, done: Callable[[Exception | None], None]) -> None:
        """The first time nobody hears what became of it."""
        sent[record.id] += 1
        if sent[record.id] > 1:
            really_send(table, record, done)
        elif arrived:
            really_send(table, record, lambda _error: done(OperationTimedOut()))
        else:
            done(OperationTimedOut())

    monkeypatch.setattr(Table, "send", send_badly)
    log = open_log(options)
    records = make_records(3)
    log.save_all(records)
    wait_until(lambda: log.status().pending == 0)
    assert log.status().connected
    assert {record_id: row[0] for record_id, row in look.rows().items()} == {
        record.id: record.version for record in records
    }
    assert set(sent.values()) == {2}


def test_a_write_that_is_never_answered_is_sent_again_whatever_clock_the_driver_goes_by(
    options: LogOptions, open_log: LogMaker, look: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PATIENCE_SECONDS", 0.2)
    unheard: dict[UUID, Callable[[Exception | None], None]] = {}
    really_send = Table.send

    def send_into_nothing(table: Table, record: Record, done: Callable[[Exception | None], None]) -> None:
        if record.id in unheard:
            really_send(table, record, done)
        else:
            unheard[record.id] = done

    monkeypatch.setattr(Table, "send", send_into_nothing)
    log = open_log(options)
    records = make_records(3)
    log.save_all(records)
    wait_until(lambda: log.status().pending == 0)
    assert set(look.rows()) == {record.id for record in records}
    # Answers that come after all change nothing any more.
    for late in unheard.values():
        late(OperationTimedOut())
    log.save(make_record())
    wait_until(lambda: log.status().delivered == 4)


def test_writes_are_begun_in_their_order_and_none_after_one_that_is_uncertain() -> None:
    begun: list[tuple[Record, Callable[[Exception | None], None]]] = []

    class Pretended:
        """Keeps what it is sent, for the test to answer."""

        def send(self, record: Record, done: Callable[[Exception | None], None]) -> None:
            begun.append((record, done))

    records = list(make_records(300))
    flight = sending.Flight(cast("Table", Pretended()), threading.Event())
    flight.add(records[:200])
    flight.add(records[200:])
    assert [record for record, _ in begun] == records[: sending.CONCURRENCY]
    begun[5][1](None)
    begun[2][1](None)
    assert [record for record, _ in begun] == records[: sending.CONCURRENCY + 2]
    begun[0][1](OperationTimedOut())
    for _, done in begun[1:]:
        # Those that were answered already are heard once.
        done(None)
    assert len(begun) == sending.CONCURRENCY + 2
    sent = flight.take(1)
    assert [record for record, _ in sent.uncertain] == records[:1]
    assert set(sent.delivered) == set(records[1 : sending.CONCURRENCY + 2])
    assert flight.over


def test_after_a_reconnect_the_last_minute_is_sent_once_more(
    options: LogOptions, open_log: LogMaker, look: Looker
) -> None:
    log = open_log(options)
    record = make_record()
    log.save(record)
    assert log.deliver(60).pending == 0
    log.close()
    # As a node does that loses its power before it has synced what it acknowledged.
    look.session.execute(f"TRUNCATE {look.keyspace}.prediction")
    assert look.rows() == {}
    again = open_log(options)
    wait_until(lambda: record.id in look.rows())
    wait_until(lambda: again.status().pending == 0)


def test_a_wiped_log_makes_everything_still_held_pending_and_is_filled_again(
    options: LogOptions, open_log: LogMaker, cql: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CHECK_SECONDS", 0.2)
    own = replace(options, keyspace=f"{options.keyspace}_wiped")
    look = Looker(cql, own.keyspace, own.log)
    log = open_log(own)
    records = make_records(40)
    log.save_all(records)
    wait_until(lambda: log.status().delivered == 40)
    # Long ago, so that it is not the last minute's resending that brings them back.
    age(own.journal, 3600)
    store = log._delivery.store()
    assert store is not None
    recent = make_record()
    log.save(recent)
    wait_until(lambda: log.status().delivered == 41)
    cql.execute(SimpleStatement(f"DROP KEYSPACE {own.keyspace}"), timeout=60)
    log.save(make_record())
    wait_until(lambda: log.status().connected and log.status().delivered == 42)
    assert len(look.rows()) == 42
    identity = log._delivery.store()
    assert identity is not None
    assert identity.identity != store.identity
    # Before the keyspace: an open log would make it again.
    log.close()
    cql.execute(SimpleStatement(f"DROP KEYSPACE {own.keyspace}"), timeout=60)


def test_a_record_that_is_refused_for_ever_is_set_apart_and_stops_no_other(
    options: LogOptions, open_log: LogMaker, look: Looker
) -> None:
    not_timed = replace(make_record(), id=uuid4())
    too_large = make_record(digit=70_000)
    fine = make_records(20)
    log = open_log(options)
    log.save_all([not_timed, *fine[:10], too_large, *fine[10:]])
    wait_until(lambda: log.status().quarantined == 2 and log.status().pending == 0)
    assert set(look.rows()) == {record.id for record in fine}
    reasons = dict(log.quarantined())
    assert set(reasons) == {not_timed.id, too_large.id}
    assert "TimeUUID" in reasons[not_timed.id]
    assert log.retry_quarantined() == 2
    assert log.status().pending + log.status().quarantined == 2
    wait_until(lambda: log.status().quarantined == 2)
    assert log.status().connected


def test_one_process_delivers_at_a_time_and_another_takes_over(
    options: LogOptions, open_log: LogMaker, look: Looker
) -> None:
    first, second = open_log(options), open_log(options)
    wait_until(lambda: first.status().connected and second.status().connected)
    wait_until(lambda: first._delivery._turn.mine or second._delivery._turn.mine)
    assert not (first._delivery._turn.mine and second._delivery._turn.mine)
    holder, other = (first, second) if first._delivery._turn.mine else (second, first)
    other.save(make_record())
    wait_until(lambda: other.status().pending == 0)
    assert not other._delivery._turn.mine
    holder.close()
    other.save(make_record())
    wait_until(lambda: other.status().pending == 0)
    assert len(look.rows()) == 2


def test_desktops_that_meet_an_empty_cassandra_at_once_agree_on_the_logs_identity(
    options: LogOptions, cql: Session, cassandra_server: CassandraServer
) -> None:
    connect(options, threading.Event()).close()
    fresh = replace(options, log=f"{options.log}-new")
    met: list[object] = []

    def meet() -> None:
        connection = connect(fresh, threading.Event())
        met.append(connection.table.identity)
        connection.close()

    desktops = [threading.Thread(target=meet) for _ in range(6)]
    for desktop in desktops:
        desktop.start()
    for desktop in desktops:
        desktop.join(60)
    assert len(met) == 6
    assert len(set(met)) == 1


def test_the_schema_is_the_contracts(options: LogOptions, cql: Session) -> None:
    connect(options, threading.Event()).close()
    columns = {
        (row.table_name, row.column_name): (row.type, row.kind, row.clustering_order)
        for row in cql.execute(
            "SELECT table_name, column_name, type, kind, clustering_order FROM system_schema.columns"
            " WHERE keyspace_name = %s",
            (options.keyspace,),
        )
    }
    assert columns["log", "identity"][0] == "uuid"
    assert columns["log", "schema"][0] == "smallint"
    assert columns["bucket", "bucket"] == ("text", "clustering", "desc")
    assert columns["prediction", "id"] == ("timeuuid", "clustering", "desc")
    assert columns["prediction", "log"][1] == columns["prediction", "bucket"][1] == "partition_key"
    assert columns["prediction", "probabilities"][0] == "frozen<list<float>>"
    replication = cql.execute(
        "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = %s", (options.keyspace,)
    ).one()
    assert dict(replication.replication) == {
        "class": "org.apache.cassandra.locator.NetworkTopologyStrategy",
        "datacenter1": "1",
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"keyspace": "Not-A-Name"}, "cannot name a keyspace"),
        ({"datacenter": "atlantis"}, "no node in the data centre “atlantis”"),
        ({"ca_file": Path("no-such-file.pem")}, "cannot be read"),
    ],
)
def test_settings_that_make_no_sense_are_one_sentence(
    options: LogOptions, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(LogError, match=sentence) as raised:
        connect(replace(options, **change), threading.Event())
    assert str(raised.value).endswith(".")


def test_tables_of_somebody_else_are_left_alone_and_said(options: LogOptions, cql: Session) -> None:
    keyspace = f"{options.keyspace}_other"
    cql.execute(f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    for table in ("log", "bucket", "prediction"):
        cql.execute(f"CREATE TABLE {keyspace}.{table} (recipe text PRIMARY KEY)")
    with pytest.raises(LogError, match="not made by this program"):
        connect(replace(options, keyspace=keyspace), threading.Event())
    cql.execute(SimpleStatement(f"DROP KEYSPACE {keyspace}"), timeout=60)


def test_a_log_made_by_a_newer_program_is_left_alone(options: LogOptions, cql: Session) -> None:
    connect(options, threading.Event()).close()
    cql.execute(f'UPDATE {options.keyspace}.log SET "schema" = 99 WHERE log = %s', (options.log,))
    with pytest.raises(LogError, match="newer version of this program"):
        connect(options, threading.Event())


def test_delivered_records_beyond_the_limit_leave_the_journal_and_stay_in_history(
    options: LogOptions, open_log: LogMaker
) -> None:
    log = open_log(replace(options, keep=10))
    records = [record for record in make_records(60) if record.shown]
    log.save_all(records)
    wait_until(lambda: (log.status().pending, log.status().delivered) == (0, 10))
    assert [entry.record for entry in walk(log)] == records[::-1]


def test_a_record_saved_while_connected_is_delivered_without_being_asked_for(
    options: LogOptions, open_log: LogMaker, look: Looker
) -> None:
    log = open_log(options)
    wait_until(lambda: log.status().connected)
    records: list[Record] = []
    for position in range(5):
        records.append(make_record(START + timedelta(days=position)))
        log.save(records[-1])
        wait_until(lambda: log.status().pending == 0)
    assert set(look.rows()) == {record.id for record in records}


def test_without_a_start_nothing_is_delivered_and_deliver_does_it(
    options: LogOptions, open_log: LogMaker, look: Looker
) -> None:
    log = Log(options)
    log.save(make_record())
    assert not log.page(None, Filters()).connected
    assert log.deliver(60).pending == 0
    assert len(look.rows()) == 1
    log.close()


def test_deliver_waits_for_the_first_outcome_also_when_nothing_is_pending(
    options: LogOptions, open_log: LogMaker
) -> None:
    log = open_log(options)
    status = log.deliver(60)
    assert (status.connected, status.pending, status.why) == (True, 0, None)
    assert log.save(make_record())
    assert log.deliver(60).delivered == 1
    log.close()
    # What was acknowledged in the last minute is sent once more, and that is waited for too.
    again = open_log(options)
    status = again.deliver(60)
    assert (status.connected, status.pending, status.delivered) == (True, 0, 1)

"""Corrections and deletions with a real Cassandra: of any device's records, offline too, and the later wins whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cassandra.cluster import Session
from cassandra_node import CassandraServer
from log_looking import LogMaker, Looker, wait_until, walk
from sample_records import make_record

from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import LogError, Record, bucket_of

pytestmark = pytest.mark.cassandra

Computer = Callable[..., Log]


@pytest.fixture
def computer(options: LogOptions, open_log: LogMaker) -> Computer:
    """Starts the program on a computer of its own, by name, with or without a network."""

    def start(name: str, *, online: bool = True) -> Log:
        there = replace(options, journal=options.journal.with_name(f"{name}.sqlite"))
        log: Log = open_log(there if online else replace(there, hosts=()))
        if online:
            wait_until(lambda: log.status().connected)
        return log

    return start


def deliver(log: Log) -> None:
    assert log.deliver(60).pending == 0


def shown(log: Log) -> list[tuple[object, str | None]]:
    return [(entry.record.id, entry.record.corrected or None) for entry in walk(log)]


@pytest.fixture
def row(cql: Session, cassandra_server: CassandraServer, log_name: str) -> Callable[[Record], object]:
    """The whole row of a record in Cassandra."""
    find = f"SELECT * FROM {cassandra_server.keyspace}.prediction WHERE log = %s AND bucket = %s AND id = %s"
    return lambda record: cql.execute(find, (log_name, bucket_of(record.id, "month"), record.id)).one()


def test_a_record_made_on_another_computer_is_corrected_whole(computer: Computer) -> None:
    here, there = computer("here"), computer("there")
    record = make_record(device="there", preparation="{}", position=1, drawing=make_record().id)
    there.save(record)
    deliver(there)
    corrected = here.correct(record.id, "7").record
    deliver(here)
    assert corrected == replace(record, corrected="7", version=corrected.version)
    for log in (here, there):
        assert [entry.record for entry in walk(log)] == [corrected]
        assert walk(log)[0].delivered
    # What it has changed it holds, and shows without a connection.
    here.close()
    offline = computer("here", online=False)
    assert [entry.record for entry in offline.page(None, Filters()).entries] == [corrected]


def test_a_record_made_on_another_computer_is_deleted_and_brought_back_whole(
    computer: Computer, row: Callable[[Record], object]
) -> None:
    here, there = computer("here"), computer("there")
    drawn = make_record(device="there", corrected="1")
    picture = make_record(device="there", ink=None, name="passport.png")
    there.save_all([drawn, picture])
    deliver(there)
    was = [here.delete(record.id).record for record in (drawn, picture)]
    deliver(here)
    assert was == [drawn, picture]
    for log in (here, there):
        assert walk(log) == []
        assert log.find(drawn.id) is None
    for record in (drawn, picture):
        mark: Any = row(record)
        assert (mark.deleted, mark.glyph, mark.ink or b"", mark.name or "") == (True, b"", b"", "")
    back = [here.restore(record).record for record in was]
    deliver(here)
    for log in (here, there):
        assert [entry.record for entry in walk(log)] == back[::-1]
    assert [replace(one, version=0) for one in back] == [
        replace(drawn, version=0), replace(picture, version=0, corrected="")
    ]  # fmt: skip


@pytest.mark.parametrize("delivered_first", ["earlier", "later"])
def test_of_two_corrections_made_offline_the_later_wins_everywhere_and_whole(
    computer: Computer, delivered_first: str, row: Callable[[Record], object]
) -> None:
    record = make_record()
    origin, other = computer("origin"), computer("other")
    origin.save(record)
    deliver(origin)
    # Both hold it, one because it made it, the other because it once corrected it and took that back.
    other.correct(record.id, "1")
    other.correct(record.id, None)
    deliver(other)
    origin.close()
    other.close()
    one, two = computer("origin", online=False), computer("other", online=False)
    earlier = one.correct(record.id, "2").record
    later = two.correct(record.id, "3").record
    assert later.version > earlier.version
    one.close()
    two.close()
    for name in ("origin", "other") if delivered_first == "earlier" else ("other", "origin"):
        log = computer(name)
        deliver(log)
        log.close()
    for name in ("origin", "other", "a third"):
        log = computer(name)
        assert [entry.record for entry in walk(log)] == [later]
        found = log.find(record.id)
        assert found is not None
        assert found.record == later
        log.close()
    there: Any = row(record)
    assert (there.corrected, there.deleted) == ("3", False)


def test_a_deletion_and_a_correction_do_not_mix(computer: Computer) -> None:
    record = make_record()
    origin, other = computer("origin"), computer("other")
    origin.save(record)
    deliver(origin)
    other.correct(record.id, "1")
    deliver(other)
    origin.close()
    # It knows nothing of the correction, deletes, and takes that back.
    offline = computer("origin", online=False)
    back = offline.restore(offline.delete(record.id).record).record
    offline.close()
    online = computer("origin")
    deliver(online)
    assert [entry.record for entry in walk(online)] == [back]
    assert [entry.record for entry in walk(other)] == [back]
    assert not back.corrected


def test_a_clock_that_is_behind_undoes_nothing_that_it_has_seen(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=2)
    record = make_record()
    origin, other = computer("origin"), computer("other")
    origin.save(record.changed(ahead, corrected="1"))
    deliver(origin)
    corrected = other.correct(record.id, "2").record
    deliver(other)
    assert corrected.version > int(ahead.timestamp() * 1e6)
    assert shown(origin) == shown(other) == [(record.id, "2")]
    other.delete(record.id)
    deliver(other)
    assert walk(origin) == walk(other) == []


def test_without_cassandra_a_record_that_only_it_has_stays_as_it_is(computer: Computer) -> None:
    record = make_record()
    there = computer("there")
    there.save(record)
    deliver(there)
    offline = computer("here", online=False)
    changes: tuple[Callable[[], object], ...] = (
        lambda: offline.correct(record.id, "7"),
        lambda: offline.delete(record.id),
    )
    for change in changes:
        with pytest.raises(LogError, match=f"This computer does not hold the record {record.id}") as caught:
            change()
        assert str(caught.value).endswith("is not connected.")
    assert offline.status().pending == 0
    assert shown(there) == [(record.id, None)]


def test_what_was_pruned_here_is_changed_from_what_cassandra_has(options: LogOptions, open_log: LogMaker) -> None:
    log = open_log(replace(options, keep=0))
    record = make_record()
    log.save(record)
    deliver(log)
    wait_until(lambda: log.status().delivered == 0)
    assert log.held(record.id) is None
    log.correct(record.id, "7")
    deliver(log)
    log.delete(record.id)
    deliver(log)
    assert walk(log) == []
    log.restore(record)
    deliver(log)
    assert shown(log) == [(record.id, None)]


def test_a_deletion_survives_a_late_delivery_of_what_it_deleted(
    computer: Computer, options: LogOptions, look: Looker
) -> None:
    record = make_record()
    origin = computer("origin")
    origin.save(record)
    deliver(origin)
    other = computer("other")
    other.delete(record.id)
    deliver(other)
    origin._journal.doubt(3600)
    deliver(origin)
    wait_until(lambda: origin.status().pending == 0)
    assert walk(origin) == walk(other) == []
    assert [(deleted, corrected) for _, corrected, deleted in look.rows().values()] == [(True, "")]


def test_what_another_device_changed_is_not_shown_as_it_was_when_cassandra_is_away(computer: Computer) -> None:
    corrected, deleted = make_record(), make_record(name="passport.png")
    origin, other = computer("origin"), computer("other")
    origin.save_all([corrected, deleted])
    deliver(origin)
    later = other.correct(corrected.id, "7").record
    other.delete(deleted.id)
    deliver(other)
    # A look at all that is held begins with each connection.
    origin.close()
    origin = computer("origin")

    def held(record: Record) -> Record:
        entry = origin.held(record.id)
        assert entry is not None
        return entry.record

    wait_until(lambda: held(corrected) == later and held(deleted).deleted)
    assert (held(deleted).glyph, held(deleted).name) == (b"", "")
    origin.close()
    offline = computer("origin", online=False)
    assert [entry.record for entry in offline.page(None, Filters()).entries] == [later]

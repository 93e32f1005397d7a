"""How a log is cut is chosen once, partitions that fill up are counted and said, and a log can be made a finer one."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cassandra_node import CassandraServer
from log_looking import LogMaker, Looker, wait_until, walk
from sample_records import START, make_record, make_records

from mnist_desktop import doctor
from mnist_desktop.cli import main
from mnist_desktop.log import delivery, moving, volume
from mnist_desktop.log.cassandra import connect
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.moving import move
from mnist_desktop.log.partitions import Partitions
from mnist_desktop.log.record import LogError, Record, bucket_of
from mnist_desktop.log.table import Table

pytestmark = pytest.mark.cassandra


def nobody(_count: int) -> None:
    """Nobody wants to know how far it is."""


def look_at(looker: Looker, log: str) -> Looker:
    return Looker(looker.session, looker.keyspace, log)


def buckets(look: Looker) -> set[str]:
    rows = look.session.execute(f"SELECT bucket FROM {look.keyspace}.bucket WHERE log = %s", (look.log,))
    return {row.bucket for row in rows}


def filled(options: LogOptions, open_log: LogMaker, records: list[Record]) -> Log:
    log = open_log(options)
    log.save_all(records)
    wait_until(lambda: (status := log.status()).pending == 0 and status.connected)
    return log


@pytest.mark.parametrize("bucket_by", ["month", "day", "hour"])
def test_a_log_is_cut_as_was_set_when_it_was_made(
    options: LogOptions, open_log: LogMaker, look: Looker, bucket_by: str
) -> None:
    records = [record for record in make_records(40, span=timedelta(days=5)) if record.shown]
    log = filled(replace(options, bucket_by=bucket_by), open_log, records)
    assert buckets(look) == {bucket_of(record.id, bucket_by) for record in records}
    assert [entry.record for entry in walk(log, limit=7)] == records[::-1]


def test_a_log_that_exists_keeps_its_cut_and_a_setting_that_differs_is_said(
    options: LogOptions, open_log: LogMaker, look: Looker
) -> None:
    filled(replace(options, bucket_by="day"), open_log, list(make_records(5))).close()
    nobody_asked = open_log(options)
    wait_until(lambda: nobody_asked.status().connected)
    assert nobody_asked.status().notice is None
    nobody_asked.close()
    log = filled(replace(options, bucket_by="month"), open_log, [make_record(START)])
    assert bucket_of(make_record(START).id, "day") in buckets(look)
    wait_until(lambda: log.status().notice)
    notice = log.status().notice
    assert notice is not None
    assert "is cut by the day and stays so" in notice
    assert notice.endswith(".")


def test_a_partition_that_fills_up_is_said_to_every_device(
    options: LogOptions, open_log: LogMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(volume, "MOST_RECORDS", 100)
    monkeypatch.setattr(volume, "NEAR", 80)
    monkeypatch.setattr(volume, "ROUND", 10)
    monkeypatch.setattr(volume, "PAGE", 25)
    monkeypatch.setattr(volume, "GROWN", 20)
    # A deleted record takes room too.
    early = [make_record(START + timedelta(minutes=n), deleted=n % 9 == 0) for n in range(60)]
    log = filled(options, open_log, early)
    store = log._delivery.store()
    assert isinstance(store, Table)
    wait_until(lambda: [counted.records for counted in store.partitions.counted(10)] == [60])
    assert log.status().notice is None
    log.save_all([make_record(START + timedelta(hours=2, minutes=n)) for n in range(27)])
    wait_until(lambda: log.status().notice)
    assert log.status().notice == (
        f"The partition 2026-03 of the log “{options.log}” holds 80 records or more, and carries 100 well. "
        "“mnist-desktop log move NEW_NAME --bucket-by day” makes a log with smaller ones."
    )
    reader = open_log(replace(options, journal=options.journal.with_name("reader.sqlite")))
    wait_until(lambda: reader.status().notice == log.status().notice)
    connection = connect(options, threading.Event())
    assert doctor._full(connection, options.log) == log.status().notice
    connection.close()
    # It counts no further than it has to.
    log.save_all([make_record(START + timedelta(hours=4, minutes=n)) for n in range(60)])
    wait_until(lambda: [counted.records for counted in store.partitions.counted(10)] == [100])


def test_what_another_device_has_counted_today_is_not_counted_again(
    options: LogOptions, open_log: LogMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "IDLE_SECONDS", 0.05)
    log = filled(options, open_log, [make_record(START)])
    first = log._delivery.store()
    assert isinstance(first, Table)
    wait_until(lambda: first.partitions.counted(10))
    log.close()
    asked: list[str] = []
    really_look = Partitions.ids

    def look_and_tell(partitions: Partitions, bucket: str, before: UUID | None, limit: int) -> list[UUID]:
        asked.append(bucket)
        return really_look(partitions, bucket, before, limit)

    monkeypatch.setattr(Partitions, "ids", look_and_tell)
    other = filled(replace(options, journal=options.journal.with_name("other.sqlite")), open_log, [make_record(START)])
    other.save(make_record(START + timedelta(days=40)))
    wait_until(lambda: asked)
    assert set(asked) == {"2026-04"}


def test_a_moved_log_is_the_same_cut_finer(options: LogOptions, open_log: LogMaker, look: Looker) -> None:
    records = list(make_records(120))
    log = filled(options, open_log, records)
    changed = records[3].changed(START + timedelta(days=200), corrected="9")
    deleted = records[5].changed(START + timedelta(days=200), deleted=True, glyph=b"", ink=b"")
    log.save_all([changed, deleted])
    assert log.deliver(60).pending == 0
    seen: list[int] = []
    finer = f"{options.log}-finer"
    moved = move(options, finer, "day", threading.Event(), seen.append)
    assert (moved.records, moved.copied, sum(seen)) == (120, 120, 120)
    assert look_at(look, finer).rows() == look.rows()
    assert buckets(look_at(look, finer)) == {bucket_of(record.id, "day") for record in records}
    there = open_log(replace(options, log=finer, journal=options.journal.with_name("finer.sqlite")))
    wait_until(lambda: there.status().connected)
    assert [entry.record for entry in walk(there)] == [entry.record for entry in walk(log)]
    # Again: nothing is left to do, and what has changed there since stays.
    later = records[7].changed(START + timedelta(days=300), corrected="1")
    there.save(later)
    assert there.deliver(60).pending == 0
    assert move(options, finer, "day", threading.Event(), seen.append).copied == 0
    assert look_at(look, finer).rows()[later.id][0] == later.version


def test_a_move_that_was_interrupted_goes_on_where_it_was(
    options: LogOptions, open_log: LogMaker, look: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "PAGE", 10)
    records = list(make_records(60))
    filled(options, open_log, records)
    finer = f"{options.log}-finer"

    def interrupt(_count: int) -> None:
        if len(look_at(look, finer).rows()) >= 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(options, finer, "hour", threading.Event(), interrupt)
    there = len(look_at(look, finer).rows())
    assert 30 <= there < 60
    assert move(options, finer, "hour", threading.Event(), nobody).copied == 60 - there
    assert look_at(look, finer).rows() == look.rows()


def test_a_move_that_makes_no_sense_is_one_sentence(options: LogOptions, open_log: LogMaker) -> None:
    by_day = replace(options, bucket_by="day")
    filled(by_day, open_log, [make_record()])
    other = f"{options.log}-other"
    filled(replace(options, log=other, journal=options.journal.with_name("o.sqlite")), open_log, [make_record()])
    for name, bucket_by, sentence in (
        (options.log, "hour", "cannot be moved to itself"),
        ("new", "day", "is no finer"),
        ("new", "month", "is no finer"),
        (other, "hour", "is there already, and cut by the month"),
    ):
        with pytest.raises(LogError, match=sentence):
            move(options, name, bucket_by, threading.Event(), nobody)


def test_the_command_moves_a_log_and_says_which_setting_to_change(
    cassandra_home: Path, cassandra_server: CassandraServer, log_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(cassandra_home / "journal.sqlite", log_name)
    journal.save(make_records(20))
    journal.close()
    finer = f"{log_name}-finer"
    assert main(["log", "move", finer, "--bucket-by", "day"]) == 0
    said = capsys.readouterr()
    assert "20 records are in the log" in said.out
    assert f'log = "{finer}"' in said.out
    assert main(["log", "move", finer, "--bucket-by", "day"]) == 0
    assert "0 of them just copied" in capsys.readouterr().out


def test_quarantined_records_are_listed_and_exported_whole(
    cassandra_home: Path, log_name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = replace(make_record(name="vier.png"), id=uuid4())
    journal = Journal(cassandra_home / "journal.sqlite", log_name)
    journal.save([refused, make_record()])
    assert main(["log", "deliver"]) == 0
    assert "1 quarantined" in capsys.readouterr().out
    assert main(["log", "status"]) == 0
    assert "\n1 refused: " in capsys.readouterr().out
    file = tmp_path / "refused.jsonl"
    assert main(["log", "quarantined", "--export", str(file)]) == 0
    assert capsys.readouterr().out.startswith(f"{refused.id}: ")
    (line,) = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert (line["id"], line["name"], line["digit"]) == (str(refused.id), "vier.png", 7)
    assert "TimeUUID" in line["reason"]
    assert line["glyph"]
    assert main(["log", "quarantined", "--export", str(file)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["log", "retry"]) == 1
    assert journal.counts().quarantined == 1
    journal.close()

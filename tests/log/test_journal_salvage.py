"""From a damaged journal all that its whole pages hold is recovered, whatever is broken, and nothing is made up."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sample_records import make_record, make_records

from mnist_desktop.log import journal_salvage
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.journal_salvage import progress_of
from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import Record

PAGE = 4096

PATIENCE = 60.0
"""Seconds after which a test gives up waiting; no claim about speed."""

IDENTITY = uuid4()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        threading.Event().wait(0.01)


def fill(path: Path, count: int = 400) -> Sequence[Record]:
    """Records small and large, of which the first half is delivered and one is refused."""
    chance = 0
    records = []
    for record in make_records(count):
        chance = (chance * 31 + 7) % 101
        records.append(replace(record, ink=os.urandom(9_000) if chance < 10 else os.urandom(chance * 9)))
    journal = Journal(path, "default")
    journal.save(records)
    journal.adopt(IDENTITY)
    journal.mark_delivered(records[: count // 2], IDENTITY, datetime.now(UTC))
    journal.quarantine(records[-1], "too large")
    journal.close()
    return records


def held(journal: Journal, records: Sequence[Record]) -> dict[UUID, Record]:
    """Those of `records` that the journal has."""
    found = (journal.find(record.id) for record in records)
    return {entry.record.id: entry.record for entry in found if entry is not None}


def pages_of_records(path: Path) -> Mapping[UUID, set[int]]:
    """On which pages of a sound file each record lies, as SQLite's own statistics say."""
    connection = sqlite3.connect(path)
    try:
        pages = connection.execute(
            "SELECT path, pageno, pagetype, ncell FROM dbstat WHERE name = 'record' ORDER BY path"
        ).fetchall()
    except sqlite3.OperationalError:
        pytest.skip("this SQLite has no dbstat")
    ids = [UUID(bytes=one) for (one,) in connection.execute("SELECT id FROM record ORDER BY rowid")]
    connection.close()
    found: dict[UUID, set[int]] = {}
    cells: dict[str, UUID] = {}
    for place, number, kind, count in pages:
        if kind == "leaf":
            for cell in range(count):
                record_id = ids[len(found)]
                found[record_id] = {number}
                cells[f"{place}{cell:03x}"] = record_id
    for place, number, kind, _ in pages:
        if kind == "overflow":
            found[cells[place.partition("+")[0]]].add(number)
    assert len(found) == len(ids)
    return found


def pages_named(path: Path, name: str, kinds: tuple[str, ...]) -> list[int]:
    connection = sqlite3.connect(path)
    statement = f"SELECT pageno FROM dbstat WHERE name = ? AND pagetype IN ({', '.join('?' * len(kinds))})"
    found = [number for (number,) in connection.execute(statement, (name, *kinds))]
    connection.close()
    return found


def overwrite(path: Path, pages: Sequence[int]) -> None:
    with path.open("r+b") as file:
        for number in pages:
            file.seek((number - 1) * PAGE)
            file.write(b"\xa5" * PAGE)


def damaged_pages(path: Path, where: str) -> list[int]:
    leaves = pages_named(path, "record", ("leaf",))
    return {
        "the first page": [1],
        "the top of the table": pages_named(path, "record", ("internal",)),
        "a leaf of the table": leaves[len(leaves) // 2 :][:1],
        "many leaves of the table": leaves[::3],
        "overflow pages": pages_named(path, "record", ("overflow",))[::2],
        "an index": pages_named(path, "record_digit", ("leaf", "internal")),
        "the index of all keys": pages_named(path, "sqlite_autoindex_record_1", ("leaf", "internal")),
        "the index of names": pages_named(path, "names_data", ("leaf", "internal")),
    }[where]


@pytest.mark.parametrize(
    "where",
    [
        "the first page",
        "the top of the table",
        "a leaf of the table",
        "many leaves of the table",
        "overflow pages",
        "an index",
        "the index of all keys",
        "the index of names",
    ],
)
def test_every_record_on_whole_pages_is_recovered_as_it_was(path: Path, where: str) -> None:
    records = fill(path)
    lies_on, damaged = pages_of_records(path), damaged_pages(path, where)
    assert damaged
    overwrite(path, damaged)
    content = path.read_bytes()
    journal = Journal(path, "default")
    journal.counts()
    if journal.set_aside is None:
        # Overflow pages are read with their record only.
        assert where == "overflow pages"
        with path.open("r+b") as file:
            file.write(b"\0" * 100)
        content = path.read_bytes()
        journal.counts()
    whole = {record.id: record for record in records if not lies_on[record.id] & set(damaged)}
    assert held(journal, records) == whole
    assert len(whole) > len(records) / 4
    counts = journal.counts()
    assert counts.delivered == sum(record.id in whole for record in records[: len(records) // 2])
    assert counts.delivered + counts.pending + counts.quarantined == len(whole)
    assert journal.set_aside is not None
    assert journal.set_aside.read_bytes() == content, "the kept file is as it was"
    assert f"{len(whole)} records were recovered from it." in str(journal.notice())
    journal.close()


def test_of_a_file_that_was_cut_off_what_lies_before_is_recovered(path: Path) -> None:
    records = fill(path)
    lies_on = pages_of_records(path)
    left = path.stat().st_size // PAGE * 6 // 10
    os.truncate(path, left * PAGE + 100)
    journal = Journal(path, "default")
    whole = {record.id for record in records if max(lies_on[record.id]) <= left}
    assert set(held(journal, records)) == whole
    assert whole
    journal.close()


def copy_with_wal(path: Path, name: str) -> Path:
    folder = path.parent / name
    folder.mkdir()
    for companion in ("", "-wal"):
        shutil.copy(path.with_name(path.name + companion), folder / (path.name + companion))
    return folder / path.name


@pytest.mark.parametrize("broken", [False, True])
def test_of_the_write_ahead_log_the_same_is_recovered_as_sqlite_reads(path: Path, broken: bool) -> None:
    journal = Journal(path, "default")
    records = make_records(120)
    for start in range(0, 120, 10):
        journal.save(records[start : start + 10])
    sound = copy_with_wal(path, "sound")
    journal.close()
    if broken:
        with sound.with_name(sound.name + "-wal").open("r+b") as wal:
            wal.seek(sound.with_name(sound.name + "-wal").stat().st_size * 2 // 3)
            wal.write(os.urandom(5_000))
    damaged = copy_with_wal(sound, "damaged")
    with damaged.open("r+b") as file:
        file.write(b"\0" * 100)
    by_sqlite, by_us = Journal(sound, "default"), Journal(damaged, "default")
    expected = held(by_sqlite, records)
    assert by_sqlite.set_aside is None
    assert held(by_us, records) == expected
    assert len(expected) == 120 if not broken else 0 < len(expected) < 120
    by_sqlite.close()
    by_us.close()


def test_rubbish_yields_nothing_and_no_error(path: Path) -> None:
    path.parent.mkdir()
    for seed in range(20):
        # Looks like a page of a table at every place, with nothing sensible in it.
        path.write_bytes(b"".join(b"\x0d\0\0\0\xff\0\0\0" + os.urandom(PAGE - 8) for _ in range(30)))
        journal = Journal(path, "default")
        assert journal.newest(None, Filters(), 10).entries == ()
        assert journal.set_aside is not None, seed
        journal.close()


def test_what_was_pruned_does_not_come_back_from_free_pages(path: Path) -> None:
    records = fill(path)
    with sqlite3.connect(path, isolation_level=None) as careless:
        # As an SQLite does that leaves what was deleted where it was.
        careless.execute("PRAGMA secure_delete = OFF")
        careless.execute("DELETE FROM record WHERE rowid <= 200")
    careless.close()
    overwrite(path, pages_named(path, "record_digit", ("leaf", "internal")))
    journal = Journal(path, "default")
    assert set(held(journal, records)) == {record.id for record in records[200:]}
    journal.close()


def test_records_of_other_logs_go_back_to_theirs(path: Path) -> None:
    fill(path)
    other = Journal(path, "school")
    theirs = make_records(30, seed=9)
    other.save(theirs)
    other.close()
    overwrite(path, [1])
    journal, other = Journal(path, "default"), Journal(path, "school")
    assert journal.counts().delivered == 200
    assert held(journal, theirs) == {}
    assert len(held(other, theirs)) == 30
    journal.close()
    other.close()


def test_a_later_version_saved_meanwhile_does_not_give_way(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_salvage, "AT_ONCE_BYTES", 0)
    records = fill(path)
    lies_on = pages_of_records(path)
    overwrite(path, damaged_pages(path, "a leaf of the table"))
    journal = Journal(path, "default")
    corrected = records[0].changed(datetime.now(UTC), corrected="3")
    journal.save([corrected])
    wait_until(lambda: "recovered from it." in str(journal.notice()))
    found = journal.find(corrected.id)
    assert found is not None
    assert found.record == corrected
    assert len(lies_on) > journal.counts().delivered > 100
    journal.stop_salvage()
    journal.close()


def test_what_was_delivered_to_another_log_than_now_is_delivered_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = fill(path)
    overwrite(path, [1])
    journal = Journal(path, "default")
    assert journal.counts().delivered == 200
    assert journal.adopt(IDENTITY) == 0, "the log that they were delivered to is known"
    assert journal.counts().delivered == 200
    assert journal.adopt(uuid4()) == 200
    assert len(journal.pending(1000)) == len(records) - 1
    journal.close()


def test_saving_goes_on_while_a_large_file_is_read_and_the_next_start_goes_on_where_this_one_stopped(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_salvage, "AT_ONCE_BYTES", 0)
    monkeypatch.setattr(journal_salvage, "PAGES_AT_ONCE", 1)
    records = fill(path)
    overwrite(path, [1])
    waiting, go_on = threading.Event(), threading.Event()
    note = journal_salvage.note_progress

    def note_and_wait(kept: Path, progress: journal_salvage.Progress) -> None:
        note(kept, progress)
        if progress.pages == 50:
            waiting.set()
            go_on.wait(PATIENCE)

    monkeypatch.setattr(journal_salvage, "note_progress", note_and_wait)
    log = Log(LogOptions(journal=path))
    log.start()
    late = make_record()
    assert log.save(late)
    assert waiting.wait(PATIENCE)
    assert log.save(make_record())
    assert "so far, from 5" in str(log.status().notice) or "so far, from 4" in str(log.status().notice)
    closing = threading.Thread(target=log.close)
    closing.start()
    go_on.set()
    closing.join(PATIENCE)
    (kept,) = path.parent.glob("*.damaged-*")
    stopped = progress_of(kept)
    assert not stopped.done
    assert stopped.pages >= 50
    monkeypatch.setattr(journal_salvage, "note_progress", note)
    told = threading.Event()
    again = Log(LogOptions(journal=path), on_change=told.set)
    again.start()
    wait_until(lambda: progress_of(kept).done and "recovered from the damaged" in str(again.status().notice))
    status = again.status()
    assert status.pending + status.delivered + status.quarantined == len(records) + 2
    assert status.notice is not None
    assert "400 records were recovered" in status.notice
    assert told.is_set()
    again.close()
    third = Log(LogOptions(journal=path))
    third.start()
    assert third.status().notice is None, "told once"
    third.close()


def test_what_is_forgotten_is_not_recovered_afterwards(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_salvage, "AT_ONCE_BYTES", 0)
    fill(path)
    overwrite(path, [1])
    with monkeypatch.context() as patch:
        patch.setattr(journal_salvage.Salvage, "_run", lambda _self, _large: None)
        journal = Journal(path, "default")
        journal.save([make_record()])
        assert journal.forget_all() == 1
        assert len(journal.damaged_files()) == 1
        journal.close()
    journal = Journal(path, "default")
    journal.resume_salvage()
    journal.stop_salvage()
    assert journal.counts().delivered == 0
    journal.close()

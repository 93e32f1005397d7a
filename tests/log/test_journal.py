"""What is saved survives and is found again; what fails says so in one sentence and loses nothing."""

from __future__ import annotations

import errno
import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sample_records import START, make_record, make_records

from mnist_desktop.log import journal_file, journal_schema, journal_search
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.query import Filters
from mnist_desktop.log.record import LogError, Record, Source, compare_key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal(path, "default")
    yield opened
    opened.close()


def everything(journal: Journal, filters: Filters | None = None, page: int = 7) -> list[Record]:
    found: list[Record] = []
    before = None
    while True:
        stretch = journal.newest(before, filters or Filters(), page)
        found += [entry.record for entry in stretch.entries]
        before = stretch.reached
        if before is None:
            return found


def test_a_saved_record_comes_back_as_it_was(journal: Journal) -> None:
    record = make_record(
        name="vier.png", drawing=make_record().id, position=2, preparation='{"box": 1}', corrected="9", ink=None
    )
    journal.save([record])
    found = journal.find(record.id)
    assert found is not None
    assert found.record == record
    assert not found.delivered


def test_the_journal_is_for_its_owner_alone(journal: Journal, path: Path) -> None:
    journal.save([make_record()])
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_every_commit_is_on_the_disk_before_it_returns(journal: Journal, path: Path) -> None:
    settings = journal._file.run(
        lambda connection, _log: [
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        ],
        write=False,
    )
    assert settings == ["wal", 2], "2 is FULL"


def test_only_a_later_version_wins_in_whatever_order_they_come(journal: Journal) -> None:
    first = make_record()
    second = first.changed(first.time, corrected="1")
    third = second.changed(first.time, corrected="2")
    journal.save([first, third, second])
    journal.save([first])
    found = journal.find(first.id)
    assert found is not None
    assert found.record == third
    assert journal.counts().pending == 1


def test_a_new_version_of_a_delivered_record_is_pending_again(journal: Journal) -> None:
    identity = uuid4()
    record = make_record()
    journal.save([record])
    journal.adopt(identity)
    journal.mark_delivered([record], identity, datetime.now(UTC))
    assert journal.pending(10) == []
    changed = record.changed(datetime.now(UTC), corrected="1")
    journal.save([changed])
    assert journal.pending(10) == [changed]


def test_an_acknowledgement_of_an_older_version_does_not_count_for_the_newer(journal: Journal) -> None:
    identity = uuid4()
    record = make_record()
    changed = record.changed(datetime.now(UTC), corrected="1")
    journal.adopt(identity)
    journal.save([changed])
    journal.mark_delivered([record], identity, datetime.now(UTC))
    assert journal.pending(10) == [changed]


def test_pending_records_come_oldest_first(journal: Journal) -> None:
    records = make_records(50)
    journal.save(records[::-1])
    assert journal.pending(20) == list(records[:20])


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(digit=3),
        Filters(source=Source.FILE),
        Filters(digit=3, source=Source.CANVAS),
        Filters(verdict="unsure"),
        Filters(device="red-fox"),
        Filters(below=0.25),
        Filters(corrected=True),
        Filters(name="SCAN"),
        Filters(name="STRASSE"),
        Filters(since=START + timedelta(days=20)),
        Filters(until=START + timedelta(days=20)),
        Filters(
            since=START + timedelta(days=10), until=START + timedelta(days=30), verdict="digit", below=0.9, digit=1
        ),
        Filters(digit=11),
    ],
    ids=str,
)
def test_paging_with_filters_finds_the_same_as_looking_at_every_record(
    journal: Journal, filters: Filters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_search, "SCAN", 40)
    records = make_records(300)
    journal.save(records)
    expected = [record for record in records[::-1] if filters.match(record)]
    assert everything(journal, filters) == expected


def test_a_bound_is_exact_to_the_record(journal: Journal) -> None:
    records = make_records(9)
    journal.save(records)
    assert everything(journal, Filters(since=records[4].time)) == [
        record for record in records[:3:-1] if not record.deleted
    ]
    assert everything(journal, Filters(until=records[4].time)) == [
        record for record in records[3::-1] if not record.deleted
    ]


def test_counts_stay_true_through_everything_that_happens_to_records(journal: Journal, path: Path) -> None:
    identity = uuid4()
    records = make_records(40)
    journal.save(records)
    journal.adopt(identity)
    journal.mark_delivered(records[:30], identity, datetime.now(UTC))
    journal.quarantine(records[35], "refused")
    journal.save([records[0].changed(datetime.now(UTC), corrected="1")])
    journal.prune(20)
    counts = journal.counts()
    assert (counts.pending, counts.delivered, counts.quarantined) == (10, 20, 1)
    with sqlite3.connect(path) as outside:
        states = dict(outside.execute("SELECT state, count(*) FROM record GROUP BY state"))
    outside.close()
    assert states == {"pending": 10, "delivered": 20, "refused": 1}


def test_pruning_forgets_the_oldest_delivered_and_never_what_is_undelivered(journal: Journal) -> None:
    identity = uuid4()
    records = make_records(30)
    journal.save(records)
    journal.adopt(identity)
    journal.mark_delivered(records[5:], identity, datetime.now(UTC))
    assert journal.prune(10) == 15
    assert journal.prune(10) == 0
    assert journal.pending(100) == list(records[:5])
    assert [journal.find(record.id) is None for record in records] == [False] * 5 + [True] * 15 + [False] * 10


def test_a_log_that_comes_back_with_another_identity_makes_everything_pending(journal: Journal) -> None:
    before, after = uuid4(), uuid4()
    records = make_records(20)
    journal.save(records)
    assert journal.adopt(before) == 0
    journal.mark_delivered(records, before, datetime.now(UTC))
    assert journal.adopt(before) == 0
    assert journal.adopt(after) == 20
    assert len(journal.pending(100)) == 20
    journal.mark_delivered(records, before, datetime.now(UTC))
    assert journal.counts().delivered == 0, "an acknowledgement of the log that is gone counts nothing"


def test_what_was_acknowledged_in_the_last_minute_is_sent_again_after_what_never_was(journal: Journal) -> None:
    identity, now = uuid4(), datetime.now(UTC)
    records = make_records(6)
    journal.save(records)
    journal.adopt(identity)
    journal.mark_delivered(records[:2], identity, now - timedelta(seconds=61))
    journal.mark_delivered(records[2:4], identity, now - timedelta(seconds=59))
    journal.mark_delivered(records[4:5], identity, now)
    assert journal.doubt(60) == 3
    assert journal.pending(10) == [records[5], *records[2:5]]


def test_what_was_acknowledged_after_the_clock_was_set_back_is_sent_again_too(journal: Journal) -> None:
    identity, now = uuid4(), datetime.now(UTC)
    records = make_records(6)
    journal.save(records)
    journal.adopt(identity)
    journal.mark_delivered(records[:2], identity, now - timedelta(seconds=61))
    journal.mark_delivered(records[2:4], identity, now)
    journal.mark_delivered(records[4:], identity, now - timedelta(hours=1))
    assert journal.doubt(60) == 4
    assert journal.pending(10) == records[2:]


def test_a_quarantined_record_says_why_and_can_be_tried_again(journal: Journal) -> None:
    record = make_record()
    journal.save([record])
    journal.quarantine(record, "too large")
    assert journal.pending(10) == []
    assert journal.reasons() == ((record.id, "too large"),)
    assert journal.retry_quarantined() == 1
    assert journal.pending(10) == [record]


def test_logs_of_different_names_share_a_journal_and_nothing_else(journal: Journal, path: Path) -> None:
    other = Journal(path, "school")
    mine, theirs = make_records(2)
    journal.save([mine])
    other.save([theirs])
    assert journal.pending(10) == [mine]
    assert other.pending(10) == [theirs]
    assert other.counts().pending == 1
    other.close()


def test_names_that_are_not_text_are_kept_readable(journal: Journal) -> None:
    record = make_record(name=os.fsdecode(b"caf\xe9.png"))
    journal.save([record])
    found = journal.find(record.id)
    assert found is not None
    assert found.record.name == "caf\\udce9.png"


def save_many(path: Path, seed: int) -> None:
    journal = Journal(path, "default")
    for record in make_records(40, seed):
        journal.save([record])
    journal.close()


def test_several_processes_write_one_new_journal_at_once(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=save_many, args=(path, seed)) for seed in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    journal = Journal(path, "default")
    assert journal.counts().pending == 160
    journal.close()


@pytest.mark.parametrize("damage", ["not SQLite", "torn page", "cut"])
def test_a_damaged_journal_is_set_aside_and_a_new_one_begun(path: Path, damage: str) -> None:
    journal = Journal(path, "default")
    journal.save(make_records(200))
    journal.close()
    content = bytearray(path.read_bytes())
    if damage == "not SQLite":
        content[:] = b"To whom it may concern\n" * 500
    elif damage == "torn page":
        content[4096 * 2 : 4096 * 12] = b"\xa5" * 4096 * 10
    else:
        del content[4096 * 5 :]
    path.write_bytes(content)
    record = make_record()
    journal = Journal(path, "default")
    journal.save([record])
    assert record in everything(journal)
    assert journal.set_aside is not None
    assert journal.set_aside.read_bytes() == content
    journal.close()


def test_a_damage_found_by_one_process_is_not_repaired_again_by_another(path: Path) -> None:
    record = make_record()
    first, second = Journal(path, "default"), Journal(path, "default")
    first.save(make_records(3))
    second.counts()
    path.write_bytes(b"nonsense" * 1000)
    for companion in ("-wal", "-shm"):
        path.with_name(path.name + companion).unlink()
    first.close()
    first.save([record])
    second.counts()
    assert second.find(record.id) is not None
    assert len(list(path.parent.glob("*.damaged-*"))) == 1
    first.close()
    second.close()


def test_a_journal_moved_away_under_the_program_is_begun_anew_rather_than_written_into_the_void(
    journal: Journal, path: Path
) -> None:
    journal.save([make_record()])
    for file in list(path.parent.iterdir()):
        file.rename(file.with_name("elsewhere-" + file.name))
    record = make_record()
    journal.save([record])
    again = Journal(path, "default")
    assert again.find(record.id) is not None
    again.close()


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipe (name TEXT)")
    other.close()
    before = path.read_bytes()
    journal = Journal(path, "default")
    with pytest.raises(LogError, match="database of another program"):
        journal.save([make_record()])
    assert "recipe" in before.decode("latin-1")
    with sqlite3.connect(path) as other:
        assert [row[0] for row in other.execute("SELECT name FROM sqlite_schema")] == ["recipe"]
    other.close()


def test_a_journal_from_a_newer_version_is_left_alone(journal: Journal, path: Path) -> None:
    journal.save([make_record()])
    journal.close()
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 1000")
    newer.close()
    with pytest.raises(LogError, match="newer version of this program"):
        journal.save([make_record()])
    assert not list(path.parent.glob("*.damaged-*"))


def test_migrations_bring_an_older_journal_up_to_date_and_keep_its_records(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make_record()
    journal.save([record])
    journal.close()
    further = (*journal_schema.MIGRATIONS, ("ALTER TABLE record ADD COLUMN colour TEXT DEFAULT 'blue'",))
    monkeypatch.setattr(journal_schema, "MIGRATIONS", further)
    newer = Journal(path, "default")
    found = newer.find(record.id)
    assert found is not None
    assert found.record == record
    assert newer._rows("SELECT colour FROM record WHERE log = ?") == [("blue",)]
    newer.close()


def test_a_migration_that_fails_leaves_the_journal_as_it_was(
    journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make_record()
    journal.save([record])
    journal.close()
    with monkeypatch.context() as patch:
        broken = (*journal_schema.MIGRATIONS, ("ALTER TABLE record ADD COLUMN colour TEXT", "NOT SQL"))
        patch.setattr(journal_schema, "MIGRATIONS", broken)
        with pytest.raises(LogError):
            journal.counts()
    found = journal.find(record.id)
    assert found is not None
    assert found.record == record


def test_a_full_disk_is_one_sentence_and_what_was_saved_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def connect_to_a_small_disk(*arguments: object, **settings: object) -> sqlite3.Connection:
        connection = connect(*arguments, **settings)  # type: ignore[call-overload]
        connection.execute("PRAGMA max_page_count = 40")
        assert isinstance(connection, sqlite3.Connection)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_to_a_small_disk)
    journal = Journal(path, "default")
    saved = make_record()
    journal.save([saved])
    too_large = make_record(ink=b"x" * 1_000_000)
    with pytest.raises(LogError, match=r"^The disk is full: the journal .* cannot grow\.$"):
        journal.save([too_large])
    assert everything(journal) == [saved]
    journal.save([make_record()])
    journal.close()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 400 kB; only who may mount has one."""
    folder = Path(tempfile.mkdtemp())
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def test_a_really_full_disk_keeps_what_was_saved_and_takes_more_when_there_is_room(small_disk: Path) -> None:
    journal = Journal(small_disk / "journal.sqlite", "default")
    saved: list[Record] = []

    def fill() -> None:
        for _ in range(1000):
            record = make_record(ink=os.urandom(2000))
            journal.save([record])
            saved.append(record)

    with pytest.raises(LogError, match="The disk is full"):
        fill()
    assert saved
    assert everything(journal) == saved[::-1]
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    late = make_record()
    journal.save([late])
    assert everything(journal) == [late, *saved[::-1]]
    journal.close()


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder that everybody may enter, while this process is nobody special; root could write anywhere."""
    if os.name != "posix":
        pytest.skip("this system has other permissions")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(before)


def test_a_read_only_folder_or_file_is_one_sentence(unprivileged: Path) -> None:
    folder = unprivileged / "folder"
    folder.mkdir(mode=0o500)
    fresh = Journal(folder / "journal.sqlite", "default")
    with pytest.raises(LogError, match="read-only"):
        fresh.save([make_record()])
    file = unprivileged / "journal.sqlite"
    journal = Journal(file, "default")
    journal.save([make_record()])
    journal.close()
    file.chmod(0o400)
    with pytest.raises(LogError, match="read-only"):
        journal.save([make_record()])
    file.chmod(0o600)
    journal.save([make_record()])
    assert journal.counts().pending == 2
    journal.close()


def test_a_locked_journal_is_one_sentence(journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "BUSY_SECONDS", 0.05)
    journal.save([make_record()])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogError, match="locked by another program"):
        journal.save([make_record()])
    assert journal.counts().pending == 1, "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    journal.save([make_record()])
    assert journal.counts().pending == 2


def test_a_folder_in_the_journals_place_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot be opened"):
        Journal(tmp_path, "default").save([make_record()])


def test_no_disk_error_is_without_a_sentence(journal: Journal) -> None:
    for number in (errno.ENOSPC, errno.EROFS, errno.EIO, errno.ENAMETOOLONG):
        sentence = str(journal._file._failure(OSError(number, os.strerror(number))))
        assert sentence.endswith(".")
        assert "\n" not in sentence


def test_keys_in_the_journal_are_the_compare_keys(journal: Journal) -> None:
    record = make_record()
    journal.save([record])
    assert journal._rows("SELECT key FROM record WHERE log = ?") == [(compare_key(record.id),)]


def test_a_killed_process_leaves_what_it_had_saved(path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from sample_records import make_records;"
        "from mnist_desktop.log.journal import Journal;"
        f"Journal(Path({str(path)!r}), 'default').save(make_records(5)); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program], env=with_path(), check=False)
    assert killed.returncode == -9
    journal = Journal(path, "default")
    assert journal.counts().pending == 5
    journal.close()


def with_path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

"""A disk that is full, read-only or locked costs one sentence and no record."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from journal_looking import everything
from sample_records import make_record

from mnist_desktop.log import journal_file
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import LogError, Record


def test_a_full_disk_is_one_sentence_and_what_was_saved_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def connect_to_a_small_disk(*arguments: Any, **settings: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **settings)
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


def test_a_journal_in_a_folder_that_became_read_only_is_one_sentence(unprivileged: Path) -> None:
    folder = unprivileged / "folder"
    folder.mkdir()
    journal = Journal(folder / "journal.sqlite", "default")
    journal.save([make_record()])
    journal.close()
    folder.chmod(0o500)
    with pytest.raises(LogError, match="it or its folder is read-only"):
        journal.counts()
    folder.chmod(0o700)
    assert journal.counts().pending == 1
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


def check_kept_in_memory(log: Log, sentence: str, repair: Callable[[], None]) -> None:
    """While the journal cannot be written a record is in memory, shown and counted; afterwards it is in the journal."""
    before = log.status()
    first, second = make_record(), make_record(name="two.png")
    assert not log.save(first)
    assert not log.save(second)
    why = log.why_unsaved()
    assert why is not None
    assert re.fullmatch(sentence, why), why
    assert log.status().unsaved == before.unsaved + 2
    assert log.page(None, Filters(name="two")).entries[0].record == second
    found = log.find(first.id)
    assert found is not None
    assert found.record == first
    repair()
    assert log.retry_unsaved()
    assert log.why_unsaved() is None
    assert (log.status().unsaved, log.status().pending) == (0, before.pending + before.unsaved + 2)
    found = log.find(first.id)
    assert found is not None
    assert found.record == first


def test_a_full_disk_keeps_records_in_memory_until_there_is_room(small_disk: Path) -> None:
    log = Log(LogOptions(journal=small_disk / "journal.sqlite"))
    while log.save(make_record(ink=os.urandom(2000))):
        pass
    grow = ["mount", "-o", "remount,size=4m", str(small_disk)]
    check_kept_in_memory(
        log, r"The disk is full: the journal .* cannot grow\.", lambda: void(subprocess.run(grow, check=True))
    )
    log.close()


def void(_: object) -> None:
    """For what returns something that nobody wants."""


def test_a_read_only_folder_keeps_records_in_memory_until_it_is_writable(unprivileged: Path) -> None:
    folder = unprivileged / "folder"
    folder.mkdir(mode=0o500)
    log = Log(LogOptions(journal=folder / "journal.sqlite"))
    check_kept_in_memory(log, r"The journal .* may not be written: .* read-only\.", lambda: folder.chmod(0o700))
    log.close()


def test_a_locked_journal_keeps_records_in_memory_until_it_is_free(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "BUSY_SECONDS", 0.05)
    log = Log(LogOptions(journal=path))
    assert log.save(make_record())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    check_kept_in_memory(log, r"The journal .* is locked by another program\.", lambda: void(other.execute("ROLLBACK")))
    other.close()
    log.close()


def test_a_journal_of_a_newer_version_keeps_records_in_memory_until_it_is_gone(path: Path) -> None:
    log = Log(LogOptions(journal=path))
    assert log.save(make_record())
    log.close()
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 1000")
    newer.close()
    log = Log(LogOptions(journal=path))
    sentence = r"The journal .* was written by a newer version of this program\."
    check_kept_in_memory(log, sentence, lambda: void(path.rename(path.with_name("newer.sqlite"))))
    assert not log.status().notice
    log.close()


def test_a_file_that_is_no_journal_is_kept_and_the_record_is_saved_beside_it(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"To whom it may concern\n" * 500)
    log = Log(LogOptions(journal=path))
    assert log.save(make_record())
    notice = log.status().notice
    assert notice is not None
    (kept,) = path.parent.glob("*.damaged-*")
    assert kept.read_bytes() == b"To whom it may concern\n" * 500
    assert notice == (
        f"The journal was damaged. It is kept as {kept}, and a new one was begun. 0 records were recovered from it."
    )
    log.close()

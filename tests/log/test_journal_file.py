"""The journal's file survives crashes, other processes and damage, and is nobody else's."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from journal_looking import everything
from sample_records import make_record, make_records

from mnist_desktop.log.journal import Journal
from mnist_desktop.log.record import LogError


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


def test_what_was_read_of_the_file_is_not_kept_in_memory_after_it_was_let_go(journal: Journal) -> None:
    used = _memory_of_sqlite()
    journal.save([make_record(ink=bytes(1_000)) for _ in range(3_000)])
    before = used()
    everything(journal)
    full = used()
    journal.let_go()
    assert full - used() > 1_000_000
    assert used() < before
    assert len(everything(journal)) == 3_000


def test_a_journal_that_nobody_opened_has_nothing_to_let_go(journal: Journal, path: Path) -> None:
    journal.let_go()
    assert not path.exists()


def _memory_of_sqlite() -> Callable[[], int]:
    """What SQLite holds in this process, where its library can be asked."""
    maps = Path("/proc/self/maps")
    mapped = maps.read_text().split() if maps.exists() else []
    library = next((word for word in mapped if "libsqlite3" in word), None)
    if library is None:
        pytest.skip("SQLite is no library of its own here")
    used = ctypes.CDLL(library).sqlite3_memory_used
    used.restype = ctypes.c_int64
    return lambda: int(used())

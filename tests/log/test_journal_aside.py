"""A damaged journal is put aside whole, whoever dies in the midst of it or opens the journal just then."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from journal_looking import everything
from sample_records import make_record, make_records

from mnist_desktop.log import journal_aside
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.journal_file import JournalDamagedError, JournalFile

PAGE = 4096

STEPS = ("the note", "the write-ahead log", "its index", "the journal itself", "the end of the note")

SAVE_BREAK_AND_DIE = """
import os, sys
from pathlib import Path
from sample_records import make_record
from mnist_desktop.log.journal import Journal

records = [make_record() for _ in range(30)]
Journal(Path(sys.argv[1]), "default").save(records)
print(*(record.id for record in records), flush=True)
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    file.write(b"\\xa5" * 4096)
os.kill(os.getpid(), 9)
"""

SET_ASIDE_AND_DIE = """
import os, sys
from pathlib import Path
from mnist_desktop.log.journal import Journal

steps = iter(range(int(sys.argv[2]) + 1))

def dying(really):
    def step(*paths, **named):
        result = really(*paths, **named)
        if any("being-set-aside" in str(path) or ".damaged-" in str(path) for path in paths):
            if next(steps) == int(sys.argv[2]):
                os.kill(os.getpid(), 9)
        return result
    return step

Path.rename, Path.touch, Path.unlink = dying(Path.rename), dying(Path.touch), dying(Path.unlink)
Journal(Path(sys.argv[1]), "default").counts()
"""


def run_and_die(program: str, *arguments: str) -> str:
    died = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert died.returncode == -9
    return died.stdout


def first_leaf(path: Path) -> int:
    """The page that holds the oldest records: what is saved later does not change it."""
    connection = sqlite3.connect(path)
    try:
        found = connection.execute(
            "SELECT pageno FROM dbstat WHERE name = 'record' AND pagetype = 'leaf' ORDER BY path LIMIT 1"
        ).fetchone()
    except sqlite3.OperationalError:
        pytest.skip("this SQLite has no dbstat")
    connection.close()
    return int(found[0])


@pytest.mark.parametrize("step", range(len(STEPS)), ids=STEPS)
def test_whoever_dies_while_a_damaged_journal_is_set_aside_leaves_all_of_it_together(path: Path, step: int) -> None:
    journal = Journal(path, "default")
    journal.save(make_records(200))
    journal.close()
    place = str((first_leaf(path) - 1) * PAGE)
    # Somebody who has the journal open keeps its write-ahead log; these records stand there only.
    beside = Journal(path, "default")
    beside.counts()
    saved = run_and_die(SAVE_BREAK_AND_DIE, str(path), place).split()
    run_and_die(SET_ASIDE_AND_DIE, str(path), str(step))
    record = make_record()
    journal = Journal(path, "default")
    journal.save([record])
    journal.resume_salvage()
    found = {str(one.id) for one in everything(journal, page=100)}
    assert str(record.id) in found
    assert found >= set(saved)
    assert len(journal.damaged_files()) == 1
    assert not journal_aside.is_moving(path)
    assert beside.find(record.id) is not None
    for one in (journal, beside):
        one.close()


def test_nobody_opens_a_journal_while_its_files_are_set_aside(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(path, "default")
    journal.save(make_records(200))
    journal.close()
    place = (first_leaf(path) - 1) * PAGE
    with path.open("r+b") as file:
        file.seek(place)
        file.write(b"\xa5" * PAGE)
    beside = Journal(path, "default")
    really_rename, met = Path.rename, []

    def rename(file: Path, target: Path) -> Path:
        if ".damaged-" in target.name:
            with pytest.raises(JournalDamagedError, match="being set aside"):
                JournalFile(path, "default")._open()
            met.append(file.name)
        return really_rename(file, target)

    monkeypatch.setattr(Path, "rename", rename)
    record = make_record()
    beside.save([record])
    assert met[-1] == path.name
    assert record in everything(beside, page=100)
    beside.close()


def test_who_opens_a_journal_that_goes_aside_just_then_gets_the_new_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(path, "default")
    journal.save([make_record()])
    journal.close()
    really_connect: Any = sqlite3.connect
    taken: list[Path] = []

    def connect(*arguments: Any, **settings: Any) -> Any:
        """The first time, the file is taken away after it was looked at and before it is opened."""
        if not taken:
            taken.append(journal_aside.put_aside(path))
            path.touch(mode=0o600)
        return really_connect(*arguments, **settings)

    monkeypatch.setattr(sqlite3, "connect", connect)
    record = make_record()
    journal.save([record])
    monkeypatch.undo()
    again = Journal(path, "default")
    assert again.find(record.id) is not None
    assert again.damaged_files() == taken
    again.close()
    journal.close()

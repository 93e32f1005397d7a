"""What is pruned, forgotten or deleted is gone from the file, and nothing else is."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sample_records import make_record, make_records

from mnist_desktop.log import journal_chunks, journal_file
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.journal_chunks import CHUNKS
from mnist_desktop.log.query import Filters


def bytes_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir() if file.name.startswith(path.name))


def test_forgetting_empties_this_log_in_every_state_and_no_other(journal: Journal, path: Path) -> None:
    identity = uuid4()
    records = make_records(CHUNKS.start * 5)
    journal.save(records)
    journal.adopt(identity)
    journal.mark_delivered(records[:60], identity, datetime.now(UTC))
    journal.quarantine(records[70], "refused")
    other = Journal(path, "school")
    theirs = make_record()
    other.save([theirs])
    assert journal.forget_all() == len(records)
    counts = journal.counts()
    assert (counts.pending, counts.delivered, counts.quarantined) == (0, 0, 0)
    assert journal.newest(None, Filters(), 10).entries == ()
    assert other.pending(10) == [theirs]
    assert journal.forget_all() == 0
    other.close()


@pytest.mark.parametrize("others_read", [False, True])
def test_nothing_of_what_is_forgotten_stays_in_the_files_and_they_shrink(path: Path, others_read: bool) -> None:
    journal, other = Journal(path, "default"), Journal(path, "school")
    theirs = make_record(glyph=b"the others' glyph")
    other.save([theirs])
    journal.save([make_record(glyph=b"secret glyph", ink=b"secret ink " + os.urandom(5000)) for _ in range(200)])
    if not others_read:
        other.close()
    before = bytes_on_disk(path)
    assert b"secret glyph" in before
    assert journal.forget_all() == 200
    after = bytes_on_disk(path)
    assert b"secret" not in after
    assert b"the others' glyph" in after
    assert len(after) < len(before) / 5
    assert other.pending(10) == [theirs]
    journal.close()
    other.close()


def test_a_journal_without_incremental_vacuum_shrinks_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as made_before:
        made_before.execute("PRAGMA auto_vacuum = NONE")
        made_before.execute("PRAGMA journal_mode = WAL")
    made_before.close()
    journal = Journal(path, "default")
    journal.save([make_record(ink=os.urandom(5000)) for _ in range(200)])
    assert journal.forget_all() == 200
    assert path.stat().st_size < 200_000
    with sqlite3.connect(path) as outside:
        assert outside.execute("PRAGMA auto_vacuum").fetchone()[0] == journal_file.INCREMENTAL
    outside.close()
    journal.close()


def test_the_picture_of_a_deleted_record_is_overwritten_in_the_file(journal: Journal, path: Path) -> None:
    record = make_record(glyph=b"a glyph to be taken back" * 100)
    journal.save([record])
    journal.save([record.changed(datetime.now(UTC), deleted=True, glyph=b"", ink=b"")])
    journal.close()
    assert b"taken back" not in path.read_bytes()


def test_housekeeping_changes_few_records_at_a_time(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_chunks, "CHUNKS", range(10, 40))
    records, identity = make_records(600), uuid4()
    journal.save(records)
    journal.adopt(identity)
    journal.mark_delivered(records, identity, datetime.now(UTC))
    changed: list[int] = []
    run = journal._file.run

    def counted(work: Callable[[sqlite3.Connection, int], Any], *, write: bool) -> Any:
        def count(connection: sqlite3.Connection, log: int) -> Any:
            states = "SELECT state, records FROM tally"
            before = dict(connection.execute(states).fetchall())
            result = work(connection, log)
            after = dict(connection.execute(states).fetchall())
            changed.append(max(abs(after[state] - before[state]) for state in before))
            return result

        return run(count, write=write)

    monkeypatch.setattr(journal._file, "run", counted)
    for step, expected in (
        (lambda: journal.doubt(60), 600),
        (lambda: journal.mark_delivered(records, identity, datetime.now(UTC)), None),
        (lambda: journal.adopt(uuid4()), 600),
        (journal.forget_all, 600),
    ):
        changed.clear()
        assert step() == expected
        if expected is not None:
            assert sum(changed) == expected
            assert max(changed) <= 40


SAVER = """
import sys
from pathlib import Path
from typing import Any
from sample_records import make_record
from mnist_desktop.log.journal import Journal
journal = Journal(Path(sys.argv[1]), "default")
journal.counts()
print("ready", flush=True)
for line in sys.stdin:
    record = make_record()
    journal.save([record])
    print(record.id, flush=True)
"""


def test_another_process_saves_while_a_long_forgetting_goes_on(path: Path) -> None:
    journal = Journal(path, "school")
    journal.save(make_records(3000))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", SAVER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as saver:
        assert saver.stdout is not None
        assert saver.stdout.readline() == "ready\n"
        assert saver.stdin is not None
        saver.stdin.write("one\n" * 20)
        saver.stdin.flush()
        assert journal.forget_all() == 3000
        saved = saver.communicate()[0].split()
    assert saver.returncode == 0
    default = Journal(path, "default")
    assert {str(record.id) for record in default.pending(100)} == set(saved)
    assert len(saved) == 20
    default.close()
    journal.close()

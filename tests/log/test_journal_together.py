"""Two windows and a command line use one journal at once: what each was told is saved is there, and only once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from journal_looking import everything
from sample_records import make_record

from mnist_desktop.log.journal import Journal
from mnist_desktop.log.query import Filters

WINDOW = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from sample_records import make_record
from mnist_desktop.log.log import Filters, Log, LogOptions

log = Log(LogOptions(journal=Path(sys.argv[1])))
log.start()
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    record = make_record(device=sys.argv[2], name=f"page {number}.png")
    log.save(record)
    # As when somebody draws on: a second version of the same record.
    changed = record.changed(datetime.now(UTC), corrected=str(number % 10))
    saved = log.save(changed)
    while not saved:
        saved = log.retry_unsaved()
    print(changed.id, changed.version, flush=True)
    log.page(None, Filters(device=sys.argv[2]), 20)
log.close()
"""

COMMAND = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.record import LogError

journal = Journal(Path(sys.argv[1]), "default")
print("ready", flush=True)
sys.stdin.readline()
identity = UUID(int=7)
journal.adopt(identity)
for _ in range(30):
    journal.mark_delivered(journal.pending(10), identity, datetime.now(UTC))
    journal.doubt(60)
    journal.retry_quarantined()
journal.close()
"""


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def test_two_windows_and_a_delivering_command_on_one_journal_lose_and_double_nothing(path: Path) -> None:
    processes = [start(WINDOW, str(path), "first"), start(WINDOW, str(path), "second"), start(COMMAND, str(path))]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=120) for process in processes]
    assert [(process.returncode, errors) for process, (_, errors) in zip(processes, answers, strict=True)] == [
        (0, "")
    ] * 3
    saved = {line.split()[0]: int(line.split()[1]) for printed, _ in answers for line in printed.splitlines()}
    assert len(saved) == 80
    journal = Journal(path, "default")
    assert {str(record.id): record.version for record in everything(journal)} == saved
    assert len(everything(journal, Filters(name="page"))) == 80
    counts = journal.counts()
    journal.close()
    with sqlite3.connect(path) as outside:
        states = dict(outside.execute("SELECT state, count(*) FROM record GROUP BY state").fetchall())
    outside.close()
    assert counts.pending == states.get("pending", 0) + states.get("again", 0)
    assert counts.pending + counts.delivered == sum(states.values()) == 80


def test_a_process_that_finds_the_damage_leaves_the_others_saving(path: Path) -> None:
    first, second = Journal(path, "default"), Journal(path, "default")
    before = [make_record() for _ in range(20)]
    first.save(before)
    second.counts()
    first.close()
    second.close()
    with path.open("r+b") as file:
        file.write(b"\0" * 100)
    processes = [start(WINDOW, str(path), device) for device in ("first", "second", "third")]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], answers
    saved = {line.split()[0] for printed, _ in answers for line in printed.splitlines() if line != "ready"}
    assert len(saved) == 120
    found = {str(record.id) for record in everything(first)}
    assert found == saved | {str(record.id) for record in before}
    assert len(first.damaged_files()) == 1
    first.close()

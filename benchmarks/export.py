"""`history export` of a large log: its peak memory over the idle program's, and its speed against a bare read.

The log is made first, in a folder of its own: a journal of delivered records, and with --cassandra the same number of
records in a keyspace of its own there, exported by a computer that holds none. Each export is the real command in a
process of its own. Idle is the same command line that lists one record.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mnist_desktop.log.journal import Journal
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.record import Record, Source, microseconds, new_id
from mnist_desktop.settings import hosts_of

MOST_MEGABYTES = 60.0
"""What an export may take more than the idle program."""

BATCH = 5_000

PROGRAM = """
import sys
from pathlib import Path
from mnist_desktop.cli import main

code = main(sys.argv[1:])
# Not getrusage: what a process that was forked held before it became this program counts there, too.
(peak,) = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(peak)
sys.exit(code)
"""
"""The command line, which prints at its end how many kilobytes of memory it held at most (Linux only)."""

KILOBYTES_A_MEGABYTE = 1024

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
MONTHS = 24


@dataclass(frozen=True, kw_only=True)
class Run:
    """One command, run to its end."""

    seconds: float
    megabytes: float
    """The most memory that it ever held."""


def make_records(count: int) -> Iterator[list[Record]]:
    """Records like those of drawings, some 1 kB each, oldest first, over 24 months."""
    chance = random.Random(1)
    step = timedelta(days=365.25 / 12 * MONTHS) / count
    for start in range(0, count, BATCH):
        yield [make_record(FIRST + step * number, chance) for number in range(start, min(start + BATCH, count))]


def make_record(moment: datetime, chance: random.Random) -> Record:
    """One reading of a drawing."""
    digit = chance.randrange(10)
    return Record(
        id=new_id(moment),
        version=microseconds(moment),
        digit=digit,
        label=str(digit),
        confidence=chance.random(),
        probabilities=tuple(chance.random() for _ in range(10)),
        verdict="digit" if chance.random() < 0.9 else "unsure",
        source=Source.CANVAS,
        model="digits",
        device="desk-1",
        glyph=chance.randbytes(220),
        ink=chance.randbytes(600),
    )


def run(home: Path, cassandra: str, keyspace: str, *words: str) -> Run:
    """Run the command line with its own home; a failed command ends the benchmark."""
    settings = {"HOME": str(home), "CASSANDRA": cassandra, "KEYSPACE": keyspace}
    environment = {**os.environ, **{f"MNIST_DESKTOP_{name}": value for name, value in settings.items()}}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "history", *words],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    taken = time.perf_counter() - begun
    if done.returncode:
        sys.exit(f"history {words[0]} ended with {done.returncode}")
    return Run(seconds=taken, megabytes=int(done.stdout.split()[-1]) / KILOBYTES_A_MEGABYTE)


def read_plainly(journal: Path) -> float:
    """Seconds in which SQLite alone reads the rows, newest first."""
    connection = sqlite3.connect(journal)
    begun = time.perf_counter()
    for _ in connection.execute("SELECT * FROM record WHERE log = 1 ORDER BY key DESC"):
        pass
    taken = time.perf_counter() - begun
    connection.close()
    return taken


def read_with_driver(options: LogOptions) -> float:
    """Seconds in which the driver alone reads the rows, partition by partition, newest first."""
    from cassandra.cluster import Cluster

    (host, port), *_ = options.hosts
    cluster = Cluster([host], port=port, protocol_version=5)
    session = cluster.connect(options.keyspace)
    begun = time.perf_counter()
    for bucket in session.execute("SELECT bucket FROM bucket WHERE log = %s", (options.log,)):
        found = session.execute(
            "SELECT * FROM prediction WHERE log = %s AND bucket = %s", (options.log, bucket.bucket), timeout=60
        )
        for _ in found:
            pass
    taken = time.perf_counter() - begun
    session.execute(f"DROP KEYSPACE {options.keyspace}", timeout=60)
    cluster.shutdown()
    return taken


def report(what: str, count: int, idle: Run, export: Run, plain: float) -> bool:
    """Print the figures; whether the promise about memory is kept."""
    more = export.megabytes - idle.megabytes
    print(f"{what}: {count:,} records")
    print(f"  peak memory       {export.megabytes:8.1f} MB, idle {idle.megabytes:.1f} MB: {more:.1f} MB more")
    print(f"  export            {count / export.seconds:8,.0f} records/s, the program's start included")
    print(f"  bare read         {count / plain:8,.0f} records/s")
    print(f"  export ÷ bare     {plain / export.seconds:8.2f}")
    return more <= MOST_MEGABYTES


def from_journal(folder: Path, count: int) -> bool:
    """Make a journal of delivered records, and export it away from Cassandra."""
    home, identity = folder / "home", uuid.uuid4()
    journal = Journal(home / "journal.sqlite", "default")
    journal.adopt(identity)
    for batch in make_records(count):
        journal.save(batch)
        journal.mark_delivered(batch, identity, datetime.now(UTC))
    journal.close()
    idle = run(home, "off", "none", "list", "--limit", "1")
    export = run(home, "off", "none", "export", str(folder / "all.jsonl"))
    return report("journal", count, idle, export, read_plainly(home / "journal.sqlite"))


def from_cassandra(folder: Path, count: int, server: str) -> bool:
    """Deliver records to a keyspace of their own, and export them on a computer that holds none."""
    keyspace = f"export_{uuid.uuid4().hex[:12]}"
    options = LogOptions(journal=folder / "maker.sqlite", hosts=hosts_of(server), keyspace=keyspace)
    log = Log(options)
    log.start()
    for batch in make_records(count):
        log.save_all(batch)
    if log.deliver(3600).pending:
        sys.exit("The records could not be delivered.")
    log.close()
    home = folder / "elsewhere"
    idle = run(home, server, keyspace, "list", "--limit", "1")
    export = run(home, server, keyspace, "export", str(folder / "there.jsonl"))
    return report("Cassandra", count, idle, export, read_with_driver(options))


def main() -> int:
    """Print the figures; exit code 1 when the promise about memory is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--records", type=int, default=1_000_000, help="how many the journal holds (1,000,000)")
    parser.add_argument("--cassandra", metavar="HOST:PORT", help="export from this server, too")
    parser.add_argument("--there", type=int, default=50_000, help="how many records are exported from there (50,000)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = from_journal(folder, arguments.records)
        if arguments.cassandra:
            kept &= from_cassandra(folder, arguments.there, arguments.cassandra)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

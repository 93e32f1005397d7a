"""Delivery of a backlog to a real node, against the bare driver with the same statement and rows in the same run.

Also how much memory it takes on the way, and what the window's event loop notices of it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "plugins"))

from cassandra_node import server_for

from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.record import LogError, Record, Source, microseconds, new_id

PREPARED = "prepared"
"""The name of the log in the journal that is made once; each round delivers a copy under a name of its own."""

KEYSPACE = "mnist_desktop_benchmark"

PERIODIC = ("commitlog_sync: periodic", "commitlog_sync_period: 10s")
"""As Cassandra does by default: against a server that syncs each batch both would wait for its disk."""

STANDSTILL_SECONDS = 120.0
"""When nothing has arrived for so long the benchmark gives up. The program would not; it rests at most 30 s between
attempts, and a node that comes back gets everything."""

CONCURRENCY = 128

SAMPLE_SECONDS = 0.1

TICK_MILLISECONDS = 2


def make_records(count: int) -> Iterator[Record]:
    """Records as the program makes them, in size and spread, over three months, oldest first."""
    chance = random.Random(0)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    for position in range(count):
        time_made = start + timedelta(days=90) * position / count
        digit = chance.randrange(10)
        drawn = chance.random() < 0.5
        yield Record(
            id=new_id(time_made), version=microseconds(time_made), digit=digit, label=str(digit),
            confidence=chance.random(), probabilities=tuple(chance.random() for _ in range(10)), verdict="digit",
            source=Source.CANVAS if drawn else Source.FILE, model="digits", device="benchmark",
            glyph=chance.randbytes(180), ink=chance.randbytes(400) if drawn else None,
            name=None if drawn else f"scan-{position}.png",
        )  # fmt: skip


def prepare(journal: Path, count: int) -> None:
    """A journal with a backlog."""
    log = Log(LogOptions(journal=journal, log=PREPARED))
    batch: list[Record] = []
    for record in make_records(count):
        batch.append(record)
        if len(batch) == 1000:
            log.save_all(batch)
            batch = []
    log.save_all(batch)
    log.close()


def copied(prepared: Path, folder: Path, options: LogOptions) -> LogOptions:
    """A copy of the prepared journal, as that of a new log."""
    name = f"round-{uuid4().hex[:8]}"
    journal = folder / f"{name}.sqlite"
    shutil.copy(prepared, journal)
    connection = sqlite3.connect(journal)
    with connection:
        connection.execute("UPDATE log SET name = ? WHERE name = ?", (name, PREPARED))
    connection.close()
    return replace(options, journal=journal, log=name)


def resident() -> float:
    """Megabytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


class Count(Protocol):
    """How many records a log or a journal holds."""

    @property
    def pending(self) -> int: ...

    @property
    def delivered(self) -> int: ...


def wait_until_delivered(look: Callable[[], Count]) -> None:
    """Wait until nothing is pending, however often the connection is lost; a RuntimeError when it stands still."""
    last, moved = look(), time.monotonic()
    while last.pending:
        # The journal tells nobody when it changes: it is looked at now and then.
        time.sleep(SAMPLE_SECONDS)
        now = look()
        if (now.pending, now.delivered) != (last.pending, last.delivered):
            last, moved = now, time.monotonic()
        elif time.monotonic() - moved > STANDSTILL_SECONDS:
            raise RuntimeError(f"Nothing was delivered for {STANDSTILL_SECONDS:.0f} s; {now.pending:,} records wait.")


def deliver(options: LogOptions, count: int) -> dict[str, float]:
    """The program: from opening the log until it knows that all is delivered."""
    memory: list[tuple[int, float]] = []
    over = threading.Event()
    lost = 0

    def watch() -> None:
        nonlocal lost
        connected = False
        while not over.wait(SAMPLE_SECONDS):
            status = log.status()
            memory.append((status.delivered, resident()))
            lost += connected and not status.connected
            connected = status.connected

    begun = time.perf_counter()
    log = Log(options)
    watching = threading.Thread(target=watch)
    watching.start()
    try:
        # It comes back when the connection is lost, for a command that a person waits for; delivery itself goes on.
        log.deliver(STANDSTILL_SECONDS)
        wait_until_delivered(log.status)
        seconds = time.perf_counter() - begun
        status = log.status()
    finally:
        over.set()
        watching.join()
        log.close()
    if (status.pending, status.delivered) != (0, count):
        raise RuntimeError(f"Not all was delivered: {status}")
    early = [megabytes for delivered, megabytes in memory if delivered <= count / 10]
    return {
        "seconds": seconds,
        "early": max(early, default=0.0),
        "peak": max((megabytes for _, megabytes in memory), default=0.0),
        "lost": lost,
    }


def write_bare(options: LogOptions, _count: int) -> dict[str, float]:
    """The driver alone: from connecting until the last answer, with all rows ready in memory."""
    from cassandra.concurrent import execute_concurrent_with_args
    from cassandra.query import UNSET_VALUE

    from mnist_desktop.log.cassandra import connect as connect_log
    from mnist_desktop.log.failures import explain
    from mnist_desktop.log.journal import Journal
    from mnist_desktop.log.table import COLUMNS

    journal = Journal(options.journal, options.log)
    records = [record for batch in journal.backlog(1000) for record in batch]
    journal.close()

    def arguments(record: Record, bucket: str) -> tuple[Any, ...]:
        values = (getattr(record, column) for column in COLUMNS)
        values = (UNSET_VALUE if value is None else value for value in values)
        return (options.log, bucket, record.id, *values, record.version)

    rows = [arguments(record, f"{record.time:%Y-%m}") for record in records]
    begun = time.perf_counter()
    connection = connect_log(options, threading.Event())
    session, insert = connection.table._session, connection.table._insert  # noqa: SLF001 - the very same statement
    try:
        execute_concurrent_with_args(session, insert, rows, concurrency=CONCURRENCY, raise_on_first_error=True)
        return {"seconds": time.perf_counter() - begun}
    except Exception as error:  # noqa: BLE001 - what the driver raises does not always come through to another process
        raise RuntimeError(f"The bare driver gave up: {explain(error)}") from None
    finally:
        connection.close()


def stare(options: LogOptions, count: int) -> dict[str, float]:
    """The window, open, while the backlog is delivered; with Cassandra off for as long as `count` says in seconds."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    home = tempfile.mkdtemp(dir=options.journal.parent)
    os.environ["MNIST_DESKTOP_HOME"] = home
    shutil.copy(options.journal, Path(home) / "journal.sqlite")
    os.environ["MNIST_DESKTOP_CASSANDRA"] = ",".join(f"{host}:{port}" for host, port in options.hosts) or "off"
    os.environ["MNIST_DESKTOP_LOG"] = options.log
    os.environ["MNIST_DESKTOP_KEYSPACE"] = options.keyspace
    from PySide6.QtCore import Qt, QTimer

    from mnist_desktop.gui import app, window
    from mnist_desktop.log.journal import Journal
    from mnist_desktop.paths import find_paths
    from mnist_desktop.settings import load_settings

    paths = find_paths(os.environ)
    gaps: list[float] = []
    failures: list[LogError | RuntimeError] = []
    ended = threading.Event()

    def watch() -> None:
        journal = Journal(paths.journal, options.log)
        try:
            if options.hosts:
                wait_until_delivered(journal.counts)
            else:
                # Nothing is waited for: the window is watched for as long when it delivers nothing.
                time.sleep(count)
        except (LogError, RuntimeError) as failure:
            failures.append(failure)
        finally:
            journal.close()
            ended.set()

    class Window(window.Window):
        """The program's own, with a clock in its event loop."""

        def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
            super().showEvent(event)
            self.last = time.perf_counter()
            self.clock = QTimer(self, interval=TICK_MILLISECONDS, timerType=Qt.TimerType.PreciseTimer)
            self.clock.timeout.connect(self.tick)
            # What starting itself costs is another benchmark's.
            QTimer.singleShot(2000, self.begin)

        def begin(self) -> None:
            self.last = time.perf_counter()
            self.clock.start()
            threading.Thread(target=watch, daemon=True).start()

        def tick(self) -> None:
            now = time.perf_counter()
            gaps.append(now - self.last)
            self.last = now
            if ended.is_set():
                self.clock.stop()
                self.close()

    app.Window = Window  # type: ignore[attr-defined]  # in place of the window that the program opens
    app.run([], load_settings(paths, os.environ), paths)
    if failures:
        raise failures[0]
    gaps.sort()
    return {"longest": gaps[-1], "p99": gaps[len(gaps) * 99 // 100], "ticks": len(gaps)}


def apart(work: Callable[[LogOptions, int], dict[str, float]], options: LogOptions, count: int) -> dict[str, float]:
    """What `work` measures in a process of its own; also a RuntimeError when that one has died."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, options, count).result()


def main() -> None:
    """Print the figures; exit code 1, and one sentence, when a promise is not kept or nothing could be measured."""
    try:
        compare()
    except (LogError, RuntimeError) as failure:
        sys.exit(f"Not measured to the end. {failure}")


def compare() -> None:
    """Measure all, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-least", type=float, default=0.6, help="delivery's speed as a part of the bare driver's")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    count = arguments.records
    ratios: list[float] = []
    measured: dict[str, list[dict[str, float]]] = {"deliver": [], "write_bare": []}
    with tempfile.TemporaryDirectory() as folder, server_for(KEYSPACE, PERIODIC) as address:
        prepared = Path(folder, "prepared.sqlite")
        prepare(prepared, count)
        options = LogOptions(journal=prepared, hosts=(address,), keyspace=KEYSPACE)
        # A small round first, for the server to warm up; then the order changes with each.
        for work in (write_bare, deliver):
            small = Path(folder, "small.sqlite")
            prepare(small, min(count, 5_000))
            apart(work, copied(small, Path(folder), options), min(count, 5_000))
            small.unlink()
        for number in range(arguments.rounds):
            for work in (deliver, write_bare) if number % 2 else (write_bare, deliver):
                measured[work.__name__].append(apart(work, copied(prepared, Path(folder), options), count))
            ratios.append(measured["write_bare"][-1]["seconds"] / measured["deliver"][-1]["seconds"])
        during = apart(stare, copied(prepared, Path(folder), options), count)
        seconds = int(statistics.median(each["seconds"] for each in measured["deliver"])) + 1
        without = apart(stare, replace(copied(prepared, Path(folder), options), hosts=()), seconds)
    figures = {
        "records": float(count),
        "delivered_per_second": round(count / statistics.median(each["seconds"] for each in measured["deliver"])),
        "bare_per_second": round(count / statistics.median(each["seconds"] for each in measured["write_bare"])),
        "delivery_per_bare_driver": round(statistics.median(ratios), 2),
        "lowest_round": round(min(ratios), 2),
        "connections_lost": sum(each["lost"] for each in measured["deliver"]),
        "megabytes_after_a_tenth": round(statistics.median(each["early"] for each in measured["deliver"]), 1),
        "megabytes_at_most": round(statistics.median(each["peak"] for each in measured["deliver"]), 1),
        "event_loop_gap_ms_during": round(during["longest"] * 1000, 1),
        "event_loop_gap_ms_without": round(without["longest"] * 1000, 1),
        "event_loop_p99_ms_during": round(during["p99"] * 1000, 1),
        "event_loop_p99_ms_without": round(without["p99"] * 1000, 1),
    }
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, figure in figures.items():
            sys.stdout.write(f"{name:28} {figure}\n")
    sys.exit(0 if figures["delivery_per_bare_driver"] >= arguments.at_least else 1)


if __name__ == "__main__":
    main()

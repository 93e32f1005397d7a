"""A program that saves, changes, deletes and looks at records without end, says what it was told, and meets faults.

Run as `python -m fault_program PLAN`, PLAN being a Plan as JSON. It prints a JSON object a line, each at once:

- `try`, `version`, `image`, `shown`, `bad`: this is about to be saved; `image` stands for all of its content
- `saved`, `version`: the log has called it saved
- `unsaved`, `why`: the log says that it is only in memory
- `connected`; `beat`: the rest of the program goes on; `looked`: how many records a look at History has shown
- `wrong`: History did not show what it must
- `closed`, `threads`, `sockets`: the log is closed, and that is what it left behind

It reads words from stdin: `end` closes the log and ends; `leave` too, without waiting for what hangs; `room` lifts the
limit of the plan's `file_bytes`; `back` sets the clock back by an hour; `rest` and `work` stop and take up the saving.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
import random
import resource
import signal
import sys
import threading
import time
from dataclasses import asdict, astuple, dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import fault_points
from sample_records import make_record

import mnist_desktop.log
from mnist_desktop.log import delivery
from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import Record, compare_key

BEAT_SECONDS = 0.1

PACE_SECONDS = 0.004
"""Between two steps: a fault that lasts ten seconds then meets some 2,000 records."""

PATIENCE = 60.0
"""Seconds until what a closed log leaves behind must be gone; no claim about speed."""

SET_BACK = timedelta(hours=1)

LOOKED_FOR = 20
"""How many of its own latest records the program looks for in History."""

MARKER = "fault-played"
"""The device of every record: bytes by which a proxy knows a write."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one program is to do."""

    journal: str
    host: str
    port: int
    keyspace: str
    log: str
    seed: int
    connected: bool = True
    """Whether it delivers at all."""
    continues: bool = False
    """Whether it goes on changing the records that it finds in History."""
    keep: int = 100_000
    refused: float = 0.0
    """How often a record is one that the server refuses."""
    point: str | None = None
    """One of fault_points' points, at whose `count`-th passing the program dies."""
    count: int = 1
    file_bytes: int | None = None
    """No file can grow beyond this, as on a full disk."""
    write_seconds: float = 10.0
    check_seconds: float = 10.0

    def command(self) -> list[str]:
        """How the program is run."""
        return [sys.executable, "-m", "fault_program", json.dumps(asdict(self))]


class Clock:
    """The machine's clock, which somebody can set back."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._really = time.time
        time.time = self.seconds
        for module in list(sys.modules.values()):
            if module.__name__.startswith("mnist_desktop.log") and getattr(module, "datetime", None) is datetime:
                module.datetime = self._class()  # type: ignore[attr-defined]  # it was imported there by name

    def seconds(self) -> float:
        return self._really() + self._ahead.total_seconds()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def set_back(self) -> None:
        self._ahead -= SET_BACK

    def _class(self) -> type[datetime]:
        clock = self

        class SetBack(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # typeshed wants Self
                return datetime.fromtimestamp(clock.seconds(), tz)

        return SetBack


class Program:
    """One window's log: its worker saves and looks, and the rest of the program goes on meanwhile."""

    def __init__(self, plan: Plan) -> None:
        self._chance = random.Random(plan.seed)
        self._plan = plan
        self._clock = Clock()
        self._log = Log(
            LogOptions(
                journal=Path(plan.journal),
                hosts=((plan.host, plan.port),) if plan.connected else (),
                keyspace=plan.keyspace,
                log=plan.log,
                keep=plan.keep,
            )
        )
        self._latest: dict[UUID, Record] = {}
        self._unsaved: list[Record] = []
        self._speaking = threading.Lock()
        self._ending = threading.Event()
        self._working = threading.Event()
        self._working.set()
        self._leave = False

    def run(self) -> None:
        listener = threading.Thread(target=self._listen, name="listener", daemon=True)
        listener.start()
        self._log.start()
        worker = threading.Thread(target=self._work, name="worker")
        worker.start()
        connected = False
        while not self._ending.wait(BEAT_SECONDS):
            self._say(beat=1)
            if not connected and self._log.status().connected:
                connected = True
                self._say(connected=True)
        worker.join()
        self._log.close()
        if not self._unsaved:
            self._say(**self._left_behind())

    def _listen(self) -> None:
        for line in sys.stdin:
            word = line.strip()
            if word == "room":
                _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
                resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
            elif word == "back":
                self._clock.set_back()
            elif word == "rest":
                self._working.clear()
            elif word == "work":
                self._working.set()
            elif word in ("end", "leave"):
                self._leave = word == "leave"
                self._working.set()
                self._ending.set()

    def _work(self) -> None:
        if self._plan.continues:
            entries = self._log.page(None, Filters(), 100).entries
            self._latest = {entry.record.id: entry.record for entry in reversed(entries)}
        while not self._ending.wait(PACE_SECONDS):
            self._working.wait()
            if self._chance.random() < 0.02:
                self._look()
            elif self._unsaved:
                self._retry()
            else:
                self._save(self._next())
        if self._unsaved:
            self._retry()

    def _next(self) -> Record:
        chance, now = self._chance.random(), self._clock.now()
        if chance < self._plan.refused:
            return self._refused_record()
        if chance > 0.7 and self._latest:
            earlier = self._latest[self._chance.choice(list(self._latest)[-200:])]
            if chance > 0.92:
                return earlier.changed(now, deleted=True, glyph=b"", ink=b"")
            if not earlier.deleted:
                return earlier.changed(now, corrected=str(self._chance.randrange(10)))
        return make_record(
            now,
            digit=self._chance.randrange(10),
            confidence=self._chance.randrange(17) / 16,
            device=MARKER,
            ink=self._chance.randbytes(self._chance.randrange(1, 1500)),
        )

    def _refused_record(self) -> Record:
        record = make_record(self._clock.now(), device=MARKER)
        if self._chance.random() < 0.5:
            return replace(record, id=uuid4())
        return replace(record, digit=70_000)

    def _save(self, record: Record) -> None:
        bad = record.id.version != 1 or (record.digit or 0) > 2**15
        self._say(**{"try": str(record.id)}, version=record.version, image=image(record), shown=record.shown, bad=bad)
        if not bad:
            self._latest[record.id] = record
        if self._log.save(record):
            self._say(saved=str(record.id), version=record.version)
        else:
            self._unsaved.append(record)
            self._say(unsaved=str(record.id), why=self._log.why_unsaved())

    def _retry(self) -> None:
        if self._log.retry_unsaved():
            for record in self._unsaved:
                self._say(saved=str(record.id), version=record.version)
            self._unsaved = []

    def _look(self) -> None:
        """The newest page of History shows each record once, and this program's own as it knows them."""
        page = self._log.page(None, Filters(), 100)
        found = {entry.record.id: entry.record for entry in page.entries}
        if len(found) != len(page.entries):
            self._say(wrong="History shows a record twice")
        reached = compare_key(page.cursor.before) if page.cursor else None
        # Without Cassandra, History does not hold what was delivered and pruned here since.
        whole = page.connected or self._plan.keep == Plan.keep
        for record in list(self._latest.values())[-LOOKED_FOR:]:
            there = found.get(record.id)
            if there is not None and (there.version < record.version or record.deleted):
                self._say(wrong=f"History shows {record.id} as it was")
            seen = reached is None or compare_key(record.id) >= reached
            if there is None and seen and record.shown and whole:
                self._say(wrong=f"History does not show {record.id}")
        self._say(looked=len(found))

    def _left_behind(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while not self._leave and (_threads() or _sockets()) and time.monotonic() < deadline:
            threading.Event().wait(0.02)
        return {"closed": True, "threads": _threads(), "sockets": _sockets()}

    def _say(self, **said: object) -> None:
        with self._speaking:
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()


def image(record: Record) -> str:
    """All of a record's content, in short."""
    return hashlib.sha1(repr(astuple(record)).encode()).hexdigest()


def _threads() -> list[str]:
    # The driver's event loop is one a process, and ends with it.
    kept = {"MainThread", "listener", "event_loop", "asyncore_cassandra_driver_event_loop"}
    return sorted(thread.name for thread in threading.enumerate() if thread.name not in kept)


def _sockets() -> int:
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += str(link.readlink()).startswith("socket:")
        except FileNotFoundError:
            continue
    return found


def main(plan: Plan) -> None:
    """Save until told to end, or until dead."""
    # Before the clock is replaced: what is imported later would get the real one.
    for module in pkgutil.iter_modules(mnist_desktop.log.__path__, "mnist_desktop.log."):
        imported = importlib.import_module(module.name)
        waits = {"WRITE_SECONDS": plan.write_seconds, "PATIENCE_SECONDS": plan.write_seconds + 2.0}
        vars(imported).update({name: seconds for name, seconds in waits.items() if name in vars(imported)})
    delivery.CHECK_SECONDS = plan.check_seconds
    if plan.point is not None:
        fault_points.arm(plan.point, plan.count)
    if plan.file_bytes is not None:
        # What Python compiled would be cut off like every other file, and stay so.
        sys.dont_write_bytecode = True
        # Writes beyond it fail with an error then, and do not end the program.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (plan.file_bytes, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    Program(plan).run()


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])))

"""Makes a program kill itself, as a power cut would, at the n-th passing of a named point of journaling or delivery."""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

BEFORE, AFTER = "before", "after"

CALLS = {
    "save": "mnist_desktop.log.journal:Journal.save",
    "write": "mnist_desktop.log.table:Table.send",
    "mark": "mnist_desktop.log.journal:Journal.mark_delivered",
    "adopt": "mnist_desktop.log.journal:Journal.adopt",
    "doubt": "mnist_desktop.log.journal:Journal.doubt",
    "prune": "mnist_desktop.log.journal:Journal.prune",
    "bucket": "mnist_desktop.log.table:Table.note_buckets",
    "connect": "mnist_desktop.log.cassandra:connect",
    "contact": "cassandra.cluster:Session.execute",
}
"""What is called at a point, by the point's first word."""

COMMITS = {"commit of a save": False, "commit of delivery": True}
"""COMMITs of the journal, and whether it is the delivering thread that makes them."""

JOURNALING = tuple(f"{when} {what}" for what in ("save", "commit of a save") for when in (BEFORE, AFTER))

DELIVERING = tuple(
    f"{when} {what}"
    for what in ("write", "mark", "commit of delivery", "adopt", "doubt", "prune", "bucket", "connect", "contact")
    for when in (BEFORE, AFTER)
)

DELIVERING_THREAD = "delivery"


class Countdown:
    """Kills the process when it is counted down."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()

    def pass_by(self) -> None:
        """The point was reached once more."""
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str, count: int) -> None:
    """Let this process die when `point`, one of JOURNALING or DELIVERING, is passed for the `count`-th time."""
    when, _, what = point.partition(" ")
    countdown = Countdown(count)
    if what in COMMITS:
        _arm_commits(countdown, when, delivering=COMMITS[what])
    else:
        _arm_call(CALLS[what], countdown, when)


def _arm_call(name: str, countdown: Countdown, when: str) -> None:
    module, _, path = name.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, last = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    call: Callable[..., Any] = getattr(owner, last)

    @functools.wraps(call)
    def played(*arguments: Any, **named: Any) -> Any:
        if when == BEFORE:
            countdown.pass_by()
        result = call(*arguments, **named)
        if when == AFTER:
            countdown.pass_by()
        return result

    setattr(owner, last, played)


def _arm_commits(countdown: Countdown, when: str, *, delivering: bool) -> None:
    class Played(sqlite3.Connection):
        writing = False

        def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
            if statement != "COMMIT" or delivering != (threading.current_thread().name == DELIVERING_THREAD):
                self.writing = self.writing or statement == "BEGIN IMMEDIATE"
                return super().execute(statement, *arguments)
            writing, self.writing = self.writing, False
            if writing and when == BEFORE:
                countdown.pass_by()
            done = super().execute(statement, *arguments)
            if writing and when == AFTER:
                countdown.pass_by()
            return done

    # In place of the function that the journal calls.
    sqlite3.connect = functools.partial(sqlite3.connect, factory=Played)  # type: ignore[assignment]  # a partial of it

"""Keeps a bounded number of writes to Cassandra under way, in the records' order, and sorts what became of each."""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from cassandra import OperationTimedOut

from mnist_desktop.log.asking import WRITE_SECONDS
from mnist_desktop.log.record import Record
from mnist_desktop.log.table import Table, is_refused_for_ever

CONCURRENCY = 128
"""Writes under way at once; more gained nothing against one node or three."""

PATIENCE_SECONDS = WRITE_SECONDS + 2.0
"""When no answer came for so long, none is waited for: the driver's timers stand still when the clock is set back."""

LOOK_SECONDS = 0.1
"""How often a wait for answers looks whether the log closes."""

Outcome = tuple[Record, Exception | None]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of some writes."""

    delivered: tuple[Record, ...]
    refused: tuple[tuple[Record, Exception], ...]
    """These the server will never take."""
    uncertain: tuple[tuple[Record, Exception], ...]
    """These may be there or not, and are sent again."""


class Flight:
    """Writes on their way: each answer sends the next record, in whichever thread it comes, as the driver's own
    `execute_concurrent` does; so the connection is busy while the caller reads more from the disk and marks what has
    arrived. After the first write whose outcome is uncertain, or when the log closes, no other is begun."""

    def __init__(self, table: Table, closing: threading.Event) -> None:
        """Nothing is under way yet."""
        self._table = table
        self._closing = closing
        self._ready: deque[Record] = deque()
        self._ended: list[Outcome] = []
        self._under_way: dict[int, Record] = {}
        self._begun = 0
        self._moved = time.monotonic()
        """When a write was begun or ended last."""
        self._sending = False
        """Whether some thread is sending; that one goes on as long as there is room."""
        self._halted = False
        self._awaited = 0
        self._news = threading.Condition()

    @property
    def ready(self) -> int:
        """How many records wait for their turn."""
        return len(self._ready)

    @property
    def over(self) -> bool:
        """Whether nothing is under way, and nothing will be."""
        return not self._under_way and not self._may_send() and not self._ended

    @property
    def halted(self) -> bool:
        """Whether no write is begun any more."""
        return self._halted or self._closing.is_set()

    def add(self, records: Sequence[Record]) -> None:
        """Send these too, when it is their turn."""
        with self._news:
            self._ready.extend(records)
        self._send()

    def halt(self) -> None:
        """Begin no other write."""
        with self._news:
            self._halted = True

    def take(self, count: int) -> Sent:
        """What became of the next `count` writes; of fewer when no more are to come, of all that are under way when no
        other is begun, and of those until now when the log closes."""
        with self._news:
            self._awaited = count
            while (len(self._ended) < count or self._halted) and self._is_awaited() and not self._closing.is_set():
                self._news.wait(LOOK_SECONDS)
                if time.monotonic() - self._moved > PATIENCE_SECONDS:
                    self._give_up()
            ended, self._ended = self._ended, []
        failed = [(record, error) for record, error in ended if error is not None]
        return Sent(
            delivered=tuple(record for record, error in ended if error is None),
            refused=tuple((record, error) for record, error in failed if is_refused_for_ever(error)),
            uncertain=tuple((record, error) for record, error in failed if not is_refused_for_ever(error)),
        )

    def _is_awaited(self) -> bool:
        return bool(self._under_way) or self._may_send()

    def _may_send(self) -> bool:
        return bool(self._ready) and not self.halted

    def _send(self) -> None:
        """Begin writes while there is room. Only one thread does at a time, so they are begun in their order."""
        with self._news:
            if self._sending:
                return
            self._sending = True
        while True:
            with self._news:
                if len(self._under_way) >= CONCURRENCY or not self._may_send():
                    self._sending = False
                    return
                record = self._ready.popleft()
                self._begun += 1
                self._under_way[self._begun] = record
                self._moved = time.monotonic()
            self._table.send(record, functools.partial(self._end, self._begun))

    def _give_up(self) -> None:
        """Count what is under way as uncertain, and hear no more of it."""
        self._halted = True
        self._ended += [(record, OperationTimedOut()) for record in self._under_way.values()]
        self._under_way.clear()

    def _end(self, number: int, error: Exception | None) -> None:
        with self._news:
            record = self._under_way.pop(number, None)
            if record is None:
                return
            self._moved = time.monotonic()
            self._ended.append((record, error))
            self._halted = self._halted or (error is not None and not is_refused_for_ever(error))
            # Waking the other thread for every answer would cost more than the answer.
            if len(self._ended) == self._awaited or not self._is_awaited():
                self._news.notify_all()
        self._send()

"""Keeps a bounded number of writes to Cassandra under way, in the records' order, and sorts what became of each."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from mnist_desktop.log.record import Record
from mnist_desktop.log.table import Table, is_refused_for_ever

CONCURRENCY = 128
"""Writes under way at once; more gained nothing against one node or three."""

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
        self._under_way = 0
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
                if self._under_way >= CONCURRENCY or not self._may_send():
                    self._sending = False
                    return
                record = self._ready.popleft()
                self._under_way += 1

            def done(error: Exception | None, record: Record = record) -> None:
                self._end(record, error)

            self._table.send(record, done)

    def _end(self, record: Record, error: Exception | None) -> None:
        with self._news:
            self._under_way -= 1
            self._ended.append((record, error))
            self._halted = self._halted or (error is not None and not is_refused_for_ever(error))
            # Waking the other thread for every answer would cost more than the answer.
            if len(self._ended) == self._awaited or not self._is_awaited():
                self._news.notify_all()
        self._send()

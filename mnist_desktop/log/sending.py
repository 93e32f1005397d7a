"""Writes a batch of records to Cassandra, a bounded number at a time, and sorts what became of each."""

from __future__ import annotations

import queue
import threading
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
    """What became of a batch."""

    delivered: tuple[Record, ...]
    refused: tuple[tuple[Record, Exception], ...]
    """These the server will never take."""
    uncertain: tuple[tuple[Record, Exception], ...]
    """These may be there or not, and are sent again."""


def send(table: Table, records: Sequence[Record], closing: threading.Event) -> Sent:
    """Write `records` in their order; stops sending at the first that is uncertain, and waiting when the log closes."""
    outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    ended: list[Outcome] = []
    under_way = 0
    troubled = False

    def collect(most: int) -> None:
        """Wait until at most `most` writes are under way."""
        nonlocal under_way, troubled
        while under_way > most and not closing.is_set():
            try:
                record, error = outcomes.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            under_way -= 1
            ended.append((record, error))
            troubled = troubled or (error is not None and not is_refused_for_ever(error))

    for record in records:
        collect(CONCURRENCY - 1)
        if troubled or closing.is_set():
            break
        under_way += 1

        def done(error: Exception | None, record: Record = record) -> None:
            outcomes.put((record, error))

        table.send(record, done)
    collect(0)
    failed = [(record, error) for record, error in ended if error is not None]
    return Sent(
        delivered=tuple(record for record, error in ended if error is None),
        refused=tuple((record, error) for record, error in failed if is_refused_for_ever(error)),
        uncertain=tuple((record, error) for record, error in failed if not is_refused_for_ever(error)),
    )

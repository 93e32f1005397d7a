"""Brings the delivered records that this computer holds up to what other devices have made of them, some at a time.

Without it a record that another device has corrected or deleted would be shown as it was once Cassandra is away, and
delivered as it was to a Cassandra that comes back empty.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from mnist_desktop.log.journal import Journal
from mnist_desktop.log.record import LogError, Record

STRETCH = 200
"""Records that one look compares; the next look comes a second later, when nothing else is to be done."""

REST_SECONDS = 600.0
"""After all were compared, or when somebody did not answer."""

logger = logging.getLogger(__name__)


class Store(Protocol):
    """What is asked of Cassandra; both can raise a LogError."""

    def versions(self, ids: Sequence[UUID]) -> Mapping[UUID, int]: ...

    def find(self, record_id: UUID) -> Record | None: ...


class Refreshing:
    """Goes through the journal's delivered records over one connection, newest first, again and again."""

    def __init__(self, journal: Journal, store: Store, suspect: Callable[[], None]) -> None:
        """`suspect` is told when Cassandra or the journal did not answer."""
        self._journal = journal
        self._store = store
        self._suspect = suspect
        self._before: UUID | None = None
        self._rested = 0.0
        """When to go on, on the clock that never jumps."""

    def step(self) -> bool:
        """Compare the next stretch; whether something is held in a later version now."""
        if time.monotonic() < self._rested:
            return False
        try:
            held = self._journal.delivered_versions(self._before, STRETCH)
            there = self._store.versions([record_id for record_id, _ in held]) if held else {}
            later = [self._store.find(record_id) for record_id, version in held if there.get(record_id, -1) > version]
            changed = self._journal.take_over([record for record in later if record is not None]) if later else 0
        except LogError as error:
            logger.info("What other devices have changed was not looked for: %s", error)
            self._rested = time.monotonic() + REST_SECONDS
            self._suspect()
            return False
        if len(held) < STRETCH:
            self._rested = time.monotonic() + REST_SECONDS
        self._before = held[-1][0] if len(held) == STRETCH else None
        return changed > 0

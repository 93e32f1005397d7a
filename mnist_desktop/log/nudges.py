"""Carries wishes to the delivering thread, each once, and news from it, not too often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import Enum, auto

CHANGE_SECONDS = 0.1
"""Changes are told at most this often."""


class Nudge(Enum):
    """What other threads want of the delivering one."""

    STOP = auto()
    SAVED = auto()
    HURRY = auto()
    SUSPECT = auto()
    ATTEMPT_ENDED = auto()


class Nudges:
    """Holds each nudge once until the delivering thread takes them."""

    def __init__(self) -> None:
        self._held: set[Nudge] = set()
        self._arrived = threading.Condition()

    def put(self, nudge: Nudge) -> None:
        """Wake the delivering thread."""
        with self._arrived:
            self._held.add(nudge)
            self._arrived.notify_all()

    def take(self, seconds: float) -> set[Nudge]:
        """All that has arrived; waits at most `seconds` for one."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._held, timeout=max(0.0, seconds))
            taken, self._held = self._held, set()
        return taken


class Changes:
    """Tells that something changed: the first at once, what follows too soon a little later, in one."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._told = 0.0
        self._due: float | None = None

    def tell(self, *, at_once: bool = False) -> None:
        """Something changed; `at_once` where no thread will call `tell_what_is_due`."""
        with self._lock:
            now = time.monotonic()
            if not at_once and now < self._told + CHANGE_SECONDS:
                self._due = self._told + CHANGE_SECONDS
                return
            self._told, self._due = now, None
        self._on_change()

    def due(self) -> float | None:
        """When, on the monotonic clock, something is to be told; none when all is told."""
        return self._due

    def tell_what_is_due(self) -> None:
        """For the delivering thread, after it has waited."""
        due = self._due
        if due is not None and time.monotonic() >= due:
            self.tell()

"""Carries records from the journal to Cassandra, in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mnist_desktop.log.history import Store
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.options import LogOptions


@dataclass(frozen=True, kw_only=True)
class ConnectionState:
    """Whether Cassandra is connected, and if not, a sentence that says why."""

    connected: bool
    why: str | None


class Delivery:
    """Stands in until Cassandra is connected."""

    def __init__(self, options: LogOptions, journal: Journal, on_change: Callable[[], None]) -> None:
        self._on_change = on_change

    def start(self) -> None:
        """Begin."""

    def store(self) -> Store | None:
        """Cassandra while it is connected."""
        return None

    def connection_state(self) -> ConnectionState:
        """How the connection stands."""
        return ConnectionState(connected=False, why="Cassandra is switched off.")

    def suspect(self) -> None:
        """Check the connection."""

    def changed(self) -> None:
        """Tell that something changed."""
        self._on_change()

    def wake(self) -> None:
        """Look for pending records."""
        self._on_change()

    def deliver(self, deadline: float) -> None:
        """Deliver until the deadline."""

    def close(self) -> None:
        """Stop."""

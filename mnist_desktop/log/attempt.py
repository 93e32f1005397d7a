"""Tries to reach Cassandra in a thread that can be left alone, and says how long to rest between tries."""

from __future__ import annotations

import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from mnist_desktop.log.options import LogOptions
from mnist_desktop.log.record import LogError, UnreachableError

if TYPE_CHECKING:
    from mnist_desktop.log.cassandra import Connection

FIRST_REST = 0.5
LONGEST_REST = 30.0

PROBE_SECONDS = 0.3
"""How long a look whether anything listens may take; on a refusing machine it takes none."""

REACH_SECONDS = 15.0
"""How long somebody waits for a connection of his own; connecting gives up after 5, making the tables takes as long."""

LOOK_SECONDS = 0.05
"""How often such a wait looks whether the log closes."""

logger = logging.getLogger(__name__)


class Attempt:
    """One try to connect. A frozen node blocks it for seconds, so it has a thread of its own that nobody waits for."""

    def __init__(self, options: LogOptions, closing: threading.Event, ended: Callable[[], None]) -> None:
        """`ended` is called from the thread when the outcome is there, unless the attempt was abandoned before."""
        self.connection: Connection | None = None
        self.error: LogError | None = None
        self._ended = ended
        self._abandoned = False
        self._lock = threading.Lock()
        # A daemon: the end of the program does not wait for a node that hangs.
        self._thread = threading.Thread(target=self._run, args=(options, closing), name="connecting", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether `connection` or `error` is there."""
        return self.connection is not None or self.error is not None

    @property
    def refused(self) -> bool:
        """Whether nothing listens at the address."""
        return isinstance(self.error, UnreachableError)

    def abandon(self) -> None:
        """Want nothing more of it; a connection that it still makes is closed."""
        with self._lock:
            self._abandoned = True
            connection, self.connection = self.connection, None
        if connection is not None:
            close_quietly(connection)

    def _run(self, options: LogOptions, closing: threading.Event) -> None:
        connection, failure = None, None
        try:
            from mnist_desktop.log.cassandra import connect

            connection = connect(options, closing)
        except LogError as error:
            failure = error
        except Exception as error:
            # A fault of this program: whoever waits must be told all the same.
            logger.exception("Connecting failed in a way that has no sentence of its own.")
            failure = LogError(f"Cassandra cannot be used: {error}")
        with self._lock:
            if not self._abandoned:
                self.connection, self.error = connection, failure
                connection = None
                self._ended()
        if connection is not None:
            connection.close()


def reach(options: LogOptions, closing: threading.Event, seconds: float = REACH_SECONDS) -> Connection:
    """A connection of the caller's own, to be closed; a LogError says why there is none after so many seconds."""
    ended = threading.Event()
    attempt = Attempt(options, closing, ended.set)
    deadline = time.monotonic() + seconds
    while not ended.wait(LOOK_SECONDS) and not closing.is_set() and time.monotonic() < deadline:
        pass
    if attempt.connection is None:
        attempt.abandon()
        raise LogError(str(attempt.error or "Cassandra does not answer in time."))
    return attempt.connection


class BackOff:
    """How long to rest after each failure: twice as long as before, at most 30 s, with jitter so that many desktops
    do not come back at the same moment."""

    def __init__(self) -> None:
        self._failures = 0

    def rest(self) -> float:
        """Seconds to rest after one more failure."""
        longest = min(LONGEST_REST, FIRST_REST * 2.0**self._failures)
        self._failures = min(self._failures + 1, 16)
        return random.uniform(longest / 2, longest)  # noqa: S311 - nothing secret

    def reset(self) -> None:
        """Something went well: begin with short rests again."""
        self._failures = 0


def listens(hosts: Iterable[tuple[str, int]]) -> bool:
    """Whether anything listens at one of `hosts` now."""
    for host in hosts:
        try:
            socket.create_connection(host, timeout=PROBE_SECONDS).close()
        except OSError:
            continue
        return True
    return False


def close_quietly(connection: Connection) -> threading.Thread:
    """Close a connection in a thread of its own, because a node that does not answer makes it last."""
    thread = threading.Thread(target=connection.close, name="disconnecting", daemon=True)
    thread.start()
    return thread

"""Asks Cassandra and waits for the answer, but no longer than the log is open."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from cassandra.cluster import Session
from cassandra.query import PreparedStatement

from mnist_desktop.log.failures import explain
from mnist_desktop.log.record import LogError

Value = TypeVar("Value")

READ_SECONDS = 2.0
"""How long History waits before it goes on with what this computer holds."""

WRITE_SECONDS = 10.0
"""After this a write's outcome is unknown, and it is sent again; the server itself gives up after 2 s."""

LOOK_SECONDS = 0.05
"""How often a wait for an answer looks whether the log closes."""


class Asker:
    """Prepares statements once, and executes them; every method may be called from any thread and raises LogErrors."""

    def __init__(self, session: Session, closing: threading.Event) -> None:
        self.closing = closing
        self._session = session
        self._prepared: dict[str, PreparedStatement] = {}

    def ask(self, statement: str, arguments: Sequence[object], seconds: float = READ_SECONDS) -> list[Any]:
        """The rows of a query, waited for at most `seconds`."""
        prepared = self.prepare(statement, seconds)
        rows: Answer[list[Any]] = Answer()
        try:
            future = self._session.execute_async(prepared.bind(arguments), timeout=seconds)
        # The driver raises what it likes, TypeError and struct.error too: all of it goes on as a sentence.
        except Exception as error:
            raise LogError(explain(error)) from error
        future.add_callbacks(lambda found: rows.give(list(found or ())), rows.fail)
        return rows.wait(self.closing, seconds)

    def prepare(self, statement: str, seconds: float, *, again: bool = False) -> PreparedStatement:
        """What `statement` is on the server; asked for once, or `again`."""
        prepared = None if again else self._prepared.get(statement)
        if prepared is None:
            answer: Answer[PreparedStatement] = Answer()

            def prepare() -> None:
                try:
                    answer.give(self._session.prepare(statement))
                except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
                    answer.fail(error)

            # The driver prepares only while one waits; with a frozen node that takes as long as making a table may.
            threading.Thread(target=prepare, name="preparing", daemon=True).start()
            prepared = answer.wait(self.closing, seconds)
            prepared.is_idempotent = True
            self._prepared[statement] = prepared
        return prepared


class Answer(Generic[Value]):
    """What another thread will have found; who waits for it stops when the log closes."""

    def __init__(self) -> None:
        self._there = threading.Event()
        self._values: list[Value] = []
        self._error: Exception | None = None

    def give(self, value: Value) -> None:
        """It was found."""
        self._values.append(value)
        self._there.set()

    def fail(self, error: Exception) -> None:
        """It was not."""
        self._error = error
        self._there.set()

    def wait(self, closing: threading.Event, seconds: float) -> Value:
        """The value, or a LogError with the sentence for what went wrong."""
        deadline = time.monotonic() + seconds
        while not self._there.wait(LOOK_SECONDS):
            if closing.is_set():
                raise LogError("The log is closing.")
            if time.monotonic() > deadline:
                raise LogError("Cassandra does not answer in time.")
        if self._error is not None:
            raise LogError(explain(self._error)) from self._error
        return self._values[0]

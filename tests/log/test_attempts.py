"""Whatever the address is, only time, a hurry, or a server that came back makes another attempt to connect."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from log_looking import wait_until
from sample_records import make_records

from mnist_desktop.log import attempt, delivery
from mnist_desktop.log.attempt import Attempt, BackOff
from mnist_desktop.log.log import Filters, Log, LogOptions

Address = tuple[str, int]

FOR_EVER = 3600.0


class Server:
    """Listens, gives every caller the same answer, or none, and keeps the connection."""

    def __init__(self, answer: bytes, port: int = 0) -> None:
        self.callers: list[socket.socket] = []
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", port))
        self.address: Address = self._listening.getsockname()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for caller in self.callers:
            caller.close()

    def _run(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            self.callers.append(caller)
            caller.sendall(self._answer)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def serve_one(answer: bytes, port: int = 0) -> Server:
        servers.append(Server(answer, port))
        return servers[-1]

    yield serve_one
    for server in servers:
        server.end()


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Attempt]:
    """All attempts to connect that are made; after one that failed the rest is as long as the test."""
    made: list[Attempt] = []

    class CountedAttempt(Attempt):
        def __init__(self, *arguments: Any) -> None:
            made.append(self)
            super().__init__(*arguments)

    monkeypatch.setattr(delivery, "Attempt", CountedAttempt)
    monkeypatch.setattr(BackOff, "rest", lambda _: FOR_EVER)
    return made


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("unknown", "The address of Cassandra cannot be found."),
        ("refuses", "the connection was refused."),
        ("hangs", "does not answer as Cassandra does."),
        ("mail", "is not a Cassandra that this program knows."),
        ("noise", "."),
    ],
)
def test_an_address_that_is_no_cassandra_is_one_sentence_and_no_storm(
    kind: str, sentence: str, tmp_path: Path, serve: Callable[..., Server], attempts: list[Attempt]
) -> None:
    answers = {"hangs": b"", "mail": b"220 mail.example ESMTP ready\r\n", "noise": bytes(range(256)) * 16}
    server = serve(answers[kind]) if kind in answers else None
    elsewhere = {"unknown": ("no-such-host.invalid", 9042), "refuses": ("127.0.0.1", closed_port())}
    address = server.address if server else elsewhere[kind]
    log = Log(LogOptions(journal=tmp_path / "journal.sqlite", hosts=(address,)))
    log.start()
    records = make_records(200)
    wait_until(lambda: log._delivery._failures)
    why = log.status().why
    assert why is not None
    assert why.endswith(sentence)
    assert "\n" not in why
    called = len(server.callers) if server else 0
    for record in records:
        assert log.save(record)
    for _ in range(20):
        assert not log.page(None, Filters()).connected
        log._delivery.suspect()
    wait_until(lambda: not log._delivery._nudges._held)
    assert len(attempts) == 1
    assert (len(server.callers) if server else 0) == called
    # A hurry makes one more, and only one.
    assert log.deliver(60).pending == 200
    assert len(attempts) == 2
    log.close()


def test_a_server_that_listens_again_is_tried_at_once(
    tmp_path: Path, serve: Callable[..., Server], attempts: list[Attempt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PROBE_EVERY_SECONDS", 0.05)
    port = closed_port()
    log = Log(LogOptions(journal=tmp_path / "journal.sqlite", hosts=(("127.0.0.1", port),)))
    log.start()
    wait_until(lambda: log._delivery._failures)
    assert len(attempts) == 1
    serve(b"", port)
    wait_until(lambda: len(attempts) == 2)
    log.close()


def test_an_attempt_that_was_given_up_closes_what_it_still_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    connecting, closed = threading.Event(), threading.Event()

    class Late:
        def close(self) -> None:
            closed.set()

    def connect_late(*_: object) -> Late:
        connecting.wait()
        return Late()

    monkeypatch.setattr("mnist_desktop.log.cassandra.connect", connect_late)
    given_up = attempt.Attempt(LogOptions(journal=Path("none")), threading.Event(), lambda: None)
    given_up.abandon()
    connecting.set()
    assert closed.wait(60)
    assert given_up.connection is None

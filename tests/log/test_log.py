"""The log without Cassandra: it saves, shows, waits and closes, whatever the address answers."""

from __future__ import annotations

import http.server
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sample_records import START, make_record, make_records

from mnist_desktop.log import attempt
from mnist_desktop.log import log as log_module
from mnist_desktop.log.log import Cursor, Filters, Log, LogOptions
from mnist_desktop.log.record import Record

PATIENCE = 20.0
"""Seconds after which a test gives up waiting; no claim about speed."""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        threading.Event().wait(0.01)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def log(journal: Path) -> Iterator[Log]:
    opened = Log(LogOptions(journal=journal))
    opened.start()
    yield opened
    opened.close()


def walk(log: Log, filters: Filters | None = None, limit: int = 7) -> list[Record]:
    found: list[Record] = []
    cursor: Cursor | None = None
    while True:
        page = log.page(cursor, filters or Filters(), limit)
        assert len(page.entries) <= limit
        found += [entry.record for entry in page.entries]
        cursor = page.cursor
        if cursor is None:
            return found


def test_without_cassandra_everything_is_kept_and_says_that_it_waits(log: Log) -> None:
    records = make_records(30)
    assert all(log.save(record) for record in records)
    status = log.status()
    assert (status.connected, status.pending, status.unsaved) == (False, 30, 0)
    assert status.why == "Cassandra is switched off."
    assert walk(log) == [record for record in records[::-1] if record.shown]


def test_what_is_saved_is_there_after_a_restart(journal: Path, log: Log) -> None:
    record = make_record()
    log.save(record)
    log.close()
    again = Log(LogOptions(journal=journal))
    found = again.find(record.id)
    assert found is not None
    assert found.record == record
    again.close()


def test_a_deleted_record_is_gone_from_history_and_its_undo_brings_it_back(log: Log) -> None:
    record = make_record()
    deleted = record.changed(datetime.now(UTC), deleted=True, glyph=b"", ink=b"")
    log.save(record)
    log.save(deleted)
    assert log.find(record.id) is None
    assert walk(log) == []
    back = deleted.changed(datetime.now(UTC), deleted=False, glyph=record.glyph, ink=record.ink)
    log.save(back)
    assert walk(log) == [back]


def test_the_cursor_says_how_far_back_was_searched(log: Log) -> None:
    records = make_records(20, span=timedelta(days=10))
    log.save_all([record for record in records if record.shown])
    page = log.page(None, Filters(), 5)
    assert page.cursor is not None
    assert page.cursor.time == page.entries[-1].record.time


def test_saved_records_are_counted_and_shown_while_the_journal_fails_and_written_when_it_can_be(
    journal: Path,
) -> None:
    # A file where the journal's folder should be.
    blocked = journal.parent / "blocked"
    blocked.write_text("in the way")
    log = Log(LogOptions(journal=blocked / "journal.sqlite"))
    log.start()
    first, second = make_records(2, seed=3)
    assert not log.save(first)
    assert not log.save(second)
    changed = first.changed(datetime.now(UTC), corrected="5")
    assert not log.save(changed)
    why = log.why_unsaved()
    assert why is not None
    assert why.endswith(".")
    assert (log.status().unsaved, log.status().pending) == (2, 0)
    assert walk(log, limit=1) == [second, changed]
    assert not log.retry_unsaved()
    blocked.unlink()
    assert log.retry_unsaved()
    assert log.why_unsaved() is None
    assert (log.status().unsaved, log.status().pending) == (0, 2)
    assert walk(log) == [second, changed]
    log.close()


def test_the_next_save_that_works_takes_the_unsaved_ones_along(journal: Path) -> None:
    blocked = journal.parent / "blocked"
    blocked.write_text("in the way")
    log = Log(LogOptions(journal=blocked / "journal.sqlite"))
    log.save(make_record())
    blocked.unlink()
    assert log.save(make_record())
    assert (log.status().unsaved, log.status().pending) == (0, 2)
    log.close()


def test_a_damaged_journal_is_told_and_the_program_goes_on(journal: Path) -> None:
    journal.write_bytes(b"not a database " * 1000)
    log = Log(LogOptions(journal=journal))
    assert log.save(make_record())
    notice = log.status().notice
    assert notice is not None
    assert "damaged-" in notice
    log.close()


def test_on_change_is_called_for_what_changes(journal: Path) -> None:
    calls: list[int] = []
    told = Log(LogOptions(journal=journal), on_change=lambda: calls.append(told.status().pending))
    told.save(make_record())
    assert calls == [1]
    told.close()


class Hanging(threading.Thread):
    """Accepts connections and says nothing; counts them."""

    def __init__(self) -> None:
        super().__init__(name="hanging server", daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.accepted: list[socket.socket] = []

    def run(self) -> None:
        while True:
            try:
                self.accepted.append(self.listening.accept()[0])
            except OSError:
                return

    def end(self) -> None:
        if self.is_alive():
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.join(PATIENCE)
        for connection in self.accepted:
            connection.close()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    server = Hanging()
    server.start()
    yield server
    server.end()


@pytest.fixture
def web_server() -> Iterator[tuple[str, int]]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's word
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield "127.0.0.1", server.server_port
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE)


def refusing_address() -> tuple[str, int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return "127.0.0.1", int(free.getsockname()[1])


def check_alive(journal: Path, address: tuple[str, int], why: str) -> None:
    """The program works, and one sentence says what is wrong with the address."""
    changes = threading.Event()
    log = Log(LogOptions(journal=journal, hosts=(address,)), on_change=changes.set)
    log.start()
    assert log.save(make_record())
    wait_until(lambda: why in (log.status().why or ""))
    sentence = log.status().why
    assert sentence is not None
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert changes.is_set()
    assert log.save(make_record())
    assert log.status().pending == 2
    assert not log.page(None, Filters()).connected
    log.close()


def test_an_address_that_refuses(journal: Path) -> None:
    check_alive(journal, refusing_address(), "the connection was refused")


def test_an_address_that_hangs(journal: Path, hanging: Hanging) -> None:
    check_alive(journal, hanging.listening.getsockname(), "does not answer as Cassandra does")


def test_an_address_that_is_a_web_server(journal: Path, web_server: tuple[str, int]) -> None:
    check_alive(journal, web_server, "does not answer as Cassandra does")


def test_an_address_that_does_not_exist(journal: Path) -> None:
    check_alive(journal, ("no-such-host.invalid", 9042), "cannot be found")


def test_closing_does_not_wait_for_a_connection_that_hangs(journal: Path, hanging: Hanging) -> None:
    log = Log(LogOptions(journal=journal, hosts=(hanging.listening.getsockname(),)))
    log.start()
    wait_until(lambda: bool(hanging.accepted))
    closing = threading.Thread(target=log.close)
    closing.start()
    closing.join(PATIENCE)
    assert not closing.is_alive()
    # The attempt itself is left alone; it ends with the server's silence.
    hanging.end()


def test_the_program_ends_at_once_while_a_connection_hangs(journal: Path, hanging: Hanging) -> None:
    host, port = hanging.listening.getsockname()
    program = f"""
import sys
from pathlib import Path
from mnist_desktop.log.log import Log, LogOptions
log = Log(LogOptions(journal=Path({str(journal)!r}), hosts=(({host!r}, {port}),)))
log.start()
sys.stdin.readline()
log.close()
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, text=True)
    wait_until(lambda: bool(hanging.accepted))
    # The attempt has 5 s of its own; the program must end although the attempt is still under way.
    process.communicate("close\n", timeout=PATIENCE)
    assert process.returncode == 0


def test_attempts_become_rare_instead_of_a_storm(journal: Path, hanging: Hanging) -> None:
    host, port = hanging.listening.getsockname()
    log = Log(LogOptions(journal=journal, hosts=((host, port),)))
    log.start()
    for record in make_records(200):
        log.save(record)
    wait_until(lambda: "does not answer" in (log.status().why or ""))
    assert len(hanging.accepted) == 1, "saving is no reason to connect more often"
    log.close()


def test_rests_double_up_to_half_a_minute_with_jitter_and_begin_anew_after_success() -> None:
    back_off = attempt.BackOff()
    rests = [back_off.rest() for _ in range(20)]
    for position, rest in enumerate(rests):
        longest = min(30.0, 0.5 * 2.0**position)
        assert longest / 2 <= rest <= longest
    assert len(set(rests[8:])) > 1
    back_off.reset()
    assert back_off.rest() <= 0.5


def test_deliver_returns_when_the_address_refuses_instead_of_using_up_its_time(journal: Path) -> None:
    pending: list[int] = []

    def deliver() -> None:
        log = Log(LogOptions(journal=journal, hosts=(refusing_address(),)))
        log.save(make_record())
        pending.append(log.deliver(3600.0).pending)
        log.close()

    delivering = threading.Thread(target=deliver)
    delivering.start()
    delivering.join(PATIENCE)
    assert not delivering.is_alive()
    assert pending == [1]


def test_nothing_of_the_driver_is_imported_with_the_log() -> None:
    program = (
        "import sys, mnist_desktop.log.log;"
        "heavy = [name for name in sys.modules if name.split('.')[0] in"
        " {'cassandra', 'filelock', 'asyncio', 'PySide6', 'numpy', 'tensorflow'}];"
        "sys.exit(', '.join(heavy) or 0)"
    )
    imported = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert imported.returncode == 0, imported.stderr


def test_a_backlog_too_large_for_one_commit_is_written_in_several(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "BATCH", 10)
    log = Log(LogOptions(journal=journal))
    assert log.save_all(make_records(35))
    assert log.status().pending == 35
    log.close()


def test_history_is_newest_first_also_when_records_come_late(log: Log) -> None:
    early, late = make_record(START), make_record(START + timedelta(days=1))
    log.save(late)
    log.save(early)
    assert walk(log) == [late, early]


def test_deliver_waits_for_the_first_outcome_also_when_nothing_is_pending(journal: Path) -> None:
    log = Log(LogOptions(journal=journal, hosts=(refusing_address(),)))
    status = log.deliver(PATIENCE)
    assert status.why is not None
    assert "the connection was refused" in status.why
    log.close()


def test_a_journal_that_cannot_be_read_is_told_from_an_empty_one(journal: Path) -> None:
    journal.mkdir()
    log = Log(LogOptions(journal=journal))
    fault = log.status().fault
    assert fault is not None
    assert fault.startswith(f"The journal {journal} cannot be opened")
    journal.rmdir()
    assert log.status().fault is None
    log.close()

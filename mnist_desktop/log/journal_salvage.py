"""Turns a damaged journal that was set aside into records of the new one, as far as they can be read.

The kept file is only read. How far it has been read stands beside it, in a file of its own, so that whoever opens the
journal next goes on from there; what is read twice changes nothing, and a later version never gives way.
"""
# ruff: noqa: S608 - statements are put together from this module's own words; values are always bound.

from __future__ import annotations

import json
import logging
import math
import sqlite3
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mnist_desktop.log.journal_aside import COMPANIONS
from mnist_desktop.log.journal_file import JournalFile
from mnist_desktop.log.journal_names import add_names
from mnist_desktop.log.journal_pages import DamagedFile, Row
from mnist_desktop.log.journal_rows import COLUMNS, from_row, to_row
from mnist_desktop.log.record import LogError, compare_key

AT_ONCE_BYTES = 16_000_000
"""A damaged file up to this size, some 15,000 records, is read in about a second, before anything else is done."""

PAGES_AT_ONCE = 32
"""Read outside and written inside of one transaction of some 10 ms: at most 500 records."""

LOG_PAGES = 16
"""The table of logs is the first that a journal got, so it is on one of the first pages."""

STATE_COLUMNS = ("state", "delivered_to", "delivered_at", "reason")

TAKE_OVER = f"""INSERT INTO record (log, key, {", ".join((*COLUMNS, *STATE_COLUMNS))})
    VALUES (?, ?{", ?" * len((*COLUMNS, *STATE_COLUMNS))})
    ON CONFLICT (log, key) DO UPDATE SET
        {", ".join(f"{column} = excluded.{column}" for column in (*COLUMNS, *STATE_COLUMNS))}
    WHERE excluded.version > record.version"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a damaged file has been read."""

    pages: int = 0
    """Read so far."""
    of: int = 1
    """How many there are."""
    records: int = 0
    """Found so far."""

    @property
    def done(self) -> bool:
        """Whether all has been read."""
        return self.pages >= self.of


def kept_files(journal: Path) -> list[Path]:
    """Damaged journals that were set aside, oldest first."""
    found = journal.parent.glob(f"{journal.name}.damaged-*")
    return sorted(path for path in found if not path.name.endswith(COMPANIONS))


def progress_of(kept: Path) -> Progress:
    """How far this file has been read; not at all when nothing is noted."""
    try:
        return Progress(**json.loads(_note(kept).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Progress()


def note_progress(kept: Path, progress: Progress) -> None:
    """Note how far this file has been read; what cannot be noted is read again another time."""
    try:
        _note(kept).touch(mode=0o600)
        _note(kept).write_text(json.dumps(asdict(progress)), encoding="utf-8")
    except OSError as error:
        logger.warning("How far %s was read cannot be noted: %s", kept, error)


class Salvage:
    """Takes over what damaged journals still hold: small ones at once, large ones in a thread of its own."""

    def __init__(self, file: JournalFile, tell: Callable[[], None]) -> None:
        """`tell` is called, from any thread, when there is something new to say."""
        self._file = file
        self._tell = tell
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.found: dict[Path, Progress] = {}
        """How far each kept file has been read that this process had a part in."""

    def begin(self) -> None:
        """Go on with what was not read to its end; what fails is logged and tried again at the next start."""
        left = [path for path in kept_files(self._file.path) if not progress_of(path).done]
        small = [path for path in left if path.stat().st_size <= AT_ONCE_BYTES]
        self._take_over(small, rest=0.0)
        large = [path for path in left if path not in small]
        if large and (self._thread is None or not self._thread.is_alive()) and not self._stopping.is_set():
            self._thread = threading.Thread(target=self._run, args=(large,), name="salvage", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop after the transaction under way; what is left is read at the next start."""
        self._stopping.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def forget(self) -> None:
        """Leave what damaged journals still hold where it is, for ever."""
        for kept in kept_files(self._file.path):
            note_progress(kept, Progress(pages=1, of=1))

    def _run(self, large: Sequence[Path]) -> None:
        try:
            self._take_over(large, rest=1.0)
        finally:
            self._file.close()

    def _take_over(self, paths: Sequence[Path], rest: float) -> None:
        """`rest`: how long others are left to write, as a multiple of the time that they are kept from it."""
        if not paths:
            return
        from filelock import FileLock, Timeout  # rarely needed, and 50 ms to import

        try:
            # One process at a time; another's crash gives the lock free.
            with FileLock(f"{self._file.path}.salvage.lock", blocking=False, mode=0o600):
                for kept in paths:
                    self._take_over_one(kept, rest)
        except Timeout:
            logger.info("Another process takes over what the damaged journal holds.")
        except (LogError, OSError):
            logger.exception("Not all that the damaged journal holds was taken over.")

    def _take_over_one(self, kept: Path, rest: float) -> None:
        damaged = DamagedFile(kept)
        try:
            logs = _logs(damaged)
            progress = progress_of(kept)
            self.found[kept] = progress = Progress(pages=progress.pages, of=damaged.pages, records=progress.records)
            while not progress.done and not self._stopping.is_set():
                end = min(progress.pages + PAGES_AT_ONCE, damaged.pages)
                rows = [row for number in range(progress.pages + 1, end + 1) for row in _rows(damaged, number)]
                begun = time.monotonic()
                if rows:
                    self._file.run(_writer(rows, logs), write=True)
                progress = Progress(pages=end, of=damaged.pages, records=progress.records + len(rows))
                note_progress(kept, progress)
                self.found[kept] = progress
                self._stopping.wait(rest * (time.monotonic() - begun))
        finally:
            damaged.close()
        logger.warning("%d records of the damaged journal %s were taken over.", progress.records, kept)
        self._tell()


def _note(kept: Path) -> Path:
    return kept.with_name(kept.name.replace(".damaged-", ".recovered-") + ".json")


def _logs(damaged: DamagedFile) -> Mapping[int, str]:
    """The names of the logs by their numbers, as far as they can be read."""
    found: dict[int, str] = {}
    for page in range(1, min(LOG_PAGES, damaged.pages) + 1):
        for number, row in damaged.rows(page):
            if len(row) == 3 and row[0] is None and isinstance(row[1], str) and _is_identity(row[2]):
                found[number] = row[1]
    return found


def _is_identity(value: object) -> bool:
    return value is None or (isinstance(value, bytes) and len(value) == 16)


def _rows(damaged: DamagedFile, page: int) -> Iterator[Row]:
    """The rows of a page that are records, whole and sound."""
    for _, row in damaged.rows(page):
        sound = _sound(row)
        if sound is not None:
            yield sound


def _sound(row: Row) -> Row | None:
    """The row as it is to be written, when it is a record and comes through a Record unchanged."""
    width = 2 + len(COLUMNS)
    if len(row) != width + len(STATE_COLUMNS) or not isinstance(row[0], int):
        return None
    try:
        values = list(row[2:width])
        confidence = COLUMNS.index("confidence")
        # SQLite keeps 1.0 as 1.
        values[confidence] = None if values[confidence] is None else float(values[confidence])  # type: ignore[arg-type]  # else refused
        record = from_row(values)
        again = [None if isinstance(value, float) and math.isnan(value) else value for value in to_row(record)]
        if row[1] != compare_key(record.id) or again != values:
            return None
    except (ValueError, TypeError, AttributeError, AssertionError, struct.error):
        return None
    return (row[0], row[1], *values, *_state(row[width:]))


def _state(state: Row) -> Row:
    """What is known of the delivery; a record of which that is not clear is delivered again."""
    name, delivered_to, delivered_at, reason = state
    if name in ("delivered", "again") and _is_identity(delivered_to) and delivered_to and isinstance(delivered_at, int):
        return name, delivered_to, delivered_at, None
    if name == "refused" and isinstance(reason, str):
        return name, None, None, reason
    return "pending", None, None, None


def _writer(rows: Sequence[Row], logs: Mapping[int, str]) -> Callable[[sqlite3.Connection, int], None]:
    """What writes `rows`. Those of a log whose name cannot be read are taken for this log's, so that they show."""
    named = COLUMNS.index("name") + 2
    state = 2 + len(COLUMNS)

    def write(connection: sqlite3.Connection, this: int) -> None:
        numbers = {number: _number(connection, name) for number, name in logs.items()}
        identities = dict(connection.execute("SELECT number, identity FROM log"))
        for row in rows:
            log = numbers.get(row[0], this) if isinstance(row[0], int) else this
            known = row[state:]
            # Acknowledged by another log than the one that is delivered to by now.
            if known[0] == "delivered" and identities[log] not in (None, known[1]):
                known = ("again", *known[1:])
            connection.execute(TAKE_OVER, (log, *row[1:state], *known))
            if row[named]:
                add_names(connection, log, [(bytes(row[1]), str(row[named]))])  # type: ignore[arg-type]  # a blob, or refused

    return write


def _number(connection: sqlite3.Connection, name: str) -> int:
    connection.execute("INSERT OR IGNORE INTO log (name) VALUES (?)", (name,))
    return int(connection.execute("SELECT number FROM log WHERE name = ?", (name,)).fetchone()[0])

"""Opens the journal's SQLite file: makes it, brings its schema up to date, and sets a damaged one aside."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mnist_desktop.log.journal_aside import COMPANIONS, end_putting_aside, is_moving, put_aside
from mnist_desktop.log.journal_schema import bring_up_to_date
from mnist_desktop.log.query import holds
from mnist_desktop.log.record import LogError

Result = TypeVar("Result")

BUSY_SECONDS = 5.0
"""How long one process waits for another's transaction; ours take milliseconds, on a starved machine much longer."""

POLL_SECONDS = 0.003
"""How often it looks whether the other's is over."""

OPENING_SECONDS = 10.0
"""How long one process waits while another makes the journal or brings it up to date."""

QUICK_CHECK_BYTES = 64_000_000
"""Files up to this size are checked whole at a process's first use, in some 0.1 s; larger ones when they are read."""

CACHE_KILOBYTES = 8_000
"""Of the file, kept in memory by each connection: a page of a filter reads some 300 of the file's own pages, 1 MB, from
all over it, and SQLite's own 2 MB have no room left where a journal of ten million has more to go through."""

INCREMENTAL = 2
"""SQLite's number for an auto_vacuum that happens when it is asked for."""

FEW_PAGES = 10_000
"""A file with no more pages in use than this (40 MB) is copied whole in some 0.1 s."""

logger = logging.getLogger(__name__)


class JournalDamagedError(LogError):
    """The file is not a database, or one whose inside is broken."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """One thread's connection, the number of its log in the journal, and the file that it was opened on."""

    connection: sqlite3.Connection
    log: int
    file: tuple[int, int]


class JournalFile:
    """Gives each thread its own connection to the journal of one log; several processes may use the same file."""

    def __init__(self, path: Path, log: str) -> None:
        """Nothing is opened or made before the first `run`."""
        self.path = path
        self.set_aside: Path | None = None
        """Where a damaged journal was kept, when this process found one."""
        self.after_set_aside: Callable[[], None] = _do_nothing
        """Called when a damaged journal was set aside, before the work goes on with the new one."""
        self._log = log
        self._checked: tuple[int, int] | None = None
        """The file that this process has looked through, which each of its threads need not do again."""
        self._thread = threading.local()
        self._opening = threading.Lock()

    def run(self, work: Callable[[sqlite3.Connection, int], Result], *, write: bool) -> Result:
        """What `work` returns, given a connection and the log's number, inside one transaction.

        A damaged journal is set aside and the work done on a new one. A LogError says what else failed; then nothing
        of the transaction is kept.
        """
        try:
            return self._run(work, write)
        except JournalDamagedError:
            return self._run_after_damage(work, write)

    def shrink(self, seconds: float) -> None:
        """Give the pages that hold nothing back to the system and empty the write-ahead log, where old bytes stay.

        Others are kept from writing for some `seconds` at a time. What they prevent is left for the last of them to
        do when it closes the journal.
        """
        try:
            connection = self._opened().connection
            if connection.execute("PRAGMA auto_vacuum").fetchone()[0] == INCREMENTAL:
                self._give_back(connection, seconds)
            # Copies what is left in one go: only for journals of schema version 1, and only once.
            elif _count_used(connection) <= FEW_PAGES:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                connection.execute("VACUUM")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise self._failure(error) from error
        if busy:
            logger.info("The journal's write-ahead log is in use and was not emptied.")

    def let_go(self) -> None:
        """Give up what this thread's connection keeps of the file in memory; whoever asks for it reads it again."""
        opened: Opened | None = getattr(self._thread, "opened", None)
        if opened is not None:
            try:
                opened.connection.execute("PRAGMA shrink_memory")
            except sqlite3.Error as error:
                logger.info("The journal keeps its memory: %s", error)

    def close(self) -> None:
        """Close this thread's connection; the next `run` opens another."""
        opened: Opened | None = getattr(self._thread, "opened", None)
        self._thread.opened = None
        if opened is not None:
            try:
                opened.connection.close()
            except sqlite3.Error as error:
                logger.warning("The journal did not close cleanly: %s", error)

    def _run(self, work: Callable[[sqlite3.Connection, int], Result], write: bool) -> Result:
        try:
            opened = self._opened()
            connection = opened.connection
            if write:
                self._begin_writing(connection)
            else:
                connection.execute("BEGIN")
            try:
                result = work(connection, opened.log)
                connection.execute("COMMIT")
                if write and _identify(self.path) != opened.file:
                    # Set aside by another process just now: what went there is not saved here.
                    raise JournalDamagedError(f"The journal {self.path} was taken away.")
            except BaseException:
                # Ctrl+C, too, leaves no transaction open. A full disk makes SQLite roll back by itself.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except (sqlite3.Error, OSError) as error:
            logger.debug("The journal fails.", exc_info=True)
            self.close()
            # Not kept in a name: with its traceback it would hold this frame, and so the files open, for long.
            raise self._failure(error) from error
        return result

    def _opened(self) -> Opened:
        opened: Opened | None = getattr(self._thread, "opened", None)
        if opened is not None:
            # Somebody may have moved the file away: SQLite would go on writing to it, and "saved" would be untrue.
            if _identify(self.path) == opened.file:
                return opened
            self.close()
        with self._opening:
            self._thread.opened = opened = self._open()
        return opened

    def _open(self) -> Opened:
        if is_moving(self.path):
            raise JournalDamagedError(f"The journal {self.path} is being set aside.")
        self._make_file()
        file = _identify(self.path)
        connection = sqlite3.connect(self.path, timeout=OPENING_SECONDS, isolation_level=None)
        try:
            if not self.path.stat().st_size:
                # Only now: free pages can later be given back a few at a time.
                _patiently(connection, "PRAGMA auto_vacuum = INCREMENTAL", OPENING_SECONDS)
            _patiently(connection, "PRAGMA journal_mode = WAL", OPENING_SECONDS)
            # Only now that they are open: all of its files are those that belong together.
            if file is None or is_moving(self.path) or file != _identify(self.path):
                raise JournalDamagedError(f"The journal {self.path} was taken away.")
            # FULL: a commit is on the disk before it returns. fullfsync: macOS's fsync alone does not reach the disk.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
            # What is deleted is overwritten: a glyph that a person took back does not stay in the file.
            connection.execute("PRAGMA secure_delete = ON")
            connection.create_function("holds", 2, holds, deterministic=True)
            if file != self._checked and self.path.stat().st_size <= QUICK_CHECK_BYTES:
                found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if found != "ok":
                    raise JournalDamagedError(f"The journal {self.path} is damaged: {found}.")
            self._checked = file
            bring_up_to_date(connection, self.path)
            number = self._number(connection)
            connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
            return Opened(connection=connection, log=number, file=file)
        # Ctrl+C, too, leaves no connection open.
        except BaseException:
            connection.close()
            raise

    def _give_back(self, connection: sqlite3.Connection, seconds: float) -> None:
        pages = 100
        while connection.execute("PRAGMA freelist_count").fetchone()[0]:
            begun = time.monotonic()
            # One page a step: without fetching all of its (empty) rows only one would be given back.
            connection.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()
            held = time.monotonic() - begun
            pages = max(100, int(pages * min(2.0, seconds / held)))
            # Others write in between.
            time.sleep(min(held, seconds))

    def _make_file(self) -> None:
        """Readings are private: the file is made for its owner alone, and SQLite gives its companions the same mode."""
        if self.path.exists():
            self._free_companions()
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        if os.name == "posix":
            # Without this a power loss could take the new file's name away, and every record with it.
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _free_companions(self) -> None:
        """SQLite leaves read-only companions behind when the file was read-only once; they would lock it for ever."""
        mode = self.path.stat().st_mode
        for companion in COMPANIONS:
            beside = self.path.with_name(self.path.name + companion)
            if beside.exists() and beside.stat().st_mode != mode:
                beside.chmod(stat.S_IMODE(mode))

    def _begin_writing(self, connection: sqlite3.Connection) -> None:
        # SQLite would look ten times a second, and miss the moments between the commits of somebody who saves a lot.
        connection.execute(f"PRAGMA busy_timeout = {int(POLL_SECONDS * 1000)}")
        try:
            _patiently(connection, "BEGIN IMMEDIATE", BUSY_SECONDS)
        finally:
            connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")

    def _number(self, connection: sqlite3.Connection) -> int:
        find = "SELECT number FROM log WHERE name = ?"
        found = connection.execute(find, (self._log,)).fetchone()
        if found is None:
            connection.execute("INSERT OR IGNORE INTO log (name) VALUES (?)", (self._log,))
            found = connection.execute(find, (self._log,)).fetchone()
        return int(found[0])

    def _run_after_damage(self, work: Callable[[sqlite3.Connection, int], Result], write: bool) -> Result:
        """Set the damaged file aside, unless another process has just done so, and do the work on a new one."""
        from filelock import FileLock  # rarely needed, and 50 ms to import

        try:
            with FileLock(f"{self.path}.repair.lock", timeout=BUSY_SECONDS, mode=0o600):
                kept = end_putting_aside(self.path)
                if kept is None:
                    try:
                        return self._run(work, write)
                    except JournalDamagedError:
                        kept = put_aside(self.path)
        except OSError as error:
            why = error.strerror or "another program is at it"
            raise LogError(f"The journal {self.path} is damaged and cannot be set aside: {why}.") from error
        self.set_aside = kept
        logger.warning("The journal was damaged; it is kept as %s, and a new one was begun.", kept)
        self.after_set_aside()
        return self._run(work, write)

    def _failure(self, error: sqlite3.Error | OSError) -> LogError:
        """The sentence for what SQLite or the system says."""
        code = _code(error)
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return JournalDamagedError(f"The journal {self.path} is damaged: {error}.")
        number = error.errno if isinstance(error, OSError) else None
        if code == sqlite3.SQLITE_FULL or number in (errno.ENOSPC, errno.EDQUOT):
            return LogError(f"The disk is full: the journal {self.path} cannot grow.")
        read_only = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
        # In a folder where it may make no write-ahead log SQLite says no more than that it cannot open the database.
        shut = code == sqlite3.SQLITE_CANTOPEN and not _may_write(self.path.parent)
        if code in read_only or shut or number in (errno.EACCES, errno.EPERM, errno.EROFS):
            return LogError(f"The journal {self.path} may not be written: it or its folder is read-only.")
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return LogError(f"The journal {self.path} is locked by another program.")
        if code == sqlite3.SQLITE_IOERR:
            return LogError(f"The disk fails: the journal {self.path} cannot be read or written.")
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return LogError(f"The journal {self.path} cannot be opened: {what}.")


def _patiently(connection: sqlite3.Connection, statement: str, seconds: float) -> None:
    """Execute what SQLite refuses, at once or soon, while another process does the same."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if _code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or time.monotonic() > deadline:
                raise
            # Nothing tells when another process lets the lock go.
            time.sleep(POLL_SECONDS)
        else:
            return


def _code(error: BaseException) -> int | None:
    """SQLite's primary result code; the driver reports the extended one."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _do_nothing() -> None:
    """Nobody wants to know."""


def _count_used(connection: sqlite3.Connection) -> int:
    pages, free = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
    return int(pages) - int(free)


def _identify(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino

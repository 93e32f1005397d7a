"""The log as the window and the command line use it: save, look, deliver, close."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from mnist_desktop.log.changes import Changes
from mnist_desktop.log.delivery import Delivery
from mnist_desktop.log.history import Cursor, Entry, Filters, History, Page
from mnist_desktop.log.journal import Counts, Journal
from mnist_desktop.log.options import LogOptions, LogStatus
from mnist_desktop.log.record import LogError, Record

__all__ = ["Cursor", "Entry", "Filters", "Log", "LogOptions", "LogStatus", "Page"]

BATCH = 1_000
"""Unsaved records that are written in one transaction once the journal can be written again."""

logger = logging.getLogger(__name__)


class Log:
    """Keeps records: committed to the journal here and now, delivered to Cassandra in the background.

    All methods are for one thread, but `close` and `let_go`, which any thread may call, and `page` and `find`, which
    any thread may that calls `stop_looking` at its end; `on_change` is called from any thread, some ten times a second
    at most.
    """

    def __init__(self, options: LogOptions, *, on_change: Callable[[], None] | None = None) -> None:
        """Nothing slow happens here, and a bad journal or server shows only when it is used."""
        self._unsaved: dict[UUID, Record] = {}
        self._binned: dict[UUID, Record] = {}
        """Of what is unsaved because it was deleted: the records as they were."""
        self._why_unsaved: str | None = None
        self._everywhere = bool(options.hosts)
        self._gathering = False
        # `close` may come from another thread while a record is being saved.
        self._saving = threading.RLock()
        self._journal = Journal(options.journal, options.log, tell=self._recovered)
        self._delivery = Delivery(options, self._journal, on_change or _nobody)
        self._history = History(
            journal=self._journal,
            unsaved=self._in_memory,
            store=self._delivery.store,
            suspect=self._delivery.suspect,
        )
        self._changes = Changes(self._history.latest)

    def start(self) -> None:
        """Begin to deliver in the background, and go on with recovering what a damaged journal holds."""
        self._journal.resume_salvage()
        self._delivery.start()

    def save(self, record: Record) -> bool:
        """True: the record is committed and survives a crash. False: it is in memory, and `why_unsaved` says why."""
        return self.save_all((record,))

    def save_all(self, records: Sequence[Record]) -> bool:
        """Like `save`, for several records: one commit takes up to BATCH of them, or none; True when all are saved."""
        with self._saving:
            for record in records:
                kept = self._unsaved.get(record.id)
                if kept is None or kept.version < record.version:
                    self._unsaved[record.id] = record
            return not self._gathering and self.retry_unsaved()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Commit what is saved, corrected, deleted or restored inside when it ends, in one transaction."""
        self._gathering = True
        try:
            yield
        finally:
            self._gathering = False
            self.retry_unsaved()

    def retry_unsaved(self) -> bool:
        """Write to the journal what could not be written before; True when nothing is left in memory only."""
        with self._saving:
            while self._unsaved:
                batch = list(self._unsaved.values())[:BATCH]
                try:
                    binned = [self._binned[record.id] for record in batch if record.id in self._binned]
                    self._journal.save(batch, binned=binned)
                except LogError as error:
                    self._why_unsaved = str(error)
                    self._delivery.changed()
                    return False
                for record in batch:
                    del self._unsaved[record.id]
                    self._binned.pop(record.id, None)
                self._delivery.wake()
            self._why_unsaved = None
            return True

    def why_unsaved(self) -> str | None:
        """A sentence that says why records are only in memory; none when there are none."""
        return self._why_unsaved

    def status(self) -> LogStatus:
        """How the log stands now; it costs a millisecond and never raises."""
        counts, fault = Counts(pending=0, delivered=0, quarantined=0), None
        try:
            counts = self._journal.counts()
        except LogError as error:
            logger.info("The journal cannot be counted: %s", error)
            fault = str(error)
        connection = self._delivery.connection_state()
        return LogStatus(
            connected=connection.connected,
            pending=counts.pending,
            delivered=counts.delivered,
            quarantined=counts.quarantined,
            unsaved=len(self._unsaved),
            why=connection.why,
            fault=fault,
            notice=" ".join(sentence for sentence in (self._journal.notice(), self._delivery.notice()) if sentence)
            or None,
        )

    def page(self, cursor: Cursor | None, filters: Filters, limit: int = 100) -> Page:
        """Records older than the cursor, newest first, from every place that answers."""
        return self._history.page(cursor, filters, limit)

    def find(self, record_id: UUID) -> Entry | None:
        """One record in its latest version; none when it is unknown or deleted."""
        return self._history.find(record_id)

    def stop_looking(self) -> None:
        """Close what `page` and `find` have opened in this thread."""
        self._journal.close()

    def let_go(self) -> None:
        """Give up the memory, megabytes, that looking and saving took in this thread; nothing else changes."""
        self._journal.let_go()

    def held(self, record_id: UUID) -> Entry | None:
        """One record in the latest version that this computer holds, deleted or not; Cassandra is not asked.

        What extends a record starts from it, so that it takes back no change made since. A LogError when the journal
        cannot be read.
        """
        return self._history.held(record_id)

    def correct(self, record_id: UUID, label: str | None) -> Entry:
        """Save that a record was a `label`; none takes the correction back. Returns the record as it is now.

        A LogError, and nothing is changed, when the record is unknown, or only Cassandra can have it and is away.
        """
        return self._changed(self._changes.corrected(record_id, label))

    def delete(self, record_id: UUID) -> Entry:
        """Save that a record is deleted, and return it as it was: `restore` takes its record for an undo.

        A LogError, and nothing is changed, when the record is unknown, or only Cassandra can have it and is away.
        """
        entry, mark = self._changes.deleted(record_id)
        with self._saving:
            self._binned[record_id] = entry.record
            self.save(mark)
        return entry

    def restore(self, record: Record) -> Entry:
        """Save `record`, as `delete` returned it, whole and as the latest version; returns it as it is now."""
        return self._changed(self._changes.restored(record))

    def binned(self, record_id: UUID) -> Record | None:
        """A record that this computer deleted, as it was, for a day; a LogError when the journal cannot be read."""
        return self._binned.get(record_id) or self._journal.binned(record_id)

    def forget(self) -> None:
        """Empty the log: here, and in Cassandra, for every device, unless that is switched off.

        First here: what a crash leaves in Cassandra is seen there and can be forgotten again, but what it would leave
        here would be delivered to the log that is already empty. A LogError says when nothing was emptied, because
        Cassandra is away, or only this computer.
        """
        if self._delivery.store() is None and self._everywhere:
            raise LogError(f"Nothing was emptied, because Cassandra is not: {self._delivery.connection_state().why}")
        self._journal.forget_all()
        with self._saving:
            self._unsaved.clear()
            self._binned.clear()
        try:
            if self._everywhere:
                self._delivery.forget()
        except LogError as error:
            raise LogError(f"This computer's records are gone, but not all of those in Cassandra: {error}") from error
        finally:
            self._delivery.changed()

    def damaged_files(self) -> list[Path]:
        """Damaged journals that were set aside: `forget` leaves them as they are."""
        return self._journal.damaged_files()

    def deliver(self, seconds: float) -> LogStatus:
        """Connect and deliver now; returns when nothing is pending, when Cassandra cannot be reached, or after
        `seconds`."""
        self._delivery.deliver(time.monotonic() + seconds)
        return self.status()

    def quarantined(self, limit: int = 100) -> tuple[tuple[UUID, str], ...]:
        """Which records Cassandra refuses for ever, and why, oldest first."""
        return self._journal.reasons(limit)

    def retry_quarantined(self) -> int:
        """Deliver again what was refused; says how many records that is."""
        count = self._journal.retry_quarantined()
        self._delivery.wake()
        return count

    def close(self) -> None:
        """Write what is unsaved, if that is possible now, and stop delivering; within a second even when a connection
        hangs."""
        if not self.retry_unsaved():
            logger.error("Records that are not saved: %d. %s", len(self._unsaved), self._why_unsaved)
        self._journal.stop_salvage()
        self._delivery.close()
        self._journal.close()

    def _changed(self, entry: Entry) -> Entry:
        if not entry.delivered:
            self.save(entry.record)
        return entry

    def _recovered(self) -> None:
        self._delivery.wake()

    def _in_memory(self) -> Collection[Record]:
        with self._saving:
            return list(self._unsaved.values())


def _nobody() -> None:
    """Nobody wants to know of changes."""

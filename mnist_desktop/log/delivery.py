"""Carries records from the journal to Cassandra in the background: oldest first, as often as it takes, for ever."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from mnist_desktop.log.attempt import Attempt, BackOff, close_quietly, listens, reach
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.nudges import Changes, Nudge, Nudges
from mnist_desktop.log.options import LogOptions
from mnist_desktop.log.record import LogError, Record
from mnist_desktop.log.turn import Turn

if TYPE_CHECKING:
    from mnist_desktop.log.cassandra import Connection
    from mnist_desktop.log.sending import Sent
    from mnist_desktop.log.table import Table
    from mnist_desktop.log.volume import Volume

BATCH = 1_000
"""Records taken from the journal, and marked delivered, at once: some 2 MB, and a commit of 10 ms."""

DOUBTED_SECONDS = 60.0
"""After a reconnect the last minute is sent again; Cassandra's default commit log can lose its last 10 s."""

IDLE_SECONDS = 1.0
"""How often the journal is looked at for records that other processes saved."""

CHECK_SECONDS = 10.0
"""How often an idle connection is asked for the log's identity, so that a dropped schema or a dead node shows."""

PROBE_EVERY_SECONDS = 2.0
"""How often a refusing address is looked at; each look costs one refused packet."""

ATTEMPT_SECONDS = 60.0
"""An attempt that has no outcome after this, for example in a name server that hangs, is given up."""

MOST_ERRORS = 10
"""A record that the server answers with an error so often, while it takes others, is refused for ever."""

CLOSE_SECONDS = 0.8

logger = logging.getLogger(__name__)


class LostError(Exception):
    """The connection, or the log behind it, is gone; the text is the sentence the user reads."""


@dataclass(frozen=True, kw_only=True)
class ConnectionState:
    """Whether Cassandra is connected, and if not, a sentence that says why."""

    connected: bool
    why: str | None


class Delivery:
    """One background thread that owns the connection, and a journal connection of its own."""

    def __init__(self, options: LogOptions, journal: Journal, on_change: Callable[[], None]) -> None:
        """Nothing is started yet."""
        self._options = options
        self._journal = journal
        self._nudges = Nudges()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None
        self._state = ConnectionState(
            connected=False, why="Cassandra is not reached yet." if options.hosts else "Cassandra is switched off."
        )
        self._caught_up = False
        """Whether this connection has been used for all that waited when it was made, what is sent again included."""
        self._back_off = BackOff()
        self._failures = 0
        self._progress = threading.Condition()
        self._turn = Turn(options.journal, options.log)
        self._settled: Table | None = None
        self._errors: Counter[tuple[UUID, int]] = Counter()
        self._changes = Changes(on_change)
        self._volume: Volume | None = None

    def start(self) -> None:
        """Begin to connect and deliver; with Cassandra off there is nothing to begin."""
        if self._options.hosts and self._thread is None and not self._closing.is_set():
            self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
            self._thread.start()

    def store(self) -> Table | None:
        """Cassandra, while it is connected."""
        connection = self._connection
        return None if connection is None else connection.table

    def connection_state(self) -> ConnectionState:
        """How the connection stands."""
        return self._state

    def notice(self) -> str | None:
        """What the user should know of how the log in Cassandra is cut; none when all is well or not connected."""
        connection, volume = self._connection, self._volume
        if connection is None or volume is None:
            return None
        wanted, is_cut = self._options.bucket_by, connection.table.bucket_by
        if wanted in (None, is_cut):
            return volume.notice
        return (
            f"The log “{self._options.log}” is cut by the {is_cut} and stays so, although the setting bucket_by says "
            f"{wanted}; “mnist-desktop log move NEW_NAME --bucket-by {wanted}” makes one that is cut so."
        )

    def suspect(self) -> None:
        """Look whether the connection still holds: somebody got no answer."""
        self._nudges.put(Nudge.SUSPECT)

    def wake(self) -> None:
        """Something new is in the journal."""
        self._nudges.put(Nudge.SAVED)
        self.changed()

    def changed(self) -> None:
        """Tell that something changed."""
        self._changes.tell(at_once=self._thread is None)

    def deliver(self, deadline: float) -> None:
        """Try now; return when connected with nothing left, when connecting has failed, or at `deadline`."""
        self.start()
        if self._thread is None:
            return
        failures = self._failures
        self._nudges.put(Nudge.HURRY)
        with self._progress:
            while (
                self._failures == failures
                and time.monotonic() < deadline
                and (not self._caught_up or self._count_pending())
            ):
                # Not for long: another process may be the one that delivers.
                self._progress.wait(min(0.1, max(0.0, deadline - time.monotonic())))

    def forget(self) -> None:
        """Empty the log in Cassandra; a LogError says when it was not, or not wholly, emptied."""
        # Over a connection of its own: delivery ends its own as soon as it sees that the log was emptied.
        connection = reach(self._options, self._closing)
        try:
            connection.table.forget()
        finally:
            close_quietly(connection)
            self.suspect()

    def close(self) -> None:
        """Stop; what hangs is left to end by itself."""
        self._closing.set()
        self._nudges.put(Nudge.STOP)
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def _count_pending(self) -> int:
        try:
            return self._journal.counts().pending
        except LogError as error:
            logger.warning("The journal cannot be counted: %s", error)
            return 0

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                try:
                    connection = self._reach()
                    if connection is not None:
                        self._serve(connection)
                except Exception as error:
                    # A fault of this program: it must not end delivery, and it must show.
                    logger.exception("Delivery failed in a way that has no sentence of its own.")
                    self._fail(f"Delivery failed: {error}")
                    self._rest()
        finally:
            self._turn.end()
            self._journal.close()

    def _reach(self) -> Connection | None:
        """A connection, after as many attempts as it takes; none when the log closes."""
        while not self._closing.is_set():
            attempt = Attempt(self._options, self._closing, lambda: self._nudges.put(Nudge.ATTEMPT_ENDED))
            deadline = time.monotonic() + ATTEMPT_SECONDS
            while not attempt.over and not self._closing.is_set() and time.monotonic() < deadline:
                self._take(deadline - time.monotonic())
            if attempt.connection is not None and not self._closing.is_set():
                return attempt.connection
            attempt.abandon()
            if not self._closing.is_set():
                self._fail(str(attempt.error or "Cassandra does not answer in time."))
                self._rest(probe=attempt.over and attempt.refused)
        return None

    def _fail(self, why: str) -> None:
        logger.info("Cassandra is not connected: %s", why)
        self._state = ConnectionState(connected=False, why=why)
        with self._progress:
            self._failures += 1
            self._progress.notify_all()
        self.changed()

    def _rest(self, *, probe: bool = False, until_saved: bool = False) -> None:
        """Wait as long as the back-off says, or until somebody is in a hurry, or the address no longer refuses."""
        begun = time.monotonic()
        end = begun + self._back_off.rest()
        while not self._closing.is_set() and time.monotonic() < end:
            left = end - time.monotonic()
            nudges = self._take(min(left, PROBE_EVERY_SECONDS) if probe else left)
            if Nudge.HURRY in nudges:
                return
            if until_saved and Nudge.SAVED in nudges and time.monotonic() - begun >= IDLE_SECONDS:
                return
            if probe and not nudges and listens(self._options.hosts):
                self._back_off.reset()
                return

    def _serve(self, connection: Connection) -> None:
        """Deliver over this connection until it is lost or the log closes."""
        self._connection = connection
        self._state = ConnectionState(connected=True, why=None)
        self.changed()
        try:
            self._deliver_for_ever(connection.table)
        except LostError as lost:
            self._connection = None
            self._turn.end()
            self._fail(str(lost))
        finally:
            self._connection = self._volume = None
            self._caught_up = False
            closing = close_quietly(connection)
            if self._closing.is_set():
                closing.join(CLOSE_SECONDS / 2)
        if not self._closing.is_set():
            # Half a second the first time; a connection that comes and goes is not hurried after.
            self._rest()

    def _deliver_for_ever(self, table: Table) -> None:
        from mnist_desktop.log.refreshing import Refreshing
        from mnist_desktop.log.volume import Volume

        noted: set[str] = set()
        checked = time.monotonic()
        volume = Volume(table.partitions, log=self._options.log, bucket_by=table.bucket_by)
        volume.look()
        self._volume = volume
        refreshing = Refreshing(self._journal, table, self.suspect)
        while not self._closing.is_set():
            try:
                more = self._is_my_turn() and self._deliver_backlog(table, noted)
            except LogError as error:
                logger.warning("Delivery waits for the journal: %s", error)
                self._rest()
                more = False
            if not more and not self._caught_up:
                self._caught_up = True
                self._tell_progress()
            if not more and self._turn.mine and volume.step() | refreshing.step():
                self.changed()
            nudges = self._take(0.0 if more else IDLE_SECONDS)
            if Nudge.SUSPECT in nudges or time.monotonic() - checked >= CHECK_SECONDS:
                self._check(table, writing=more)
                checked = time.monotonic()

    def _deliver_backlog(self, table: Table, noted: set[str]) -> bool:
        """Deliver what waits, oldest first; whether there may be more at once."""
        from mnist_desktop.log.sending import Flight

        if self._settled is not table:
            again = self._journal.adopt(table.identity, table.forgotten) + self._journal.doubt(DOUBTED_SECONDS)
            logger.info("Connected to the log %s; %d records are sent again.", table.identity, again)
            self._settled = table
        backlog = self._journal.backlog(BATCH)
        flight = Flight(table, self._closing)
        taken = 0
        more, known = True, True
        try:
            while (more or not flight.over) and not self._closing.is_set():
                # One batch ahead of what is sent, so that neither the disk nor Cassandra waits for the other.
                if more and flight.ready < BATCH and not flight.halted:
                    batch = next(backlog, [])
                    known = self._note_buckets(table, batch, noted)
                    more = known and len(batch) == BATCH
                    if known:
                        taken += len(batch)
                        flight.add(batch)
                else:
                    more = more and not flight.halted
                    self._settle(table, flight.take(BATCH))
            if not known:
                self._doubt_connection(table)
            return flight.halted or not known or taken >= BATCH or self._prune()
        finally:
            flight.halt()

    def _note_buckets(self, table: Table, batch: Sequence[Record], noted: set[str]) -> bool:
        """Whether the partitions of a batch are written down, before anything is in them."""
        buckets = Counter(table.bucket(record) for record in batch)
        if self._volume is not None:
            self._volume.grows(buckets)
        try:
            table.note_buckets(sorted(buckets.keys() - noted))
        except LogError as error:
            logger.info("The partitions could not be noted: %s", error)
            return False
        noted.update(buckets)
        return True

    def _prune(self) -> bool:
        return self._journal.prune(self._options.keep) > 0

    def _settle(self, table: Table, sent: Sent) -> None:
        """Mark what has arrived, and deal with what has not."""
        if sent.delivered:
            # A log that was emptied in between has lost them again: they must not count as delivered to it.
            self._check(table, writing=True)
            self._journal.mark_delivered(sent.delivered, table.identity, datetime.now(UTC))
            self._back_off.reset()
        if sent.refused or sent.uncertain:
            self._count_errors(sent)
            if not self._closing.is_set():
                self._deal_with(table, sent)
        self._tell_progress()

    def _deal_with(self, table: Table, sent: Sent) -> None:
        from mnist_desktop.log.failures import explain

        # A dropped table refuses everything: that is no fault of the record.
        self._check(table, writing=True)
        try:
            table.prepare_again()
        except LogError as error:
            raise LostError(str(error)) from error
        hopeless = [one for one in sent.uncertain if self._errors[one[0].id, one[0].version] >= MOST_ERRORS]
        for record, reason in (*sent.refused, *hopeless):
            self._quarantine(record, explain(reason))
        self._tell_progress()
        if sent.uncertain:
            self._doubt_connection(table)

    def _doubt_connection(self, table: Table) -> None:
        """After a write whose outcome is unknown: a LostError when nothing answers, else a rest before the next."""
        self._check(table, writing=True)
        self._rest(until_saved=True)

    def _check(self, table: Table, *, writing: bool) -> None:
        """A LostError unless the log answers and is still the same."""
        try:
            identity = table.check(writing=writing)
        except LogError as error:
            raise LostError(str(error)) from error
        if identity != table.identity:
            raise LostError("The log in Cassandra was emptied, dropped or replaced.")

    def _count_errors(self, sent: Sent) -> None:
        """Errors that the server itself answers count against a record when it takes other records."""
        from cassandra.protocol import ServerError

        for record in sent.delivered:
            self._errors.pop((record.id, record.version), None)
        if sent.delivered:
            self._errors.update(
                (record.id, record.version) for record, error in sent.uncertain if isinstance(error, ServerError)
            )

    def _quarantine(self, record: Record, reason: str) -> None:
        logger.warning("Record %s is set apart, because Cassandra refuses it for ever: %s", record.id, reason)
        self._journal.quarantine(record, reason)
        self._errors.pop((record.id, record.version), None)

    def _is_my_turn(self) -> bool:
        """Whether this process is the one that delivers."""
        had = self._turn.mine
        if self._turn.begin() and not had:
            self._settled = None
        return self._turn.mine

    def _tell_progress(self) -> None:
        with self._progress:
            self._progress.notify_all()
        self.changed()

    def _take(self, seconds: float) -> set[Nudge]:
        """What others want; waits at most `seconds`, and tells changes that are due meanwhile."""
        end = time.monotonic() + seconds
        while True:
            due = self._changes.due()
            nudges = self._nudges.take(min(end, end if due is None else due) - time.monotonic())
            self._changes.tell_what_is_due()
            if nudges or time.monotonic() >= end:
                return nudges

"""Saves readings in one thread of its own and fetches pages of history in another; results come back as signals."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mnist_desktop.gui.history_changes import Change, Changed, make_change
from mnist_desktop.gui.history_record import RecordShown, record_shown
from mnist_desktop.gui.history_rows import HistoryPage, HistoryQuery, history_page
from mnist_desktop.gui.log_states import Kept, LogState, Saved
from mnist_desktop.gui.recorder import REMEMBERED_SHEETS, ToRecord
from mnist_desktop.log.record import LogError

if TYPE_CHECKING:
    from uuid import UUID

    from mnist_desktop.log.log import Log
    from mnist_desktop.log.record import Record
    from mnist_desktop.recording import Logged

GROUP = 1_000
"""Records that one commit takes at most; the log itself writes no more in one transaction."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Made:
    """What a ToRecord comes to."""

    sheet: int
    shown: tuple[Record, ...]
    """The records of the digits that there are, in reading order."""
    versions: tuple[Record, ...]
    """What is to be saved: of these what is new, and the marks of what is gone."""


class LogWorker(QObject):
    """A one-thread executor around the Log: what it is asked happens in order, and never in the window's thread.

    What only looks at the log has its turn in that order too, and then a thread of its own: Cassandra may keep it
    waiting, and what is saved after it does not wait for that.
    """

    saved = Signal(object)
    """A Saved, for each ToRecord."""
    kept = Signal(object)
    """A Kept, for each `keep`."""
    page_ready = Signal(object)
    """A HistoryPage, for each HistoryQuery but those that a later one overtook."""
    changed = Signal(object)
    """A Changed, for each Change."""
    record_ready = Signal(object)
    """A RecordShown, for each record that was looked at."""
    state_changed = Signal(object)
    """A LogState, whenever there may be a new one."""
    failed = Signal(str)
    """A sentence about something that nobody foresaw; the log file has the rest."""

    def __init__(
        self, open_log: Callable[[Callable[[], None]], Log], device: str, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._open_log = open_log
        self._device = device
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="log")
        self._looking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="looking")
        self._exporting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="exporting")
        self.log: Log | None = None
        """For jobs given to `run` and, to look at only, to `look_through`."""
        self._to_save: deque[ToRecord] = deque()
        self._page_wanted: HistoryQuery | None = None
        self._logged: dict[int, Logged] = {}
        self._state_asked = threading.Event()
        self._stopped = False

    def start(self) -> None:
        """Open the log and begin to deliver what it holds."""
        self._do(self._start)

    def save(self, to_record: ToRecord) -> None:
        """Record what was read; what waits for a slow disk is committed together."""
        self._to_save.append(to_record)
        self._do(self._save_waiting)

    def keep(self, records: Sequence[Record]) -> None:
        """Commit records that nothing is added to later: those of a batch."""
        self._do(lambda: self._keep(records))

    def fetch(self, query: HistoryQuery) -> None:
        """Answer `query`, unless another one is asked before its turn comes."""
        self._page_wanted = query
        self._look_at(lambda: self._fetch(query))

    def change(self, change: Change) -> None:
        """Correct, delete or restore records."""
        self._do(lambda: self._change(change))

    def look(self, record_id: UUID) -> None:
        """Find all that is known of one record."""
        self._look_at(lambda: self._look(record_id))

    def retry_unsaved(self) -> None:
        self._do(self._retry_unsaved)

    def run(self, job: Callable[[], None]) -> None:
        """Do something else that touches the disk, so that the window does not wait for it."""
        self._do(job)

    def look_through(self, job: Callable[[], None]) -> None:
        """Do something long that looks at the log, in a thread that nothing but the end waits for."""

        def look() -> None:
            try:
                job()
            finally:
                if self.log is not None:
                    self.log.stop_looking()

        self._do(lambda: self._submit(self._exporting, look))

    def rest(self, then: Callable[[], None]) -> None:
        """Give up the memory that the log's threads hold for what comes next, then do `then` in one of them."""
        self._do(self._let_go)

        def let_go() -> None:
            self._let_go()
            then()

        self._look_at(let_go)

    def ask_state(self) -> None:
        """Have `state_changed` sent; of many calls at once, from any thread, one is enough."""
        if not self._state_asked.is_set():
            self._state_asked.set()
            self._do(self._tell_state)

    def stop(self) -> None:
        """Do what was asked until now, then close the log; returns when both are done."""
        self._page_wanted = None
        self._do(self._close)
        self._stopped = True
        self._executor.shutdown(wait=True)
        # A look that waits for Cassandra has heard that the log is closed.
        self._looking.shutdown(wait=True)
        self._exporting.shutdown(wait=True)

    def _look_at(self, job: Callable[[], None]) -> None:
        self._do(lambda: self._submit(self._looking, job))

    def _do(self, job: Callable[[], None]) -> None:
        if not self._stopped:
            self._submit(self._executor, job)

    def _submit(self, executor: ThreadPoolExecutor, job: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 - a bug in one job must not end the rest
                # The executor would keep the exception to itself, and the window would wait for ever.
                _log.exception("The log failed")
                self.failed.emit(self.tr("The log failed: {why}.").format(why=str(error).rstrip(".") or repr(error)))

        try:
            executor.submit(guarded)
        except RuntimeError:
            # Shut down just now: the log's own threads may still report a change then.
            _log.debug("A request came after the end")

    def _start(self) -> None:
        self.log = self._open_log(self.ask_state)
        self.log.start()
        self._tell_state()

    def _save_waiting(self) -> None:
        """Commit all that waits; of the jobs that were asked for meanwhile, the next ones find nothing left to do."""
        if not self._to_save:
            return
        made: list[_Made] = []
        try:
            while self._to_save and sum(len(one.versions) for one in made) < GROUP:
                made.append(self._make(self._to_save.popleft()))
        finally:
            # Even when making one of them failed: the others are no worse for it.
            self._commit(made)

    def _make(self, wanted: ToRecord) -> _Made:
        """The records of a sheet's first reading, or the next versions of those that it has."""
        # Not at the top: glyphs bring NumPy and Pillow.
        from mnist_desktop.recording import extended

        before = self._logged.pop(wanted.sheet, None) or self._known(wanted)
        if before is not None:
            before = replace(before, records=tuple(self._latest(record) for record in before.records))
        held = () if before is None else before.records
        logged = extended(
            before, wanted.number, source=wanted.source, name=wanted.name, device=self._device, now=wanted.at
        )
        self._logged[wanted.sheet] = logged
        while len(self._logged) > REMEMBERED_SHEETS:
            del self._logged[next(iter(self._logged))]
        versions = tuple(record for record in logged.records if record is not None and record not in held)
        return _Made(sheet=wanted.sheet, shown=logged.shown, versions=versions)

    def _known(self, wanted: ToRecord) -> Logged | None:
        """What the log holds of what was opened again; None where it is not held here, or another model read it."""
        # Not at the top: as above.
        from mnist_desktop.recording import Logged, boxes_of

        if not wanted.known or self.log is None:
            return None
        try:
            held = [self.log.held(record_id) for record_id in wanted.known]
        except LogError:
            return None
        records = tuple(None if entry is None or entry.record.deleted else entry.record for entry in held)
        if {record.model for record in records if record is not None} != {wanted.number.digits[0].reading.model}:
            return None
        return Logged(boxes=boxes_of(wanted.number), records=records)

    def _latest(self, earlier: Record | None) -> Record | None:
        """The record as it is by now: what a person said of it since, here or on the command line, stays said.

        None when a person deleted it; a digit that was no longer there can come back.
        """
        if earlier is None or self.log is None:
            return earlier
        try:
            held = self.log.held(earlier.id)
        except LogError:
            # The journal that cannot be read cannot be written either: nothing was changed in it.
            return earlier
        if held is None or held.record.version <= earlier.version:
            return earlier
        return None if held.record.deleted else held.record

    def _commit(self, made: list[_Made]) -> None:
        why = self._why_not_saved([record for one in made for record in one.versions])
        for one in made:
            gone = frozenset(record.id for record in one.versions if record.deleted)
            self.saved.emit(Saved(sheet=one.sheet, records=one.shown, gone=gone, why=why))
        self._tell_state()

    def _keep(self, records: Sequence[Record]) -> None:
        why = self._why_not_saved(records)
        self.kept.emit(Kept(ids=frozenset(record.id for record in records), why=why))
        self._tell_state()

    def _why_not_saved(self, records: Sequence[Record]) -> str | None:
        """Commit `records`; None when they are on the disk."""
        if self.log is None:
            return self.tr("the log could not be opened")
        return None if self.log.save_all(records) else self._why(self.log)

    def _fetch(self, query: HistoryQuery) -> None:
        if query is not self._page_wanted:
            return
        try:
            self.page_ready.emit(history_page(self._open(), query))
        except LogError as error:
            self.page_ready.emit(HistoryPage(query=query, error=str(error)))

    def _change(self, change: Change) -> None:
        try:
            self.changed.emit(make_change(self._open(), change))
        except LogError as error:
            self.changed.emit(Changed(change=change, error=str(error)))
        self._tell_state()

    def _look(self, record_id: UUID) -> None:
        try:
            self.record_ready.emit(record_shown(self._open(), record_id))
        except LogError as error:
            self.record_ready.emit(RecordShown(id=record_id, error=str(error)))

    def _let_go(self) -> None:
        if self.log is not None:
            self.log.let_go()

    def _open(self) -> Log:
        if self.log is None:
            raise LogError(self.tr("The log could not be opened."))
        return self.log

    def _retry_unsaved(self) -> None:
        if self.log is not None:
            self.log.retry_unsaved()
        self._tell_state()

    def _tell_state(self) -> None:
        self._state_asked.clear()
        # Not once it is closed, as it may be by now: to look would open the journal again.
        if self.log is not None and not self._stopped:
            status = self.log.status()
            why = self._why(self.log) if status.unsaved else None
            self.state_changed.emit(LogState(status=status, why_unsaved=why))

    def _why(self, log: Log) -> str:
        return log.why_unsaved() or self.tr("the disk does not take it")

    def _close(self) -> None:
        if self.log is not None:
            self.log.close()
            self._submit(self._looking, self.log.stop_looking)

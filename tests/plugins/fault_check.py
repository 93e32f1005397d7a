"""Compares what programs said was saved with what is there: in Cassandra, by the plain driver, and in History."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from cassandra.cluster import Session
from fault_play import PATIENCE, Said, Stage
from fault_program import image
from log_looking import wait_until

from mnist_desktop.log.journal import Journal
from mnist_desktop.log.log import Cursor, Filters, Log, LogOptions, Page
from mnist_desktop.log.record import Record, Source


@dataclass(kw_only=True)
class Outcome:
    """What became of the records of one run."""

    saved: int
    """Records that were called saved and that the server takes."""
    lost: dict[UUID, str] = field(default_factory=dict)
    """Called saved, or delivered, and not there, or there in an older version than the one called saved."""
    doubled: list[str] = field(default_factory=list)
    """There twice, or never written by anybody."""
    wrong: list[str] = field(default_factory=list)
    """Everything else that must not be."""
    seconds: float = 0.0

    @property
    def fine(self) -> bool:
        """Whether the promise was kept."""
        return not (self.lost or self.doubled or self.wrong)


class Checker:
    """Delivers what is left, as the next start of the program does, and looks from outside."""

    def __init__(self, session: Session, options: LogOptions) -> None:
        """`options` of the log; each journal is named when it is delivered."""
        self._session = session
        self._options = options

    def check(self, run: Stage, journals: Collection[Path], *, forgot: bool = False) -> Outcome:
        """`forgot`: Cassandra forgot what it had, so that History could not show it before it was sent again."""
        said = run.said
        outcome = Outcome(saved=sum(not _is_bad(said, record_id) for record_id in said.saved))
        outcome.wrong += [wrong for wrong in said.wrong if not (forgot and "does not show" in wrong)]
        # Before another connection brings the last minute's resending.
        believed = said.saved.keys() - _waiting(self._options.log, journals)
        if believed:
            rows = self._rows(Outcome(saved=0))
            outcome.lost |= _missing(said, rows, believed, "was delivered, as the journal says, and")
        set_apart: set[UUID] = set()
        with ExitStack() as opened:
            logs = []
            for journal in journals:
                logs.append(opened.enter_context(closing(self._open(journal))))
                outcome.wrong += _deliver(logs[-1])
                set_apart |= {record_id for record_id, _ in logs[-1].quarantined(10_000)}
            rows = self._rows(outcome)
            # What the program's own computer shows, and what another one does.
            logs.append(opened.enter_context(closing(self._open(self._options.journal.with_name("elsewhere.sqlite")))))
            outcome.wrong += _deliver(logs[-1])
            shown = [list(_history(log)) for log in logs]
        _compare_table(said, rows, outcome)
        for records in shown:
            held = [record for record in records if not (_is_bad(said, record.id) and record.id in set_apart)]
            _compare_history(rows, held, outcome)
        for record_id in said.tried:
            if _is_bad(said, record_id) and record_id in said.saved and record_id not in set_apart:
                outcome.wrong.append(f"{record_id} is neither taken nor set apart")
        outcome.wrong += [f"{one} is set apart" for one in set_apart if one in said.tried and not _is_bad(said, one)]
        outcome.seconds = time.monotonic() - run.begun
        return outcome

    def _open(self, journal: Path) -> Log:
        options = self._options
        log = Log(
            LogOptions(
                journal=journal, hosts=options.hosts, keyspace=options.keyspace, log=options.log, keep=options.keep
            )
        )
        log.start()
        return log

    def _rows(self, outcome: Outcome) -> dict[UUID, Record]:
        """Every row of the log, in all of its partitions."""
        found: dict[UUID, Record] = {}
        keyspace, log = self._options.keyspace, self._options.log
        columns = (
            "digit, label, confidence, probabilities, verdict, source, name, model, glyph, ink, drawing, position,"
            " preparation, corrected, deleted, device"
        )
        for bucket in self._session.execute(f"SELECT bucket FROM {keyspace}.bucket WHERE log = %s", (log,)):
            for row in self._session.execute(
                f"SELECT id, writetime(verdict) AS version, {columns} FROM {keyspace}.prediction"
                " WHERE log = %s AND bucket = %s",
                (log, bucket.bucket),
            ):
                if row.id in found:
                    outcome.doubled.append(f"{row.id} is in two partitions")
                if row.verdict is None:
                    outcome.doubled.append(f"{row.id} is a stub")
                else:
                    found[row.id] = _record(row)
        return found


def _deliver(log: Log) -> list[str]:
    deadline = time.monotonic() + PATIENCE
    status = log.deliver(PATIENCE)
    while (status.pending or not status.connected) and time.monotonic() < deadline:
        status = log.deliver(1.0)
    return [] if status.connected and not status.pending else [f"delivery did not come to its end: {status}"]


def _history(log: Log) -> Iterator[Record]:
    """All of History, with Cassandra: a page that did without it, for example on a busy machine, is asked for again."""
    cursor: Cursor | None = None
    while True:
        pages: list[Page] = []

        def connected(cursor: Cursor | None = cursor, pages: list[Page] = pages) -> bool:
            pages.append(log.page(cursor, Filters(), 500))
            return pages[-1].connected

        wait_until(connected, PATIENCE)
        yield from (entry.record for entry in pages[-1].entries)
        cursor = pages[-1].cursor
        if cursor is None:
            return


def _waiting(log: str, journals: Iterable[Path]) -> set[UUID]:
    """What the journals hold and do not call delivered."""
    waiting: set[UUID] = set()
    for path in journals:
        journal = Journal(path, log)
        try:
            waiting |= {record.id for record in journal.pending(1_000_000)}
            waiting |= {record_id for record_id, _ in journal.reasons(1_000_000)}
        finally:
            journal.close()
    return waiting


def _missing(said: Said, rows: Mapping[UUID, Record], wanted: Iterable[UUID], what: str) -> dict[UUID, str]:
    """Which of the wanted records are not there in the version that was called saved, or a later one."""
    missing: dict[UUID, str] = {}
    for record_id in wanted:
        row = rows.get(record_id)
        if _is_bad(said, record_id):
            continue
        if row is None:
            missing[record_id] = f"{record_id} {what} is not there"
        elif row.version < said.saved[record_id]:
            missing[record_id] = f"{record_id} {what} is there as it was before its last change"
    return missing


def _compare_table(said: Said, rows: dict[UUID, Record], outcome: Outcome) -> None:
    outcome.lost |= _missing(said, rows, said.saved.keys(), "was saved and")
    for record_id, row in rows.items():
        tried = said.tried.get(record_id, {}).get(row.version)
        if tried is None or tried.bad:
            outcome.doubled.append(f"{record_id} is there in a version that nobody has written")
        elif tried.image != image(row):
            outcome.wrong.append(f"{record_id} is there, but is not what was saved: {row}")


def _compare_history(rows: dict[UUID, Record], records: list[Record], outcome: Outcome) -> None:
    times = Counter(record.id for record in records)
    outcome.doubled += [f"History shows {record_id} {count} times" for record_id, count in times.items() if count > 1]
    shown = {record.id: record for record in records}
    for record_id, row in rows.items():
        if row.deleted and record_id in shown:
            outcome.wrong.append(f"History shows {record_id}, which was deleted")
        elif not row.deleted and shown.get(record_id) != row:
            outcome.wrong.append(f"History shows {shown.get(record_id)} and Cassandra has {row}")
    outcome.doubled += [f"History shows {one}, which Cassandra has not" for one in shown if one not in rows]


def _is_bad(said: Said, record_id: UUID) -> bool:
    return any(tried.bad for tried in said.tried.get(record_id, {}).values())


def _record(row: Any) -> Record:
    """A row as a record, by hand: what the program's own reading does is under test."""
    return Record(
        id=row.id,
        version=row.version,
        digit=row.digit,
        label=row.label,
        confidence=row.confidence,
        probabilities=tuple(row.probabilities),
        verdict=row.verdict,
        source=Source(row.source),
        model=row.model,
        device=row.device,
        glyph=row.glyph,
        ink=row.ink,
        name=row.name,
        drawing=row.drawing,
        position=row.position,
        preparation=row.preparation,
        corrected=row.corrected,
        deleted=row.deleted,
    )

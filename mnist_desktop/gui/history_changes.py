"""What a person wants to change in the log, how it is done there, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from mnist_desktop.gui.history_rows import HistoryRow, history_row
from mnist_desktop.log.record import LogError

if TYPE_CHECKING:
    from mnist_desktop.log.log import Entry, Filters, Log
    from mnist_desktop.log.record import Record

Wanted = TypeVar("Wanted")
Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What records were, as a person says; None takes back what was said."""

    labels: tuple[tuple[UUID, str | None], ...]
    before: tuple[tuple[UUID, str | None], ...] | None = None
    """What was said until now; None when this itself takes something back."""


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """Records to be taken out of the log."""

    ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """Deleted records, as they were, to be brought back."""

    records: tuple[Record, ...]


Change = Correction | Deletion | Restoration


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What became of a Change."""

    change: Change
    rows: tuple[HistoryRow, ...] = ()
    """The records that are shown otherwise now, or again."""
    records: tuple[Record, ...] = ()
    """The same, as the log has them."""
    gone: frozenset[UUID] = frozenset()
    undo: Change | None = None
    """What takes back what was done of it; None when nothing was, or when it took something back itself."""
    error: str | None = None
    """Why the rest was not done."""
    failed: int = 0
    """How many records that rest is."""

    @property
    def count(self) -> int:
        """How many records were changed."""
        return len(self.rows) + len(self.gone)

    def fitting(self, filters: Filters) -> frozenset[UUID]:
        """Which of the records in the rows these filters show."""
        return frozenset(record.id for record in self.records if filters.match(record))


def make_change(log: Log, change: Change) -> Changed:
    """Do what `change` says, in one commit; what cannot be done does not keep the rest from being done."""
    with log.together():
        match change:
            case Correction():
                return _correct(log, change)
            case Deletion():
                return _delete(log, change)
            case Restoration():
                done, errors = _each(change.records, log.restore)
                return _with_errors(_shown(change, done), errors)


def _correct(log: Log, change: Correction) -> Changed:
    done, errors = _each(change.labels, lambda said: log.correct(*said))
    corrected = {entry.record.id for entry in done}
    before = tuple(said for said in change.before or () if said[0] in corrected)
    undo = Correction(labels=before) if before else None
    return _with_errors(replace(_shown(change, done), undo=undo), errors)


def _delete(log: Log, change: Deletion) -> Changed:
    done, errors = _each(change.ids, log.delete)
    records = tuple(entry.record for entry in done)
    gone = frozenset(record.id for record in records)
    undo = Restoration(records=records) if records else None
    return _with_errors(Changed(change=change, gone=gone, undo=undo), errors)


def _shown(change: Change, entries: Sequence[Entry]) -> Changed:
    rows = tuple(history_row(entry) for entry in entries)
    return Changed(change=change, rows=rows, records=tuple(entry.record for entry in entries))


def _each(wanted: Iterable[Wanted], make: Callable[[Wanted], Made]) -> tuple[list[Made], list[str]]:
    """What `make` made of each, and the sentences about those of which it could make nothing."""
    made, errors = [], []
    for one in wanted:
        try:
            made.append(make(one))
        except LogError as error:
            errors.append(str(error))
    return made, errors


def _with_errors(changed: Changed, errors: list[str]) -> Changed:
    return replace(changed, error=errors[0], failed=len(errors)) if errors else changed

"""Merges what this computer still holds with what Cassandra has into one list, newest first, each record once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar
from uuid import UUID

from mnist_desktop.log.changes import Latest
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.query import Cursor, Entry, Filters, Page, Stretch
from mnist_desktop.log.record import LogError, Record, compare_key

__all__ = ["Cursor", "Entry", "Filters", "History", "Page"]

Answer = TypeVar("Answer")

ROUNDS = 4
"""How often one page looks further back while it has found nothing; then it says how far it came."""

logger = logging.getLogger(__name__)


class Store(Protocol):
    """What History asks of Cassandra; every method can raise a LogError."""

    def newest(self, before: UUID | None, filters: Filters, limit: int) -> Stretch: ...

    def versions(self, ids: Sequence[UUID]) -> Mapping[UUID, int]: ...

    def find(self, record_id: UUID) -> Record | None: ...


class History:
    """The one list that the History tab, the command line and the export read."""

    def __init__(
        self,
        *,
        journal: Journal,
        unsaved: Callable[[], Collection[Record]],
        store: Callable[[], Store | None],
        suspect: Callable[[], None],
    ) -> None:
        """`unsaved` gives the records that are only in memory, `store` Cassandra while it is connected, and `suspect`
        is told when it did not answer."""
        self._journal = journal
        self._unsaved = unsaved
        self._store = store
        self._suspect = suspect

    def page(self, cursor: Cursor | None, filters: Filters, limit: int) -> Page:
        """At most `limit` records older than the cursor, from every place that answers; nothing here raises.

        Without Cassandra, or when it does not answer in time, the page holds what this computer still has.
        """
        before = cursor.before if cursor else None
        store = self._store()
        if store is not None:
            try:
                return self._page(before, filters, limit, store)
            except _StoreError as error:
                logger.info("History goes on without Cassandra: %s", error)
                self._suspect()
        return self._page(before, filters, limit, None)

    def find(self, record_id: UUID) -> Entry | None:
        """The latest version of one record, wherever it is; none when it is unknown or deleted."""
        latest = self.latest(record_id)
        for fault in (latest.journal_fault, latest.store_fault):
            if fault is not None:
                logger.info("Not every place was asked for %s: %s", record_id, fault)
        return latest.entry if latest.entry is not None and latest.entry.record.shown else None

    def latest(self, record_id: UUID) -> Latest:
        """The latest version of one record, deleted or not, and which places could not be asked; raises nothing."""
        found = self._in_memory(record_id)
        journal_fault = store_fault = None
        try:
            held = self._journal.find(record_id)
            found += [held] if held is not None else []
        except LogError as error:
            journal_fault = error
        try:
            row = self._find_there(record_id)
            found += [Entry(record=row, delivered=True)] if row is not None else []
        except LogError as error:
            store_fault = error
        return Latest(entry=_later(found), journal_fault=journal_fault, store_fault=store_fault)

    def held(self, record_id: UUID) -> Entry | None:
        """The latest version of one record that this computer holds, deleted or not; a LogError when the journal
        cannot be read."""
        held = self._journal.find(record_id)
        return _later(self._in_memory(record_id) + ([held] if held is not None else []))

    def _in_memory(self, record_id: UUID) -> list[Entry]:
        return [Entry(record=record, delivered=False) for record in self._unsaved() if record.id == record_id]

    def _find_there(self, record_id: UUID) -> Record | None:
        store = self._store()
        if store is None:
            raise LogError("Cassandra, which may hold it, is not connected.")
        try:
            return store.find(record_id)
        except LogError:
            self._suspect()
            raise

    def _page(self, before: UUID | None, filters: Filters, limit: int, store: Store | None) -> Page:
        reached: UUID | None = before
        for _ in range(ROUNDS):
            entries, reached = self._stretch(reached, filters, limit, store)
            if entries or reached is None:
                if len(entries) > limit:
                    entries, reached = entries[:limit], entries[limit - 1].record.id
                return Page(
                    entries=tuple(entries),
                    cursor=None if reached is None else Cursor(before=reached),
                    connected=store is not None,
                )
        assert reached is not None
        return Page(entries=(), cursor=Cursor(before=reached), connected=store is not None)

    def _stretch(
        self, before: UUID | None, filters: Filters, limit: int, store: Store | None
    ) -> tuple[list[Entry], UUID | None]:
        """All that every place holds from `before` down to the id returned; none when that is the end of all."""
        unsaved = {record.id: record for record in self._unsaved()}
        # The journal is asked first: what is delivered in between is then found in both, and not in neither.
        held = self._held(before, filters, limit, undelivered=store is not None)
        reached = [held.reached]
        found = {entry.record.id: entry for entry in held.entries}
        if store is not None:
            rows = _ask(lambda: store.newest(before, filters, limit))
            reached.append(rows.reached)
            found = self._merge(held.entries, rows.entries, filters, store)
        for record in unsaved.values():
            if record.id not in found or found[record.id].record.version < record.version:
                found.pop(record.id, None)
                if filters.match(record) and (before is None or compare_key(record.id) < compare_key(before)):
                    found[record.id] = Entry(record=record, delivered=False)
        horizon = max((bound for bound in reached if bound is not None), key=compare_key, default=None)
        lowest = b"" if horizon is None else compare_key(horizon)
        keyed = sorted(((compare_key(record_id), record_id) for record_id in found), reverse=True)
        entries = [found[record_id] for key, record_id in keyed if key >= lowest]
        return entries, horizon

    def _merge(self, held: Sequence[Entry], rows: Sequence[Entry], filters: Filters, store: Store) -> dict[UUID, Entry]:
        """Each record once, in its later version.

        What either place found can be superseded by a version in the other that the filters keep out, so each is
        asked for the versions of what the other found.
        """
        here = self._versions_held([entry.record.id for entry in rows]) if rows else {}
        there = _ask(lambda: store.versions([entry.record.id for entry in held])) if held else {}
        found = {entry.record.id: entry for entry in rows if here.get(entry.record.id, -1) <= entry.record.version}
        for entry in held:
            version = there.get(entry.record.id, -1)
            if version < entry.record.version:
                found[entry.record.id] = entry
            elif version == entry.record.version:
                found.setdefault(entry.record.id, replace(entry, delivered=True))
        asked = {entry.record.id for entry in held}
        for entry in rows:
            # Changed since the journal was asked, by another thread or process: it would be in neither.
            if entry.record.id not in found and entry.record.id not in asked:
                found.update(self._changed_meanwhile(entry.record.id, filters))
        return found

    def _changed_meanwhile(self, record_id: UUID, filters: Filters) -> dict[UUID, Entry]:
        try:
            held = self._journal.find(record_id)
        except LogError as error:
            logger.warning("History goes on without the journal: %s", error)
            return {}
        return {record_id: held} if held is not None and filters.match(held.record) else {}

    def _held(self, before: UUID | None, filters: Filters, limit: int, *, undelivered: bool) -> Stretch:
        try:
            return self._journal.newest(before, filters, limit, undelivered=undelivered)
        except LogError as error:
            logger.warning("History goes on without the journal: %s", error)
            return Stretch(entries=(), reached=None)

    def _versions_held(self, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        try:
            return self._journal.versions(ids)
        except LogError as error:
            logger.warning("History goes on without the journal: %s", error)
            return {}


def _later(entries: Iterable[Entry]) -> Entry | None:
    return max(entries, key=lambda entry: (entry.record.version, entry.delivered), default=None)


class _StoreError(Exception):
    """Cassandra did not answer; what the journal says goes on as it is."""


def _ask(question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    except LogError as error:
        raise _StoreError(str(error)) from error

"""What is asked of the log and what it answers: filters, a place to go on from, and a page of entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from mnist_desktop.log.record import Record, Source, time_of


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which records to show; what is not set lets everything through."""

    digit: int | None = None
    verdict: str | None = None
    source: Source | None = None
    name: str | None = None
    """Part of the picture's file name, in any case."""
    since: datetime | None = None
    """The earliest time shown."""
    until: datetime | None = None
    """The time from which on nothing is shown."""
    below: float | None = None
    """Only readings with less confidence than this, 0…1."""
    corrected: bool = False
    """Only readings that a person has corrected."""
    device: str | None = None

    def match(self, record: Record) -> bool:
        """Whether `record` is to be shown; deleted records never are."""
        return (
            record.shown
            and self.digit in (None, record.digit)
            and self.verdict in (None, record.verdict)
            and self.source in (None, record.source)
            and self.device in (None, record.device)
            and (self.since is None or record.time >= self.since)
            and (self.until is None or record.time < self.until)
            and (self.below is None or record.confidence < self.below)
            and (not self.corrected or bool(record.corrected))
            and (not self.name or holds(record.name, self.name))
        )


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where a page ended: the next one holds what is older than `before`."""

    before: UUID

    @property
    def time(self) -> datetime:
        """How far back has been searched, in UTC."""
        return time_of(self.before)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A record as History shows it."""

    record: Record
    delivered: bool
    """Whether this version is in Cassandra."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Entries, newest first; it can hold fewer than were asked for, even none, and still not be the last."""

    entries: tuple[Entry, ...]
    cursor: Cursor | None
    """None: that was the end."""
    connected: bool
    """Whether Cassandra was asked; if not, this is what this computer still holds."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What one store found, newest first, and the oldest id down to which it has looked."""

    entries: tuple[Entry, ...]
    reached: UUID | None
    """None: it has looked to its end."""


def holds(text: str | None, part: str) -> bool:
    """Whether `part` occurs in `text`, in any case."""
    return text is not None and part.casefold() in text.casefold()

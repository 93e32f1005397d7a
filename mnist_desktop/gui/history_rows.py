"""What the History tab asks of the log, and how a page of the log becomes rows that Qt can paint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from mnist_desktop.log.record import Source

if TYPE_CHECKING:
    from mnist_desktop.log.log import Cursor, Entry, Filters, Log


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Which records the person wants to see; None is any."""

    digit: int | None = None
    verdict: str | None = None
    source: Source | None = None
    name: str | None = None
    """Part of the file's name."""
    device: str | None = None
    since: datetime | None = None
    """The earliest time shown, in UTC."""
    until: datetime | None = None
    """The time from which on nothing is shown, in UTC."""
    below: float | None = None
    """Only readings with less confidence than this, 0…1."""
    corrected: bool = False
    """Only readings that a person has corrected."""

    @property
    def filters(self) -> Filters:
        """The same, as the log is asked."""
        # Not at the top: the log brings the database driver, which the first paint does not wait for.
        from mnist_desktop.log.log import Filters

        return Filters(
            digit=self.digit,
            verdict=self.verdict,
            source=self.source,
            name=self.name,
            device=self.device,
            since=self.since,
            until=self.until,
            below=self.below,
            corrected=self.corrected,
        )


@dataclass(frozen=True, kw_only=True)
class HistoryQuery:
    """One page from `cursor` on (None: from the newest); `token` tells its answer from a stale one."""

    token: int
    shown: Shown
    cursor: Cursor | None = None
    limit: int = 100


@dataclass(frozen=True, kw_only=True)
class HistoryRow:
    """One record as the table shows it."""

    id: UUID
    glyph: bytes | None
    """784 levels; None when the record's picture is damaged."""
    label: str
    """What was read."""
    corrected: str | None
    """What the person says it was; None when nobody said anything."""
    confidence: float
    verdict: str
    source: Source
    name: str | None
    model: str
    device: str
    """As it stands in the record: the filter asks for it. Shown by `shown_name`."""
    time: datetime
    """In UTC."""
    delivered: bool
    position: int | None = None
    """Which digit of a number it is, from 0; None when it stood alone."""


@dataclass(frozen=True, kw_only=True)
class HistoryPage:
    """The answer to a HistoryQuery; no cursor when there is nothing older."""

    query: HistoryQuery
    rows: tuple[HistoryRow, ...] = ()
    cursor: Cursor | None = None
    connected: bool = False
    error: str | None = None


def history_page(log: Log, query: HistoryQuery) -> HistoryPage:
    """The page that `query` asks for, its glyphs unpacked; a LogError when the journal cannot be read."""
    page = log.page(query.cursor, query.shown.filters, query.limit)
    rows = tuple(history_row(entry) for entry in page.entries)
    return HistoryPage(query=query, rows=rows, cursor=page.cursor, connected=page.connected)


def history_row(entry: Entry) -> HistoryRow:
    """One row. Another program may have written the record: what would break a line or turn it round is escaped."""
    from mnist_desktop.ink.names import shown_name

    record = entry.record
    return HistoryRow(
        id=record.id,
        glyph=_levels(record.glyph),
        label=shown_name(record.label or ""),
        corrected=shown_name(record.corrected) if record.corrected else None,
        confidence=record.confidence,
        verdict=shown_name(record.verdict),
        source=record.source,
        name=None if record.name is None else shown_name(record.name),
        model=shown_name(record.model),
        device=record.device,
        time=record.time,
        delivered=entry.delivered,
        position=None if record.drawing is None else record.position,
    )


def _levels(png: bytes) -> bytes | None:
    """The levels of a record's glyph: another device may have written it, so Pillow checks it, not Qt."""
    from mnist_desktop.ink.glyph import Glyph

    try:
        return Glyph.from_png(png).levels.tobytes()
    except ValueError:
        return None

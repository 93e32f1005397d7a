"""What the History tab asks of the log, and how a page of the log becomes rows that Qt can paint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from mnist_desktop.log.record import Source

if TYPE_CHECKING:
    from mnist_desktop.log.history import Cursor, Entry
    from mnist_desktop.log.log import Log


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Which records the person wants to see; None is any."""

    digit: int | None = None
    verdict: str | None = None
    source: Source | None = None


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
    confidence: float
    verdict: str
    source: Source
    name: str | None
    model: str
    time: datetime
    """In UTC."""
    delivered: bool


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
    # Not at the top: the log brings the database driver, which the first paint does not wait for.
    from mnist_desktop.log.history import Filters

    filters = Filters(digit=query.shown.digit, verdict=query.shown.verdict, source=query.shown.source)
    page = log.page(query.cursor, filters, query.limit)
    rows = tuple(history_row(entry) for entry in page.entries)
    return HistoryPage(query=query, rows=rows, cursor=page.cursor, connected=page.connected)


def history_row(entry: Entry) -> HistoryRow:
    """One row; what the person says it was stands in place of what was read."""
    from mnist_desktop.ink.pictures import shown_name

    record = entry.record
    return HistoryRow(
        id=record.id,
        glyph=_levels(record.glyph),
        label=record.corrected or record.label or "",
        confidence=record.confidence,
        verdict=record.verdict,
        source=record.source,
        # Another program may have written it: a line break or a change of direction is shown, not obeyed.
        name=None if record.name is None else shown_name(record.name),
        model=record.model,
        time=record.time,
        delivered=entry.delivered,
    )


def _levels(png: bytes) -> bytes | None:
    """The levels of a record's glyph: another device may have written it, so Pillow checks it, not Qt."""
    from mnist_desktop.ink.glyph import Glyph

    try:
        return Glyph.from_png(png).levels.tobytes()
    except ValueError:
        return None

"""Turns one record of the log into what the details of the History tab show of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from mnist_desktop.gui.history_rows import HistoryRow, history_row

if TYPE_CHECKING:
    from mnist_desktop.ink.drawing import Drawing
    from mnist_desktop.log.log import Log
    from mnist_desktop.log.record import Record


@dataclass(frozen=True, kw_only=True)
class RecordShown:
    """All that the log knows of one record; no row when it knows none, with a sentence when it could not look."""

    id: UUID
    row: HistoryRow | None = None
    digit: int | None = None
    """Index of the best label."""
    probabilities: tuple[float, ...] = ()
    drawing: Drawing | None = None
    """The strokes, where the record has some that can be read."""
    changed: datetime | None = None
    """When this version was made, in UTC; None when it is the first one."""
    error: str | None = None


def record_shown(log: Log, record_id: UUID) -> RecordShown:
    """What the log knows of a record."""
    entry = log.find(record_id)
    if entry is None:
        return RecordShown(id=record_id)
    record = entry.record
    return RecordShown(
        id=record_id,
        row=history_row(entry),
        digit=record.digit,
        probabilities=record.probabilities,
        drawing=_drawing(record),
        changed=_changed(record),
    )


def _drawing(record: Record) -> Drawing | None:
    # Not at the top: see history_rows.
    from mnist_desktop.ink.drawing import DrawingError
    from mnist_desktop.recording import unpack_ink

    if not record.ink:
        return None
    try:
        drawing = unpack_ink(record.ink)
    except DrawingError:
        return None
    return None if drawing.blank else drawing


def _changed(record: Record) -> datetime | None:
    try:
        version = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=record.version)
    except OverflowError:
        # Another program wrote it.
        return None
    return version if version > record.time else None

"""Turns what a person says of a record (it was a 7; away with it; bring it back) into the record's next version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from mnist_desktop.log.query import Entry
from mnist_desktop.log.record import LogError, Record

MOST_LABEL = 64
"""Characters of a label; the longest of a shipped model has eleven."""


@dataclass(frozen=True, kw_only=True)
class Latest:
    """The latest version of one record, deleted or not, and which places could not be asked for it."""

    entry: Entry | None
    journal_fault: LogError | None = None
    store_fault: LogError | None = None


class Changes:
    """Makes the next version of records wherever they are held; whoever asks for it saves it.

    A change starts from the whole record in its latest version: in memory, in the journal, and in Cassandra while it
    answers. Without Cassandra it starts from what this computer holds; of two such changes the later version wins.
    """

    def __init__(self, latest: Callable[[UUID], Latest]) -> None:
        self._latest = latest

    def corrected(self, record_id: UUID, label: str | None) -> Entry:
        """The version that says what it was, or, with no label, no longer does; what there is when it says so already.

        A LogError when the record is unknown, or the label is none.
        """
        entry, label = self._shown(record_id), checked_label(label)
        if label == (entry.record.corrected or ""):
            return entry
        return Entry(record=entry.record.changed(datetime.now(UTC), corrected=label), delivered=False)

    def deleted(self, record_id: UUID) -> tuple[Entry, Record]:
        """The record as it is, and the version that is only a mark: glyph, ink and file name are emptied.

        A LogError when the record is unknown, or deleted already.
        """
        entry = self._shown(record_id)
        return entry, deletion_mark(entry.record, datetime.now(UTC))

    def restored(self, record: Record) -> Entry:
        """`record`, no longer deleted, as a version later than every one that can be found."""
        latest = self._asked(record.id).entry
        version = record.version if latest is None else max(record.version, latest.record.version)
        back = replace(record, version=version).changed(datetime.now(UTC), deleted=False)
        return Entry(record=back, delivered=False)

    def _shown(self, record_id: UUID) -> Entry:
        """The latest version; a LogError when it is unknown or deleted, or where it would be cannot be asked."""
        latest = self._asked(record_id)
        if latest.entry is None and latest.store_fault is not None:
            raise LogError(f"This computer does not hold the record {record_id}. {latest.store_fault}")
        if latest.entry is None or not latest.entry.record.shown:
            raise LogError(f"The log has no record {record_id}.")
        return latest.entry

    def _asked(self, record_id: UUID) -> Latest:
        if record_id.version != 1:
            raise LogError(f"{record_id} is no id of a record: it carries no time.")
        latest = self._latest(record_id)
        if latest.journal_fault is not None:
            # It may hold a later version than was found, and a change of the earlier one would undo that.
            raise latest.journal_fault
        return latest


def deletion_mark(record: Record, now: datetime) -> Record:
    """The version of `record` that says only that it is deleted: glyph, ink and file name are emptied."""
    return record.changed(
        now,
        deleted=True,
        glyph=b"",
        # Only what was set: a picture has no ink, and an empty one would stay behind when the record comes back.
        ink=None if record.ink is None else b"",
        name=None if record.name is None else "",
    )


def checked_label(label: str | None) -> str:
    """`label` without space around it, empty for none; a LogError when it is too long, or no word to be shown."""
    label = (label or "").strip()
    if len(label) > MOST_LABEL:
        raise LogError(f"A label has at most {MOST_LABEL} characters.")
    if not label.isprintable():
        raise LogError("A label is one line of characters that can be shown.")
    return label

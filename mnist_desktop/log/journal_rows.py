"""Turns records into rows of the journal's table, and back."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from uuid import UUID

from mnist_desktop.log.record import Record, Source

COLUMNS = (
    "id", "version", "digit", "label", "confidence", "probabilities", "verdict", "source", "name", "model", "glyph",
    "ink", "drawing", "position", "preparation", "corrected", "deleted", "device",
)  # fmt: skip


SHOWN = "deleted = 0 AND verdict <> ''"
"""What a reader shows, in the words of the partial indexes."""

Place = tuple[bytes, int]
"""A record's key, and the number of its row."""


def to_row(record: Record) -> tuple[object, ...]:
    """The values of COLUMNS."""
    return (
        record.id.bytes,
        record.version,
        record.digit,
        storable(record.label),
        record.confidence,
        struct.pack(f"<{len(record.probabilities)}d", *record.probabilities),
        storable(record.verdict),
        record.source.value,
        storable(record.name),
        storable(record.model),
        record.glyph,
        record.ink,
        record.drawing and record.drawing.bytes,
        record.position,
        storable(record.preparation),
        storable(record.corrected),
        record.deleted,
        storable(record.device),
    )


def from_row(row: Sequence[object]) -> Record:
    """The record whose COLUMNS have these values."""
    fields = dict(zip(COLUMNS, row, strict=True))
    packed = fields["probabilities"]
    assert isinstance(packed, bytes)
    fields["probabilities"] = struct.unpack(f"<{len(packed) // 8}d", packed)
    fields["id"] = UUID(bytes=fields["id"])  # type: ignore[arg-type]  # the schema keeps it as a blob
    fields["drawing"] = UUID(bytes=fields["drawing"]) if fields["drawing"] else None  # type: ignore[arg-type]  # as above
    fields["source"] = Source(str(fields["source"]))
    fields["deleted"] = bool(fields["deleted"])
    # SQLite keeps "not a number" as NULL.
    fields["confidence"] = math.nan if fields["confidence"] is None else fields["confidence"]
    return Record(**fields)  # type: ignore[arg-type]  # the columns are the fields


def storable(text: str | None) -> str | None:
    """A file name can hold bytes that are not text; neither SQLite nor Cassandra takes them as they are."""
    return text and text.encode("utf-8", "backslashreplace").decode("utf-8")

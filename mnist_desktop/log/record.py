"""The plain record of one reading: what it says, the id that carries its time, and the version that orders its changes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

GREGORIAN_EPOCH = datetime(1582, 10, 15, tzinfo=UTC)
"""Where the 60-bit clock of a version-1 UUID starts (RFC 9562, section 5.1)."""

TICKS_PER_MICROSECOND = 10
"""A version-1 UUID counts steps of 100 ns."""


class LogError(Exception):
    """The log could not do what was asked; the text is the sentence the user reads."""


class Source(StrEnum):
    """Where a reading came from."""

    CANVAS = "canvas"
    FILE = "file"
    CLIPBOARD = "clipboard"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One logged reading in one of its versions; a change makes a new version of the same id."""

    id: UUID
    """Time-based, minted once at capture; the record's time and its bucket follow from it."""
    version: int
    """When this version was made, in microseconds since 1970; the later version wins everywhere."""
    digit: int | None
    """Index of the best label."""
    label: str | None
    confidence: float
    probabilities: tuple[float, ...]
    verdict: str
    """`digit` or `unsure`; a blank canvas makes no record."""
    source: Source
    model: str
    device: str
    glyph: bytes
    """The 28×28 that the model saw, as PNG."""
    ink: bytes | None = None
    """The drawing as zlib-compressed JSON strokes; none for a picture."""
    name: str | None = None
    """The picture's file name; none for a drawing."""
    drawing: UUID | None = None
    """The drawing that several records of one number share."""
    position: int | None = None
    """Which digit of that number this is, from 0."""
    preparation: str | None = None
    """What was done to find the ink of a picture, as JSON."""
    corrected: str | None = None
    """What the person says it was."""
    deleted: bool = False

    @property
    def time(self) -> datetime:
        """When the reading was made, in UTC, to the microsecond."""
        return time_of(self.id)

    def changed(self, now: datetime, **fields: object) -> Record:
        """The next version of this record with `fields` replaced.

        Its version is max(now, last version + 1 µs, the id's time), so that a clock set back never makes an
        older version win.
        """
        version = max(microseconds(now), self.version + 1, microseconds(self.time))
        return replace(self, version=version, **fields)  # type: ignore[arg-type]  # checked by the dataclass itself


def new_id(now: datetime) -> UUID:
    """A time-based id (version 1) for `now`, with a random node and clock sequence, never the machine's address."""
    ticks = (now - GREGORIAN_EPOCH) // timedelta(microseconds=1) * TICKS_PER_MICROSECOND
    ticks += secrets.randbelow(TICKS_PER_MICROSECOND)
    clock_sequence = secrets.randbits(14)
    # RFC 9562, section 6.10: a random node has the multicast bit set, so that it never equals a real address.
    node = secrets.randbits(48) | 1 << 40
    return UUID(
        fields=(
            ticks & 0xFFFFFFFF,
            ticks >> 32 & 0xFFFF,
            ticks >> 48 & 0x0FFF | 0x1000,
            clock_sequence >> 8 | 0x80,
            clock_sequence & 0xFF,
            node,
        )
    )


def time_of(record_id: UUID) -> datetime:
    """The time that a time-based id carries, in UTC, to the microsecond."""
    return GREGORIAN_EPOCH + timedelta(microseconds=record_id.time // TICKS_PER_MICROSECOND)


def microseconds(time: datetime) -> int:
    """`time` as whole microseconds since 1970, exactly."""
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

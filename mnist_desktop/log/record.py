"""The plain record of one reading: what it says, the id that carries its time, the version that orders its changes."""

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

MOST_TICKS = 2**60 - 1

BUCKETS = {"month": "%Y-%m", "day": "%Y-%m-%d", "hour": "%Y-%m-%dT%H"}
"""How a log can be cut into partitions, and the name of one; names sort as their times do."""

SIGN_BITS = bytes([0x80] * 8)
"""Flipping a byte's sign bit makes unsigned order the order of signed bytes."""


class LogError(Exception):
    """The log could not do what was asked; the text is the sentence the user reads."""


class UnreachableError(LogError):
    """Nothing listens at the address of Cassandra."""


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
    """What the person says it was; empty when a correction was taken back (a later version cannot unset a column)."""
    deleted: bool = False

    @property
    def time(self) -> datetime:
        """When the reading was made, in UTC, to the microsecond."""
        return time_of(self.id)

    @property
    def shown(self) -> bool:
        """Whether readers show this record: not deleted, and not the stub of a write that never was whole."""
        return not self.deleted and bool(self.verdict)

    def changed(self, now: datetime, **fields: object) -> Record:
        """The next version of this record with `fields` replaced.

        Its version is max(now, last version + 1 µs, the id's time), so that a clock set back never makes an
        older version win. It says that there is no correction, where the first could leave that open: an unset column
        keeps what another device has written, and of two versions the later one wins whole.
        """
        fields.setdefault("corrected", self.corrected or "")
        version = max(microseconds(now), self.version + 1, microseconds(self.time))
        return replace(self, version=version, **fields)  # type: ignore[arg-type]  # checked by the dataclass itself


def new_id(now: datetime) -> UUID:
    """A time-based id (version 1) for `now`, with a random node and clock sequence, never the machine's address."""
    ticks = _ticks(now) + secrets.randbelow(TICKS_PER_MICROSECOND)
    clock_sequence = secrets.randbits(14)
    # RFC 9562, section 6.10: a random node has the multicast bit set, so that it never equals a real address.
    node = secrets.randbits(48) | 1 << 40
    return _time_based(ticks, (clock_sequence | 0x8000) << 48 | node)


def first_id(time: datetime) -> UUID:
    """The bound that sorts before every id of `time` or later, and after every id of an earlier microsecond.

    Of a time that no id can carry (before 1582, after 5236), the nearest that one can.
    """
    return _time_based(min(max(_ticks(time), 0), MOST_TICKS), int.from_bytes(SIGN_BITS))


def compare_key(record_id: UUID) -> bytes:
    """16 bytes that sort as the server sorts time-based ids: the time, then the low eight bytes as signed bytes.

    Python's own order of UUIDs starts with the low bits of the time. Source: Cassandra's TimeUUIDType.
    """
    time_low, time_mid, time_high, *_ = record_id.fields
    ticks = (time_high & 0x0FFF) << 48 | time_mid << 32 | time_low
    low = bytes(byte ^ sign for byte, sign in zip(record_id.bytes[8:], SIGN_BITS, strict=True))
    return ticks.to_bytes(8) + low


def bucket_of(record_id: UUID, bucket_by: str) -> str:
    """The partition of a log that holds this id, `bucket_by` being `month`, `day` or `hour`, in UTC."""
    return time_of(record_id).strftime(BUCKETS[bucket_by])


def time_of(record_id: UUID) -> datetime:
    """The time that a time-based id carries, in UTC, to the microsecond."""
    return GREGORIAN_EPOCH + timedelta(microseconds=record_id.time // TICKS_PER_MICROSECOND)


def microseconds(time: datetime) -> int:
    """`time` as whole microseconds since 1970, exactly."""
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _ticks(time: datetime) -> int:
    return (time - GREGORIAN_EPOCH) // timedelta(microseconds=1) * TICKS_PER_MICROSECOND


def _time_based(ticks: int, low: int) -> UUID:
    time_low, time_mid, time_high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF | 0x1000
    return UUID(int=time_low << 96 | time_mid << 80 | time_high << 64 | low)

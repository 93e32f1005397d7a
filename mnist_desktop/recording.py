"""Turns readings into records of the log, one for each digit: the one place where the two meet."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from mnist_desktop.ink.drawing import Drawing, DrawingError, from_json, to_json
from mnist_desktop.log.changes import deletion_mark
from mnist_desktop.log.record import Record, Source, microseconds, new_id, time_of
from mnist_desktop.recognition.reader import NumberReading, Reading

Box = tuple[float, float, float, float]
"""x, y, width and height."""

MAX_INK_BYTES = 16_000_000
"""Unpacked size of a record's ink at which unpacking stops: twice what the largest drawing takes. Another program may
have written the record, and a bomb of a few kilobytes must not fill memory."""


@dataclass(frozen=True, kw_only=True)
class Logged:
    """What the log holds of one drawing or picture."""

    boxes: tuple[Box | None, ...]
    """Where its digits were read last, in reading order; not the readings, with which a picture's ink would stay."""
    records: tuple[Record | None, ...]
    """Of each position that there ever was; marked deleted where it is gone, None where a person deleted it."""

    @property
    def shown(self) -> tuple[Record, ...]:
        """The records of the digits that there are, in reading order."""
        return tuple(record for record in self.records if record is not None and not record.deleted)


def first_record(reading: Reading, *, source: Source, name: str | None, device: str, now: datetime) -> Record:
    """The record of a reading just finished, under a new id; a ValueError for a blank one, which is not logged."""
    record_id = new_id(now)
    return Record(
        id=record_id,
        version=microseconds(time_of(record_id)),
        source=source,
        name=name,
        device=device,
        **_content(reading),
    )


def first_records(
    number: NumberReading, *, source: Source, name: str | None, device: str, now: datetime
) -> list[Record]:
    """A record for each digit of a number just read, tied by `drawing` and `position`; none when it is blank.

    One digit alone is recorded as it always was, tied to nothing.
    """
    if not _readings(number):
        return []
    return list(extended(None, number, source=source, name=name, device=device, now=now).shown)


def extended(
    before: Logged | None, number: NumberReading, *, source: Source, name: str | None, device: str, now: datetime
) -> Logged:
    """What the log is to hold of a drawing or picture that is `number` now; a ValueError when that is blank.

    Each position keeps its record, in a next version where anything about it is different. A position that is gone is
    marked deleted, and takes its record up again when it comes back. What a person said of a digit goes along with its
    ink, should another one come before it.
    """
    readings = _readings(number)
    if not readings:
        raise ValueError("A blank reading makes no record.")
    held = () if before is None else before.records
    drawing = next((record.drawing for record in held if record is not None and record.drawing is not None), None)
    if drawing is None and len(readings) > 1:
        drawing = new_id(now)
    said = {} if before is None else _said(before, number)
    records: list[Record | None] = []
    for position, reading in enumerate(readings):
        record = held[position] if position < len(held) else None
        tie: _Tie = {"drawing": drawing, "position": None if drawing is None else position}
        if record is not None:
            corrected = said.get(position, record.corrected or "")
            fields = {**_content(reading), **tie, "name": name, "deleted": False}
            records.append(_next_version(record, corrected, now, fields))
        else:
            # Read in the order of their times, too.
            at = now + timedelta(microseconds=position)
            record = first_record(reading, source=source, name=name, device=device, now=at)
            records.append(replace(record, corrected=said.get(position) or None, **tie))
    gone = (
        record if record is None or record.deleted else deletion_mark(record, now) for record in held[len(readings) :]
    )
    return Logged(boxes=boxes_of(number), records=(*records, *gone))


def boxes_of(number: NumberReading) -> tuple[Box | None, ...]:
    """Where each digit of `number` is, in reading order; None for what is blank."""
    return tuple(placed.box for placed in number.digits)


def _readings(number: NumberReading) -> list[Reading]:
    return [placed.reading for placed in number.digits if placed.reading.prediction is not None]


def _next_version(record: Record, corrected: str, now: datetime, fields: Mapping[str, object]) -> Record:
    """`record` with these `fields`; itself where it has them already."""
    if corrected == (record.corrected or "") and all(getattr(record, name) == value for name, value in fields.items()):
        return record
    return record.changed(now, corrected=corrected, **fields)


def _said(before: Logged, number: NumberReading) -> dict[int, str]:
    """What a person said of the ink that is at each position now; nothing of a position where it is the same ink."""
    corrected = {
        position: record.corrected or ""
        for position, record in enumerate(before.records)
        if record is not None and not record.deleted
    }
    if not any(corrected.values()) or len(before.boxes) == len(number.digits) == 1:
        return {}
    moves = _moves(before.boxes, boxes_of(number))
    left = dict.fromkeys(corrected, "")
    return {**left, **{place: corrected[position] for position, place in moves.items() if position in corrected}}


def _moves(before: Sequence[Box | None], now: Sequence[Box | None]) -> dict[int, int]:
    """Which of the boxes `now` each of those `before` has become: each is the other's nearest, and they touch."""
    old = {place: box for place, box in enumerate(before) if box is not None}
    new = {place: box for place, box in enumerate(now) if box is not None}
    if not old or not new:
        return {}
    back = {place: min(old, key=lambda other: _distance(box, old[other])) for place, box in new.items()}
    moves = {}
    for place, box in old.items():
        nearest = min(new, key=lambda other: _distance(box, new[other]))
        if back[nearest] == place and _touch(box, new[nearest]):
            moves[place] = nearest
    return moves


def _distance(one: Box, other: Box) -> float:
    """How far apart the middles of two boxes are."""
    return math.dist((one[0] + one[2] / 2, one[1] + one[3] / 2), (other[0] + other[2] / 2, other[1] + other[3] / 2))


def _touch(one: Box, other: Box) -> bool:
    return all(
        one[axis] <= other[axis] + other[axis + 2] and other[axis] <= one[axis] + one[axis + 2] for axis in (0, 1)
    )


def pack_ink(drawing: Drawing) -> bytes:
    """A drawing as a record keeps it: zlib-compressed JSON strokes."""
    return zlib.compress(to_json(drawing).encode())


def unpack_ink(ink: bytes) -> Drawing:
    """The drawing that `pack_ink` kept; a DrawingError when these bytes are no such drawing."""
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(ink, MAX_INK_BYTES)
    except zlib.error as error:
        raise DrawingError("The ink of this record is damaged: it cannot be unpacked.") from error
    if not unpacking.eof:
        raise DrawingError("The ink of this record is damaged or too large: it does not end.")
    return from_json(text).drawing


class _Tie(TypedDict):
    """What ties the records of one number together."""

    drawing: UUID | None
    position: int | None


class _Content(TypedDict):
    """The fields of a record that follow from a reading, and change with it."""

    digit: int
    label: str
    confidence: float
    probabilities: tuple[float, ...]
    verdict: str
    model: str
    glyph: bytes
    ink: bytes | None
    preparation: str | None


def _content(reading: Reading) -> _Content:
    if reading.glyph is None or reading.prediction is None:
        raise ValueError("A blank reading makes no record.")
    return {
        "digit": reading.prediction.best,
        "label": reading.prediction.label,
        "confidence": reading.prediction.confidence,
        "probabilities": reading.prediction.probabilities,
        "verdict": reading.verdict.value,
        "model": reading.model,
        "glyph": reading.glyph.to_png(),
        "ink": None if reading.drawing is None else pack_ink(reading.drawing),
        "preparation": _preparation(reading),
    }


def _preparation(reading: Reading) -> str | None:
    isolated = reading.isolated
    if isolated is None:
        return None
    used = {"box": isolated.box, "polarity": isolated.polarity, "threshold": round(isolated.threshold, 4)}
    # What the person decided of it: {"part": [x, y, w, h], "polarity": "light on dark", "threshold": -0.25}.
    chosen = {name: value for name, value in asdict(isolated.choices).items() if value}
    return json.dumps({**used, "chosen": chosen} if chosen else used, separators=(",", ":"))

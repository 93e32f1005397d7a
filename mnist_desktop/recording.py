"""Turns a reading into a record of the log: the one place where the two meet."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from mnist_desktop.ink.drawing import Drawing, DrawingError, from_json, to_json
from mnist_desktop.log.record import Record, Source, microseconds, new_id, time_of
from mnist_desktop.recognition.reader import NumberReading, Reading

MAX_INK_BYTES = 16_000_000
"""Unpacked size of a record's ink at which unpacking stops: twice what the largest drawing takes. Another program may
have written the record, and a bomb of a few kilobytes must not fill memory."""


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
    readings = [placed.reading for placed in number.digits if placed.reading.prediction is not None]
    records = [first_record(reading, source=source, name=name, device=device, now=now) for reading in readings]
    if len(records) < 2:
        return records
    drawing = new_id(now)
    return [replace(record, drawing=drawing, position=position) for position, record in enumerate(records)]


def extended_record(previous: Record, reading: Reading, now: datetime) -> Record:
    """The next version of `previous`, for the reading of a drawing that went on."""
    return previous.changed(now, **_content(reading))


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
    return json.dumps(
        {"box": isolated.box, "polarity": isolated.polarity, "threshold": round(isolated.threshold, 4)},
        separators=(",", ":"),
    )

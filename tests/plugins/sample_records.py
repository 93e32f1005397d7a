"""Makes records for the tests of the log: each like one that the program saves, all from one seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from mnist_desktop.log.query import Filters
from mnist_desktop.log.record import Record, Source, microseconds, new_id

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_record(time: datetime | None = None, **fields: Any) -> Record:
    """A record of `time` (now, when none is given), with `fields` as they are asked for."""
    made = time or datetime.now(UTC)
    given: dict[str, Any] = {
        "id": new_id(made),
        "version": microseconds(made),
        "digit": 7,
        "label": "7",
        "confidence": 0.5,
        "probabilities": (0.0625,) * 7 + (0.5, 0.0625, 0.0),
        "verdict": "digit",
        "source": Source.CANVAS,
        "model": "digits",
        "device": "quiet-owl",
        "glyph": b"\x89PNG glyph",
        "ink": b"strokes",
    }
    return Record(**given | fields)


def make_records(count: int, seed: int = 1, span: timedelta = timedelta(days=70)) -> Sequence[Record]:
    """Different records, oldest first, spread over `span` from START."""
    chance = random.Random(seed)
    records = []
    for position in range(count):
        digit = chance.randrange(10)
        source = chance.choice(list(Source))
        records.append(
            make_record(
                START + span * position / count,
                digit=digit,
                label=str(digit),
                # Halves, quarters …: the same in the server's 32 bits as in Python's 64.
                confidence=chance.randrange(17) / 16,
                verdict=chance.choice(["digit", "digit", "unsure"]),
                source=source,
                name=None if source == Source.CANVAS else chance.choice(["Scan 4.png", "straße.JPG", "x" * 200]),
                device=chance.choice(["quiet-owl", "red-fox"]),
                corrected=chance.choice([None, None, None, "", "8"]),
                deleted=chance.random() < 0.05,
            )
        )
    return records


EVERY_FILTER = [
    Filters(),
    Filters(digit=3),
    Filters(source=Source.FILE),
    Filters(digit=3, source=Source.CANVAS),
    Filters(verdict="unsure"),
    Filters(device="red-fox"),
    Filters(below=0.25),
    Filters(corrected=True),
    Filters(name="SCAN"),
    Filters(name="STRASSE"),
    Filters(since=START + timedelta(days=20)),
    Filters(until=START + timedelta(days=20)),
    Filters(since=START + timedelta(days=10), until=START + timedelta(days=50), verdict="digit", below=0.9, name="4"),
    Filters(since=START + timedelta(days=10), until=START + timedelta(days=30), verdict="digit", below=0.9, digit=1),
    Filters(digit=11),
]
"""Each filter alone, and several together, for what `make_records` makes."""

"""Turns entries of the log into lines of JSON or CSV, as listings and exports have them."""

from __future__ import annotations

import csv
import json
import math
from typing import Any, TextIO

from mnist_desktop.log.query import Entry

FIELDS = (
    "id",
    "time",
    "digit",
    "label",
    "confidence",
    "verdict",
    "source",
    "name",
    "model",
    "corrected",
    "device",
    "delivered",
)

JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Lines:
    """Writes entries to a file, a line each; CSV begins with the names of the fields."""

    def __init__(self, out: TextIO, *, as_csv: bool) -> None:
        self._out = out
        self._table = csv.DictWriter(out, FIELDS) if as_csv else None
        if self._table is not None:
            self._table.writeheader()

    def write(self, entry: Entry) -> None:
        """Add one line; an OSError when the disk does not take it."""
        fields = fields_of(entry)
        if self._table is None:
            self._out.write(JSON.encode(fields) + "\n")
        else:
            self._table.writerow({name: _harmless(value) for name, value in fields.items()})


def fields_of(entry: Entry) -> dict[str, Any]:
    """What a listing says of a record, in the order of FIELDS."""
    record = entry.record
    return {
        "id": str(record.id),
        "time": record.time.isoformat().replace("+00:00", "Z"),
        "digit": record.digit,
        "label": record.label,
        # JSON has no word for what is no number.
        "confidence": record.confidence if math.isfinite(record.confidence) else None,
        "verdict": record.verdict,
        "source": record.source.value,
        "name": record.name,
        "model": record.model,
        # Empty when a correction was taken back.
        "corrected": record.corrected or None,
        "device": record.device,
        "delivered": entry.delivered,
    }


def _harmless(value: object) -> object:
    """A text, such as another desktop's file name, that a spreadsheet does not run as a formula (OWASP, CSV
    injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value

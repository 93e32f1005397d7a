"""Turns a bound of the confidence into the places of the records below it, newest first.

An index keeps the records of one band of confidence by time. All bands below the bound are merged: of the newest record
of each, the newest is taken, and the next of its band takes its place.
"""
# ruff: noqa: S608 - statements are put together from this module's own words; values are always bound.

from __future__ import annotations

import math
import sqlite3

from mnist_desktop.log.journal_rows import SHOWN, Place

BAND = "CAST(confidence * 100 - 1e-9 AS INTEGER) + CAST(max(confidence - 0.99, 0) * 1000 - 1e-9 AS INTEGER)"
"""Confidence in whole per cent, and the last of them, in which networks are most of the time, in tenths; in the words
of its index. The shift keeps all that lies below a bound out of the band above it, whatever its binary fraction is."""

NEXT_IN_BAND = f"""SELECT max(key) FROM record INDEXED BY record_band
    WHERE log = :log AND {BAND} = band AND {SHOWN} AND key >= :oldest AND key"""

MERGE = f"""WITH RECURSIVE
    bands (band) AS (SELECT 0 UNION ALL SELECT band + 1 FROM bands WHERE band < :last),
    newest (band, key) AS (
        SELECT band, ({NEXT_IN_BAND} < :newest) AS key FROM bands
        UNION ALL
        SELECT band, ({NEXT_IN_BAND} < newest.key) FROM newest WHERE newest.key IS NOT NULL
        ORDER BY 2 DESC LIMIT :count
    )
    SELECT record.key, record.rowid FROM newest CROSS JOIN record INDEXED BY record_band
        ON record.log = :log AND {BAND} = newest.band AND record.key = newest.key AND {SHOWN}"""


def places_below(
    connection: sqlite3.Connection, log: int, below: float, newest: bytes, oldest: bytes, count: int
) -> list[Place]:
    """At most `count` places with keys below `newest` and not below `oldest`, newest first; of the records in the band
    of `below` some may have more confidence than that, unless it is a whole per cent or one of the last tenths."""
    last = band_of(min(math.nextafter(below, -math.inf), 1.0))
    bound = {"log": log, "last": last, "newest": newest, "oldest": oldest, "count": count}
    return list(connection.execute(MERGE, bound))


def band_of(confidence: float) -> int:
    """What BAND makes of it."""
    return int(confidence * 100 - 1e-9) + int(max(confidence - 0.99, 0) * 1000 - 1e-9)

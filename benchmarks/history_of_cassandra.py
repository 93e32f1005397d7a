"""The first and the 100th page of History from Cassandra, over 24 months, with a million records against ten thousand.

Filters that the server decides are measured beside it.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "plugins"))

from cassandra_node import server_for

from mnist_desktop.log.attempt import reach
from mnist_desktop.log.options import LogOptions
from mnist_desktop.log.query import Filters
from mnist_desktop.log.record import Record, Source, microseconds, new_id
from mnist_desktop.log.sending import Flight
from mnist_desktop.log.table import Table

KEYSPACE = "mnist_desktop_benchmark"

SMALL = 10_000

PAGE = 100
"""Records that History asks for at once."""

FAR = 100
"""The last page that is measured."""

MONTHS = 24

BATCH = 5_000

FILTERS = {
    "digit": Filters(digit=3),
    "digit_and_source": Filters(digit=3, source=Source.FILE),
    "unsure_below_half": Filters(verdict="unsure", below=0.5),
    "one_in_a_thousand": Filters(device="rare"),
}


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Milliseconds that pages took, the median of the rounds."""

    first: float
    far: float


def make_records(count: int) -> Iterator[Record]:
    """Records as the program makes them, spread evenly over the months, oldest first."""
    chance = random.Random(0)
    start = datetime(2024, 12, 1, tzinfo=UTC)
    for position in range(count):
        made = start + timedelta(days=730) * position / count
        digit = chance.randrange(10)
        confidence = chance.random()
        yield Record(
            id=new_id(made), version=microseconds(made), digit=digit, label=str(digit), confidence=confidence,
            probabilities=(confidence, *(0.05,) * 9), verdict="digit" if chance.random() < 0.9 else "unsure",
            source=chance.choice(list(Source)), model="digits", device="rare" if position % 1000 == 0 else "often",
            glyph=chance.randbytes(180), ink=chance.randbytes(400),
        )  # fmt: skip


def fill(table: Table, count: int) -> None:
    """Write them, as delivery does."""
    records = make_records(count)
    noted: set[str] = set()
    while batch := tuple(islice(records, BATCH)):
        buckets = {table.bucket(record) for record in batch} - noted
        table.note_buckets(sorted(buckets))
        noted |= buckets
        while batch:
            flight = Flight(table, threading.Event())
            flight.add(batch)
            delivered = set(flight.take(len(batch)).delivered)
            batch = tuple(record for record in batch if record not in delivered)


def page_by_page(table: Table, filters: Filters, pages: int) -> list[float]:
    """Milliseconds that each of the first pages took; fewer when there are no more."""
    taken: list[float] = []
    before: UUID | None = None
    while len(taken) < pages:
        begun = time.perf_counter()
        stretch = table.newest(before, filters, PAGE)
        taken.append((time.perf_counter() - begun) * 1000)
        before = stretch.reached
        if before is None:
            break
    return taken


def measure(tables: dict[int, Table], filters: Filters, pages: int, rounds: int) -> dict[int, Pages]:
    """Both logs in turn, so that a busy moment hits both; the first round warms up."""
    firsts: dict[int, list[float]] = {count: [] for count in tables}
    lasts: dict[int, list[float]] = {count: [] for count in tables}
    for number in range(rounds + 1):
        for count, table in tables.items():
            taken = page_by_page(table, filters, pages)
            if number:
                firsts[count].append(taken[0])
                # Of one page alone a median says little: the last ten that were asked for.
                lasts[count].append(statistics.median(taken[max(0, pages - 10) :] or taken[-1:]))
    return {
        count: Pages(first=statistics.median(firsts[count]), far=statistics.median(lasts[count])) for count in tables
    }


def main() -> None:
    """Print the figures; exit code 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--at-most", type=float, default=2.0, help="times a page of the small log")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures: dict[str, float] = {"records": float(arguments.records)}
    with tempfile.TemporaryDirectory() as folder, server_for(KEYSPACE) as address:
        connections = {}
        for count in (SMALL, arguments.records):
            options = LogOptions(
                journal=Path(folder, "none.sqlite"), hosts=(address,), keyspace=KEYSPACE, log=f"size-{uuid4().hex[:8]}"
            )
            connections[count] = reach(options, threading.Event())
            fill(connections[count].table, count)
        tables = {count: connection.table for count, connection in connections.items()}
        # The small log ends at its 100th page, which is its last.
        small, large = measure(tables, Filters(), FAR, arguments.rounds).values()
        figures |= {
            "first_page_ms": round(large.first, 1),
            "first_page_per_small": round(large.first / small.first, 2),
            "page_100_ms": round(large.far, 1),
            "page_100_per_small": round(large.far / small.far, 2),
        }
        for name, filters in FILTERS.items():
            small, large = measure(tables, filters, 1, arguments.rounds).values()
            figures[f"{name}_ms"] = round(large.first, 1)
            figures[f"{name}_per_small"] = round(large.first / small.first, 2)
        for connection in connections.values():
            connection.close()
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, figure in figures.items():
            sys.stdout.write(f"{name:32} {figure}\n")
    kept = max(figures["first_page_per_small"], figures["page_100_per_small"]) <= arguments.at_most
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()

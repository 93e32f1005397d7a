"""First page of History from a journal of ten million records, against that of one of ten thousand, filter by filter.

Both journals are made here, in a temporary folder: 1.1 kB a record, so ten million need 12 GB and some five minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sqlite3
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from mnist_desktop.log.journal import Journal
from mnist_desktop.log.journal_names import add_names
from mnist_desktop.log.journal_rows import COLUMNS
from mnist_desktop.log.query import Filters
from mnist_desktop.log.record import Record, Source, compare_key, first_id, microseconds, new_id

START = datetime(2024, 11, 1, tzinfo=UTC)

SPAN = timedelta(days=730)

PAGE = 100

SIGNS = 0x8080808080808080
"""The sign bits of eight bytes: a key has them flipped."""

RARE = 1_000
"""One record in so many passes a filter."""

BYTES_A_RECORD = 1_200
"""Measured: 1.1 kB, and room to sort the indexes."""

ROWS_AT_ONCE = 20_000

MOST_MILLISECONDS = 50.0
MOST_TIMES = 1.5
MOST_TIMES_FILTERED = 3.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """A filter, and where what passes it lies."""

    name: str
    where: str
    filters: Filters


CASES = (
    Case(name="digit", where="everywhere", filters=Filters(digit=7)),
    Case(name="digit", where="oldest half", filters=Filters(digit=8)),
    Case(name="verdict", where="everywhere", filters=Filters(verdict="unsure")),
    Case(name="verdict", where="oldest half", filters=Filters(verdict="doubtful")),
    Case(name="source", where="everywhere", filters=Filters(source=Source.FILE)),
    Case(name="source", where="oldest half", filters=Filters(source=Source.CLIPBOARD)),
    Case(name="device", where="everywhere", filters=Filters(device="red-fox")),
    Case(name="device", where="oldest half", filters=Filters(device="grey-cat")),
    Case(name="below", where="everywhere", filters=Filters(below=0.6)),
    Case(name="below", where="oldest half", filters=Filters(below=0.25)),
    Case(name="name", where="everywhere", filters=Filters(name="Kitchen")),
    Case(name="name", where="oldest half", filters=Filters(name="garden")),
    Case(name="corrected", where="everywhere", filters=Filters(corrected=True)),
    Case(name="date", where="oldest half", filters=Filters(since=START + SPAN * 0.2, until=START + SPAN * 0.201)),
)


class Sampler:
    """Makes rows as the journal keeps them, without the detour over a Record, which would take most of the time."""

    def __init__(self, count: int) -> None:
        self._count = count
        chance = random.Random(1)
        self._glyphs = [chance.randbytes(160) for _ in range(1_000)]
        self._inks = [chance.randbytes(300) for _ in range(1_000)]
        self._lows = [chance.getrandbits(62) | 1 << 63 for _ in range(997)]
        self._confidences = [0.7 + chance.random() * 0.3 for _ in range(997)]
        self._probabilities = struct.pack("<10d", 0.9, *[0.0] * 9)
        self._first = first_id(START).time

    def rows(self, identity: UUID) -> Iterator[tuple[object, ...]]:
        """Delivered records, oldest first. Each filter passes its own thousandth of all, or its own five-hundredth of
        the oldest half."""
        started, step = microseconds(START), SPAN // timedelta(microseconds=1) // self._count
        for position in range(self._count):
            ticks, low = self._first + position * step * 10, self._lows[position % 997]
            everywhere, oldest = position % RARE, position % (RARE // 2) if position < self._count // 2 else -1
            made = started + position * step
            name = _name(position, everywhere, oldest)
            yield (
                1,
                ticks.to_bytes(8) + (low ^ SIGNS).to_bytes(8),
                (ticks & 0xFFFFFFFF) .to_bytes(4) + (ticks >> 32 & 0xFFFF).to_bytes(2)
                + (ticks >> 48 | 0x1000).to_bytes(2) + low.to_bytes(8),
                made,
                7 if everywhere == 0 else 8 if oldest == 100 else position % 7,
                "0",
                0.5 if everywhere == 4 else 0.2 if oldest == 104 else self._confidences[position % 997],
                self._probabilities,
                "unsure" if everywhere == 1 else "doubtful" if oldest == 101 else "digit",
                "file" if everywhere == 2 else "clipboard" if oldest == 102 else "canvas",
                name,
                "digits",
                self._glyphs[position % 1000],
                None if name else self._inks[position * 7 % 1000],
                None,
                None,
                None,
                "3" if oldest == 106 or (oldest < 0 and everywhere == 6) else None,
                0,
                "red-fox" if everywhere == 3 else "grey-cat" if oldest == 103 else "quiet-owl",
                "delivered",
                identity.bytes,
                made,
            )  # fmt: skip


def _name(position: int, everywhere: int, oldest: int) -> str | None:
    if everywhere == 5:
        return f"kitchen table {position}.png"
    if oldest == 105:
        return f"garden {position}.png"
    return f"IMG_{20240101 + position // 50_000}_{position % 1_000_000:06d}.jpg" if position % 4 == 0 else None


def fill(path: Path, count: int, tell: Callable[[str], None]) -> None:
    """Make a journal of the program's own schema with `count` records in it; indexes are built after the rows."""
    journal = Journal(path, "default")
    identity = first_id(START)
    journal.adopt(identity)
    journal.close()
    connection = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE",
                    "cache_size = -500000", "threads = 2"):  # fmt: skip
        connection.execute(f"PRAGMA {setting}")
    later = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = 'record' AND type <> 'table' AND sql IS NOT NULL"
    ).fetchall()
    for kind, name, _ in later:
        connection.execute(f"DROP {kind} {name}")
    columns = ("log", "key", *COLUMNS, "state", "delivered_to", "delivered_at")
    statement = f"INSERT INTO record ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    tell("rows")
    connection.execute("BEGIN")
    connection.executemany(statement, Sampler(count).rows(identity))
    connection.execute("UPDATE tally SET records = ? WHERE log = 1 AND state = 'delivered'", (count,))
    connection.execute("COMMIT")
    for _, name, sql in later:
        tell(name)
        connection.execute(sql)
    tell("names")
    named = connection.execute("SELECT key, name FROM record WHERE name IS NOT NULL ORDER BY key")
    while some := named.fetchmany(ROWS_AT_ONCE):
        connection.execute("BEGIN")
        add_names(connection, 1, some)
        connection.execute("COMMIT")
    connection.close()


def milliseconds(rounds: int, *works: Callable[[], object]) -> list[float]:
    """The median of some repetitions of each; all in turn, so that a busy minute hits all."""
    passed: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for times, work in zip(passed, works, strict=True):
            begun = time.perf_counter()
            work()
            times.append((time.perf_counter() - begun) * 1000)
    return [statistics.median(times) for times in passed]


def open_anew(path: Path) -> None:
    """What a start of the program does before it can save."""
    journal = Journal(path, "default")
    journal.counts()
    journal.close()


@dataclass(frozen=True, kw_only=True)
class Figure:
    """How long something took in the large journal, and something else beside it in the small one."""

    large: float
    """Milliseconds."""
    small: float
    most: float | None = None
    """How many times as long it may take."""

    @property
    def kept(self) -> bool:
        """Whether it took no longer than it may."""
        return self.most is None or (self.large <= self.most * self.small and self.large <= MOST_MILLISECONDS)


def measure(large: Path, small: Path, rounds: int) -> dict[str, Figure]:
    """A figure for each thing that is done; pages are compared with the small journal's first page."""
    here, there = Journal(small, "default"), Journal(large, "default")

    def page(filters: Filters, most: float) -> Figure:
        found = len(there.newest(None, filters, PAGE).entries)
        assert found == min(PAGE, there.counts().delivered // RARE), f"{filters}: {found} found"
        inside, beside = milliseconds(
            rounds, lambda: there.newest(None, filters, PAGE), lambda: here.newest(None, Filters(), PAGE)
        )
        return Figure(large=inside, small=beside, most=most)

    figures = {"first page": page(Filters(), MOST_TIMES)}
    for case in CASES:
        figures[f"{case.name}, {case.where}"] = page(case.filters, MOST_TIMES_FILTERED)
    take_back_late_corrections(large)
    figures["corrected, oldest half"] = page(Filters(corrected=True), MOST_TIMES_FILTERED)
    for name, work in (
        ("page of 1,000", lambda journal: journal.newest(None, Filters(), 10 * PAGE)),
        ("save", lambda journal: journal.save([changed(journal)])),
    ):
        inside, beside = milliseconds(rounds // 2, lambda work=work: work(there), lambda work=work: work(here))  # type: ignore[misc]  # a default in a lambda
        figures[name] = Figure(large=inside, small=beside)
    here.close()
    there.close()
    inside, beside = milliseconds(5, lambda: open_anew(large), lambda: open_anew(small))
    figures["open"] = Figure(large=inside, small=beside)
    return figures


def changed(journal: Journal) -> Record:
    """A new record with a name, made from the newest."""
    (newest,) = journal.newest(None, Filters(), 1).entries
    return replace(newest.record, id=new_id(datetime.now(UTC)), name="one more.png")


def take_back_late_corrections(path: Path) -> None:
    """Leave corrections in the oldest half only."""
    middle = compare_key(first_id(START + SPAN / 2))
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE record SET corrected = '' WHERE key IN (SELECT key FROM record INDEXED BY record_corrected"
            " WHERE log = 1 AND corrected <> '' AND deleted = 0 AND verdict <> '' AND key >= ?)",
            (middle,),
        )
    connection.close()


def main() -> None:
    """Print the figures; exit code 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=101)
    parser.add_argument("--folder", type=Path, help="where there is room (default: the system's temporary folder)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    needed, folder = arguments.records * BYTES_A_RECORD, arguments.folder or Path(tempfile.gettempdir())
    if shutil.disk_usage(folder).free < needed:
        sys.exit(f"{folder} has no room for {needed / 1e9:.1f} GB; name another folder with --folder.")
    with tempfile.TemporaryDirectory(dir=folder) as home:
        # SQLite sorts in files; the system's temporary folder may be smaller than the one that was named.
        os.environ["SQLITE_TMPDIR"] = home
        large, small = Path(home, "large.sqlite"), Path(home, "small.sqlite")
        begun = time.monotonic()

        def tell(what: str) -> None:
            print(f"{time.monotonic() - begun:5.0f} s  {what}", file=sys.stderr)

        fill(small, arguments.small, lambda _: None)
        fill(large, arguments.records, tell)
        tell("made")
        figures = measure(large, small, arguments.rounds)
        size = large.stat().st_size / arguments.records
    if arguments.json:
        print(json.dumps({name: asdict(figure) for name, figure in figures.items()} | {"bytes_a_record": size}))
    else:
        for name, figure in figures.items():
            times, verdict = figure.large / figure.small, "" if figure.kept else "too slow"
            print(f"{name:28} {figure.large:8.2f} ms ÷ {figure.small:8.2f} ms = {times:6.2f} {verdict}".rstrip())
        print(f"{'bytes a record':28} {size:8.0f}")
    sys.exit(0 if all(figure.kept for figure in figures.values()) else 1)


if __name__ == "__main__":
    main()

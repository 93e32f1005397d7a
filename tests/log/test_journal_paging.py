"""Pages of the journal hold what looking at every record would find, and each filter is led by an index."""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from journal_looking import everything
from sample_records import EVERY_FILTER, START, make_record, make_records

from mnist_desktop.log import journal_search
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.journal_bands import BAND, band_of, places_below
from mnist_desktop.log.journal_search import AFTER_ALL
from mnist_desktop.log.query import Filters
from mnist_desktop.log.record import Record, Source, compare_key


@pytest.mark.parametrize("filters", EVERY_FILTER, ids=str)
def test_paging_with_filters_finds_the_same_as_looking_at_every_record(
    journal: Journal, filters: Filters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_search, "SCAN", 40)
    records = make_records(300)
    journal.save(records)
    expected = [record for record in records[::-1] if filters.match(record)]
    assert everything(journal, filters) == expected


SINGLE: tuple[dict[str, Any], ...] = (
    {"digit": 3}, {"source": Source.FILE}, {"verdict": "unsure"}, {"device": "red-fox"}, {"below": 0.6},
    {"below": 0.3125}, {"below": 0.0}, {"below": 2.0}, {"corrected": True}, {"name": "scan"}, {"name": "xx"},
    {"name": "no such"}, {"name": "4.p"}, {"name": 'scan" OR "str'}, {"since": START + timedelta(days=5)},
    {"until": START + timedelta(days=60)},
)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_any_filters_together_find_what_looking_at_every_record_would_in_any_order_of_saving(
    path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_search, "SCAN", 60)
    monkeypatch.setattr(journal_search, "MOST_PLACES", 16)
    chance = random.Random(seed)
    # Many in one moment, as of one sheet, and many at the very same time.
    records = [*make_records(200, seed), *make_records(60, seed, timedelta(seconds=1))]
    records += [make_record(START, name=f"scan {number}.png", digit=number % 10) for number in range(20)]
    chance.shuffle(records)
    journal, other = Journal(path, "default"), Journal(path, "school")
    other.save(make_records(50, seed + 100))
    for start in range(0, len(records), 7):
        journal.save(records[start : start + 7])
    identity = uuid4()
    journal.adopt(identity)
    delivered = chance.sample(records, 140)
    journal.mark_delivered(delivered, identity, datetime.now(UTC))
    gone = {record.id for record in sorted(delivered, key=lambda one: compare_key(one.id))[:30]}
    assert journal.prune(110) == 30
    records = sorted((one for one in records if one.id not in gone), key=lambda one: compare_key(one.id), reverse=True)
    there = {record.id for record in delivered}
    for _ in range(25):
        fields = {name: value for one in chance.sample(SINGLE, chance.randint(0, 3)) for name, value in one.items()}
        filters = Filters(**fields)
        expected = [record for record in records if filters.match(record)]
        assert everything(journal, filters, chance.choice([1, 5, 400])) == expected, filters
        waiting = [record for record in expected if record.id not in there]
        assert everything(journal, filters, 6, undelivered=True) == waiting, filters
    journal.close()
    other.close()


def test_a_page_for_rare_records_looks_at_no_more_than_a_bounded_number_and_says_how_far(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_search, "SCAN", 100)
    records = make_records(500)
    journal.save(records)
    # Two letters have no index of their own.
    stretch = journal.newest(None, Filters(name="~~"), 50)
    assert stretch.entries == ()
    assert stretch.reached is not None
    looked_at = [one for one in records if compare_key(one.id) >= compare_key(stretch.reached)]
    assert 100 <= len(looked_at) <= 200


BOUNDS = [*(per_cent / 100 for per_cent in range(1, 100)), *(tenth / 1000 for tenth in range(990, 1000))]


def test_no_record_above_a_bound_in_whole_per_cents_or_the_last_tenths_is_in_a_band_below_it() -> None:
    assert [bound for bound in BOUNDS if band_of(math.nextafter(bound, 0)) >= band_of(bound + 1e-10)] == []


def test_a_page_below_what_a_network_is_most_of_the_time_sure_of_looks_at_no_more_than_it_shows(
    journal: Journal, path: Path
) -> None:
    records = [
        make_record(START + timedelta(seconds=number), confidence=0.99875 if number % 50 == 0 else 0.99975)
        for number in range(1_000)
    ]
    journal.save(records)
    connection = sqlite3.connect(path)
    found = places_below(connection, 1, 0.999, AFTER_ALL, b"", 1_000)
    connection.close()
    assert [key for key, _ in found] == [compare_key(record.id) for record in records[::50][::-1]]


def test_the_band_of_a_confidence_is_the_same_in_the_index() -> None:
    chance = random.Random(1)
    confidences = [*(chance.random() for _ in range(500)), *(1 - chance.random() / 100 for _ in range(500)), *BOUNDS]
    connection = sqlite3.connect(":memory:")
    for confidence in (0.0, 1.0, *confidences):
        found = connection.execute(f"SELECT {BAND} FROM (SELECT ? AS confidence)", (confidence,)).fetchone()
        assert found == (band_of(confidence),)
    connection.close()


def test_names_that_are_gone_are_no_longer_looked_at(journal: Journal, path: Path) -> None:
    records = [make_record(START + timedelta(seconds=number), name=f"garden {number}.png") for number in range(200)]
    shared = make_record(START, name="garden 0.png")
    journal.save([*records, shared])
    identity = uuid4()
    journal.adopt(identity)
    journal.mark_delivered(records, identity, datetime.now(UTC))
    assert journal.prune(0) == 200
    asked = "SELECT count(*) FROM names WHERE names MATCH '\"gar\"'"
    with sqlite3.connect(path) as outside:
        assert outside.execute(asked).fetchone() == (1,), "of the moment that the one that is left shares"
    outside.close()
    assert everything(journal, Filters(name="garden")) == [shared]
    journal.forget_all()
    with sqlite3.connect(path) as outside:
        assert outside.execute(asked).fetchone() == (0,)
    outside.close()


def test_the_name_of_a_deleted_record_cannot_be_looked_up_any_more_and_an_undo_brings_it_back(
    journal: Journal, path: Path
) -> None:
    record, shared = (make_record(START, name=f"garden {number}.png") for number in range(2))
    other = make_record(START, name="kitchen.png")
    journal.save([record, shared, other])
    mark = record.changed(datetime.now(UTC), deleted=True, glyph=b"", ink=b"", name="")
    journal.save([mark])
    assert everything(journal, Filters(name="garden")) == [shared]
    journal.save([shared.changed(datetime.now(UTC), deleted=True, glyph=b"", ink=b"", name="")])
    with sqlite3.connect(path) as outside:
        found = [
            outside.execute("SELECT count(*) FROM names WHERE names MATCH ?", (f'"{gram}"',)).fetchone()[0]
            for gram in ("gar", "rde", "kit")
        ]
    outside.close()
    assert found == [0, 0, 1], "of a moment that another name shares"
    back = replace(record, version=mark.version).changed(datetime.now(UTC), deleted=False)
    journal.save([back])
    # An older deletion that comes late takes nothing out.
    journal.save([mark])
    assert everything(journal, Filters(name="garden")) == [back]


def test_no_statement_looks_at_the_whole_table(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[str] = []
    connect = sqlite3.connect

    def connect_and_trace(*arguments: Any, **settings: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **settings)
        assert isinstance(connection, sqlite3.Connection)
        connection.set_trace_callback(statements.append)
        return connection

    journal = Journal(path, "default")
    records = make_records(300)
    journal.save(records)
    journal.close()
    monkeypatch.setattr(sqlite3, "connect", connect_and_trace)
    exercise(journal, records)
    monkeypatch.undo()
    outside = connect(path)
    outside.create_function("holds", 2, lambda _text, _part: True)
    plans = {statement: plan_of(outside, statement) for statement in statements if "record" in statement}
    outside.close()
    assert len(plans) > 40
    scans = {statement: plan for statement, plan in plans.items() if "SCAN record" in plan}
    assert list(scans) == ["SELECT 1 FROM record LIMIT 1"], scans
    sorted_whole = [one for one, plan in plans.items() if "TEMP B-TREE" in plan and "rowid IN" not in one]
    assert all("RECURSIVE" in one for one in sorted_whole), sorted_whole


def exercise(journal: Journal, records: Sequence[Record]) -> None:
    """Ask a journal for everything that it does."""
    identity = uuid4()
    journal.save(records[:3], binned=records[:1])
    journal.binned(records[0].id)
    journal.adopt(identity)
    journal.mark_delivered(records[:250], identity, datetime.now(UTC))
    journal.versions([record.id for record in records])
    for one in SINGLE:
        everything(journal, Filters(**one), 20)
        everything(journal, Filters(**one), 20, undelivered=True)
    everything(journal, Filters(), 20)
    list(journal.backlog(7))
    journal.find(records[5].id)
    journal.quarantine(records[260], "refused")
    journal.reasons()
    journal.retry_quarantined()
    journal.doubt(60)
    journal.mark_delivered(records[:250], identity, datetime.now(UTC))
    journal.prune(200)
    journal.adopt(uuid4(), forgotten=[identity])
    journal.counts()
    journal.forget_all()
    journal.close()


def plan_of(connection: sqlite3.Connection, statement: str) -> str:
    if statement.split(None, 1)[0] not in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}:
        return ""
    return "; ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))


def test_a_bound_is_exact_to_the_record(journal: Journal) -> None:
    records = make_records(9)
    journal.save(records)
    assert everything(journal, Filters(since=records[4].time)) == [
        record for record in records[:3:-1] if not record.deleted
    ]
    assert everything(journal, Filters(until=records[4].time)) == [
        record for record in records[3::-1] if not record.deleted
    ]


def test_keys_in_the_journal_are_the_compare_keys(journal: Journal) -> None:
    record = make_record()
    journal.save([record])
    assert journal._rows("SELECT key FROM record WHERE log = ?") == [(compare_key(record.id),)]

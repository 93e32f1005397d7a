"""Pages of the journal hold what looking at every record would find, and each filter is led by an index."""

from __future__ import annotations

from datetime import timedelta

import pytest
from journal_looking import everything
from sample_records import START, make_record, make_records

from mnist_desktop.log import journal_search
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.query import Filters
from mnist_desktop.log.record import Source, compare_key


@pytest.mark.parametrize(
    "filters",
    [
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
        Filters(
            since=START + timedelta(days=10), until=START + timedelta(days=30), verdict="digit", below=0.9, digit=1
        ),
        Filters(digit=11),
    ],
    ids=str,
)
def test_paging_with_filters_finds_the_same_as_looking_at_every_record(
    journal: Journal, filters: Filters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_search, "SCAN", 40)
    records = make_records(300)
    journal.save(records)
    expected = [record for record in records[::-1] if filters.match(record)]
    assert everything(journal, filters) == expected


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

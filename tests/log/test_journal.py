"""What is saved is found again, in its latest version, and delivery is told what it needs to know."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sample_records import make_record, make_records

from mnist_desktop.log.journal import Journal


def test_a_saved_record_comes_back_as_it_was(journal: Journal) -> None:
    record = make_record(
        name="vier.png", drawing=make_record().id, position=2, preparation='{"box": 1}', corrected="9", ink=None
    )
    journal.save([record])
    found = journal.find(record.id)
    assert found is not None
    assert found.record == record
    assert not found.delivered


def test_only_a_later_version_wins_in_whatever_order_they_come(journal: Journal) -> None:
    first = make_record()
    second = first.changed(first.time, corrected="1")
    third = second.changed(first.time, corrected="2")
    journal.save([first, third, second])
    journal.save([first])
    found = journal.find(first.id)
    assert found is not None
    assert found.record == third
    assert journal.counts().pending == 1


def test_a_new_version_of_a_delivered_record_is_pending_again(journal: Journal) -> None:
    identity = uuid4()
    record = make_record()
    journal.save([record])
    journal.adopt(identity)
    journal.mark_delivered([record], identity, datetime.now(UTC))
    assert journal.pending(10) == []
    changed = record.changed(datetime.now(UTC), corrected="1")
    journal.save([changed])
    assert journal.pending(10) == [changed]


def test_an_acknowledgement_of_an_older_version_does_not_count_for_the_newer(journal: Journal) -> None:
    identity = uuid4()
    record = make_record()
    changed = record.changed(datetime.now(UTC), corrected="1")
    journal.adopt(identity)
    journal.save([changed])
    journal.mark_delivered([record], identity, datetime.now(UTC))
    assert journal.pending(10) == [changed]


def test_pending_records_come_oldest_first(journal: Journal) -> None:
    records = make_records(50)
    journal.save(records[::-1])
    assert journal.pending(20) == list(records[:20])


def test_counts_stay_true_through_everything_that_happens_to_records(journal: Journal, path: Path) -> None:
    identity = uuid4()
    records = make_records(40)
    journal.save(records)
    journal.adopt(identity)
    journal.mark_delivered(records[:30], identity, datetime.now(UTC))
    journal.quarantine(records[35], "refused")
    journal.save([records[0].changed(datetime.now(UTC), corrected="1")])
    journal.prune(20)
    counts = journal.counts()
    assert (counts.pending, counts.delivered, counts.quarantined) == (10, 20, 1)
    with sqlite3.connect(path) as outside:
        states = dict(outside.execute("SELECT state, count(*) FROM record GROUP BY state"))
    outside.close()
    assert states == {"pending": 10, "delivered": 20, "refused": 1}


def test_pruning_forgets_the_oldest_delivered_and_never_what_is_undelivered(journal: Journal) -> None:
    identity = uuid4()
    records = make_records(30)
    journal.save(records)
    journal.adopt(identity)
    journal.mark_delivered(records[5:], identity, datetime.now(UTC))
    assert journal.prune(10) == 15
    assert journal.prune(10) == 0
    assert journal.pending(100) == list(records[:5])
    assert [journal.find(record.id) is None for record in records] == [False] * 5 + [True] * 15 + [False] * 10


def test_a_log_that_comes_back_with_another_identity_makes_everything_pending(journal: Journal) -> None:
    before, after = uuid4(), uuid4()
    records = make_records(20)
    journal.save(records)
    assert journal.adopt(before) == 0
    journal.mark_delivered(records, before, datetime.now(UTC))
    assert journal.adopt(before) == 0
    assert journal.adopt(after) == 20
    assert len(journal.pending(100)) == 20
    journal.mark_delivered(records, before, datetime.now(UTC))
    assert journal.counts().delivered == 0, "an acknowledgement of the log that is gone counts nothing"


def test_what_was_acknowledged_in_the_last_minute_is_sent_again_after_what_never_was(journal: Journal) -> None:
    identity, now = uuid4(), datetime.now(UTC)
    records = make_records(6)
    journal.save(records)
    journal.adopt(identity)
    journal.mark_delivered(records[:2], identity, now - timedelta(seconds=61))
    journal.mark_delivered(records[2:4], identity, now - timedelta(seconds=59))
    journal.mark_delivered(records[4:5], identity, now)
    assert journal.doubt(60) == 3
    assert journal.pending(10) == [records[5], *records[2:5]]


def test_what_was_acknowledged_after_the_clock_was_set_back_is_sent_again_too(journal: Journal) -> None:
    identity, now = uuid4(), datetime.now(UTC)
    records = make_records(6)
    journal.save(records)
    journal.adopt(identity)
    journal.mark_delivered(records[:2], identity, now - timedelta(seconds=61))
    journal.mark_delivered(records[2:4], identity, now)
    journal.mark_delivered(records[4:], identity, now - timedelta(hours=1))
    assert journal.doubt(60) == 4
    assert journal.pending(10) == records[2:]


def test_a_quarantined_record_says_why_and_can_be_tried_again(journal: Journal) -> None:
    record = make_record()
    journal.save([record])
    journal.quarantine(record, "too large")
    assert journal.pending(10) == []
    assert journal.reasons() == ((record.id, "too large"),)
    assert journal.retry_quarantined() == 1
    assert journal.pending(10) == [record]


def test_logs_of_different_names_share_a_journal_and_nothing_else(journal: Journal, path: Path) -> None:
    other = Journal(path, "school")
    mine, theirs = make_records(2)
    journal.save([mine])
    other.save([theirs])
    assert journal.pending(10) == [mine]
    assert other.pending(10) == [theirs]
    assert other.counts().pending == 1
    other.close()


def test_names_that_are_not_text_are_kept_readable(journal: Journal) -> None:
    record = make_record(name=os.fsdecode(b"caf\xe9.png"))
    journal.save([record])
    found = journal.find(record.id)
    assert found is not None
    assert found.record.name == "caf\\udce9.png"

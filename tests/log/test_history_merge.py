"""What happens to a record between the two questions of one page: it is shown once, whichever place it moves to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sample_records import make_record

from mnist_desktop.log.history import History
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.query import Entry, Filters, Page, Stretch
from mnist_desktop.log.record import Record


class Store:
    """Cassandra as a page finds it; while it is asked, something happens to the journal."""

    def __init__(self, record: Record, meanwhile: Callable[[], object]) -> None:
        self.record = record
        self.meanwhile = meanwhile

    def newest(self, before: UUID | None, filters: Filters, limit: int) -> Stretch:
        self.meanwhile()
        entries = (Entry(record=self.record, delivered=True),) if filters.match(self.record) else ()
        return Stretch(entries=entries, reached=None)

    def versions(self, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        return {self.record.id: self.record.version} if self.record.id in ids else {}

    def find(self, record_id: UUID) -> Record | None:
        return self.record if self.record.id == record_id else None


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.sqlite", "default")


def page(journal: Journal, store: Store, filters: Filters | None = None) -> Page:
    history = History(journal=journal, unsaved=list, store=lambda: store, suspect=lambda: None)
    return history.page(None, filters or Filters(), 10)


def delivered(journal: Journal) -> Record:
    record, identity = make_record(), uuid4()
    journal.adopt(identity)
    journal.save([record])
    journal.mark_delivered([record], identity, datetime.now(UTC))
    return record


def test_what_is_to_be_sent_once_more_is_not_lost_from_sight(journal: Journal) -> None:
    record = delivered(journal)
    found = page(journal, Store(record, lambda: journal.doubt(3600)))
    assert found.entries == (Entry(record=record, delivered=True),)
    # Nor at the next look, when both places have it.
    assert page(journal, Store(record, lambda: None)).entries == found.entries


def test_what_is_delivered_meanwhile_is_shown_once(journal: Journal) -> None:
    record, identity = make_record(), uuid4()
    journal.adopt(identity)
    journal.save([record])
    store = Store(record, lambda: journal.mark_delivered([record], identity, datetime.now(UTC)))
    assert page(journal, store).entries == (Entry(record=record, delivered=True),)


@pytest.mark.parametrize(
    ("filters", "change", "shown"),
    [
        (Filters(), {"corrected": "3"}, True),
        (Filters(digit=7), {"corrected": "3"}, True),
        (Filters(digit=7), {"digit": 8}, False),
        (Filters(), {"deleted": True}, False),
    ],
)
def test_what_is_changed_meanwhile_is_shown_as_it_is_now(
    journal: Journal, filters: Filters, change: dict[str, object], shown: bool
) -> None:
    record = delivered(journal)
    changed = record.changed(datetime.now(UTC), **change)
    found = page(journal, Store(record, lambda: journal.save([changed])), filters)
    assert found.entries == ((Entry(record=changed, delivered=False),) if shown else ())


@pytest.mark.parametrize(("filters", "shown"), [(Filters(), True), (Filters(below=0.1), False)])
@pytest.mark.parametrize("deleted", [False, True])
def test_a_change_that_is_delivered_meanwhile_is_not_taken_back(
    journal: Journal, filters: Filters, shown: bool, deleted: bool
) -> None:
    """Cassandra was read before the change came, and the journal is asked after it went."""
    record, identity = make_record(confidence=0.05), uuid4()
    journal.adopt(identity)
    changed = record.changed(datetime.now(UTC), confidence=0.2, deleted=deleted)
    journal.save([changed])
    store = Store(record, lambda: journal.mark_delivered([changed], identity, datetime.now(UTC)))
    found = page(journal, store, filters)
    assert [entry.record for entry in found.entries] == ([changed] if shown and not deleted else [])

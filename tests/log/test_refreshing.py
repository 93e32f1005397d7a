"""Held copies follow what other devices have made of a record: stretch by stretch, and never backwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sample_records import make_record, make_records

from mnist_desktop.log import refreshing
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.query import Filters
from mnist_desktop.log.record import LogError, Record
from mnist_desktop.log.refreshing import Refreshing


class Store:
    """Cassandra, with what others have written to it."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = {record.id: record for record in records}
        self.away = False

    def versions(self, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        if self.away:
            raise LogError("Cassandra does not answer in time.")
        return {record_id: self.records[record_id].version for record_id in ids if record_id in self.records}

    def find(self, record_id: UUID) -> Record | None:
        return self.records.get(record_id)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / "journal.sqlite", "default")
    yield opened
    opened.close()


def hold(journal: Journal, records: Sequence[Record]) -> None:
    identity = uuid4()
    journal.adopt(identity)
    journal.save(records)
    journal.mark_delivered(records, identity, datetime.now(UTC))


def suspected() -> None:
    raise AssertionError("Nobody is suspected.")


def test_every_stretch_is_compared_and_only_what_is_later_is_taken_over(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "STRETCH", 10)
    records = make_records(35)
    hold(journal, records)
    now = datetime.now(UTC)
    later = [record.changed(now, corrected="9", deleted=False) for record in records[::4]]
    store = Store([*records, *later])
    steps = Refreshing(journal, store, suspected)
    assert [steps.step() for _ in range(5)] == [True, True, True, True, False]
    held = [journal.find(record.id) for record in records]
    assert [entry and entry.record for entry in held] == [store.records[record.id] for record in records]
    assert all(entry and entry.delivered for entry in held)
    assert journal.counts().pending == 0


def test_what_was_changed_here_meanwhile_is_not_overwritten(journal: Journal) -> None:
    record, other = make_record(), make_record()
    hold(journal, [record, other])
    now = datetime.now(UTC)
    theirs = record.changed(now, corrected="1")
    ours = theirs.changed(now, corrected="2")
    journal.save([ours])
    assert not Refreshing(journal, Store([theirs, other]), suspected).step()
    held = journal.find(record.id)
    assert held is not None
    assert (held.record, held.delivered) == (ours, False)


def test_of_what_another_device_deleted_nothing_is_left_in_the_file(tmp_path: Path, journal: Journal) -> None:
    secret = make_record(glyph=b"nobody shall see this", ink=b"nor these strokes", name="passport of Zaphod.png")
    hold(journal, [secret, make_record(name="other.png")])
    mark = secret.changed(datetime.now(UTC), deleted=True, glyph=b"", ink=b"", name="")
    assert Refreshing(journal, Store([mark]), suspected).step()
    assert journal.newest(None, Filters(name="passport"), 10).entries == ()
    assert len(journal.newest(None, Filters(name="other"), 10).entries) == 1
    journal._file.shrink(1.0)
    journal.close()
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"nobody shall" not in content
    assert b"nor these" not in content
    assert b"passport of" not in content


def test_a_cassandra_that_does_not_answer_is_suspected_and_left_in_peace(journal: Journal) -> None:
    record = make_record()
    hold(journal, [record])
    store, told = Store([record.changed(datetime.now(UTC), corrected="1")]), []
    store.away = True
    steps = Refreshing(journal, store, lambda: told.append("suspected"))
    assert [steps.step(), steps.step()] == [False, False]
    assert told == ["suspected"]

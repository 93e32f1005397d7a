"""Changes made together: one commit for all of them, and none of them is lost when it cannot be made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sample_records import make_record

from mnist_desktop.log.journal import Journal
from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import LogError, Record

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each commit of a journal takes."""
    made: list[int] = []
    save = Journal.save

    def counted(journal: Journal, records: Sequence[Record], **more: Any) -> None:
        save(journal, records, **more)
        made.append(len(records))

    monkeypatch.setattr(Journal, "save", counted)
    return made


def test_what_is_changed_together_is_one_commit(home: Path, commits: list[int]) -> None:
    log = Log(LogOptions(journal=home / "journal.sqlite"))
    records = [make_record(NOW + timedelta(seconds=second)) for second in range(50)]
    log.save_all(records)
    with log.together():
        for record in records[:30]:
            log.delete(record.id)
        log.correct(records[40].id, "3")
        log.correct(records[40].id, "4")
    left = {entry.record.id: entry.record for entry in log.page(None, Filters(), 100).entries}
    log.close()
    assert commits == [50, 31]
    assert set(left) == {record.id for record in records[30:]}
    assert left[records[40].id].corrected == "4"


def test_a_change_that_cannot_be_made_does_not_take_the_others_with_it(home: Path) -> None:
    log = Log(LogOptions(journal=home / "journal.sqlite"))
    kept, unknown = make_record(NOW), make_record(NOW)
    log.save(kept)

    def both() -> None:
        with log.together():
            log.correct(kept.id, "9")
            log.delete(unknown.id)

    with pytest.raises(LogError):
        both()
    log.close()
    again = Log(LogOptions(journal=home / "journal.sqlite"))
    found = again.find(kept.id)
    again.close()
    assert found is not None
    assert found.record.corrected == "9"

"""Corrections, deletions and their undo, on this computer's records alone and with one other place that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sample_records import make_record

from mnist_desktop.log import journal
from mnist_desktop.log.changes import MOST_LABEL, Changes, Latest
from mnist_desktop.log.log import Entry, Filters, Log, LogOptions
from mnist_desktop.log.record import LogError, Record, Source


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    opened = Log(LogOptions(journal=tmp_path / "journal.sqlite"))
    yield opened
    opened.close()


@pytest.fixture
def picture() -> Record:
    return make_record(source=Source.FILE, name="passport.png", ink=None, preparation="{}")


def shown(log: Log, filters: Filters | None = None) -> list[Record]:
    return [entry.record for entry in log.page(None, filters or Filters()).entries]


def asking(held: Mapping[UUID, Record], fault: LogError | None = None) -> Callable[[UUID], Latest]:
    """What History answers when only Cassandra has records; with a `fault` it does not answer."""

    def latest(record_id: UUID) -> Latest:
        record = None if fault else held.get(record_id)
        return Latest(entry=None if record is None else Entry(record=record, delivered=True), store_fault=fault)

    return latest


def test_it_was_a_7(log: Log) -> None:
    record, other = make_record(label="1", digit=1), make_record()
    log.save_all([record, other])
    corrected = log.correct(record.id, "7").record
    assert corrected == replace(record, corrected="7", version=corrected.version)
    assert corrected.version > record.version
    assert shown(log, Filters(corrected=True)) == [corrected]
    assert shown(log) == [other, corrected]
    assert log.status().pending == 2


def test_a_correction_can_be_changed_and_taken_back(log: Log) -> None:
    record = make_record()
    log.save(record)
    log.correct(record.id, "1")
    log.correct(record.id, " 2 ")
    assert [one.corrected for one in shown(log)] == ["2"]
    for nothing in (None, "", " "):
        log.correct(record.id, "2")
        back = log.correct(record.id, nothing).record
        # Empty, not unset: an unset column would leave the "2" standing in Cassandra.
        assert back.corrected == ""
        assert shown(log, Filters(corrected=True)) == []
        assert shown(log) == [back]


@pytest.mark.parametrize("label", ["7", None])
def test_what_is_so_already_makes_no_new_version(log: Log, label: str | None) -> None:
    record = make_record(corrected=label)
    log.save(record)
    assert log.correct(record.id, label).record == record
    assert shown(log) == [record]


@pytest.mark.parametrize("label", ["x" * (MOST_LABEL + 1), "two\nlines", "\x1b[31m"])
def test_what_is_no_label_is_refused_and_nothing_is_changed(log: Log, label: str) -> None:
    record = make_record()
    log.save(record)
    with pytest.raises(LogError, match="A label"):
        log.correct(record.id, label)
    assert shown(log) == [record]


def test_of_a_deleted_record_only_the_mark_is_left(log: Log, picture: Record) -> None:
    drawn = make_record()
    log.save_all([drawn, picture])
    for record in (drawn, picture):
        assert log.delete(record.id).record == record
        assert log.find(record.id) is None
        held = log.held(record.id)
        assert held is not None
        mark = held.record
        assert (mark.deleted, mark.glyph, mark.ink or b"", mark.name or "") == (True, b"", b"", "")
        assert mark.version > record.version
    assert shown(log) == []
    assert log.status().pending == 2


def test_an_undo_brings_back_all_that_was_there(log: Log, picture: Record) -> None:
    drawn = make_record(corrected="3")
    log.save_all([drawn, picture])
    for record in (drawn, picture):
        was = log.delete(record.id)
        back = log.restore(was.record).record
        assert back == replace(record, version=back.version, corrected=record.corrected or "")
        assert back.version > record.version + 1
    assert len(shown(log)) == 2
    # And once more.
    again = log.restore(log.delete(drawn.id).record).record
    assert [again] == [one for one in shown(log) if one.id == drawn.id]


def test_changes_survive_the_process(tmp_path: Path, log: Log) -> None:
    kept, gone = make_record(), make_record()
    log.save_all([kept, gone])
    log.correct(kept.id, "4")
    log.delete(gone.id)
    log.close()
    again = Log(LogOptions(journal=tmp_path / "journal.sqlite"))
    assert [(one.id, one.corrected) for one in shown(again)] == [(kept.id, "4")]
    again.close()


def test_records_that_are_only_in_memory_are_changed_there(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    log = Log(LogOptions(journal=blocked / "journal.sqlite"))
    log.status()
    (blocked / "journal.sqlite").unlink()
    (blocked / "journal.sqlite").mkdir()
    record = make_record()
    assert not log.save(record)
    with pytest.raises(LogError, match="cannot be opened"):
        # What the journal holds of it may be later, and cannot be seen.
        log.correct(record.id, "3")
    (blocked / "journal.sqlite").rmdir()
    corrected = log.correct(record.id, "3").record
    assert shown(log) == [corrected]
    assert log.status().unsaved == 0
    log.close()


def test_ids_that_are_unknown_deleted_or_no_ids_of_records_are_one_sentence_each(log: Log) -> None:
    record = make_record()
    log.save(record)
    log.delete(record.id)
    stranger = make_record().id
    for change in (lambda one: log.correct(one, "3"), log.delete):
        with pytest.raises(LogError, match=rf"^The log has no record {record.id}\.$"):
            change(record.id)
        with pytest.raises(LogError, match=rf"^This computer does not hold the record {stranger}\. Cassandra"):
            change(stranger)
        with pytest.raises(LogError, match="it carries no time"):
            change(uuid4())
    assert log.status().pending == 1


def test_a_record_that_only_cassandra_has_is_changed_whole() -> None:
    record = make_record(device="red-fox", preparation="{}")
    changes = Changes(asking({record.id: record}))
    entry = changes.corrected(record.id, "5")
    assert entry.record == replace(record, corrected="5", version=entry.record.version)
    assert not entry.delivered
    with pytest.raises(LogError, match="The log has no record"):
        changes.corrected(make_record().id, "5")
    away = Changes(asking({record.id: record}, LogError("Cassandra does not answer in time.")))
    with pytest.raises(LogError, match=r"does not hold the record .*\. Cassandra does not answer in time\.$"):
        away.deleted(record.id)


def test_an_undo_beats_whatever_came_meanwhile_from_another_device() -> None:
    record = make_record()
    tomorrow = record.changed(datetime.now(UTC) + timedelta(days=1), deleted=True, glyph=b"")
    back = Changes(asking({record.id: tomorrow})).restored(record).record
    assert back.version > tomorrow.version
    assert (back.deleted, back.glyph) == (False, record.glyph)


def test_what_was_deleted_is_kept_for_a_day_and_then_leaves_the_file(
    tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = make_record(glyph=b"a glyph that nobody shall see", ink=b"and its strokes")
    log.save(secret)
    log.delete(secret.id)
    assert log.binned(secret.id) == secret
    log.close()
    again = Log(LogOptions(journal=tmp_path / "journal.sqlite"))
    assert again.binned(secret.id) == secret
    monkeypatch.setattr(journal, "UNDO", timedelta(0))
    again.save(make_record())
    assert again.binned(secret.id) is None
    again.close()
    assert not any(b"nobody shall see" in file.read_bytes() for file in tmp_path.iterdir())


def test_a_deletion_that_waits_for_the_disk_keeps_its_undo(tmp_path: Path, log: Log) -> None:
    record = make_record()
    log.save(record)
    with log.together():
        log.delete(record.id)
        assert log.binned(record.id) == record
    assert log.binned(record.id) == record
    log.restore(record)
    log.delete(record.id)
    log.restore(record)
    assert [(one.id, one.glyph) for one in shown(log)] == [(record.id, record.glyph)]


def test_a_log_that_is_forgotten_keeps_nothing_for_an_undo(tmp_path: Path, log: Log) -> None:
    record = make_record()
    log.save(record)
    log.delete(record.id)
    log.close()
    journal.Journal(tmp_path / "journal.sqlite", "default").forget_all()
    assert log.binned(record.id) is None

"""Puts the files of a damaged journal aside, all of them or none, whoever dies or opens it meanwhile.

A note beside the journal, there before the first file moves and until the last one has, says under which name. Who
opens the journal and sees the note waits for the lock; who has the lock and finds a note ends what was begun.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

COMPANIONS = ("-wal", "-shm")
"""What SQLite appends to the journal's name for the files beside it."""


def is_moving(journal: Path) -> bool:
    """Whether its files are being put aside, or were when a process died."""
    return _note(journal).exists()


def put_aside(journal: Path) -> Path:
    """Put the files aside under a name with the time, which is returned; only for whoever has the lock."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    _note(journal).touch(mode=0o600)
    _note(journal).write_text(f"{journal.name}.damaged-{stamp}", encoding="utf-8")
    kept = end_putting_aside(journal)
    assert kept is not None
    return kept


def end_putting_aside(journal: Path) -> Path | None:
    """End what a process began that died; says under which name the files are, none when nothing was begun."""
    if not is_moving(journal):
        return None
    name = _note(journal).read_text(encoding="utf-8")
    # None when somebody died before it was written: no file has moved.
    kept = journal.with_name(name) if name else None
    if kept is not None and not kept.exists():
        # The journal itself comes last: without its write-ahead log it would seem whole, and be older than it is.
        for companion in (*COMPANIONS, ""):
            file = journal.with_name(journal.name + companion)
            if file.exists():
                file.rename(kept.with_name(kept.name + companion))
    _note(journal).unlink()
    return kept


def _note(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}.being-set-aside")

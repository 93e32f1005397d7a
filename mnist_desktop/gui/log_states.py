"""What the log worker tells the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from mnist_desktop.log.record import Record

if TYPE_CHECKING:
    from mnist_desktop.log.log import LogStatus


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What became of the digits of one reading: committed to the journal, or kept in memory and `why`."""

    sheet: int
    records: tuple[Record, ...]
    """One for each digit, in reading order."""
    gone: frozenset[UUID] = frozenset()
    """Records of digits that were there before and are no longer."""
    why: str | None

    @property
    def committed(self) -> bool:
        return self.why is None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of records that belong to no sheet: committed to the journal, or kept in memory and `why`."""

    ids: frozenset[UUID]
    why: str | None


@dataclass(frozen=True, kw_only=True)
class LogState:
    """How the log is doing; `why_unsaved` is a sentence when records wait in memory."""

    status: LogStatus
    why_unsaved: str | None

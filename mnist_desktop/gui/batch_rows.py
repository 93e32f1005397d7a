"""Turns what was read of a file of a batch into a row that Qt can paint, and that can be copied as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.log.record import Record
    from mnist_desktop.recognition.reader import NumberReading

MOST_GLYPHS = 4
"""Of a long number so many glyphs are kept and shown: the table is for comparing, the canvas for looking closely."""


class Outcome(StrEnum):
    """What became of a drawing or picture, what a person has to look at first."""

    UNREAD = "unread"
    UNSURE = "unsure"
    BLANK = "blank"
    SURE = "sure"


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """One drawing or picture as the table shows it."""

    file: Path
    index: int = 0
    """Which of the drawings in its file it is."""
    name: str
    text: str = ""
    """The number that was read; of several lines with “ / ” between them."""
    confidence: float | None = None
    """Of the digit that is least sure."""
    outcome: Outcome
    glyphs: tuple[bytes, ...] = ()
    """784 levels each: what the model saw of the first digits."""
    records: tuple[UUID, ...] = ()
    """In the log, one for each digit."""
    error: str | None = None
    """Why it was not read."""

    @property
    def reason(self) -> str:
        """The error as it goes on below the name of the file, with which most begin."""
        error = self.error or ""
        rest = error.removeprefix(self.name)
        return rest.lstrip(": ") if rest.startswith((" ", ": ")) else error


@dataclass(frozen=True, kw_only=True)
class BatchRead:
    """A row, and the records that are to be kept of it."""

    row: BatchRow
    records: tuple[Record, ...] = ()


def unread(file: Path, error: str, index: int = 0) -> BatchRow:
    """The row of what could not be read."""
    return BatchRow(file=file, index=index, name=_name(file, index), outcome=Outcome.UNREAD, error=error)


def row_of(file: Path, index: int, number: NumberReading, records: Sequence[Record]) -> BatchRow:
    """The row of what was read in `file`, and is kept in `records`."""
    readings = [placed.reading for placed in number.digits]
    found = [reading.prediction.confidence for reading in readings if reading.prediction is not None]
    glyphs = [reading.glyph.levels.tobytes() for reading in readings[:MOST_GLYPHS] if reading.glyph is not None]
    sure = all(reading.verdict.value == "digit" for reading in readings)
    return BatchRow(
        file=file,
        index=index,
        name=_name(file, index),
        text=" / ".join(number.text.splitlines()),
        confidence=min(found, default=None),
        outcome=Outcome.BLANK if not found else Outcome.SURE if sure else Outcome.UNSURE,
        glyphs=tuple(glyphs),
        records=tuple(record.id for record in records),
    )


def _name(file: Path, index: int) -> str:
    name = shown_name(file.name or str(file))
    return f"{name} [{index}]" if index else name

"""Finds, among the records that are saved and changed, those of the digits that are on show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mnist_desktop.gui.log_states import Saved
from mnist_desktop.gui.recorder import REMEMBERED_SHEETS

if TYPE_CHECKING:
    from mnist_desktop.gui.history_changes import Changed
    from mnist_desktop.log.record import Record


class ShownRecord:
    """The records of the sheet that is shown, as soon as they are committed, with what a person said of them since."""

    def __init__(self) -> None:
        self._sheet: int | None = None
        self._records: dict[int, tuple[Record | None, ...]] = {}
        self._unsaved: set[int] = set()

    @property
    def records(self) -> tuple[Record | None, ...]:
        """One for each digit, in reading order, None where it was deleted; none before they are on the disk."""
        if self._sheet is None or self._sheet in self._unsaved:
            return ()
        return self._records.get(self._sheet, ())

    def at(self, place: int) -> Record | None:
        """That of the digit at this place, from 0; None before it is on the disk, and for what makes no record."""
        return self.records[place] if place < len(self.records) else None

    def show(self, sheet: int) -> None:
        """The drawing or picture of `sheet` is shown now."""
        self._sheet = sheet

    def saved(self, saved: Saved) -> None:
        """What became of a reading; undo and redo may bring its sheet back later."""
        self._records.pop(saved.sheet, None)
        self._records[saved.sheet] = saved.records
        self._unsaved.discard(saved.sheet)
        if not saved.committed:
            self._unsaved.add(saved.sheet)
        while len(self._records) > REMEMBERED_SHEETS:
            oldest = next(iter(self._records))
            del self._records[oldest]
            self._unsaved.discard(oldest)

    def all_saved(self) -> None:
        """What could not be saved at first is on the disk now."""
        self._unsaved.clear()

    def changed(self, changed: Changed) -> None:
        """Records were corrected or deleted, here or in the History tab."""
        said = {row.id: row.corrected for row in changed.rows}

        def now(record: Record | None) -> Record | None:
            if record is None or record.id in changed.gone:
                return None
            return replace(record, corrected=said[record.id]) if record.id in said else record

        self._records = {sheet: tuple(now(record) for record in records) for sheet, records in self._records.items()}

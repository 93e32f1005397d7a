"""Finds, among the records that are saved and changed, the one of the reading that is on show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mnist_desktop.gui.log_states import Saved
from mnist_desktop.gui.recorder import REMEMBERED_SHEETS

if TYPE_CHECKING:
    from mnist_desktop.gui.history_changes import Changed
    from mnist_desktop.log.record import Record


class ShownRecord:
    """The record of the sheet that is shown, as soon as it is committed, with what a person said of it since."""

    def __init__(self) -> None:
        self._sheet: int | None = None
        self._saved: dict[int, Saved] = {}

    @property
    def record(self) -> Record | None:
        """The record, once it is on the disk; None before that, and for what makes no record."""
        saved = None if self._sheet is None else self._saved.get(self._sheet)
        return saved.record if saved is not None and saved.committed else None

    def show(self, sheet: int) -> None:
        """The drawing or picture of `sheet` is shown now."""
        self._sheet = sheet

    def saved(self, saved: Saved) -> None:
        """What became of a reading; undo and redo may bring its sheet back later."""
        self._saved.pop(saved.sheet, None)
        self._saved[saved.sheet] = saved
        while len(self._saved) > REMEMBERED_SHEETS:
            del self._saved[next(iter(self._saved))]

    def all_saved(self) -> None:
        """What could not be saved at first is on the disk now."""
        self._saved = {sheet: replace(saved, why=None) for sheet, saved in self._saved.items()}

    def changed(self, changed: Changed) -> None:
        """Records were corrected or deleted, here or in the History tab."""
        said = {row.id: row.corrected for row in changed.rows}
        for sheet, saved in list(self._saved.items()):
            record = saved.record
            if record.id in changed.gone:
                del self._saved[sheet]
            elif record.id in said:
                self._saved[sheet] = replace(saved, record=replace(record, corrected=said[record.id]))

"""Lets a person say what the digit was that is looked at, as soon as its record is saved, and shows what was said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mnist_desktop.gui.it_was import ItWas
from mnist_desktop.gui.number_view import NumberView
from mnist_desktop.gui.shown_record import ShownRecord

if TYPE_CHECKING:
    from mnist_desktop.gui.history_changes import Changed, Correction
    from mnist_desktop.gui.log_states import Saved


class Correcting(QObject):
    """Follows which sheet and which digit of it is on show, and what became of their records."""

    wanted = Signal(object)
    """A Correction of the record of the digit that is looked at."""

    def __init__(
        self, it_was: ItWas, number: NumberView, settled: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        """`settled` says whether what is shown has been handed on to be recorded."""
        super().__init__(parent)
        self._it_was = it_was
        self._number = number
        self._settled = settled
        self._model: str | None = None
        self._record = ShownRecord()
        self._correction: Correction | None = None
        it_was.said.connect(self._said)
        number.digit_chosen.connect(self.offer)

    @property
    def is_saved(self) -> bool:
        """Whether the digit that is looked at has a record on the disk."""
        return self._record.at(self._number.looked_at) is not None

    def set_model(self, name: str) -> None:
        """This model reads from now on."""
        self._model = name

    def show_sheet(self, sheet: int) -> None:
        """The drawing or picture of `sheet` is shown now."""
        self._record.show(sheet)
        self._it_was.set_record(None)

    def saved(self, saved: Saved) -> None:
        """What became of a reading that was to be recorded."""
        self._record.saved(saved)
        self.offer()

    def all_saved(self) -> None:
        """What could not be saved at first is on the disk now."""
        self._record.all_saved()
        self.offer()

    def changed(self, changed: Changed) -> str | None:
        """Records were corrected or deleted, here or in the History tab; why not, where it was asked for here."""
        self._record.changed(changed)
        self.offer()
        return changed.error if changed.change is self._correction else None

    def offer(self) -> None:
        """Let the person say what it was, once what is shown is saved; and show what was said."""
        settled = self._settled()
        record = self._record.at(self._number.looked_at) if settled else None
        if record is not None and record.model != self._model:
            # Undo brought back what another model read, whose labels these are not.
            record = None
        self._it_was.set_record(record)
        self._number.show_said(self._record.records if settled else ())

    def _said(self, label: str | None) -> None:
        # Not at the top: it brings what the log's thread needs, which the first paint does not wait for.
        from mnist_desktop.gui.history_changes import Correction

        record = self._record.at(self._number.looked_at)
        if record is not None and (label or "") != (record.corrected or ""):
            before = ((record.id, record.corrected or None),)
            self._correction = Correction(labels=((record.id, label),), before=before)
            self.wanted.emit(self._correction)

"""Turns what the person chooses about the shown picture into readings of it, and the one that lasts into its record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mnist_desktop.gui.readings import PictureRead, PictureRequest
from mnist_desktop.gui.recorder import REST_SECONDS, ToRecord
from mnist_desktop.ink.choices import Box, Choices, Polarity

if TYPE_CHECKING:
    from mnist_desktop.recognition.reader import NumberReading


class PictureSteering(QObject):
    """Knows the shown picture, what was chosen about it, and what of that is recorded.

    Each choice asks for another reading; only the latest counts. When the person has rested, the reading becomes the
    next version of the picture's own record, and at once when the picture leaves the window.
    """

    read_wanted = Signal(object)
    """A PictureRequest; only the latest matters."""
    read_surely_wanted = Signal(object)
    """A PictureRequest whose answer must come, because the picture is leaving the window unrecorded."""
    to_record = Signal(object)
    """A ToRecord: another version of what was recorded of the picture when it came."""
    changed = Signal()
    """Other choices, another picture, or none."""

    def __init__(self, rest_seconds: float = REST_SECONDS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(round(rest_seconds * 1000))
        self._rest.timeout.connect(self._rested)
        self._request: PictureRequest | None = None
        self._answer: PictureRead | None = None
        self._recorded = Choices()
        self._sheet = 0
        self._needed: list[tuple[PictureRequest, int]] = []

    @property
    def request(self) -> PictureRequest | None:
        """What would read the shown picture as it is looked at now; None while none is shown."""
        return self._request

    @property
    def choices(self) -> Choices:
        """What was chosen about the shown picture."""
        return Choices() if self._request is None else self._request.choices

    @property
    def settled(self) -> bool:
        """Whether everything that was chosen has been handed on to be recorded."""
        return not self._needed and self.choices == self._recorded

    # --- which picture ---------------------------------------------------------------------------------------------

    def begin(self, answer: PictureRead, sheet: int) -> None:
        """This picture is shown now, as it was read at first; that reading is recorded on `sheet`."""
        self.finish()
        assert answer.shown is not None
        self._request = replace(answer.request, content=answer.shown, choices=answer.shown.choices)
        self._answer = answer
        self._recorded = self.choices
        self._sheet = sheet
        self.changed.emit()

    def end(self) -> None:
        """No picture is shown any more."""
        if self._request is not None:
            self.finish()
            self._request = self._answer = None
            self._recorded = Choices()
            self.changed.emit()

    def finish(self) -> None:
        """Record at once what is not recorded yet."""
        self._rest.stop()
        if self._request is None or self.choices == self._recorded:
            return
        if self._is_answered():
            self._rested()
        else:
            self._recorded = self.choices
            self._needed.append((self._request, self._sheet))
            self.read_surely_wanted.emit(self._request)

    # --- what the person chooses -----------------------------------------------------------------------------------

    def choose_part(self, part: Box | None) -> None:
        """Only that part counts, in pixels of the picture; or all of it again."""
        self._choose(replace(self.choices, part=part))

    def flip(self, on: bool) -> None:
        """Take the other side for ink than was taken; or leave that to the program again."""
        self._choose(replace(self.choices, polarity=self._other_side() if on else None))

    def move_threshold(self, by: float) -> None:
        """−1 … 1; 0 leaves it to the program."""
        self._choose(replace(self.choices, threshold=by))

    def _choose(self, choices: Choices) -> None:
        if self._request is None or choices == self.choices:
            return
        self._request = replace(self._request, choices=choices)
        self._rest.start()
        self.read_wanted.emit(self._request)
        self.changed.emit()

    def _other_side(self) -> Polarity:
        steps = None if self._answer is None or self._answer.shown is None else self._answer.shown.steps
        taken = "dark on light" if steps is None else steps.polarity
        return "dark on light" if taken == "light on dark" else "light on dark"

    # --- what was read ---------------------------------------------------------------------------------------------

    def takes(self, answer: PictureRead) -> bool:
        """Whether `answer` is what the shown picture reads as now; others came too late."""
        if self._request is None or answer.request is not self._request:
            return False
        self._answer = answer
        if not self._rest.isActive():
            self._rested()
        return True

    def surely_read(self, answer: PictureRead) -> bool:
        """Whether `answer` is that of a picture that left the window; then it is recorded now."""
        for needed, sheet in self._needed:
            if needed is answer.request:
                self._needed.remove((needed, sheet))
                self._hand_on(answer.number, needed, sheet)
                return True
        return False

    def _is_answered(self) -> bool:
        return self._answer is not None and self._answer.request.choices == self.choices

    def _rested(self) -> None:
        """What lasts is recorded; where its reading is not there yet, as soon as it comes."""
        if self._request is None or self._answer is None or self.choices == self._recorded or not self._is_answered():
            return
        self._recorded = self.choices
        self._hand_on(self._answer.number, self._request, self._sheet)

    def _hand_on(self, number: NumberReading | None, request: PictureRequest, sheet: int) -> None:
        # Where nothing was found the record stays as it was: nothing is no reading.
        if number is not None and number.text:
            self.to_record.emit(
                ToRecord(
                    sheet=sheet,
                    number=number,
                    source=request.source,
                    name=request.name,
                    at=datetime.now(UTC),
                    known=request.known,
                )
            )

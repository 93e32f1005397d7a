"""Shows what was read: the number as a whole, and of the digit that is looked at glyph, bars and what decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mnist_desktop.gui.answer import AnswerView
from mnist_desktop.gui.bars import ProbabilityBars
from mnist_desktop.gui.canvas import Canvas
from mnist_desktop.gui.explaining import Explaining
from mnist_desktop.gui.number_strip import NumberStrip
from mnist_desktop.gui.preview import GlyphPreview

if TYPE_CHECKING:
    from mnist_desktop.gui.readings import Explanation
    from mnist_desktop.log.record import Record
    from mnist_desktop.recognition.reader import NumberReading, Reading


class NumberView(QObject):
    """Keeps in step what shows the number and what shows one digit of it."""

    digit_chosen = Signal(int)
    """Which digit, from 0, the person looks at now."""

    def __init__(
        self,
        *,
        canvas: Canvas,
        answer: AnswerView,
        strip: NumberStrip,
        preview: GlyphPreview,
        bars: ProbabilityBars,
        explaining: Explaining,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._answer = answer
        self._strip = strip
        self._preview = preview
        self._bars = bars
        self._explaining = explaining
        self._number: NumberReading | None = None
        self._revision = 0
        self._looked_at = 0
        strip.chosen.connect(self.look_at)
        canvas.digit_chosen.connect(self.look_at)

    @property
    def number(self) -> NumberReading | None:
        """What is shown; None when nothing was read."""
        return self._number

    @property
    def looked_at(self) -> int:
        """Which of its digits glyph and bars show, from 0."""
        return self._looked_at

    @property
    def surely_read(self) -> bool:
        """Whether something was read, and all of it for sure."""
        return self._number is not None and all(
            placed.reading.verdict.value == "digit" for placed in self._number.digits
        )

    def show(
        self, revision: int, number: NumberReading, looked_at: int = 0, explanation: Explanation | None = None
    ) -> None:
        """Show `number`, the answer to that revision of the canvas; the explanation is that of the digit looked at."""
        self._revision, self._number, self._looked_at = revision, number, looked_at
        self._answer.show_number(number)
        self._strip.show_number(number, looked_at)
        self._show_digit(explanation)

    def show_nothing(self) -> None:
        """Nothing was read: the canvas is empty, or there is no model."""
        self._number, self._looked_at = None, 0
        self._explaining.forget()
        self._preview.set_levels(None)
        self._bars.set_probabilities(None)
        self._strip.show_number(None, 0)
        self._canvas.outline((), 0)

    def show_said(self, records: Sequence[Record | None]) -> None:
        """What the person said of the digits, as their records have it; none are known before they are saved."""
        if self._number is None:
            return
        said = [None if record is None else record.corrected or None for record in records]
        if len(self._number.digits) > 1:
            self._strip.show_said(said)
            return
        self._answer.show_number(self._number)
        if said and said[0]:
            self._answer.show_correction(said[0])

    def look_at(self, place: int) -> None:
        """Show glyph and bars of another digit."""
        if self._number is None or not 0 <= place < len(self._number.digits):
            return
        self._looked_at = place
        self._strip.choose(place)
        self._show_digit(None)
        self.digit_chosen.emit(place)

    def _show_digit(self, explanation: Explanation | None) -> None:
        reading = self._reading
        self._preview.set_levels(None if reading.glyph is None else reading.glyph.levels.tobytes())
        self._bars.set_probabilities(None if reading.prediction is None else reading.prediction.probabilities)
        self._explaining.shown(self._revision, reading, explanation)
        self._outline()

    @property
    def _reading(self) -> Reading:
        assert self._number is not None
        return self._number.digits[self._looked_at].reading

    def _outline(self) -> None:
        assert self._number is not None
        drawn = all(placed.reading.drawing is not None for placed in self._number.digits)
        boxes = [placed.box for placed in self._number.digits if placed.box is not None] if drawn else []
        self._canvas.outline(boxes, self._looked_at)

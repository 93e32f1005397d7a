"""Decides when a drawing has become a record: when the pen has rested, at once on clear and on close.

One *sheet* of paper carries one drawing and makes one record, or one for each of its digits: strokes, undo and redo
change the sheet's drawing and extend its records; clear takes a new sheet, and so does undo when it leaves the sheet
empty: what is drawn then is something else, and the records say what was read there last. Undoing a clear, or redoing
the first stroke, takes the old sheet up again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from mnist_desktop.gui.readings import DrawingRead, DrawingRequest, PictureRead
from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.log.record import Source

if TYPE_CHECKING:
    from mnist_desktop.recognition.reader import NumberReading

REST_SECONDS = 0.7
"""How long the pen must rest for a drawing to be finished; a crossed 7 or a 5's flag comes sooner than that."""

REMEMBERED_SHEETS = 100
"""Sheets that undo and redo can take up again under their own record."""


@dataclass(frozen=True, kw_only=True)
class ToRecord:
    """What was read, to be recorded: each digit makes one record, whose versions are the readings of one sheet."""

    sheet: int
    number: NumberReading
    source: Source
    name: str | None
    at: datetime
    known: tuple[UUID, ...] = ()
    """The records that were made of it before, as it was opened again: they go on."""


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """What a sheet of paper is known by: its number, and where the drawing on it came from."""

    number: int
    source: Source = Source.CANVAS
    name: str | None = None
    known: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Left:
    """A sheet that was left, and can be taken up again: what was on it, and what of it was recorded."""

    drawing: Drawing
    sheet: _Sheet
    recorded: Drawing


class Recorder(QObject):
    """Watches the drawing and its readings, and says what is to be recorded."""

    to_record = Signal(object)
    """A ToRecord."""
    reading_needed = Signal(object)
    """A DrawingRequest whose answer must come, because the drawing is leaving the canvas unrecorded."""

    def __init__(self, rest_seconds: float = REST_SECONDS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(round(rest_seconds * 1000))
        self._rest.timeout.connect(self._rested)
        self._last_number = 0
        self._sheet = _Sheet(number=0)
        self._request = DrawingRequest(revision=0, drawing=Drawing())
        self._number: NumberReading | None = None
        self._recorded = Drawing()
        self._due = False
        self._leaving = False
        self._opened_name: str | None = None
        self._opened_records: tuple[UUID, ...] = ()
        self._known: list[_Left] = []
        self._needed: dict[int, _Sheet] = {}

    @property
    def settled(self) -> bool:
        """Whether everything that was drawn has been handed on."""
        return not self._needed and not self._unrecorded()

    @property
    def sheet(self) -> int:
        """The number of the sheet that is on the canvas, or was there last."""
        return self._sheet.number

    def drawing_changed(self, request: DrawingRequest, *, pen_is_down: bool) -> None:
        """The canvas shows another drawing, whose reading has been asked for."""
        back = [left for left in self._known if left.drawing is request.drawing]
        if self._opened_name is not None:
            self._new_sheet(source=Source.FILE, name=self._opened_name, known=self._opened_records)
            self._remember(request.drawing, recorded=request.drawing)
        elif back:
            self._sheet = back[-1].sheet
            self._recorded = back[-1].recorded
        elif self._leaving:
            self._new_sheet()
        self._leaving = False
        self._request = request
        self._number = None
        self._due = self._opened_name is not None
        self._opened_name = None
        if pen_is_down:
            self._rest.stop()
        else:
            self._rest.start()

    def opens(self, name: str, known: tuple[UUID, ...] = ()) -> None:
        """The next drawing on the canvas comes from the ink file `name`: it is a sheet of its own, recorded at once.

        `known` are the records that were made of it before.
        """
        self._opened_name = name
        self._opened_records = known

    def pen_down(self) -> None:
        self._rest.stop()

    def pen_up(self) -> None:
        self._rest.start()

    def latest_read(self, answer: DrawingRead) -> None:
        """A reading came; only that of exactly the drawing on the canvas counts, when the pen is lifted."""
        if answer.request.revision == self._request.revision and not answer.request.growing:
            self._number = answer.number
            if self._due:
                self._rested()

    def cleared(self, before: Drawing) -> None:
        """The person leaves the sheet that has `before` on it; what comes next is another one."""
        self._finish()
        self._leaving = True
        if not before.blank:
            self._remember(before, recorded=before)

    def emptied(self, before: Drawing) -> None:
        """Undo, redo or the eraser took `before` off the sheet: what comes next is another one, unless it comes back.

        Nothing more is recorded of it: the person took it away.
        """
        self._remember(before, recorded=self._recorded)
        self._leaving = True

    def model_changed(self) -> None:
        """Another model reads the sheet from now on: what it reads is a record of its own, beside that of the first."""
        if not self._recorded.blank:
            self._known = [left for left in self._known if left.drawing is not self._request.drawing]
            self._new_sheet(source=self._sheet.source, name=self._sheet.name)

    def finish(self) -> None:
        """Record at once what is not recorded yet: the window closes."""
        self._finish()

    def surely_read(self, answer: DrawingRead) -> None:
        """The reading of a drawing that has left the canvas."""
        sheet = self._needed.pop(answer.request.revision, None)
        if sheet is not None and answer.number is not None:
            self._hand_on(sheet, answer.number)

    def picture_read(self, answer: PictureRead) -> int:
        """A picture is recorded as it is opened; returns the number of its sheet."""
        self._last_number += 1
        if answer.number is not None:
            request = answer.request
            sheet = _Sheet(number=self._last_number, source=request.source, name=request.name, known=request.known)
            self._hand_on(sheet, answer.number)
        return self._last_number

    def _unrecorded(self) -> bool:
        return not self._request.drawing.blank and self._request.drawing != self._recorded

    def _rested(self) -> None:
        self._due = self._number is None
        if self._unrecorded() and self._number is not None:
            self._recorded = self._request.drawing
            self._hand_on(self._sheet, self._number)

    def _finish(self) -> None:
        self._rest.stop()
        if not self._unrecorded():
            return
        if self._number is not None:
            self._rested()
        else:
            self._recorded = self._request.drawing
            self._needed[self._request.revision] = self._sheet
            self.reading_needed.emit(replace(self._request, growing=False))

    def _remember(self, drawing: Drawing, *, recorded: Drawing) -> None:
        self._known.append(_Left(drawing=drawing, sheet=self._sheet, recorded=recorded))
        del self._known[:-REMEMBERED_SHEETS]

    def _new_sheet(self, source: Source = Source.CANVAS, name: str | None = None, known: tuple[UUID, ...] = ()) -> None:
        self._last_number += 1
        self._sheet = _Sheet(number=self._last_number, source=source, name=name, known=known)
        self._recorded = Drawing()

    def _hand_on(self, sheet: _Sheet, number: NumberReading) -> None:
        # Blank by rule: a reading without a glyph is no reading.
        if number.text:
            self.to_record.emit(
                ToRecord(
                    sheet=sheet.number,
                    number=number,
                    source=sheet.source,
                    name=sheet.name,
                    at=datetime.now(UTC),
                    known=sheet.known,
                )
            )

"""The tab where one draws or opens a digit and sees, while the pen still moves, what the model makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mnist_desktop.gui.action_button import action_button
from mnist_desktop.gui.answer_side import AnswerSide
from mnist_desktop.gui.canvas import Canvas
from mnist_desktop.gui.correcting import Correcting
from mnist_desktop.gui.explaining import Explaining
from mnist_desktop.gui.flow import FlowLayout
from mnist_desktop.gui.last_readings import LastReadings
from mnist_desktop.gui.log_states import Saved
from mnist_desktop.gui.notice import Notice
from mnist_desktop.gui.number_view import NumberView
from mnist_desktop.gui.picture_tools import PictureTools
from mnist_desktop.gui.readings import (
    Answered,
    DrawingRead,
    DrawingRequest,
    Explained,
    InkFileRead,
    InkFileRequest,
    PictureRead,
    PictureRequest,
    picture_in,
)
from mnist_desktop.gui.recorder import REST_SECONDS, Recorder
from mnist_desktop.gui.theme import SPACE, Colours
from mnist_desktop.ink.drawing import Drawing, is_ink_file
from mnist_desktop.ink.sketch import Change
from mnist_desktop.log.record import Source

if TYPE_CHECKING:
    from mnist_desktop.gui.history_changes import Changed
    from mnist_desktop.recognition.models import Card

ERRORS_SHOWN = 3
"""Of many files that cannot be read, so many are named."""


class ReadTab(QWidget):
    """Canvas on the left; answer, glyph and bars on the right. It asks for readings and shows those that come."""

    read_wanted = Signal(object)
    """A DrawingRequest; only the latest matters."""
    read_surely_wanted = Signal(object)
    """A Request whose answer must come."""
    to_record = Signal(object)
    """A ToRecord."""
    correction_wanted = Signal(object)
    """A Correction of the record that is shown."""
    record_chosen = Signal(object)
    """The UUID of a record that the person wants to see in the History."""
    changed = Signal()
    """What can be undone, redone, cleared or saved may be different now."""
    glyph_shown = Signal(int)
    """Glyph and bars show the drawing of this revision."""

    def __init__(self, rest_seconds: float = REST_SECONDS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas(self)
        self._side = side = AnswerSide(self)
        self.preview, self.bars, self.answer = side.preview, side.bars, side.answer
        self.explain, self.strip, self.it_was = side.explain, side.strip, side.it_was
        self.last_readings = LastReadings(self)
        self.notice = Notice(self)
        self._revision = 0
        self._opening = 0
        self._drawn_since_opening = False
        self._growing = False
        self._no_model = False
        self._model: str | None = None
        self._new_sheets = False
        self._errors: list[str] = []
        self._recorder = Recorder(rest_seconds, self)
        self._recorder.to_record.connect(self.to_record)
        self._recorder.to_record.connect(self.answer.announce)
        self._recorder.reading_needed.connect(self.read_surely_wanted)
        self.pictures = PictureTools(self.canvas, rest_seconds, self)
        self.pictures.steering.read_wanted.connect(self.read_wanted)
        self.pictures.steering.read_surely_wanted.connect(self.read_surely_wanted)
        self.pictures.steering.to_record.connect(self.to_record)
        self.pictures.steering.to_record.connect(self.answer.announce)
        self._explaining = Explaining(rest_seconds, self)
        self._explaining.wanted.connect(self.read_surely_wanted)
        self._explaining.overlay_changed.connect(self.preview.set_overlay)
        self.explain.toggled.connect(self._explaining.switch)
        self._shown = NumberView(
            canvas=self.canvas,
            answer=self.answer,
            strip=self.strip,
            preview=self.preview,
            bars=self.bars,
            explaining=self._explaining,
            parent=self,
        )
        self._correcting = Correcting(self.it_was, self._shown, self._handed_on, self)
        self._correcting.wanted.connect(self.correction_wanted)
        self.pictures.steering.changed.connect(self._correcting.offer)
        self.canvas.drawing_changed.connect(self._drawing_changed)
        self.canvas.before_stroke.connect(self._before_stroke)
        self.canvas.pen_down.connect(self._pen_down)
        self.canvas.pen_up.connect(self._pen_up)
        self.canvas.pen_up.connect(self._recorder.pen_up)
        self.canvas.pen_up.connect(self.changed)
        self.canvas.emptied.connect(self._recorder.emptied)
        self.canvas.cleared.connect(self._recorder.cleared)
        self.last_readings.chosen.connect(self.record_chosen)
        self._buttons = FlowLayout()
        self._layout()
        self.answer.invite()

    def _layout(self) -> None:
        shown = QHBoxLayout()
        shown.setSpacing(SPACE)
        shown.addWidget(self.canvas, 1)
        shown.addWidget(self.pictures.strip)
        left = QVBoxLayout()
        left.setSpacing(SPACE)
        left.addLayout(shown, 1)
        left.addWidget(self.last_readings)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addLayout(left, 1)
        row.addWidget(self._side)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addLayout(self._buttons)
        column.addWidget(self.notice)
        column.addLayout(row, 1)

    def add_buttons(self, actions: Sequence[QAction], drawing_tools: Sequence[QAction]) -> None:
        """A row of buttons above the canvas for what the menus have too, some of them for drawings only."""
        buttons = [action_button(action, self) for action in actions]
        for button in (*buttons, *self.pictures.controls.widgets):
            self._buttons.addWidget(button)
        pairs = zip(actions, buttons, strict=True)
        self.pictures.stand_beside(buttons, [button for action, button in pairs if action in drawing_tools])

    # --- what the person does --------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """The number of what is on the canvas now."""
        return self._revision

    @property
    def subject(self) -> DrawingRequest | PictureRequest | None:
        """What is on the canvas, to be read; None where there is nothing."""
        if self.canvas.picture is not None:
            return self.pictures.steering.request
        drawing = self.canvas.drawing
        return None if drawing.blank else DrawingRequest(revision=self._revision, drawing=drawing)

    @property
    def settled(self) -> bool:
        """Whether everything drawn or opened has been handed on to be recorded."""
        return self._handed_on() and self._opening == 0

    def _handed_on(self) -> bool:
        return self._recorder.settled and self.pictures.steering.settled

    def finish(self) -> None:
        """Record at once what is not recorded yet: the window closes."""
        self._explaining.forget()
        self.pictures.steering.finish()
        self._recorder.finish()

    def open_files(self, paths: Sequence[Path]) -> None:
        """Read pictures and ink files; the last one stays on the canvas."""
        self._begin_opening()
        for path in paths:
            self._open(path)

    def open_again(self, path: Path, index: int, known: tuple[UUID, ...]) -> None:
        """Show what was read before, in a batch, and go on with the records that it has."""
        self._begin_opening()
        self._open(path, index, known)

    def _open(self, path: Path, index: int | None = None, known: tuple[UUID, ...] = ()) -> None:
        self._opening += 1
        if is_ink_file(path):
            self.read_surely_wanted.emit(InkFileRequest(revision=self._revision, path=path, index=index, known=known))
        else:
            self.read_surely_wanted.emit(
                PictureRequest(revision=self._revision, source=Source.FILE, content=path, name=path.name, known=known)
            )

    def take(self, data: QMimeData) -> None:
        """Read what was pasted or dropped: files of this computer, or a picture as such."""
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if paths:
            self.open_files(paths)
        elif (picture := picture_in(data)) is not None:
            self._begin_opening()
            self._opening += 1
            self.read_surely_wanted.emit(
                PictureRequest(revision=self._revision, source=Source.CLIPBOARD, content=picture, name=None)
            )
        elif data.hasUrls():
            self.notice.say(self.tr("Only files on this computer can be opened."))
        else:
            self.notice.say(self.tr("There is no picture to paste."))

    def _begin_opening(self) -> None:
        self._errors = []
        self._drawn_since_opening = False
        self.notice.dismiss()

    def set_new_sheets(self, on: bool) -> None:
        """Whether each digit begins on an empty canvas."""
        self._new_sheets = on

    def _before_stroke(self) -> None:
        if self._new_sheets and self._digit_is_done():
            self.canvas.clear()

    def _digit_is_done(self) -> bool:
        """Whether the next stroke belongs to another digit: the pen rested, this one was read for sure and is saved.

        Whoever went back, by undo or with the rubber, is at work on this sheet, and goes on with it.
        """
        if not self._shown.surely_read or not self._recorder.settled:
            return False
        ahead = self.canvas.redoable is None and self.canvas.undoable in (Change.STROKE, Change.OPENING)
        return self._correcting.is_saved and ahead

    def _pen_down(self) -> None:
        self._recorder.pen_down()
        self._drawn_since_opening = True
        self.notice.dismiss()

    def _pen_up(self) -> None:
        if self._growing:
            self._drawing_changed(self.canvas.drawing)

    def _drawing_changed(self, drawing: Drawing) -> None:
        self._revision += 1
        self._growing = self.canvas.pen_is_down
        request = DrawingRequest(
            revision=self._revision, drawing=drawing, explained=self._explaining.live, growing=self._growing
        )
        self._recorder.drawing_changed(request, pen_is_down=self.canvas.pen_is_down)
        self._correcting.show_sheet(self._recorder.sheet)
        if drawing.blank:
            self._show_nothing()
        else:
            self.read_wanted.emit(request)
        self.changed.emit()

    # --- what it is told -------------------------------------------------------------------------------------------

    def model_opened(self, card: Card) -> None:
        """This model reads from now on; after the first one, what is on the canvas is read again."""
        again = self._model is not None or self._no_model
        if self._no_model:
            self.notice.dismiss()
        self._model, self._no_model = card.name, False
        self._correcting.set_model(card.name)
        self._side.set_labels(card.labels)
        if again:
            self._read_again()

    def _read_again(self) -> None:
        subject = self.subject
        if isinstance(subject, DrawingRequest):
            self._recorder.model_changed()
            self._drawing_changed(subject.drawing)
            return
        self._show_nothing()
        if subject is not None:
            self._opening += 1
            # What another model reads is a record of its own.
            self.read_surely_wanted.emit(replace(subject, revision=self._revision, known=()))

    def model_failed(self, sentence: str) -> None:
        """Drawing goes on; there is just nobody to read it."""
        self._no_model = True
        self._show_nothing()
        self.notice.say(self.tr("{why} You can draw, but nothing is read or recorded.").format(why=sentence))

    def saved(self, saved: Saved) -> None:
        """What became of a reading that was to be recorded."""
        self.last_readings.add(saved.records)
        self._correcting.saved(saved)

    def all_saved(self) -> None:
        """What could not be saved at first is on the disk now."""
        self._correcting.all_saved()

    def records_changed(self, changed: Changed) -> None:
        """Records were corrected or deleted, here or in the History tab."""
        self.last_readings.changed(changed)
        if error := self._correcting.changed(changed):
            self.notice.say(error)

    def set_colours(self, colours: Colours) -> None:
        for part in (self.canvas, self._side, self.pictures):
            part.set_colours(colours)

    def latest_read(self, answer: DrawingRead | PictureRead) -> None:
        """A reading of the pen's last move, or of the last view of a picture; one of any before is dropped."""
        if isinstance(answer, PictureRead):
            self._picture_read_again(answer)
            return
        if answer.request.revision == self._revision and answer.number is not None:
            self._shown.show(self._revision, answer.number, answer.newest, answer.explanation)
            self.glyph_shown.emit(self._revision)
        self._recorder.latest_read(answer)
        self._correcting.offer()
        self.changed.emit()

    def surely_read(self, answer: Answered) -> None:
        """The answer to something that had to be read."""
        match answer:
            case DrawingRead():
                self._recorder.surely_read(answer)
            case PictureRead() if self.pictures.steering.surely_read(answer):
                pass
            case PictureRead():
                self._opening -= 1
                self._picture_read(answer)
            case InkFileRead():
                self._opening -= 1
                self._ink_file_read(answer)
            case Explained():
                self._explaining.explained(answer)
        self.changed.emit()

    def _picture_read(self, answer: PictureRead) -> None:
        if answer.error is not None:
            self._complain(answer.error)
        # A picture that comes while somebody draws is recorded, but does not push the drawing aside.
        shown = answer.shown is not None and not self._drawn_since_opening
        if answer.shown is not None and shown:
            self._revision += 1
            self.canvas.show_picture(answer.shown)
            if answer.number is None:
                self._show_nothing()
            else:
                self._shown.show(self._revision, answer.number)
        # After it is shown: what was drawn before it comes before it in the log.
        sheet = self._recorder.picture_read(answer)
        if shown:
            self._correcting.show_sheet(sheet)
            self.pictures.begin(answer, sheet)
            self._correcting.offer()

    def _picture_read_again(self, answer: PictureRead) -> None:
        """The shown picture, as the person looks at it now."""
        if not self.pictures.takes(answer):
            return
        if answer.error is not None:
            self._complain(answer.error)
        elif answer.number is not None:
            self._revision += 1
            looked_at = min(self._shown.looked_at, len(answer.number.digits) - 1)
            self._shown.show(self._revision, answer.number, looked_at)
        self._correcting.offer()
        self.changed.emit()

    def _ink_file_read(self, answer: InkFileRead) -> None:
        name = answer.request.path.name
        if answer.error is not None:
            self._complain(answer.error)
        elif answer.drawing is not None:
            if answer.more:
                self._complain(self.tr("{name} holds several drawings; this is the first.").format(name=name))
            self._recorder.opens(name, answer.request.known)
            self.canvas.replace(answer.drawing)

    def _complain(self, sentence: str) -> None:
        self._errors.append(sentence)
        lines = self._errors[:ERRORS_SHOWN]
        if more := len(self._errors) - len(lines):
            lines = [*lines, self.tr("… and %n more.", "", more)]
        self.notice.say("\n".join(lines))

    def _show_nothing(self) -> None:
        self._shown.show_nothing()
        if self._no_model:
            self.answer.cannot_read()
        else:
            self.answer.invite()

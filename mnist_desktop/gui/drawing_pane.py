"""Turns what a hand or the keys do into a drawing on a sheet of paper, and shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter

from mnist_desktop.gui.guide import paint_guide
from mnist_desktop.gui.hands import HandMove, Phase
from mnist_desktop.gui.keyboard_pen import KeyboardPen, KeyMove
from mnist_desktop.gui.number_outlines import Box, DigitOutlines
from mnist_desktop.gui.paper import Paper
from mnist_desktop.gui.strokes import fitted
from mnist_desktop.gui.theme import LIGHT, Colours
from mnist_desktop.gui.tools import FIELD, RUBBER, PenWidth, Tool
from mnist_desktop.ink.drawing import Drawing, Point
from mnist_desktop.ink.sketch import Change, Sketch

ALL = QRect()
"""As what is to be painted anew: all there is."""


class DrawingPane(QObject):
    """A sheet of paper: it keeps the drawing in its own units, so that another size of the widget loses nothing."""

    drawing_changed = Signal(object)
    """The Drawing after every move of the pen or the rubber, undo, redo and clear."""
    before_stroke = Signal()
    """Mouse, pen or finger comes down to draw; nothing has changed yet. The keys' pen comes too slowly to tell this."""
    pen_down = Signal()
    pen_up = Signal()
    emptied = Signal(object)
    """The Drawing that was there until undo, redo or the rubber took its last stroke."""
    tool_shown = Signal(object)
    """The Tool that the hand does something with now; a pen has an eraser at its other end."""
    changed = Signal(QRect)
    """What of the widget is to be painted anew, or ALL."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sketch = Sketch()
        self._paper = Paper()
        self._outlines = DigitOutlines()
        self._colours = LIGHT
        self._size = QSizeF(1, 1)
        self._tool = Tool.PEN
        self._held: HandMove | None = None
        self._unrubbed = Drawing()
        self._rubbed_to: Point = (0, 0)
        self.keyboard = KeyboardPen()
        self._done_by_key: KeyMove | None = None

    # --- what is on the sheet --------------------------------------------------------------------------------------

    @property
    def drawing(self) -> Drawing:
        return self._sketch.drawing

    @property
    def undoable(self) -> Change | None:
        """What undo would take back; None when there is nothing."""
        return self._sketch.undoable

    @property
    def redoable(self) -> Change | None:
        """What redo would do again; None when there is nothing."""
        return self._sketch.redoable

    def undo(self) -> None:
        self._step(self._sketch.undo)

    def redo(self) -> None:
        self._step(self._sketch.redo)

    def _step(self, change: Callable[[], None]) -> None:
        """Change the drawing, and say so when that took the last stroke away."""
        before = self.drawing
        change()
        if self.drawing.blank and not before.blank:
            self.emptied.emit(before)
        self.show_changed()

    def empty(self, change: Change = Change.CLEAR) -> None:
        """Take a new sheet; `show_changed` is to say so once whoever minds has heard of it."""
        self._sketch.clear(change)

    def replace(self, drawing: Drawing) -> None:
        """Put `drawing`, in any unit, on the sheet, fitted to it."""
        self._sketch.replace(fitted(drawing, FIELD))
        self.show_changed()

    def show_changed(self) -> None:
        """Show another drawing, and tell of it."""
        self.lay()
        self.drawing_changed.emit(self.drawing)

    def outline(self, boxes: Sequence[Box], looked_at: int) -> None:
        """Outline the digits, unless it is a single one; `looked_at` says which is on show."""
        changed = self._outlines.set(boxes, looked_at, self._paper)
        if not changed.isEmpty():
            self.changed.emit(changed.toAlignedRect())

    # --- what one draws with ---------------------------------------------------------------------------------------

    @property
    def tool(self) -> Tool:
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Give the hand another tool; a stroke under the pen is finished first."""
        self.lift()
        self._tool = tool
        self.tool_shown.emit(tool)
        self.changed.emit(ALL)

    @property
    def pen_width(self) -> PenWidth:
        return self._paper.pen_width

    def set_pen_width(self, width: PenWidth) -> None:
        """Show all strokes as wide; readings stay the same."""
        self._paper.pen_width = width
        self.lay()

    def diameter(self, tool: Tool) -> float:
        """What the tool does is so wide, in pixels of the widget."""
        units = 2 * RUBBER if tool is Tool.ERASER else self._paper.pen_width.units
        return units * self._paper.scale

    # --- mouse, pen, finger ----------------------------------------------------------------------------------------

    @property
    def is_held(self) -> bool:
        """Whether a stroke or a way of the rubber is not finished yet."""
        return self._held is not None

    def hand(self, move: HandMove) -> None:
        """A hand does something over the sheet."""
        mine = self._held is not None and self._held.device is move.device
        if move.phase is Phase.HOVER:
            self.tool_shown.emit(Tool.ERASER if move.rubbing else self._tool)
        elif move.phase is Phase.DOWN and (mine or self._held is None):
            self.keyboard.shown = False
            self._press(move)
        elif move.phase is Phase.MOVE and mine:
            self._move(move)
        elif move.phase is Phase.UP and mine:
            self._release(move)
        elif move.phase is Phase.CANCEL and mine:
            self.lift()

    def _press(self, move: HandMove) -> None:
        self.lift()
        rubbing = move.rubbing or self._tool is Tool.ERASER
        self.tool_shown.emit(Tool.ERASER if rubbing else Tool.PEN)
        if not rubbing and move.device is not self.keyboard:
            self.before_stroke.emit()
        self._held = replace(move, rubbing=rubbing)
        if rubbing:
            self._unrubbed = self.drawing
            self.pen_down.emit()
            self._rubbed_to = self._paper.unit_point(move.position)
            self._rub(self._rubbed_to)
            return
        if self.drawing.blank:
            # The guide goes, wherever the stroke begins.
            self.changed.emit(ALL)
        self._sketch.begin(self._paper.unit_point(move.position), move.pressure)
        self._paper.begin()
        self.pen_down.emit()
        self._stroke_grew(move)

    def _move(self, move: HandMove) -> None:
        assert self._held is not None
        self._held = replace(move, rubbing=self._held.rubbing)
        point = self._paper.unit_point(move.position)
        if self._held.rubbing:
            self._rub(point)
        else:
            self._sketch.extend(point, move.pressure)
            self._stroke_grew(move)

    def _release(self, move: HandMove) -> None:
        assert self._held is not None
        if self._held.position != move.position:
            # The pen does not press any more where it leaves the paper; the line ends as wide as it was.
            self._move(replace(move, pressure=self._held.pressure))
        self.lift()

    def lift(self) -> None:
        """Take the pen or the rubber off the paper, whoever holds it."""
        if self._held is None:
            return
        self._held = None
        self.keyboard.down = False
        self._paper.finish()
        self._sketch.end()
        self.pen_up.emit()

    def _stroke_grew(self, move: HandMove) -> None:
        self.changed.emit(self._paper.grow(move.position, move.pressure).toAlignedRect())
        self.drawing_changed.emit(self.drawing)

    def _rub(self, to: Point) -> None:
        before = self.drawing
        # What is seen under the ring goes: the middle of a line does when its edge is under it.
        self._sketch.rub(self._rubbed_to, to, RUBBER + self._paper.pen_width.units / 2)
        self._rubbed_to = to
        if self.drawing is not before:
            if self.drawing.blank:
                self.emptied.emit(self._unrubbed)
            self._paper.forget()
            self.changed.emit(ALL)
            self.drawing_changed.emit(self.drawing)

    # --- keys ------------------------------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Move the keys' pen, put it down or lift it; whether the key meant anything here."""
        self._done_by_key = None
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if not plain or not self.keyboard.takes(event.key()):
            return False
        if self._held is not None and self._held.device is not self.keyboard:
            # A hand draws: the keys wait.
            return True
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._done_by_key = done = self.keyboard.press(event.key(), far=far, again=event.isAutoRepeat())
        place = self._paper.on_widget(self.keyboard.place)
        move = HandMove(phase=Phase.MOVE, device=self.keyboard, position=place)
        if done is KeyMove.DOWN:
            self._press(move)
        elif done is KeyMove.UP:
            self.lift()
        elif self._held is not None:
            self._move(move)
        self.changed.emit(ALL)
        return True

    def spoken(self) -> str:
        """For a screen reader: what the last key did; nothing when it did nothing."""
        return "" if self._done_by_key is None else self.keyboard.spoken(self._done_by_key)

    # --- painting --------------------------------------------------------------------------------------------------

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self._paper.ink = colours.ink
        self._paper.forget()
        self.changed.emit(ALL)

    def fit(self, size: QSizeF) -> None:
        """Take all of a widget of `size`."""
        self._size = size
        self.lay()

    def on_widget(self, point: Point) -> QPointF:
        """Where a point of the drawing is on the widget now."""
        return self._paper.on_widget(point)

    def lay(self) -> None:
        """Have everything seen and painted anew, the stroke under the pen as well."""
        self._paper.fit(self._size, self.drawing)
        if self._held is not None and not self._held.rubbing:
            self._paper.resume(self.drawing.strokes[-1])
        self.tool_shown.emit(self._tool)
        self.changed.emit(ALL)

    def paint(self, painter: QPainter, dirty: QRect, ratio: float, *, focused: bool) -> None:
        """Paint what of the sheet lies in `dirty`; `ratio` is that of the screen's pixels to the widget's."""
        for_keys = focused and self.keyboard.shown
        if self.drawing.blank:
            paint_guide(painter, QRect(QPoint(), self._size.toSize()), self._colours, for_keys=for_keys)
        self._outlines.paint(painter, self._paper, self._colours)
        self._paper.paint(painter, QRectF(dirty), self.drawing, ratio)
        if for_keys:
            place = self._paper.on_widget(self.keyboard.place)
            self.keyboard.paint(painter, place, self.diameter(self._tool), self._colours)

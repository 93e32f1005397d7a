"""Turns what a hand or the keys do into a drawing, and shows it, or a picture in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_desktop.gui.announcing import announce
from mnist_desktop.gui.guide import paint_guide
from mnist_desktop.gui.hands import HandMove, HandWidget, Phase
from mnist_desktop.gui.keyboard_pen import KeyboardPen, KeyMove
from mnist_desktop.gui.number_outlines import Box, DigitOutlines
from mnist_desktop.gui.paper import Paper, picture_of
from mnist_desktop.gui.picture_pane import PicturePane
from mnist_desktop.gui.shown_picture import ShownPicture
from mnist_desktop.gui.strokes import fitted
from mnist_desktop.gui.theme import LIGHT, Colours
from mnist_desktop.gui.tools import FIELD, RUBBER, PenWidth, Tool, tool_cursor
from mnist_desktop.ink.drawing import Drawing, Point
from mnist_desktop.ink.sketch import Change, Sketch

BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
"""How the focus comes to somebody who uses the keyboard and wants to see where its pen is."""

LEAST_SIDE = 220
"""Pixels of each side: with less room nobody draws a digit."""


class Canvas(HandWidget):
    """A sheet of paper: it keeps the drawing in its own units, so that resizing the widget loses nothing."""

    drawing_changed = Signal(object)
    """The Drawing after every move of the pen or the rubber, undo, redo and clear."""
    before_stroke = Signal()
    """Mouse, pen or finger comes down to draw; nothing has changed yet. The keys' pen comes too slowly to tell this."""
    pen_down = Signal()
    pen_up = Signal()
    emptied = Signal(object)
    """The Drawing that was there until undo, redo or the rubber took its last stroke."""
    cleared = Signal(object)
    """The Drawing that was there until now: the person took a new sheet, a picture or a file."""
    picture_changed = Signal()
    """Another picture is shown, or none any more."""
    digit_chosen = Signal(int)
    """Which digit of a picture, in reading order, the person wants to look at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sketch = Sketch()
        self._paper = Paper()
        self._outlines = DigitOutlines()
        self.pane = PicturePane()
        self._tool = Tool.PEN
        self._held: HandMove | None = None
        self._unrubbed = Drawing()
        self._rubbed_to: Point = (0, 0)
        self._keyboard = KeyboardPen()
        self._cursor: tuple[Tool, int, float] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(LEAST_SIDE, LEAST_SIDE)
        self.pane.changed.connect(self.update)
        self.pane.digit_chosen.connect(self.digit_chosen)
        self._describe()
        self.set_colours(LIGHT)

    def sizeHint(self) -> QSize:
        return QSize(560, 560)

    def _describe(self) -> None:
        """Say to screen readers what is here, and what one can do with it."""
        name, description = self.tr("Canvas"), self._keyboard.description
        if self.picture is not None:
            name, description = self.tr("Picture"), self.pane.description
        self.setAccessibleName(name)
        self.setAccessibleDescription(description)

    # --- what is on the canvas -------------------------------------------------------------------------------------

    @property
    def drawing(self) -> Drawing:
        return self._sketch.drawing

    @property
    def picture(self) -> ShownPicture | None:
        return self.pane.picture

    @property
    def undoable(self) -> Change | None:
        """What undo would take back; None when there is nothing."""
        return self._sketch.undoable

    @property
    def redoable(self) -> Change | None:
        """What redo would do again; None when there is nothing."""
        return self._sketch.redoable

    @property
    def pen_is_down(self) -> bool:
        """Whether a stroke or a way of the rubber is not finished yet."""
        return self._held is not None

    def undo(self) -> None:
        self._lift()
        self._show(None)
        self._step(self._sketch.undo)

    def redo(self) -> None:
        self._lift()
        self._show(None)
        self._step(self._sketch.redo)

    def clear(self) -> None:
        """Take a new sheet: no picture, no strokes; undo brings the strokes back."""
        self._lift()
        before = self._sketch.drawing
        self._sketch.clear()
        self._show(None)
        self.cleared.emit(before)
        self._changed()

    def replace(self, drawing: Drawing) -> None:
        """Put `drawing`, in any unit, on the canvas, fitted to it; undo brings back what was there."""
        self._lift()
        self._show(None)
        self.cleared.emit(self._sketch.drawing)
        self._sketch.replace(fitted(drawing, FIELD))
        self._changed()

    def show_picture(self, picture: ShownPicture) -> None:
        """Put a picture in the place of the strokes, which undo brings back."""
        self._lift()
        before = self._sketch.drawing
        self._sketch.clear(Change.OPENING)
        self._show(picture)
        self.cleared.emit(before)
        self._paper.forget()
        self.update()

    def outline(self, boxes: Sequence[Box], looked_at: int) -> None:
        """Outline the digits of a drawing, unless it is a single one; `looked_at` says which is on show.

        A picture has its boxes already.
        """
        self.pane.look_at(looked_at)
        changed = self._outlines.set(boxes, looked_at, self._paper)
        if not changed.isEmpty():
            self.update(changed.toAlignedRect())

    def as_image(self) -> QImage:
        """The drawing as a picture, black on white, whatever the colours of the window."""
        return picture_of(self._sketch.drawing, self._paper.pen_width)

    def _show(self, picture: ShownPicture | None) -> None:
        if picture is not self.picture:
            self.pane.show(picture)
            self._describe()
            self._show_cursor(self._tool)
            self.picture_changed.emit()

    def _changed(self) -> None:
        self._lay_paper()
        self.drawing_changed.emit(self._sketch.drawing)

    def _step(self, change: Callable[[], None]) -> None:
        """Change the drawing, and say so when that took the last stroke away."""
        before = self._sketch.drawing
        change()
        if self._sketch.drawing.blank and not before.blank:
            self.emptied.emit(before)
        self._changed()

    # --- what one draws with ---------------------------------------------------------------------------------------

    @property
    def tool(self) -> Tool:
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Give the hand another tool; a stroke under the pen is finished first."""
        self._lift()
        self._tool = tool
        self._show_cursor(tool)
        self.update()

    @property
    def pen_width(self) -> PenWidth:
        return self._paper.pen_width

    def set_pen_width(self, width: PenWidth) -> None:
        """Show all strokes as wide; readings stay the same."""
        self._paper.pen_width = width
        self._lay_paper()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self._paper.ink = colours.ink
        self._paper.forget()
        self.update()

    def _show_cursor(self, tool: Tool) -> None:
        if self.picture is not None:
            self._cursor = None
            self.setCursor(Qt.CursorShape.CrossCursor)
            return
        wanted = (tool, round(self._diameter(tool)), self.devicePixelRatioF())
        if wanted != self._cursor:
            self._cursor = wanted
            self.setCursor(tool_cursor(*wanted))

    def _diameter(self, tool: Tool) -> float:
        """What the tool does is so wide, in pixels of the widget."""
        units = 2 * RUBBER if tool is Tool.ERASER else self._paper.pen_width.units
        return units * self._paper.scale

    # --- mouse, pen, finger ----------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._keyboard.down:
            # Escape lifts the keys' pen before it clears the canvas.
            event.setAccepted(event.key() == Qt.Key.Key_Escape)
            return event.isAccepted()
        return super().event(event)

    def hand(self, move: HandMove) -> None:
        mine = self._held is not None and self._held.device is move.device
        if self.picture is not None:
            if move.phase is Phase.DOWN:
                self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.pane.hand(move)
        elif move.phase is Phase.HOVER:
            self._show_cursor(Tool.ERASER if move.rubbing else self._tool)
        elif move.phase is Phase.DOWN and (mine or self._held is None):
            self._keyboard.shown = False
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._press(move)
        elif move.phase is Phase.MOVE and mine:
            self._move(move)
        elif move.phase is Phase.UP and mine:
            self._release(move)
        elif move.phase is Phase.CANCEL and mine:
            self._lift()

    def _press(self, move: HandMove) -> None:
        self._lift()
        rubbing = move.rubbing or self._tool is Tool.ERASER
        self._show_cursor(Tool.ERASER if rubbing else Tool.PEN)
        if not rubbing and move.device is not self._keyboard:
            self.before_stroke.emit()
        self._held = replace(move, rubbing=rubbing)
        if rubbing:
            self._unrubbed = self._sketch.drawing
            self.pen_down.emit()
            self._rubbed_to = self._paper.unit_point(move.position)
            self._rub(self._rubbed_to)
            return
        if self._sketch.drawing.blank:
            # The guide goes, wherever the stroke begins.
            self.update()
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
        self._lift()

    def _lift(self) -> None:
        if self._held is None:
            return
        self._held = None
        self._keyboard.down = False
        self._paper.finish()
        self._sketch.end()
        self.pen_up.emit()

    def _stroke_grew(self, move: HandMove) -> None:
        self.update(self._paper.grow(move.position, move.pressure).toAlignedRect())
        self.drawing_changed.emit(self._sketch.drawing)

    def _rub(self, to: Point) -> None:
        before = self._sketch.drawing
        # What is seen under the ring goes: the middle of a line does when its edge is under it.
        self._sketch.rub(self._rubbed_to, to, RUBBER + self._paper.pen_width.units / 2)
        self._rubbed_to = to
        if self._sketch.drawing is not before:
            if self._sketch.drawing.blank:
                self.emptied.emit(self._unrubbed)
            self._paper.forget()
            self.update()
            self.drawing_changed.emit(self._sketch.drawing)

    # --- the keys' pen ---------------------------------------------------------------------------------------------

    def draw_by_keys(self) -> None:
        """Show where the keys' pen is, and let the keys go to it; over a picture they choose its part."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._keyboard.shown = True
        self.update()
        announce(self, self.accessibleDescription())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.picture is not None:
            if self.pane.key(event):
                announce(self, self.pane.spoken())
            else:
                super().keyPressEvent(event)
            return
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if not plain or not self._keyboard.takes(event.key()):
            super().keyPressEvent(event)
            return
        if self._held is not None and self._held.device is not self._keyboard:
            # A hand draws: the keys wait.
            return
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        done = self._keyboard.press(event.key(), far=far, again=event.isAutoRepeat())
        place = self._paper.on_widget(self._keyboard.place)
        move = HandMove(phase=Phase.MOVE, device=self._keyboard, position=place)
        if done is KeyMove.DOWN:
            self._press(move)
        elif done is KeyMove.UP:
            self._lift()
        elif self._held is not None:
            self._move(move)
        self.update()
        if done is not None:
            announce(self, self._keyboard.spoken(done))

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() in BY_KEYBOARD:
            self._keyboard.shown = True
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self._keyboard.down:
            # The keys go elsewhere now: nobody would lift it.
            self._lift()
        super().focusOutEvent(event)

    # --- painting --------------------------------------------------------------------------------------------------

    def on_widget(self, point: Point) -> QPointF:
        """Where a point of the drawing is on the widget now."""
        return self._paper.on_widget(point)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_paper()

    def hideEvent(self, event: QHideEvent) -> None:
        # A window that goes away under the pen never hears of its release.
        self._lift()
        super().hideEvent(event)

    def _lay_paper(self) -> None:
        """Have everything seen and painted anew, the stroke under the pen as well."""
        self.pane.fit(QSizeF(self.size()))
        self._paper.fit(QSizeF(self.size()), self._sketch.drawing)
        if self._held is not None and not self._held.rubbing:
            self._paper.resume(self._sketch.drawing.strokes[-1])
        self._show_cursor(self._tool)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.fillRect(event.rect(), QColor(self._colours.paper if self.picture is None else self._colours.window))
        if self.picture is not None:
            self.pane.paint(painter, self.devicePixelRatioF())
        else:
            if self._sketch.drawing.blank:
                paint_guide(painter, self.rect(), self._colours, for_keys=self.hasFocus() and self._keyboard.shown)
            self._outlines.paint(painter, self._paper, self._colours)
            self._paper.paint(painter, QRectF(event.rect()), self._sketch.drawing, self.devicePixelRatioF())
        focused = self.hasFocus()
        if focused and self._keyboard.shown and self.picture is None:
            place = self._paper.on_widget(self._keyboard.place)
            self._keyboard.paint(painter, place, self._diameter(self._tool), self._colours)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._colours.accent if focused else self._colours.border), 2 if focused else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

"""Turns what a hand or the keys do into a drawing, and shows it, or a picture in its place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
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
from mnist_desktop.gui.drawing_pane import DrawingPane
from mnist_desktop.gui.hands import HandMove, HandWidget, Phase
from mnist_desktop.gui.number_outlines import Box
from mnist_desktop.gui.paper import picture_of
from mnist_desktop.gui.picture_pane import PicturePane
from mnist_desktop.gui.shown_picture import ShownPicture
from mnist_desktop.gui.theme import LIGHT, Colours
from mnist_desktop.gui.tools import PenWidth, Tool, tool_cursor
from mnist_desktop.ink.drawing import Drawing, Point
from mnist_desktop.ink.sketch import Change

BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
"""How the focus comes to somebody who uses the keyboard and wants to see where its pen is."""

LEAST_SIDE = 220
"""Pixels of each side: with less room nobody draws a digit."""


class Canvas(HandWidget):
    """A sheet of paper with a drawing, or a picture that lies on it: hand and keys go to the one that is seen."""

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
        self._sheet = DrawingPane(self)
        self.pane = PicturePane(self)
        self._cursor: tuple[Tool, int, float] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(LEAST_SIDE, LEAST_SIDE)
        self.pane.changed.connect(self.update)
        self.pane.digit_chosen.connect(self.digit_chosen)
        self._sheet.changed.connect(self._paint_again)
        self._sheet.tool_shown.connect(self._show_cursor)
        self._sheet.drawing_changed.connect(self.drawing_changed)
        self._sheet.before_stroke.connect(self.before_stroke)
        self._sheet.pen_down.connect(self.pen_down)
        self._sheet.pen_up.connect(self.pen_up)
        self._sheet.emptied.connect(self.emptied)
        self._describe()
        self.set_colours(LIGHT)

    def sizeHint(self) -> QSize:
        return QSize(560, 560)

    def _describe(self) -> None:
        """Say to screen readers what is here, and what one can do with it."""
        name, description = self.tr("Canvas"), self._sheet.keyboard.description
        if self.picture is not None:
            name, description = self.tr("Picture"), self.pane.description
        self.setAccessibleName(name)
        self.setAccessibleDescription(description)

    # --- what is on the canvas -------------------------------------------------------------------------------------

    @property
    def drawing(self) -> Drawing:
        return self._sheet.drawing

    @property
    def picture(self) -> ShownPicture | None:
        return self.pane.picture

    @property
    def undoable(self) -> Change | None:
        """What undo would take back; None when there is nothing."""
        return self._sheet.undoable

    @property
    def redoable(self) -> Change | None:
        """What redo would do again; None when there is nothing."""
        return self._sheet.redoable

    @property
    def pen_is_down(self) -> bool:
        """Whether a stroke or a way of the rubber is not finished yet."""
        return self._sheet.is_held

    def undo(self) -> None:
        self._uncover()
        self._sheet.undo()

    def redo(self) -> None:
        self._uncover()
        self._sheet.redo()

    def clear(self) -> None:
        """Take a new sheet: no picture, no strokes; undo brings the strokes back."""
        self._sheet.lift()
        before = self.drawing
        self._sheet.empty()
        self._show(None)
        self.cleared.emit(before)
        self._sheet.show_changed()

    def replace(self, drawing: Drawing) -> None:
        """Put `drawing`, in any unit, on the canvas, fitted to it; undo brings back what was there."""
        self._uncover()
        self.cleared.emit(self.drawing)
        self._sheet.replace(drawing)

    def show_picture(self, picture: ShownPicture) -> None:
        """Put a picture in the place of the strokes, which undo brings back."""
        self._sheet.lift()
        before = self.drawing
        self._sheet.empty(Change.OPENING)
        self._show(picture)
        self.cleared.emit(before)
        self._sheet.lay()

    def outline(self, boxes: Sequence[Box], looked_at: int) -> None:
        """Outline the digits of a drawing, unless it is a single one; `looked_at` says which is on show.

        A picture has its boxes already.
        """
        self.pane.look_at(looked_at)
        self._sheet.outline(boxes, looked_at)

    def as_image(self) -> QImage:
        """The drawing as a picture, black on white, whatever the colours of the window."""
        return picture_of(self.drawing, self.pen_width)

    def _uncover(self) -> None:
        """Finish what is under the pen, and take away the picture that lies on the sheet."""
        self._sheet.lift()
        self._show(None)

    def _show(self, picture: ShownPicture | None) -> None:
        if picture is not self.picture:
            self.pane.show(picture)
            self._describe()
            self._show_cursor(self.tool)
            self.picture_changed.emit()

    # --- what one draws with ---------------------------------------------------------------------------------------

    @property
    def tool(self) -> Tool:
        return self._sheet.tool

    def set_tool(self, tool: Tool) -> None:
        """Give the hand another tool; a stroke under the pen is finished first."""
        self._sheet.set_tool(tool)

    @property
    def pen_width(self) -> PenWidth:
        return self._sheet.pen_width

    def set_pen_width(self, width: PenWidth) -> None:
        """Show all strokes as wide; readings stay the same."""
        self._sheet.set_pen_width(width)

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self._sheet.set_colours(colours)

    def _show_cursor(self, tool: Tool) -> None:
        if self.picture is not None:
            self._cursor = None
            self.setCursor(Qt.CursorShape.CrossCursor)
            return
        wanted = (tool, round(self._sheet.diameter(tool)), self.devicePixelRatioF())
        if wanted != self._cursor:
            self._cursor = wanted
            self.setCursor(tool_cursor(*wanted))

    # --- mouse, pen, finger, keys ----------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._sheet.keyboard.down:
            # Escape lifts the keys' pen before it clears the canvas.
            event.setAccepted(event.key() == Qt.Key.Key_Escape)
            return event.isAccepted()
        return super().event(event)

    def hand(self, move: HandMove) -> None:
        if move.phase is Phase.DOWN:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self.picture is not None:
            self.pane.hand(move)
        else:
            self._sheet.hand(move)

    def draw_by_keys(self) -> None:
        """Show where the keys' pen is, and let the keys go to it; over a picture they choose its part."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._sheet.keyboard.shown = True
        self.update()
        announce(self, self.accessibleDescription())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        pane = self._sheet if self.picture is None else self.pane
        if not pane.key(event):
            super().keyPressEvent(event)
        elif spoken := pane.spoken():
            announce(self, spoken)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() in BY_KEYBOARD:
            self._sheet.keyboard.shown = True
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self._sheet.keyboard.down:
            # The keys go elsewhere now: nobody would lift it.
            self._sheet.lift()
        super().focusOutEvent(event)

    # --- painting --------------------------------------------------------------------------------------------------

    def on_widget(self, point: Point) -> QPointF:
        """Where a point of the drawing is on the widget now."""
        return self._sheet.on_widget(point)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.pane.fit(QSizeF(self.size()))
        self._sheet.fit(QSizeF(self.size()))

    def hideEvent(self, event: QHideEvent) -> None:
        # A window that goes away under the pen never hears of its release.
        self._sheet.lift()
        super().hideEvent(event)

    def _paint_again(self, area: QRect) -> None:
        if area.isNull():
            self.update()
        else:
            self.update(area)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.fillRect(event.rect(), QColor(self._colours.paper if self.picture is None else self._colours.window))
        focused, ratio = self.hasFocus(), self.devicePixelRatioF()
        if self.picture is not None:
            self.pane.paint(painter, ratio)
        else:
            self._sheet.paint(painter, event.rect(), ratio, focused=focused)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._colours.accent if focused else self._colours.border), 2 if focused else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

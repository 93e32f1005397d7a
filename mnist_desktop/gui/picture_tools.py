"""Brings together what is there only while a picture is shown: how it was read, and what one can choose about it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from mnist_desktop.gui.announcing import announce
from mnist_desktop.gui.canvas import LEAST_SIDE, Canvas
from mnist_desktop.gui.picture_controls import PictureControls
from mnist_desktop.gui.picture_steering import PictureSteering
from mnist_desktop.gui.readings import PictureRead
from mnist_desktop.gui.steps_strip import StepsStrip
from mnist_desktop.gui.theme import Colours

LEAST_PICTURE = 160
"""Pixels: a picture gives up some room, for in a small window with large letters its controls need it."""


class PictureTools(QObject):
    """The strip beside the picture and the controls above it follow the picture, and the picture follows them."""

    def __init__(self, canvas: Canvas, rest_seconds: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._drawing_tools: tuple[QWidget, ...] = ()
        self.steering = PictureSteering(rest_seconds, self)
        self.controls = PictureControls(parent)
        self.strip = StepsStrip(parent)
        canvas.picture_changed.connect(self._picture_changed)
        canvas.pane.part_chosen.connect(self.steering.choose_part)
        canvas.pane.looked_at.connect(self._show)
        self.controls.whole_wanted.connect(lambda: canvas.pane.choose_part(None))
        self.controls.flipped.connect(self.steering.flip)
        self.controls.threshold_moved.connect(self.steering.move_threshold)
        self.strip.step_wanted.connect(canvas.pane.show_step)
        self.steering.changed.connect(self._show)
        parent.installEventFilter(self)
        canvas.installEventFilter(self)
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape takes back the part of a picture before it clears the canvas, wherever in the tab the keys go.

        And the strip is as wide as the canvas beside it is high enough for.
        """
        kind = event.type()
        if watched is self._canvas:
            if kind is QEvent.Type.Resize:
                self.strip.set_room(self._canvas.height())
            return False
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and isinstance(event, QKeyEvent):
            pane = self._canvas.pane
            if event.key() == Qt.Key.Key_Escape and pane.wants_escape():
                event.accept()
                if kind is QEvent.Type.KeyPress and pane.leave_part():
                    announce(self._canvas, pane.spoken())
                return True
        return False

    def stand_beside(self, buttons: Sequence[QWidget], drawing_tools: Sequence[QWidget]) -> None:
        """Have the controls come after `buttons`, of which the drawing tools give up their place to them."""
        self._drawing_tools = tuple(drawing_tools)
        controls = (self.controls.whole, self.controls.flip, self.controls.threshold, self.controls.automatic)
        for order in ((buttons[-1], *controls), (self._canvas, *self.strip.tiles.values())):
            for before, after in pairwise(order):
                QWidget.setTabOrder(before, after)
        self._show()

    def begin(self, answer: PictureRead, sheet: int) -> None:
        """This picture was read and is shown; it is recorded on `sheet`."""
        self.strip.look_at_picture()
        self.steering.begin(answer, sheet)

    def takes(self, answer: PictureRead) -> bool:
        """Show the picture as it was read anew, where it was, by `answer`; whether that is still what is wanted."""
        if not self.steering.takes(answer):
            return False
        if answer.shown is not None:
            self._canvas.pane.show_again(answer.shown)
        self._show()
        return True

    def set_colours(self, colours: Colours) -> None:
        self.strip.set_colours(colours)

    def _picture_changed(self) -> None:
        # One that comes is told by `begin`, when it is known where it is recorded.
        self.steering.end()

    def _show(self) -> None:
        picture = self._canvas.picture
        steps = None if picture is None else picture.steps
        for tool in self._drawing_tools:
            tool.setVisible(steps is None)
        self.controls.set_visible(steps is not None)
        self.strip.setVisible(steps is not None)
        side = LEAST_SIDE if steps is None else LEAST_PICTURE
        self._canvas.setMinimumSize(side, side)
        choices = self.steering.choices
        self.controls.set_state(
            part=choices.part is not None, flipped=choices.polarity is not None, threshold=choices.threshold
        )
        if steps is None:
            self.strip.forget()
        else:
            self.strip.show_steps(steps, self._canvas.pane.digit)

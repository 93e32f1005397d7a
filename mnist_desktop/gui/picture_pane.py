"""Turns what a hand or the keys do to a picture into a choice of a part or a digit of it, and shows the picture."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from mnist_desktop.gui.hands import HandMove, Phase
from mnist_desktop.gui.keyboard_pen import DIRECTIONS
from mnist_desktop.gui.picture_steps import ShownStep, StepName
from mnist_desktop.gui.shown_picture import ShownPicture, paint_outline, paint_part, placed
from mnist_desktop.ink.choices import Box, within

ROOM = 2.0
"""Pixels between the picture and the edge of the widget."""

KEY_STEPS = 40
"""A key moves an edge by one of so many parts of the picture's longer side."""

WHOLE = QRectF(0, 0, 1, 1)


class PicturePane(QObject):
    """A picture as large as there is room for: what one drags over is the part that counts, what one clicks a digit.

    In its place each step of its reading can be looked at as large.
    """

    part_chosen = Signal(object)
    """The Box that is to be looked at, in pixels of the picture, or None for all of it; with each move of a drag."""
    digit_chosen = Signal(int)
    """Which digit, in reading order, was clicked."""
    looked_at = Signal()
    """Another digit is the one that is looked at."""
    changed = Signal()
    """What is to be painted is different now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._picture: ShownPicture | None = None
        self._part: Box | None = None
        self._digit = 0
        self._name = StepName.PICTURE
        self._size = QSizeF(1, 1)
        self._held: object | None = None
        self._began = QPointF()
        self._part_before: Box | None = None
        self._dragging = False
        self._under_hand: ShownStep | None = None
        self._painted: tuple[int, QSizeF, float] | None = None
        self._pixmap = QPixmap()

    # --- what is shown ---------------------------------------------------------------------------------------------

    @property
    def picture(self) -> ShownPicture | None:
        return self._picture

    @property
    def part(self) -> Box | None:
        """What of the picture was chosen; None for all of it."""
        return self._part

    @property
    def description(self) -> str:
        """For a screen reader: what one does with a picture, and how without a mouse."""
        return self.tr(
            "Drag over the part that is to be read, or choose it with the keyboard: arrow keys move it, with Shift "
            "they make it larger and smaller, Esc takes the whole picture. Clear leads back to drawing."
        )

    @property
    def digit(self) -> int:
        """Which digit, in reading order, is looked at."""
        return self._digit

    def show(self, picture: ShownPicture | None) -> None:
        """Show another picture, or none."""
        self._held = self._under_hand = None
        # Megabytes: not to be kept for as long as one draws.
        self._painted, self._pixmap = None, QPixmap()
        self._picture = picture
        self._part = None if picture is None else picture.choices.part
        self._digit = 0
        self._name = StepName.PICTURE
        self.changed.emit()

    def show_again(self, picture: ShownPicture) -> None:
        """Show the same picture as it was read anew; a drag that goes on is not disturbed."""
        self._picture = picture
        self.changed.emit()

    def choose_part(self, part: Box | None) -> None:
        """Have a part of the picture looked at, or all of it."""
        if self._picture is not None and part != self._part:
            self._part = part
            self.changed.emit()
            self.part_chosen.emit(part)

    def look_at(self, digit: int) -> None:
        """Outline this digit more clearly than the others."""
        if digit != self._digit:
            self._digit = digit
            self.looked_at.emit()
            self.changed.emit()

    def show_step(self, name: StepName) -> None:
        """Show that step in the place of the picture."""
        if name is not self._name:
            self._name = name
            self.changed.emit()

    def fit(self, size: QSizeF) -> None:
        """Take all of a widget of `size`."""
        self._size = size

    # --- mouse, pen, finger ----------------------------------------------------------------------------------------

    def hand(self, move: HandMove) -> None:
        """A hand does something over the picture."""
        mine = self._held is not None and self._held is move.device
        if move.phase is Phase.DOWN and (mine or self._held is None):
            self._held, self._began, self._dragging = move.device, move.position, False
            self._part_before = self._part
            # What a drag leads to must not move the picture away under the hand.
            self._under_hand = self._step()
        elif move.phase is Phase.MOVE and mine:
            self._drag(move.position)
        elif move.phase is Phase.UP and mine:
            self._drag(move.position)
            if not self._dragging:
                self._click(move.position)
            self._let_go()
        elif move.phase is Phase.CANCEL and mine:
            self.call_off()

    def call_off(self) -> bool:
        """Go back to the part before the drag that goes on; whether there was one."""
        was_dragging = self._held is not None and self._dragging
        self._let_go()
        if was_dragging:
            self.choose_part(self._part_before)
        return was_dragging

    def _let_go(self) -> None:
        self._held = self._under_hand = None
        self.changed.emit()

    def _drag(self, to: QPointF) -> None:
        far = (to - self._began).manhattanLength() >= QApplication.startDragDistance()
        self._dragging = self._dragging or far
        part = self._between(self._began, to) if self._dragging else None
        if part is not None:
            self.choose_part(part)

    def _click(self, at: QPointF) -> None:
        boxes = () if self._picture is None else self._picture.boxes
        area, target = self._area(), self._target()
        for digit, box in enumerate(boxes):
            if area is not None and placed(QRectF(*box), area, target).adjusted(-4, -4, 4, 4).contains(at):
                self.digit_chosen.emit(digit)
                return

    def _between(self, one: QPointF, other: QPointF) -> Box | None:
        """The pixels of the picture between two places of the widget; None when there are none."""
        area, target = self._area(), self._target()
        if self._picture is None or area is None or target.isEmpty():
            return None
        width, height = self._picture.size
        across, down = area.width() / target.width() * width, area.height() / target.height() * height
        chosen = QRectF(one, other).normalized() & target
        left, top = area.x() * width + (chosen.x() - target.x()) * across, area.y() * height
        top += (chosen.y() - target.y()) * down
        box = round(left), round(top), round(chosen.width() * across), round(chosen.height() * down)
        return within(box, (width, height)) if min(box[2:]) > 0 else None

    # --- keys ------------------------------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Move the part by an arrow key, or with Shift its lower right corner; whether the key meant anything here."""
        if self._picture is None or event.key() not in DIRECTIONS:
            return False
        width, height = self._picture.size
        step = max(1, round(max(width, height) / KEY_STEPS))
        across, down = (step * way for way in DIRECTIONS[Qt.Key(event.key())])
        x, y, wide, high = self._part or self._first_part()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            wide, high = max(step, wide + across), max(step, high + down)
        else:
            x, y = min(max(0, x + across), width - wide), min(max(0, y + down), height - high)
        self.choose_part(within((x, y, wide, high), (width, height)))
        return True

    def spoken(self) -> str:
        """For a screen reader: the part that the keys chose."""
        if self._part is None:
            return self.tr("the whole picture")
        x, y, width, height = self._part
        text = self.tr("{width} by {height} pixels, {x} from the left, {y} from the top")
        return text.format(width=width, height=height, x=x, y=y)

    def wants_escape(self) -> bool:
        """Whether Escape has something to take back here before it clears the canvas."""
        return self._picture is not None and ((self._dragging and self._held is not None) or self._part is not None)

    def leave_part(self) -> bool:
        """Go back to the part before the drag that goes on, or to the whole picture; whether there was either."""
        if not self.wants_escape():
            return False
        if not self.call_off():
            self.choose_part(None)
        return True

    def _first_part(self) -> Box:
        """Where the keys begin: what was found and some room around it, or the middle of the picture."""
        assert self._picture is not None
        width, height = self._picture.size
        found = QRectF()
        for box in self._picture.boxes:
            found |= QRectF(*box)
        if found.isEmpty():
            found = QRectF(0.25, 0.25, 0.5, 0.5)
        across, down = found.width() / 4, found.height() / 4
        found = found.adjusted(-across, -down, across, down) & WHOLE
        box = found.x() * width, found.y() * height, found.width() * width, found.height() * height
        x, y, wide, high = (round(each) for each in box)
        return within((x, y, max(1, wide), max(1, high)), (width, height))

    # --- painting --------------------------------------------------------------------------------------------------

    def _step(self) -> ShownStep | None:
        """What is shown: the step that is wanted, or the picture where that step left nothing."""
        picture = self._picture
        if picture is None or self._under_hand is not None:
            return self._under_hand
        step = None if picture.steps is None else picture.steps.of(self._name, self._digit)
        return step or ShownStep(image=picture.image, small=picture.image, area=(0, 0, 1, 1))

    def _area(self) -> QRectF | None:
        step = self._step()
        return None if step is None or step.area is None else QRectF(*step.area)

    def _target(self) -> QRectF:
        """Where on the widget the picture or step is."""
        step = self._step()
        if step is None:
            return QRectF()
        room = QSizeF(max(1.0, self._size.width() - 2 * ROOM), max(1.0, self._size.height() - 2 * ROOM))
        size = QSizeF(step.image.size()).scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(QPointF(), size)
        target.moveCenter(QRectF(QPointF(), self._size).center())
        return target

    def paint(self, painter: QPainter, ratio: float) -> None:
        """Paint the picture with what was chosen and found in it; `ratio` is that of the screen's pixels to these."""
        step, target, picture = self._step(), self._target(), self._picture
        if step is None or picture is None:
            return
        painter.drawPixmap(target.topLeft(), self._scaled(step, target.size(), ratio))
        if step.area is None:
            return
        painter.save()
        painter.setClipRect(target.adjusted(-ROOM, -ROOM, ROOM, ROOM), Qt.ClipOperation.IntersectClip)
        area = QRectF(*step.area)
        if self._part is not None:
            paint_part(painter, placed(picture.shares(self._part), area, target), target)
        for digit, box in enumerate(picture.boxes):
            looked_at = digit == self._digit or len(picture.boxes) == 1
            paint_outline(painter, placed(QRectF(*box), area, target), target, looked_at=looked_at)
        painter.restore()

    def _scaled(self, step: ShownStep, size: QSizeF, ratio: float) -> QPixmap:
        """The step at its size on the screen: scaled once, not with every outline that moves over it."""
        wanted = step.image.cacheKey(), size, ratio
        if wanted != self._painted:
            self._painted = wanted
            pixels = (size * ratio).toSize()
            # The pixels of a glyph are to be seen as such; a photograph is smooth at any size.
            kept = step.area is None and pixels.width() > 2 * step.image.width()
            way = Qt.TransformationMode.FastTransformation if kept else Qt.TransformationMode.SmoothTransformation
            image = step.image.scaled(pixels, Qt.AspectRatioMode.IgnoreAspectRatio, way)
            self._pixmap = QPixmap.fromImage(image)
            self._pixmap.setDevicePixelRatio(ratio)
        return self._pixmap

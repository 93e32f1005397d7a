"""A strip that tells how a picture was read: the picture, flattened, its ink, the digit's crop, the glyph."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from mnist_desktop.gui.picture_steps import ShownStep, ShownSteps, StepName
from mnist_desktop.gui.theme import LIGHT, RADIUS, SPACE, Colours, scaled_font

LEAST_SIDE = 40
"""Pixels that a step's picture has at the least, across and down; below that the strip scrolls."""

MOST_SIDE = 128
"""In a high window they do not grow beyond this: a glyph is small."""


class StepTile(QAbstractButton):
    """One step, small and with its name; it is looked at large while it is checked or under the mouse."""

    looked_at = Signal(bool)
    """The mouse comes, or goes."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._step: ShownStep | None = None
        self._colours = LIGHT
        self._scaled: tuple[int, QSize, QPixmap] | None = None
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    @property
    def words_height(self) -> int:
        """What the name of the step and the room around the picture take of the height."""
        return self.fontMetrics().height() + SPACE

    def set_step(self, step: ShownStep | None, description: str) -> None:
        """Show what the step left, or that it left nothing."""
        self._step = step
        if step is None:
            self._scaled = None
        self.setAccessibleDescription(description)
        self.setToolTip(description)
        self.update()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = max(LEAST_SIDE + SPACE, metrics.horizontalAdvance(self.text()) + SPACE)
        return QSize(width, LEAST_SIDE + self.words_height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.looked_at.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.looked_at.emit(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, whole = self._colours, QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.track))
            painter.drawRoundedRect(whole, RADIUS / 2, RADIUS / 2)
        if self.hasFocus() or self.isChecked():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 2 if self.hasFocus() else 1))
            painter.drawRoundedRect(whole, RADIUS / 2, RADIUS / 2)
        words = self.fontMetrics().height()
        self._paint_step(painter, whole.adjusted(SPACE / 2, SPACE / 2, -SPACE / 2, -words - 2))
        painter.setPen(QColor(colours.text))
        below = QRectF(0, self.height() - words - 2, self.width(), words)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), self.text())

    def _paint_step(self, painter: QPainter, room: QRectF) -> None:
        if self._step is None:
            painter.setPen(QPen(QColor(self._colours.border), 1, Qt.PenStyle.DashLine))
            painter.drawRect(room)
            return
        size = QSizeF(self._step.small.size()).scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(QPointF(), size)
        target.moveCenter(room.center())
        painter.drawPixmap(target.topLeft(), self._pixmap(self._step, size))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._colours.border), 1))
        painter.drawRect(target)

    def _pixmap(self, step: ShownStep, size: QSizeF) -> QPixmap:
        ratio = self.devicePixelRatioF()
        wanted = step.small.cacheKey(), (size * ratio).toSize()
        if self._scaled is None or self._scaled[:2] != wanted:
            # The pixels of a glyph are to be seen as such.
            larger = wanted[1].width() > step.small.width()
            way = Qt.TransformationMode.FastTransformation if larger else Qt.TransformationMode.SmoothTransformation
            image = step.small.scaled(wanted[1], Qt.AspectRatioMode.IgnoreAspectRatio, way)
            pixmap = QPixmap.fromImage(image)
            pixmap.setDevicePixelRatio(ratio)
            self._scaled = *wanted, pixmap
        return self._scaled[2]


class StepsStrip(QScrollArea):
    """The steps from top to bottom, the picture first; it says which one is to be looked at large."""

    step_wanted = Signal(object)
    """The StepName that is checked or under the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = 0
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        self._heading = QLabel(self.tr("How it was read"), inside)
        self._heading.setProperty("tone", "muted")
        self._heading.setWordWrap(True)
        self._heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._heading)
        self.tiles = {name: StepTile(text, inside) for name, text in self._names().items()}
        for name, tile in self.tiles.items():
            tile.toggled.connect(self._choose)
            tile.looked_at.connect(lambda on, name=name: self._peek(name if on else None))
            column.addWidget(tile, 100)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self._heading.text())
        self.tiles[StepName.PICTURE].setChecked(True)
        self._fit()

    def _names(self) -> dict[StepName, str]:
        return {
            StepName.PICTURE: self.tr("Picture"),
            StepName.FLATTENED: self.tr("Flattened"),
            StepName.INK: self.tr("Ink"),
            StepName.CROP: self.tr("Crop"),
            StepName.GLYPH: self.tr("Glyph"),
        }

    def show_steps(self, steps: ShownSteps, digit: int) -> None:
        """Show how that digit, in reading order, was read."""
        for name, tile in self.tiles.items():
            tile.set_step(steps.of(name, digit), self._description(name, steps, digit))

    def forget(self) -> None:
        """The picture has left the window: what its steps show, megabytes, goes with it."""
        for tile in self.tiles.values():
            tile.set_step(None, "")

    def look_at_picture(self) -> None:
        """Another picture comes: it is seen before its steps."""
        self.tiles[StepName.PICTURE].setChecked(True)

    @property
    def looked_at(self) -> StepName:
        """The step that is looked at when the mouse is elsewhere."""
        return next(name for name, tile in self.tiles.items() if tile.isChecked())

    def _choose(self, on: bool) -> None:
        if on:
            self.step_wanted.emit(self.looked_at)

    def _peek(self, name: StepName | None) -> None:
        self.step_wanted.emit(name or self.looked_at)

    def _description(self, name: StepName, steps: ShownSteps, digit: int) -> str:
        step = steps.of(name, digit)
        if step is None:
            return self.tr("Nothing: no ink was found")
        size = {"width": step.image.width(), "height": step.image.height()}
        sides = {
            "dark on light": self.tr("dark ink on light paper"),
            "light on dark": self.tr("light ink on dark paper"),
        }
        percent = f"{100 * steps.threshold:.0f}"
        texts = {
            StepName.PICTURE: self.tr("What was opened, {width} by {height} pixels").format(**size),
            StepName.FLATTENED: self.tr("In even light, without shadows: {side}").format(side=sides[steps.polarity]),
            StepName.INK: self.tr(
                "What differs from the paper by more than {percent} %; black is the digit, grey was left out"
            ).format(percent=percent),
            StepName.CROP: self.tr("The digit's ink on its own, {width} by {height} pixels").format(**size),
            StepName.GLYPH: self.tr("What the model sees, {width} by {height} pixels").format(**size),
        }
        return texts[name]

    def set_colours(self, colours: Colours) -> None:
        for tile in self.tiles.values():
            tile.set_colours(colours)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        """Wide enough for its words at this font, and for pictures as wide as there is height for them to be high."""
        font = scaled_font(self.font(), "small")
        self._heading.setFont(font)
        for tile in self.tiles.values():
            tile.setFont(font)
            tile.setMaximumHeight(MOST_SIDE + tile.words_height)
            tile.updateGeometry()
        self._widen()

    def set_room(self, height: int) -> None:
        """So many pixels of height are there for the strip: its pictures may be as wide as they are high."""
        if height != self._room:
            self._room = height
            self._widen()

    def _widen(self) -> None:
        tiles = self.tiles.values()
        words = max(tile.sizeHint().width() for tile in tiles)
        left = self._room - 2 * self._heading.fontMetrics().height() - sum(tile.words_height for tile in tiles)
        side = min(MOST_SIDE, max(LEAST_SIDE, left // len(tiles)))
        self.setFixedWidth(max(side + 2 * SPACE, words) + self.verticalScrollBar().sizeHint().width())

"""Shows the digits of a number one by one, with what the model saw of each, and lets the person choose one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from mnist_desktop.gui.answer import likely_two
from mnist_desktop.gui.bars import percent
from mnist_desktop.gui.flow import FlowLayout
from mnist_desktop.gui.preview import SIDE
from mnist_desktop.gui.theme import LIGHT, SPACE, Colours
from mnist_desktop.gui.tool_tips import as_it_stands

if TYPE_CHECKING:
    from mnist_desktop.recognition.reader import NumberReading, Reading

ROOM = 6
"""Around glyph and label of a digit, in device-independent pixels."""


@dataclass(frozen=True, kw_only=True)
class ShownDigit:
    """One digit as its button shows it."""

    levels: bytes | None = None
    """The glyph, 28×28, row by row."""
    label: str = ""
    doubted: bool = False


class NumberStrip(QWidget):
    """A button for each digit, in reading order, and below them what is said of the chosen one; nothing for one digit.

    The buttons are those of a radio group: Tab comes to the chosen one, the arrow keys choose another.
    """

    chosen = Signal(int)
    """Which digit, from 0, the person wants to look at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = LIGHT
        self._number: NumberReading | None = None
        self._said: tuple[str | None, ...] = ()
        self._chosen = 0
        self._shown: dict[int, tuple[object, ...]] = {}
        self._buttons: list[DigitButton] = []
        self._verdict = DigitVerdict(self)
        self._row = FlowLayout()
        self._row.setSpacing(SPACE // 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addLayout(self._row)
        column.addWidget(self._verdict)
        self.setAccessibleName(self.tr("Digits of the number"))
        self._add_button()
        self.hide()

    @property
    def buttons(self) -> tuple[DigitButton, ...]:
        """Those that one sees, in reading order."""
        return tuple(button for button in self._buttons if not button.isHidden()) if not self.isHidden() else ()

    @property
    def row_height(self) -> int:
        """What digits that stand in one row take, whether there are any or not."""
        return self.first.sizeHint().height() + self._row.spacing() + self._verdict.sizeHint().height()

    @property
    def first(self) -> DigitButton:
        """What comes first as Tab goes on, once there are digits."""
        return self._buttons[0]

    @property
    def verdict(self) -> str:
        """What it says of the chosen digit."""
        return self._verdict.text

    def show_number(self, number: NumberReading | None, chosen: int) -> None:
        """Show these digits, nothing said of them yet; `chosen` is the one whose glyph and bars are shown."""
        self._number, self._chosen, self._said = number, chosen, ()
        self._show()

    def choose(self, place: int) -> None:
        """Another digit's glyph and bars are shown now."""
        self._chosen = place
        self._show()

    def show_said(self, said: Sequence[str | None]) -> None:
        """What the person said that the digits were, by their places; None where nothing was said."""
        if tuple(said) != self._said:
            self._said = tuple(said)
            self._show()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self._verdict.set_colours(colours)
        for button in self._buttons:
            button.set_colours(colours)

    def _show(self) -> None:
        digits = () if self._number is None else self._number.digits
        if len(digits) < 2:
            self.hide()
            return
        while len(self._buttons) < len(digits):
            self._add_button()
        for place, button in enumerate(self._buttons):
            if place < len(digits):
                self._show_digit(place, digits[place].reading, self._said_of(place))
            button.setVisible(place < len(digits))
        self._buttons[self._chosen].setChecked(True)
        for place, button in enumerate(self._buttons):
            # Tab comes to the chosen one at once; Qt sees to that only once one of them had the focus.
            chosen = place == self._chosen
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus)
        self._verdict.say(self._spoken(self._chosen, digits[self._chosen].reading, self._said_of(self._chosen)))
        self.show()

    def _show_digit(self, place: int, reading: Reading, said: str | None) -> None:
        button = self._buttons[place]
        count = 0 if self._number is None else len(self._number.digits)
        shown = (reading.glyph, reading.prediction, reading.verdict, said, count)
        if self._shown.get(place) == shown:
            # Of most digits nothing changes with a move of the pen.
            return
        self._shown[place] = shown
        label = said or ("" if reading.prediction is None else reading.prediction.label)
        doubted = reading.verdict.value == "unsure" and not said
        levels = None if reading.glyph is None else reading.glyph.levels.tobytes()
        button.show_digit(ShownDigit(levels=levels, label=label, doubted=doubted))
        button.setAccessibleName(self._spoken(place, reading, said))
        button.setToolTip(as_it_stands(button.accessibleName()))

    def _said_of(self, place: int) -> str | None:
        return self._said[place] if place < len(self._said) else None

    def _add_button(self) -> None:
        place = len(self._buttons)
        button = DigitButton(self)
        button.set_colours(self._colours)
        button.clicked.connect(lambda: self.chosen.emit(place))
        self._buttons.append(button)
        self._row.addWidget(button)
        if place:
            QWidget.setTabOrder(self._buttons[place - 1], button)

    def _spoken(self, place: int, reading: Reading, said: str | None) -> str:
        count = 0 if self._number is None else len(self._number.digits)
        prediction = reading.prediction
        label = sure = first = second = ""
        if said:
            sentence = self.tr("Digit {place} of {count}: you said it was {said}")
        elif prediction is None:
            sentence = self.tr("Digit {place} of {count}: blank")
        elif reading.verdict.value == "digit":
            sentence = self.tr("Digit {place} of {count}: {label}, {sure} sure")
            label, sure = prediction.label, percent(prediction.confidence)
        elif (likely := likely_two(prediction)) is None:
            sentence = self.tr("Digit {place} of {count}: unsure, perhaps none of these")
        else:
            sentence = self.tr("Digit {place} of {count}: unsure, could be {first} or {second}")
            first, second = likely
        return sentence.format(
            place=place + 1, count=count, said=said, label=label, sure=sure, first=first, second=second
        )


class DigitButton(QRadioButton):
    """One digit: its glyph at its own size, and what it was read as.

    Painted by hand, and always as large: it may change with every move of the pen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digit = ShownDigit()
        self._colours = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def digit(self) -> ShownDigit:
        return self._digit

    def show_digit(self, digit: ShownDigit) -> None:
        if digit != self._digit:
            self._digit = digit
            self.update()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE + 2 * ROOM, SIDE + self._label_height() + 2 * ROOM)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.FontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def _label_height(self) -> int:
        return int(self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._colours
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        line = colours.text if self.hasFocus() else colours.accent if self.isChecked() else colours.track
        thick = 2 if self.hasFocus() or self.isChecked() or self.underMouse() else 1
        painter.setPen(QPen(QColor(colours.warning if self._digit.doubted and thick == 1 else line), thick))
        painter.setBrush(QColor(colours.control if self.isChecked() else colours.surface))
        painter.drawRoundedRect(frame, ROOM, ROOM)
        glyph = QRect((self.width() - SIDE) // 2, ROOM, SIDE, SIDE)
        if self._digit.levels is not None:
            image = QImage(self._digit.levels, SIDE, SIDE, SIDE, QImage.Format.Format_Grayscale8)
            painter.drawImage(glyph, image)
        font = QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        # Not by colour alone.
        label = f"{self._digit.label}?" if self._digit.doubted else self._digit.label
        painter.setPen(QColor(colours.warning if self._digit.doubted else colours.text))
        below = QRect(ROOM // 2, ROOM + SIDE, self.width() - ROOM, self.height() - SIDE - ROOM - 2)
        elided = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideRight, below.width())
        painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), elided)


class DigitVerdict(QWidget):
    """A line about the chosen digit; painted by hand, for it may change with every move of the pen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._lines = 1
        self._colours = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        return self._text

    def say(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.setToolTip(as_it_stands(text))
            self._fit()
            self.update()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, self._lines * int(self.fontMetrics().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Take a second line where the font is too large for one."""
        lines = 1 if self.fontMetrics().horizontalAdvance(self._text) <= self.width() else 2
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(self._colours.muted))
        how = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect(), int(how), self._text)

"""Shows what was read in large type, how sure it is in words, and how long it took in small type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QWidget

from mnist_desktop.gui.announcing import announce
from mnist_desktop.gui.bars import percent
from mnist_desktop.gui.theme import LIGHT, SPACE, Colours, scaled_font

if TYPE_CHECKING:
    from mnist_desktop.recognition.classifier import Prediction
    from mnist_desktop.recognition.reader import NumberReading, Reading


SENTENCE_LINES = 3
"""Lines kept free for the verdict: "Unsure: could be Ankle boot or Sneaker" needs them."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the window says of one reading, as text; `tone` is one of muted, accent, warning and error."""

    large: str
    sentence: str
    small: str
    tone: str
    doubted: frozenset[int] = frozenset()
    """Which characters of a number are of digits that are unsure."""


MOST_NAMED = 3
"""Of more unsure digits than that the sentence says only how many they are."""


class AnswerView(QWidget):
    """Three lines: the digit or the number, the verdict, the milliseconds.

    Painted by hand: the text of a QLabel that changes with every move of the pen lays the whole window out anew.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answer = Answer(large="", sentence="", small="", tone="muted")
        self._colours = LIGHT
        self.setAccessibleName(self.tr("Answer"))
        self._fonts()

    @property
    def answer(self) -> Answer:
        return self._answer

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(150, QFontMetrics(self._large).height() + self._words_height() + SPACE)

    def set_answer(self, answer: Answer) -> None:
        if answer != self._answer:
            self._answer = answer
            self.setAccessibleDescription(f"{answer.large} {answer.sentence}".strip())
            self.update()

    def invite(self) -> None:
        """Nothing is drawn."""
        self.set_answer(Answer(large="", sentence=self.tr("Draw a digit"), small="", tone="muted"))

    def cannot_read(self) -> None:
        """There is no model."""
        self.set_answer(Answer(large="", sentence=self.tr("No model to read with"), small="", tone="error"))

    def show_reading(self, reading: Reading) -> None:
        """What was read, and only as surely as it was."""
        small = self.tr("{milliseconds} ms").format(milliseconds=f"{reading.seconds * 1000:.1f}")
        prediction = reading.prediction
        if prediction is None:
            sentence = self.tr("Blank:\nno ink was found here")
            self.set_answer(Answer(large="–", sentence=sentence, small=small, tone="muted"))
        elif reading.verdict.value == "unsure":
            likely = likely_two(prediction)
            if likely is None:
                sentence = self.tr("Unsure:\nperhaps none of these")
            else:
                sentence = self.tr("Unsure:\ncould be {first} or {second}").format(first=likely[0], second=likely[1])
            self.set_answer(Answer(large="?", sentence=sentence, small=small, tone="warning"))
        else:
            sentence = self.tr("{confidence} sure").format(confidence=percent(prediction.confidence))
            self.set_answer(Answer(large=prediction.label, sentence=sentence, small=small, tone="accent"))

    def show_number(self, number: NumberReading) -> None:
        """All digits that were read, and of which of them the model is unsure; one alone as `show_reading` shows it."""
        if len(number.digits) == 1:
            self.show_reading(number.digits[0].reading)
            return
        unsure = [place for place, placed in enumerate(number.digits) if placed.reading.verdict.value == "unsure"]
        if not unsure:
            sentence = self.tr("%n digits,\nall sure", "", len(number.digits))
        elif len(unsure) == 1:
            sentence = self.tr("Unsure of digit {place}").format(place=unsure[0] + 1)
        elif len(unsure) <= MOST_NAMED:
            *first, last = (str(place + 1) for place in unsure)
            sentence = self.tr("Unsure of digits {first} and {last}").format(first=", ".join(first), last=last)
        else:
            sentence = self.tr("Unsure of {count} of %n digits", "", len(number.digits)).format(count=len(unsure))
        seconds = sum(placed.reading.seconds for placed in number.digits)
        small = self.tr("{milliseconds} ms").format(milliseconds=f"{seconds * 1000:.1f}")
        tone = "warning" if unsure else "accent"
        doubted = _characters_of(number, unsure)
        self.set_answer(Answer(large=number.text, sentence=sentence, small=small, tone=tone, doubted=doubted))

    def show_correction(self, label: str) -> None:
        """What the person said it was, where the verdict stood."""
        sentence = self.tr("You said:\nit was {label}").format(label=label)
        self.set_answer(replace(self._answer, sentence=sentence, tone="muted"))

    def announce(self) -> None:
        """Tell a screen reader the answer; for answers that last, not for every move of the pen."""
        announce(self, self.accessibleDescription())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._fonts()
            self.updateGeometry()
        super().changeEvent(event)

    def _fonts(self) -> None:
        self._large = scaled_font(QApplication.font(), "answer", bold=True)
        self._sentence = scaled_font(QApplication.font(), "strong")
        self._small = scaled_font(QApplication.font(), "small")

    def _words_height(self) -> int:
        return SENTENCE_LINES * QFontMetrics(self._sentence).height() + QFontMetrics(self._small).height()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tones = {"muted": self._colours.muted, "warning": self._colours.warning, "error": self._colours.error}
        centred = int(Qt.AlignmentFlag.AlignCenter)
        large = QRect(0, 0, self.width(), self.height() - self._words_height() - SPACE)
        painter.setPen(QColor(tones.get(self._answer.tone, self._colours.accent)))
        painter.setFont(self._fitting(self._answer.large, large.height()))
        if self._answer.doubted:
            self._paint_number(painter, large)
            painter.setPen(QColor(self._colours.warning))
        else:
            painter.drawText(large, centred, self._answer.large)
        painter.setFont(self._sentence)
        below = QRect(0, large.bottom() + SPACE, self.width(), self._words_height())
        on_top = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        used = painter.drawText(below, on_top, self._answer.sentence)
        painter.setPen(QColor(self._colours.muted))
        painter.setFont(self._small)
        rest = below.adjusted(0, used.height() + SPACE // 4, 0, 0)
        painter.drawText(rest, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), self._answer.small)

    def _paint_number(self, painter: QPainter, area: QRect) -> None:
        """The digits one by one: those that are unsure in another colour, and underlined with dots."""
        metrics = painter.fontMetrics()
        lines = self._answer.large.split("\n")
        top = area.center().y() - metrics.height() * len(lines) // 2
        place = 0
        for line in lines:
            left = area.center().x() - metrics.horizontalAdvance(line) // 2
            for character in line:
                width = metrics.horizontalAdvance(character)
                doubted = place in self._answer.doubted
                painter.setPen(QColor(self._colours.warning if doubted else self._colours.accent))
                painter.drawText(left, top + metrics.ascent(), character)
                if doubted:
                    thick = max(2, metrics.height() // 16)
                    painter.setPen(QPen(QColor(self._colours.warning), thick, Qt.PenStyle.DotLine))
                    under = top + metrics.ascent() + 2 * thick
                    painter.drawLine(left + thick, under, left + width - thick, under)
                left += width
                place += 1
            top += metrics.height()
            # The end of the line counts as a character.
            place += 1

    def _fitting(self, text: str, height: int) -> QFont:
        """A label may be a word ("Ankle boot"), a number may be long: it is set smaller until it fits."""
        metrics = QFontMetrics(self._large)
        lines = text.split("\n")
        share = min(1.0, self.width() / max(1, *(metrics.horizontalAdvance(line) for line in lines)))
        if len(lines) > 1:
            share = min(share, height / (len(lines) * metrics.height()))
        if share == 1.0:
            return self._large
        smaller = QFont(self._large)
        if smaller.pointSizeF() > 0:
            smaller.setPointSizeF(max(6.0, smaller.pointSizeF() * share))
        else:
            smaller.setPixelSize(max(8, int(smaller.pixelSize() * share)))
        return smaller


def likely_two(prediction: Prediction) -> tuple[str, str] | None:
    """The two labels that an unsure reading could be; None when it is likelier something else: a scribble, a letter."""
    if prediction.confidence + prediction.probabilities[prediction.runner_up] < 0.5:
        return None
    return prediction.label, prediction.labels[prediction.runner_up]


def _characters_of(number: NumberReading, places: Sequence[int]) -> frozenset[int]:
    """Which characters of the number's text are of the digits at these places."""
    characters: set[int] = set()
    start = place = 0
    for line in number.lines:
        for placed in line:
            length = 0 if placed.reading.prediction is None else len(placed.reading.prediction.label)
            if place in places:
                characters.update(range(start, start + length))
            start += length
            place += 1
        start += 1
    return frozenset(characters)

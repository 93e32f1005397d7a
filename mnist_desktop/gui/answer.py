"""Shows what was read in large type, how sure it is in words, and how long it took in small type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from mnist_desktop.gui.announcing import announce
from mnist_desktop.gui.bars import percent
from mnist_desktop.gui.theme import LIGHT, SPACE, Colours, scaled_font

if TYPE_CHECKING:
    from mnist_desktop.recognition.reader import Reading


SENTENCE_LINES = 3
"""Lines kept free for the verdict: "Unsure: could be Ankle boot or Sneaker" needs them."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the window says of one reading, as text; `tone` is one of muted, accent, warning and error."""

    large: str
    sentence: str
    small: str
    tone: str


class AnswerView(QWidget):
    """Three lines: the digit, the verdict, the milliseconds.

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
            first, second = prediction.label, prediction.labels[prediction.runner_up]
            if prediction.confidence + prediction.probabilities[prediction.runner_up] < 0.5:
                # It is more likely something else than either of the two: a scribble, a letter.
                sentence = self.tr("Unsure:\nperhaps none of these")
            else:
                sentence = self.tr("Unsure:\ncould be {first} or {second}").format(first=first, second=second)
            self.set_answer(Answer(large="?", sentence=sentence, small=small, tone="warning"))
        else:
            sentence = self.tr("{confidence} sure").format(confidence=percent(prediction.confidence))
            self.set_answer(Answer(large=prediction.label, sentence=sentence, small=small, tone="accent"))

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
        painter.setFont(self._fitting(self._answer.large))
        painter.drawText(large, centred, self._answer.large)
        painter.setFont(self._sentence)
        below = QRect(0, large.bottom() + SPACE, self.width(), self._words_height())
        on_top = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        used = painter.drawText(below, on_top, self._answer.sentence)
        painter.setPen(QColor(self._colours.muted))
        painter.setFont(self._small)
        rest = below.adjusted(0, used.height() + SPACE // 4, 0, 0)
        painter.drawText(rest, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), self._answer.small)

    def _fitting(self, text: str) -> QFont:
        """A label may be a word ("Ankle boot"): it is set smaller until it fits."""
        width = QFontMetrics(self._large).horizontalAdvance(text)
        if width <= self.width():
            return self._large
        smaller = QFont(self._large)
        share = self.width() / width
        if smaller.pointSizeF() > 0:
            smaller.setPointSizeF(max(6.0, smaller.pointSizeF() * share))
        else:
            smaller.setPixelSize(max(8, int(smaller.pixelSize() * share)))
        return smaller

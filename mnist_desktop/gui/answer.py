"""Shows what was read in large type, how sure it is in words, and how long it took in small type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mnist_desktop.gui.bars import percent
from mnist_desktop.gui.theme import SPACE, scaled_font

if TYPE_CHECKING:
    from mnist_desktop.recognition.reader import Reading


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the window says of one reading, as text; `tone` is one of the theme's."""

    large: str
    sentence: str
    small: str
    tone: str


class AnswerView(QWidget):
    """Three lines: the digit, the verdict, the milliseconds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._large = QLabel(self)
        self._large.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._large.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._large.setAccessibleName(self.tr("Answer"))
        self._sentence = QLabel(self)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setWordWrap(True)
        self._sentence.setAccessibleName(self.tr("Verdict"))
        self._small = QLabel(self)
        self._small.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._small.setProperty("tone", "muted")
        self._small.setAccessibleName(self.tr("Time taken"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(self._large, 1)
        column.addWidget(self._sentence)
        column.addWidget(self._small)
        self._answer = Answer(large="", sentence="", small="", tone="")
        self._fonts()

    @property
    def answer(self) -> Answer:
        return self._answer

    def minimumSizeHint(self) -> QSize:
        metrics = QFontMetrics(scaled_font(QApplication.font(), "answer", bold=True))
        lines = 4 * self.fontMetrics().height()
        return QSize(150, metrics.height() + lines)

    def set_answer(self, answer: Answer) -> None:
        if answer == self._answer:
            return
        tone_changed = answer.tone != self._answer.tone
        self._answer = answer
        self._large.setText(answer.large)
        self._sentence.setText(answer.sentence)
        self._small.setText(answer.small)
        self._fit_large()
        if tone_changed:
            for label in (self._large, self._sentence):
                label.setProperty("tone", answer.tone)
                label.style().polish(label)

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
            self.set_answer(Answer(large="", sentence=self.tr("Nothing to read here"), small=small, tone="muted"))
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

    def announce(self) -> None:
        """Tell a screen reader the answer; for answers that last, not for every move of the pen."""
        text = f"{self._answer.large} {self._answer.sentence}".strip()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_large()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.ApplicationFontChange:
            self._fonts()
        super().changeEvent(event)

    def _fonts(self) -> None:
        self._sentence.setFont(scaled_font(QApplication.font(), "strong"))
        self._small.setFont(scaled_font(QApplication.font(), "small"))
        self._fit_large()

    def _fit_large(self) -> None:
        """A label may be a word ("Ankle boot"): it is set smaller until it fits."""
        font = scaled_font(QApplication.font(), "answer", bold=True)
        width = QFontMetrics(font).horizontalAdvance(self._answer.large)
        if width > self.width() > 0:
            size = font.pointSizeF() if font.pointSizeF() > 0 else font.pixelSize()
            smaller = max(8.0, size * self.width() / width)
            if font.pointSizeF() > 0:
                font.setPointSizeF(smaller)
            else:
                font.setPixelSize(int(smaller))
        if font != self._large.font():
            self._large.setFont(font)

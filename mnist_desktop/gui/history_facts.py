"""Shows what is known of a reading as names and values, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from mnist_desktop.gui.theme import SPACE

LONGEST_PIECE = 8
"""Characters after which a line may end: an id or a file's name has no place of its own for that."""

BREAK = "\u200b"
"""Unicode's space of no width."""


class Fact(StrEnum):
    """What can be known, in the order it is shown."""

    CONFIDENCE = "confidence"
    PLACE = "place"
    SOURCE = "source"
    NAME = "name"
    MODEL = "model"
    DEVICE = "device"
    TIME = "time"
    CHANGED = "changed"
    STATE = "state"
    ID = "id"


class FactList(QWidget):
    """Names to the left, or above where the font is too large for that; what is not known has no line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = {
            Fact.CONFIDENCE: self.tr("Confidence"),
            Fact.PLACE: self.tr("Position"),
            Fact.SOURCE: self.tr("Source"),
            Fact.NAME: self.tr("Name"),
            Fact.MODEL: self.tr("Model"),
            Fact.DEVICE: self.tr("Device"),
            Fact.TIME: self.tr("Time"),
            Fact.CHANGED: self.tr("Changed"),
            Fact.STATE: self.tr("Cassandra"),
            Fact.ID: self.tr("Id"),
        }
        self._values = {fact: self._value() for fact in Fact}
        self._known: dict[Fact, str] = {}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(2 * SPACE)
        self._form.setVerticalSpacing(SPACE // 2)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for fact, value in self._values.items():
            name = QLabel(self._names[fact], self)
            name.setProperty("tone", "muted")
            self._form.addRow(name, value)

    def _value(self) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    @property
    def known(self) -> Mapping[Fact, str]:
        """What it says."""
        return self._known

    def say(self, facts: Mapping[Fact, str | None]) -> None:
        """Say these of the reading; None takes the line away."""
        for fact, text in facts.items():
            value = self._values[fact]
            if text is None:
                self._known.pop(fact, None)
            else:
                self._known[fact] = text
                value.setText(_breakable(text))
                value.setAccessibleName(f"{self._names[fact]}: {text}")
            self._form.setRowVisible(value, text is not None)


def _breakable(text: str) -> str:
    """`text` with places in its long words where a line may end."""
    words = (
        BREAK.join(word[start : start + LONGEST_PIECE] for start in range(0, len(word), LONGEST_PIECE))
        for word in text.split(" ")
    )
    return " ".join(words)

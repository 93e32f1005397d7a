"""Shows one sentence about what went wrong, in the tab where it did, until the person goes on or dismisses it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from mnist_desktop.gui.announcing import announce
from mnist_desktop.gui.theme import SPACE

LONGEST = 400
"""Characters of one sentence: a file's name alone may have 255."""

LEFT_TO_RIGHT, RIGHT_TO_LEFT = "\u200e", "\u200f"
"""Unicode's invisible marks: a line that begins with one is laid out in its direction."""


class Notice(QFrame):
    """Never a dialog: the window stays in use while the sentence is there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._sentence = ""
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        # A file's name may look like markup; it is never rendered as such.
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._label.setAccessibleName(self.tr("Message"))
        close = QPushButton(self.tr("OK"), self)
        close.setAccessibleName(self.tr("Dismiss the message"))
        close.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, SPACE, SPACE, SPACE)
        row.addWidget(self._label, 1)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence on show; empty when there is none."""
        return "" if self.isHidden() else self._sentence

    def say(self, sentence: str) -> None:
        self._sentence = sentence if len(sentence) <= LONGEST else sentence[: LONGEST - 1] + "…"
        # A line that begins with a Hebrew file name is still a line of the window's own language.
        mark = LEFT_TO_RIGHT if self.layoutDirection() is Qt.LayoutDirection.LeftToRight else RIGHT_TO_LEFT
        self._label.setText("\n".join(mark + line for line in self._sentence.split("\n")))
        self._label.setAccessibleDescription(sentence)
        self.show()
        announce(self, sentence)

    def dismiss(self) -> None:
        self.hide()

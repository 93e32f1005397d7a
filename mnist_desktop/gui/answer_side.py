"""The right column of the Read tab: what was read, what the model saw of it, and what one can say about it."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from mnist_desktop.gui.answer import AnswerView
from mnist_desktop.gui.bars import ProbabilityBars
from mnist_desktop.gui.it_was import ItWas
from mnist_desktop.gui.number_strip import NumberStrip
from mnist_desktop.gui.preview import GlyphPreview
from mnist_desktop.gui.theme import SPACE, Colours

SIDE_WIDTH = 380
"""Width of the column in device-independent pixels: preview beside answer."""


ROOMY = 2 * SPACE
"""Between the parts of the column where there is room enough."""


class AnswerSide(QScrollArea):
    """As wide as its content needs at the font that there is; only its height may scroll."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card = QFrame(self)
        self._card.setObjectName("card")
        self.preview = GlyphPreview(self._card)
        self.answer = AnswerView(self._card)
        self.explain = QPushButton(self.tr("What decided"), self._card)
        self.explain.setCheckable(True)
        self.explain.setAccessibleName(self.explain.text())
        self.explain.setToolTip(self.tr("Orange ink speaks for the answer, blue ink against it"))
        self.strip = NumberStrip(self._card)
        self.it_was = ItWas(self._card)
        self.bars = ProbabilityBars(self._card)
        # What room is left is theirs: all of them are seen before anything has to be scrolled.
        self.bars.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._layout()
        self.setWidget(self._card)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._fit()

    def set_labels(self, labels: tuple[str, ...]) -> None:
        """Take the labels of another model."""
        self.bars.set_labels(labels)
        self.it_was.set_labels(labels)
        for before, after in pairwise((self.explain, self.strip.first, *self.it_was.controls)):
            QWidget.setTabOrder(before, after)

    def set_colours(self, colours: Colours) -> None:
        for part in (self.preview, self.bars, self.answer, self.strip):
            part.set_colours(colours)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
        super().changeEvent(event)

    def _layout(self) -> None:
        seen = QVBoxLayout()
        seen.setSpacing(SPACE)
        seen.addWidget(self.preview)
        seen.addWidget(self.explain)
        self._inside = inside = QGridLayout(self._card)
        inside.addLayout(seen, 0, 0, Qt.AlignmentFlag.AlignTop)
        inside.addWidget(self.answer, 0, 1)
        inside.addWidget(self.strip, 1, 0, 1, 2)
        inside.addWidget(self.it_was, 2, 0, 1, 2)
        inside.addWidget(self.bars, 3, 0, 1, 2)
        inside.setColumnStretch(1, 1)
        inside.setRowStretch(3, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._move_apart()
        super().resizeEvent(event)

    def _move_apart(self) -> None:
        """Let the parts stand closer together in a low window.

        Whether it is low does not depend on how many digits there are now: nothing moves when a second one comes.
        """
        column = (self.preview, self.explain, self.it_was)
        needed = SPACE + sum(part.sizeHint().height() for part in column) + self.bars.minimumHeight()
        needed += self.strip.row_height
        rows = self._inside.rowCount()
        low = self.height() < needed + (rows + 1) * ROOMY
        around = SPACE if low else ROOMY
        self._inside.setContentsMargins(ROOMY, around, ROOMY, around)
        self._inside.setHorizontalSpacing(ROOMY)
        self._inside.setVerticalSpacing(around)

    def _fit(self) -> None:
        self._move_apart()
        scroll_bar = self.verticalScrollBar().sizeHint().width()
        self.setFixedWidth(max(SIDE_WIDTH, self._card.minimumSizeHint().width()) + scroll_bar)

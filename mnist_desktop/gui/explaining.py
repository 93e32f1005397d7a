"""Decides when to ask what decided: with every reading while that is quick, otherwise when the pen rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from mnist_desktop.gui.readings import Explained, ExplainRequest, Explanation

if TYPE_CHECKING:
    from mnist_desktop.recognition.reader import Reading

QUICK_SECONDS = 0.008
"""What an explanation may take while the pen moves: glyph, bars and map are to come within a frame (DESIGN.md, 7)."""


class Explaining(QObject):
    """Follows what is shown, and has it explained while the person wants that.

    What the last explanation took is what the next one is expected to take: a model that was slow is asked again only
    when the pen rests, and is quick again when that one was.
    """

    wanted = Signal(object)
    """An ExplainRequest."""
    overlay_changed = Signal(object)
    """The Overlay of the reading that is shown, or None."""

    def __init__(self, rest_seconds: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on = False
        self._quick = False
        self._shown: ExplainRequest | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(round(rest_seconds * 1000))
        self._rest.timeout.connect(self._ask)

    @property
    def live(self) -> bool:
        """Whether a drawing is to be explained as it is read."""
        return self._on and self._quick

    def switch(self, on: bool) -> None:
        """The person wants to see what decided, or no longer."""
        self._on = on
        self._rest.stop()
        if on:
            self._ask()
        else:
            self.overlay_changed.emit(None)

    def shown(self, revision: int, reading: Reading, explanation: Explanation | None) -> None:
        """`reading` is shown now; its explanation, where there is none yet, is asked for when the pen rests."""
        self._shown = ExplainRequest(revision=revision, reading=reading)
        self._rest.stop()
        if explanation is not None and self._on:
            self._take(explanation)
        elif self._on:
            self._rest.start()

    def forget(self) -> None:
        """Nothing is shown any more, or the window goes."""
        self._shown = None
        self._rest.stop()

    def explained(self, answer: Explained) -> None:
        """An explanation came; one of a reading that is no longer shown is dropped."""
        if self._on and answer.request is self._shown and answer.explanation is not None:
            self._take(answer.explanation)

    def _ask(self) -> None:
        if self._shown is not None and self._shown.reading.glyph is not None:
            self.wanted.emit(self._shown)

    def _take(self, explanation: Explanation) -> None:
        self._quick = explanation.seconds <= QUICK_SECONDS
        self.overlay_changed.emit(explanation.overlay)

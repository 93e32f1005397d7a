"""Ends the window without losing anything: waits for what is on its way, asks once when something cannot be saved."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

GRACE_MILLISECONDS = 1000
"""How long a reading or a save on its way may keep the window; after that the person decides."""


class _Stage(Enum):
    OPEN = auto()
    WAITING = auto()
    ASKING = auto()
    AGREED = auto()


class Closing(QObject):
    """Open → waiting for the last saves → (asking, when something is not saved) → agreed."""

    agreed = Signal()
    """The window may go now."""

    def __init__(self, window: QWidget, settled: Callable[[], bool], unsaved: Callable[[], str | None]) -> None:
        """`settled` says whether nothing is on its way any more, `unsaved` why something is not saved, if so."""
        super().__init__(window)
        self._window = window
        self._settled = settled
        self._unsaved = unsaved
        self._stage = _Stage.OPEN
        self._question: QMessageBox | None = None
        self._grace = QTimer(self)
        self._grace.setSingleShot(True)
        self._grace.setInterval(GRACE_MILLISECONDS)
        self._grace.timeout.connect(self._grace_over)

    @property
    def may_close(self) -> bool:
        return self._stage is _Stage.AGREED

    def begin(self) -> None:
        """The person wants to close."""
        if self._stage is _Stage.OPEN:
            self._stage = _Stage.WAITING
            self._grace.start()
            self.look()

    def look(self) -> None:
        """Something came to its end: perhaps it was the last."""
        if self._stage is _Stage.WAITING and self._settled():
            self._decide(self._unsaved())
        elif self._question is not None and self._settled() and self._unsaved() is None:
            # Saved while the question stood, which is no longer true: the person wanted to close.
            question, self._question = self._question, None
            question.close()
            self._agree()

    def _grace_over(self) -> None:
        if self._stage is _Stage.WAITING:
            self._decide(self._unsaved() or self.tr("The last reading has not come to its end."))

    def _decide(self, why: str | None) -> None:
        self._grace.stop()
        if why is None:
            self._agree()
            return
        self._stage = _Stage.ASKING
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Not saved"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("Some readings are not saved: {why}").format(why=why))
        box.setInformativeText(self.tr("If you close now, they are lost."))
        keep = box.addButton(self.tr("Keep open"), QMessageBox.ButtonRole.RejectRole)
        box.addButton(self.tr("Close anyway"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.finished.connect(lambda _result: self._answered(kept=box.clickedButton() in (keep, None)))
        self._question = box
        # open(), not exec(): readings, saves and retries go on behind the question.
        box.open()

    def _answered(self, *, kept: bool) -> None:
        if self._question is None:
            return
        self._question = None
        if kept:
            self._stage = _Stage.OPEN
        else:
            self._agree()

    def _agree(self) -> None:
        self._stage = _Stage.AGREED
        # Not from within a close event or a signal of what is about to be stopped.
        QTimer.singleShot(0, self.agreed.emit)

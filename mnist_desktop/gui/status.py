"""Shows, always and quietly, which model reads, how the log is doing, and whether what was drawn is saved."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from mnist_desktop.gui.log_states import LogState
from mnist_desktop.gui.theme import SPACE
from mnist_desktop.gui.tool_tips import as_it_stands

FAILURE_MILLISECONDS = 15_000
"""How long the sentence about an unforeseen failure stays; the log file keeps it."""


@dataclass(frozen=True, kw_only=True)
class SavedState:
    """Where the last reading is on its way: being drawn, being saved, saved, or not and `why`."""

    text: str
    tone: str


class ElidedLabel(QLabel):
    """A label that shortens what does not fit, instead of making the window wider; the tool tip has all of it."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(self.alignment()), text)


class StatusBar(QStatusBar):
    """Model, Cassandra, saved: from left to right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = self._part(self.tr("Model"))
        self._cassandra = self._part(self.tr("Cassandra"))
        self._saved = self._part(self.tr("Saved"))
        self.setSizeGripEnabled(False)
        self.addWidget(self._model)
        self.addWidget(self._cassandra)
        self.addPermanentWidget(self._saved, 1)
        self._saved.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.set_model(self.tr("Model: loading…"), "muted")
        _say(self._cassandra, self.tr("Cassandra: …"), "muted")

    def _part(self, name: str) -> QLabel:
        label = ElidedLabel(self)
        label.setAccessibleName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        return label

    @property
    def model_text(self) -> str:
        return self._model.text()

    @property
    def cassandra_text(self) -> str:
        return self._cassandra.text()

    @property
    def saved_text(self) -> str:
        return self._saved.text()

    def set_model(self, text: str, tone: str = "muted") -> None:
        _say(self._model, text, tone)

    def set_log_state(self, state: LogState) -> None:
        """Connected or not, and how many records wait to be delivered."""
        status = state.status
        waiting = self.tr("%n waiting", "", status.pending + status.unsaved)
        if not status.connected:
            text = self.tr("Cassandra: not connected, {waiting}").format(waiting=waiting)
        elif status.pending:
            text = self.tr("Cassandra: connected, {waiting}").format(waiting=waiting)
        else:
            text = self.tr("Cassandra: connected")
        hint = status.why or ""
        if status.quarantined:
            text += self.tr(", %n refused", "", status.quarantined)
            hint = self.tr(
                "“mnist-desktop log quarantined” says why Cassandra refused records, “mnist-desktop log retry” sends "
                "them again."
            )
        if status.fault is not None:
            # What waits is then not known, and zero would be a lie.
            text, hint = self.tr("The journal cannot be read"), status.fault
        _say(self._cassandra, text, "error" if status.fault else "warning" if status.quarantined else "muted")
        self._cassandra.setToolTip(as_it_stands(hint))

    def set_saved(self, state: SavedState) -> None:
        _say(self._saved, state.text, state.tone)
        self._saved.setToolTip(as_it_stands(state.text))

    def set_failure(self, sentence: str) -> None:
        """Something nobody foresaw: one sentence over the left of the bar, for a while."""
        self.showMessage(sentence, FAILURE_MILLISECONDS)


def _say(label: QLabel, text: str, tone: str) -> None:
    if label.property("tone") != tone:
        label.setProperty("tone", tone)
        label.style().polish(label)
    if label.text() != text:
        label.setText(text)

"""Says, below the list, how something that takes its time is getting on, and lets one go on, stop or put it away."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from mnist_desktop.gui.announcing import announce
from mnist_desktop.gui.theme import SPACE


class TaskLine(QWidget):
    """A sentence and a button; it is there only while there is something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setProperty("tone", "muted")
        self._text.setWordWrap(True)
        self.button = QPushButton(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self._text, 1)
        row.addWidget(self.button)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty when it is not there."""
        return "" if self.isHidden() else self._text.text()

    def _say(self, sentence: str, button: str, spoken: str) -> None:
        """Say `sentence`; the button is called `button`, and `spoken` where it is only heard."""
        self._text.setText(sentence)
        self.button.setText(button)
        self.button.setAccessibleName(spoken)
        self.show()


class SearchLine(TaskLine):
    """How far back a search that finds nothing has come."""

    search_on = Signal()
    stop = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._searching = False
        self.button.clicked.connect(self._clicked)

    def show_state(self, back_to: str | None, *, searching: bool) -> None:
        """`back_to` names the month, or the day, down to which nothing more was found; None: there is no search."""
        self._searching = searching
        if back_to is None:
            self.hide()
        elif searching:
            said = self.tr("Searching… back to {when}").format(when=back_to)
            self._say(said, self.tr("Stop"), self.tr("Stop searching"))
        else:
            said = self.tr("Searched back to {when}.").format(when=back_to)
            self._say(said, self.tr("Search on"), self.tr("Search further back"))

    def _clicked(self) -> None:
        (self.stop if self._searching else self.search_on).emit()


class ExportLine(TaskLine):
    """How far an export has come, and how it ended."""

    cancel = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exporting = False
        self.button.clicked.connect(self._clicked)

    def show_progress(self, sentence: str) -> None:
        """It is on its way."""
        self._exporting = True
        self._say(sentence, self.tr("Cancel"), self.tr("Cancel the export"))

    def show_end(self, sentence: str) -> None:
        """It is over."""
        self._exporting = False
        self._say(sentence, self.tr("OK"), self.tr("Put the message away"))
        announce(self, sentence)

    def _clicked(self) -> None:
        if self._exporting:
            self.cancel.emit()
        else:
            self.hide()

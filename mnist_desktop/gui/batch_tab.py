"""The tab where many files are read at once: how far it is, a table of what was read, and what could not be."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from mnist_desktop.gui.action_button import action_button
from mnist_desktop.gui.announcing import announce
from mnist_desktop.gui.batch_model import BatchModel
from mnist_desktop.gui.batch_reading import BatchNews
from mnist_desktop.gui.batch_rows import Outcome
from mnist_desktop.gui.batch_table import BatchTable
from mnist_desktop.gui.theme import SPACE, Colours


class BatchTab(QWidget):
    """Shows a batch that others read."""

    cancel_wanted = Signal()
    title_changed = Signal(str)
    """What the tab is called now."""

    def __init__(self, open_files: QAction, open_folder: QAction, parent: QWidget | None = None) -> None:
        """The two actions are offered as buttons."""
        super().__init__(parent)
        self.model = BatchModel(self)
        self.table = BatchTable(self.model, self)
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self.cancel.setAccessibleName(self.tr("Cancel reading"))
        self.clear = QPushButton(self.tr("Clear list"), self)
        self.clear.setAccessibleName(self.clear.text())
        self._counts: Counter[Outcome] = Counter()
        self._running = False
        self._sentence = QLabel(self)
        self._sentence.setProperty("tone", "muted")
        self._sentence.setWordWrap(True)
        self._progress = QProgressBar(self)
        self._progress.setAccessibleName(self.tr("Files read"))
        self._progress.setTextVisible(False)
        self._empty = QLabel(
            self.tr(
                "Open or drop several pictures or drawings, or a folder of them: "
                "they are read here, a row each, while you go on."
            ),
            self,
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("tone", "muted")
        self._layout(open_files, open_folder)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.clear.clicked.connect(self._clear)
        self._show_state()

    def _layout(self, open_files: QAction, open_folder: QAction) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(action_button(open_files, self))
        buttons.addWidget(action_button(open_folder, self))
        buttons.addStretch(1)
        buttons.addWidget(self.clear)
        body = QWidget(self)
        self._pages = QStackedLayout(body)
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self._sentence, 2)
        line.addWidget(self._progress, 1)
        line.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addLayout(buttons)
        column.addWidget(body, 1)
        column.addLayout(line)

    @property
    def sentence(self) -> str:
        """How far it is, or what came of it."""
        return self._sentence.text()

    def set_colours(self, colours: Colours) -> None:
        self.table.set_colours(colours)

    def show_news(self, news: BatchNews) -> None:
        """Take in what was read, and say how far it is."""
        rows = [read.row for read in news.read]
        self._counts.update(row.outcome for row in rows)
        self.model.add(rows)
        self._progress.setRange(0, news.total if news.total > 1 else 0)
        self._progress.setValue(news.done)
        ended = (self._running or bool(news.read)) and not news.running
        self._running = news.running
        self._show_state()
        if news.running:
            far = self.tr("Reading… {done} of {total} files.").format(done=f"{news.done:,}", total=f"{news.total:,}")
            self._say(far, self.tr("Files ({done}/{total})").format(done=news.done, total=news.total))
        elif ended:
            done = self.tr("Done.") if news.done == news.total else self.tr("Cancelled.")
            self._say(done, self.tr("Files"))
            announce(self, self.sentence)

    def _say(self, sentence: str, title: str) -> None:
        self._sentence.setText(f"{sentence} {self._what_is_listed()}")
        self.title_changed.emit(title)

    def _what_is_listed(self) -> str:
        order = (Outcome.SURE, Outcome.UNSURE, Outcome.BLANK, Outcome.UNREAD)
        listed = [f"{self._counts[each]:,} {self.model.outcomes[each]}" for each in order if self._counts[each]]
        return self.tr("Listed: {what}.").format(what=", ".join(listed)) if listed else ""

    def _show_state(self) -> None:
        rows = self.model.rowCount() > 0
        self._pages.setCurrentWidget(self.table if rows else self._empty)
        self._progress.setVisible(self._running)
        self.cancel.setVisible(self._running)
        self.clear.setEnabled(rows and not self._running)

    def _clear(self) -> None:
        self.model.clear()
        self._counts.clear()
        self._sentence.clear()
        self._show_state()

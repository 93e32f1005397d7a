"""Offers, below the list, what can be done with the selected readings, and says what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QMenu, QPushButton, QWidget

from mnist_desktop.gui.announcing import announce
from mnist_desktop.gui.bars import PLAIN_LABELS
from mnist_desktop.gui.history_rows import HistoryRow
from mnist_desktop.gui.status import ElidedLabel
from mnist_desktop.gui.theme import SPACE

NOTE_MILLISECONDS = 15_000
"""How long it says what was done; Ctrl+Z takes it back later too."""


class HistoryActions(QWidget):
    """One row that is always there, so that nothing moves when it has something to say."""

    details_wanted = Signal()
    label_chosen = Signal(object)
    """A str: what the selected readings were. None: what was said of them is taken back."""
    deletion_wanted = Signal()
    undo_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[HistoryRow] = ()
        self._labels: tuple[str, ...] = ()
        self._said = False
        self._note = ElidedLabel(self)
        self._note.setProperty("tone", "muted")
        self._note.setAccessibleName(self.tr("What was done"))
        self.undo = QPushButton(self.tr("Undo"), self)
        self.undo.setToolTip(self.tr("Undo (Ctrl+Z)"))
        self.undo.hide()
        self.details = QPushButton(self.tr("Details"), self)
        self.details.setToolTip(self.tr("Details (Enter)"))
        self.correct = QPushButton(self.tr("It was…"), self)
        self.correct.setToolTip(self.tr("Say what it was; or type the digit"))
        self.delete = QPushButton(self.tr("Delete"), self)
        self.delete.setToolTip(self.tr("Delete (Del)"))
        for button, name in (
            (self.undo, self.tr("Undo what was done")),
            (self.details, self.tr("Details of the reading")),
            (self.correct, self.tr("Say what it was")),
            (self.delete, self.tr("Delete the selected readings")),
        ):
            button.setAccessibleName(name)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(lambda: self.fill_labels(self._menu))
        self.correct.setMenu(self._menu)
        self.undo.clicked.connect(self.undo_wanted)
        self.details.clicked.connect(self.details_wanted)
        self.delete.clicked.connect(self.deletion_wanted)
        self._passing = QTimer(self)
        self._passing.setSingleShot(True)
        self._passing.setInterval(NOTE_MILLISECONDS)
        self._passing.timeout.connect(self.say_nothing)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self._note, 1)
        for button in (self.undo, self.details, self.correct, self.delete):
            row.addWidget(button)
        self.set_selection((), ())

    @property
    def text(self) -> str:
        """What it says."""
        return self._note.text()

    @property
    def labels(self) -> tuple[str, ...]:
        """What the selected readings can have been."""
        return self._labels

    def set_selection(self, rows: Sequence[HistoryRow], labels: tuple[str, ...]) -> None:
        """These are selected, and their model knows these labels; none when it is not known which."""
        self._rows, self._labels = rows, labels
        for button in (self.details, self.correct, self.delete):
            button.setEnabled(bool(rows))
        if not self._said:
            self._hint()

    def say(self, sentence: str, *, can_undo: bool) -> None:
        """Say for a while what was done, and offer to take it back."""
        self._said = True
        self._show(sentence)
        self.undo.setVisible(can_undo)
        self._passing.start()
        announce(self, sentence)

    def say_nothing(self) -> None:
        """What was said is over."""
        self._passing.stop()
        self._said = False
        self.undo.hide()
        self._hint()

    def fill_labels(self, menu: QMenu) -> None:
        """Offer in `menu` what the selected readings can have been."""
        menu.clear()
        for label in self._labels:
            action = menu.addAction(_not_a_shortcut(label))
            action.triggered.connect(lambda _checked=False, label=label: self.label_chosen.emit(label))
        if not self._labels:
            # A model that is not known here: what it can say is not known either.
            menu.addAction(self.tr("Say what it was…")).triggered.connect(self._ask)
        if any(row.corrected is not None for row in self._rows):
            menu.addSeparator()
            menu.addAction(self.tr("As it was read")).triggered.connect(lambda: self.label_chosen.emit(None))

    def _ask(self) -> None:
        question = QInputDialog(self)
        question.setWindowTitle(self.tr("It was…"))
        question.setLabelText(self.tr("What was it?"))
        question.textValueSelected.connect(self._answered)
        question.finished.connect(question.deleteLater)
        question.open()

    def _answered(self, label: str) -> None:
        if label.strip():
            self.label_chosen.emit(label)

    def _hint(self) -> None:
        if not self._rows:
            self._show(self.tr("Select a reading to correct or delete it."))
        elif all(len(label) == 1 for label in self._labels) and self._labels:
            self._show(self.tr("Type what it was to correct it; Del deletes, Enter shows all of it."))
        else:
            self._show(self.tr("Del deletes, Enter shows all of it."))

    def _show(self, sentence: str) -> None:
        self._note.setText(sentence)
        self._note.setToolTip(sentence)


def labels_of(rows: Sequence[HistoryRow], known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What the models that read `rows` can all say; `known` has the labels of models. None when unknown."""
    if not rows:
        return ()
    labels = {known.get(row.model, ()) for row in rows}
    if len(labels) == 1 and labels != {()}:
        return labels.pop()
    return PLAIN_LABELS if all(row.label in PLAIN_LABELS for row in rows) else ()


def _not_a_shortcut(label: str) -> str:
    """`label` as a menu's text: an ampersand would name a key."""
    return label.replace("&", "&&")

"""Shows what there is to know of each model, and what each reads in what is on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from mnist_desktop.gui.answer import likely_two
from mnist_desktop.gui.background import Background
from mnist_desktop.gui.bars import percent
from mnist_desktop.gui.models_comparing import Comparing, ModelAnswer
from mnist_desktop.gui.models_facts import facts_of
from mnist_desktop.gui.readings import DrawingRequest, PictureRequest
from mnist_desktop.gui.theme import LIGHT, SPACE, Colours
from mnist_desktop.gui.tool_tips import as_it_stands
from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.gui.models_commands import ModelsCommands
    from mnist_desktop.recognition.models import FoundModel
    from mnist_desktop.recognition.reader import NumberReading

SETTLED_MILLISECONDS = 150
"""How long the drawing must stay as it is for all models to be asked: the one that reads goes along with the pen."""

MOST_ROWS = 8
"""Models in view at once; of more the table scrolls."""

NAME, ANSWER, SURE = range(3)


class ModelsDialog(QDialog):
    """A table of the models with their answers, and below it the card of the one selected; the window stays in use."""

    def __init__(
        self,
        models: ModelsCommands,
        subject: Callable[[], DrawingRequest | PictureRequest | None],
        background: Background,
        parent: QWidget,
    ) -> None:
        """`subject` is what is on the canvas now."""
        super().__init__(parent)
        self._models = models
        self._subject = subject
        self._background = background
        self._comparing = Comparing()
        self._asked: DrawingRequest | PictureRequest | None = None
        self._answers: Mapping[Path, ModelAnswer] = {}
        self._colours = LIGHT
        self.setWindowTitle(self.tr("Models"))
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setProperty("tone", "muted")
        self.table = QTableWidget(0, 3, self)
        self.card = QTextBrowser(self)
        self.use = QPushButton(self.tr("Read with this model"), self)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MILLISECONDS)
        self._settled.timeout.connect(self._compare)
        self._prepare()
        self._layout()
        models.changed.connect(self._fill)
        self._fill()

    def _prepare(self) -> None:
        table = self.table
        table.setAccessibleName(self.tr("Models and what each reads"))
        table.setHorizontalHeaderLabels([self.tr("Model"), self.tr("Reads"), self.tr("How sure")])
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setItemDelegate(WholeRows(table))
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTextElideMode(Qt.TextElideMode.ElideRight)
        table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(ANSWER, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(SURE, QHeaderView.ResizeMode.Stretch)
        table.itemSelectionChanged.connect(self._show_card)
        table.activated.connect(lambda _index: self._choose())
        # Tab goes on to the buttons; the arrow keys scroll.
        self.card.setTabChangesFocus(True)
        self.card.setOpenLinks(False)
        self.use.setAccessibleName(self.use.text())
        self.use.clicked.connect(self._choose)

    def _layout(self) -> None:
        close = QPushButton(self.tr("Close"), self)
        close.setAccessibleName(self.tr("Close the models"))
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self.use)
        buttons.addStretch(1)
        buttons.addWidget(close)
        for button in (self.use, close):
            # Enter in the table chooses a model; it is no press of a button as well.
            button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self.hint)
        column.addWidget(self.table)
        column.addWidget(self.card, 1)
        column.addLayout(buttons)
        letter, line = self.fontMetrics().averageCharWidth(), self.fontMetrics().height()
        self.resize(QSize(80 * letter, 36 * line).boundedTo(self.screen().availableSize() * 0.9))

    # --- what it is told ---------------------------------------------------------------------------------------------

    def drawing_changed(self) -> None:
        """Something else may be on the canvas."""
        if self.isVisible():
            self._settled.start()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self._show_card()

    def stop(self) -> None:
        """The window goes: no model is asked any more."""
        self._comparing.given_up.set()
        self._settled.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._comparing.given_up.clear()
        self._models.look()
        self._settled.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop()
        self._background.run(self._comparing.close)

    # --- inside ------------------------------------------------------------------------------------------------------

    @property
    def _selected(self) -> tuple[str, FoundModel] | None:
        row = self.table.currentRow()
        return self._models.models[row] if 0 <= row < len(self._models.models) else None

    def _fill(self) -> None:
        """One row a model; the one selected stays so, at first the one that reads."""
        row = self.table.currentRow()
        name_item = self.table.item(row, NAME) if row >= 0 else None
        wanted = self._models.in_use if name_item is None else name_item.data(Qt.ItemDataRole.UserRole)
        choices = [choice for choice, _ in self._models.models]
        self.table.blockSignals(True)
        self.table.setRowCount(len(choices))
        for number, (choice, found) in enumerate(self._models.models):
            name = shown_name(choice)
            if choice == self._models.in_use:
                name = self.tr("{name} (reads now)").format(name=name)
            self._put(number, NAME, name, found.why_not)
            item = self.table.item(number, NAME)
            assert item is not None
            item.setData(Qt.ItemDataRole.UserRole, choice)
        self.table.blockSignals(False)
        if choices:
            self.table.setCurrentCell(choices.index(wanted) if wanted in choices else 0, NAME)
        self._show_answers()
        self._show_card()
        self._fit()
        if self.isVisible():
            self._settled.start()

    def _put(self, row: int, column: int, text: str, tip: str | None = None) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.table.setItem(row, column, item)
        item.setText(text)
        item.setToolTip("" if tip is None else as_it_stands(tip))

    def _fit(self) -> None:
        """As high as its rows, up to MOST_ROWS."""
        rows, header = self.table.verticalHeader(), self.table.horizontalHeader()
        rows.setDefaultSectionSize(self.fontMetrics().height() + SPACE)
        count = min(MOST_ROWS, max(1, self.table.rowCount()))
        height = count * rows.defaultSectionSize() + header.sizeHint().height()
        self.table.setFixedHeight(height + 2 * self.table.frameWidth() + 2)

    def _show_card(self) -> None:
        selected = self._selected
        if selected is None:
            self.card.clear()
            self.use.setEnabled(False)
            return
        choice, found = selected
        self.use.setEnabled(found.model is not None and choice != self._models.in_use)
        self.card.setAccessibleName(self.tr("About the model {name}").format(name=shown_name(choice)))
        muted = self._colours.muted
        rows = (
            f"<tr><td style='color:{muted}; padding:2px {2 * SPACE}px 2px 0'>{escape(name)}</td>"
            f"<td style='padding:2px 0'>{'<br>'.join(map(escape, lines))}</td></tr>"
            for name, lines in facts_of(found)
        )
        self.card.setHtml(f"<table>{''.join(rows)}</table>")

    def _choose(self) -> None:
        selected = self._selected
        if selected is not None and selected[1].model is not None:
            self._models.choose(selected[0])

    # --- comparing ---------------------------------------------------------------------------------------------------

    def _compare(self) -> None:
        subject = self._asked = self._subject()
        models = [found.model for _, found in self._models.models if found.model is not None]
        if subject is None or not models:
            self._answers = {}
            self._show_answers()
            return
        self._background.run(
            lambda: [] if subject is not self._asked else self._comparing.compare(subject, models),
            lambda answers: self._compared(subject, answers),
        )

    def _compared(self, subject: DrawingRequest | PictureRequest, answers: Sequence[ModelAnswer]) -> None:
        if subject is self._asked:
            self._answers = {answer.folder: answer for answer in answers}
            self._show_answers()

    def _show_answers(self) -> None:
        self.hint.setText(
            self.tr("What each model reads in what is on the canvas:")
            if self._answers
            else self.tr("Draw something, or open a picture: each model says here what it reads.")
        )
        for row, (_, found) in enumerate(self._models.models):
            answer = self._answers.get(found.folder)
            if found.model is None:
                said, sure = "–", self.tr("cannot be used")
            elif answer is None or (answer.number is None and answer.error is None):
                said, sure = "–", ""
            elif answer.number is None:
                said, sure = "–", answer.error or ""
            else:
                said, sure = self._said(answer.number)
            self._put(row, ANSWER, said)
            self._put(row, SURE, sure, sure)

    def _said(self, number: NumberReading) -> tuple[str, str]:
        """What was read, and how sure that is; in the words of the Read tab."""
        readings = [placed.reading for placed in number.digits]
        predictions = [reading.prediction for reading in readings if reading.prediction is not None]
        unsure = sum(reading.verdict.value == "unsure" for reading in readings)
        if not predictions:
            return self.tr("blank"), ""
        least = percent(min(prediction.confidence for prediction in predictions))
        text = number.text.replace("\n", " ")
        if len(predictions) > 1:
            if unsure:
                return text, self.tr("unsure of {count} of %n digits", "", len(predictions)).format(count=unsure)
            return text, self.tr("{confidence} sure or more of each").format(confidence=least)
        if not unsure:
            return text, self.tr("{confidence} sure").format(confidence=least)
        likely = likely_two(predictions[0])
        if likely is None:
            return "?", self.tr("unsure, perhaps none of its labels")
        return "?", self.tr("unsure, could be {first} or {second}").format(first=likely[0], second=likely[1])


class WholeRows(QStyledItemDelegate):
    """Paints no frame around one cell: a model is the whole row, and its cells have room between them."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(2 * SPACE, 0)

"""Shows all that the log knows of one reading, beside the list: glyph, strokes, probabilities, and where it is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from mnist_desktop.gui.bars import ProbabilityBars, percent
from mnist_desktop.gui.flow import FlowLayout
from mnist_desktop.gui.history_cells import Cells, Column
from mnist_desktop.gui.history_facts import Fact, FactList
from mnist_desktop.gui.history_record import RecordShown
from mnist_desktop.gui.history_rows import HistoryRow
from mnist_desktop.gui.preview import CELL, SIDE, GlyphPreview
from mnist_desktop.gui.strokes import fitted, smooth_path
from mnist_desktop.gui.theme import LIGHT, SPACE, Colours, scaled_font

if TYPE_CHECKING:
    from mnist_desktop.ink.drawing import Drawing

FIELD = 1000.0
PEN_WIDTH = 45.0
"""Side of the square that a drawing is fitted to, and how wide its strokes look in it: as on the canvas."""

MOST_BARS = 20
"""Probabilities shown one by one; of a model with more labels the answer and its confidence are enough."""


class HistoryDetails(QFrame):
    """A pane, not a dialog: the list stays in use, and what is selected there is shown here."""

    closed = Signal()
    read_again = Signal(object)
    """A Drawing that is to be put on the canvas."""
    glyph_to_save = Signal(object)
    """A HistoryRow whose glyph is to be written to a file."""

    def __init__(self, cells: Cells, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells = cells
        self._row: HistoryRow | None = None
        self._drawing: Drawing | None = None
        self._known: Mapping[str, tuple[str, ...]] = {}
        self.glyph = GlyphPreview(self)
        self.ink = InkView(self)
        self.bars = ProbabilityBars(self)
        self._title = QLabel(self)
        self._scroll = QScrollArea(self)
        self.facts = FactList(self)
        self._close = self._button(self.tr("Close"), self.closed.emit)
        self._copy = self._button(self.tr("Copy id"), self._copy_id)
        self._save = self._button(self.tr("Save glyph…"), lambda: self.glyph_to_save.emit(self._row))
        self._again = self._button(self.tr("Open in Read"), lambda: self.read_again.emit(self._drawing))
        self._close.setAccessibleName(self.tr("Close the details"))
        self._again.setToolTip(self.tr("Put the drawing on the canvas and read it anew"))
        self._layout()

    def _button(self, text: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        button.setAccessibleName(text.replace("…", ""))
        button.clicked.connect(lambda _checked: act())
        return button

    def _layout(self) -> None:
        self._title.setFont(scaled_font(self.font(), "strong", bold=True))
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        self.bars.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        content = QWidget(self)
        pictures = FlowLayout()
        pictures.addWidget(self.glyph)
        pictures.addWidget(self.ink)
        buttons = FlowLayout()
        for button in (self._copy, self._save, self._again):
            buttons.addWidget(button)
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, SPACE, 0)
        inside.setSpacing(SPACE)
        inside.addLayout(pictures)
        inside.addLayout(buttons)
        inside.addWidget(self.bars)
        inside.addWidget(self.facts)
        inside.addStretch(1)
        self._scroll.setWidget(content)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The card's colour shows through.
        self._scroll.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addLayout(top)
        column.addWidget(self._scroll, 1)
        self.setObjectName("card")
        self.setAccessibleName(self.tr("Details of the reading"))

    # --- what it is told ---------------------------------------------------------------------------------------------

    @property
    def row(self) -> HistoryRow | None:
        """The reading it shows."""
        return self._row

    @property
    def title(self) -> str:
        """What it says the reading is."""
        return self._title.text()

    def know_models(self, labels: Mapping[str, tuple[str, ...]]) -> None:
        """The labels of models by name: what these read is shown with all its labels."""
        self._known = labels

    def set_colours(self, colours: Colours) -> None:
        for part in (self.glyph, self.ink, self.bars):
            part.set_colours(colours)

    def show_row(self, row: HistoryRow) -> None:
        """Show at once what the list knows; probabilities and strokes come with `show_record`."""
        another = self._row is None or self._row.id != row.id
        self._row = row
        self._title.setText(self._cells.text(row, Column.LABEL))
        self._title.setAccessibleName(self._cells.spoken(row, Column.LABEL))
        if self.glyph.levels != row.glyph or another:
            self.glyph.set_levels(row.glyph)
        self._save.setEnabled(row.glyph is not None)
        if another:
            self._set_drawing(None)
            self.bars.hide()
            self.facts.say({Fact.CHANGED: None})
            self._scroll.verticalScrollBar().setValue(0)
        text = self._cells.text
        self.facts.say(
            {
                Fact.CONFIDENCE: f"{percent(row.confidence)} ({text(row, Column.VERDICT)})",
                Fact.PLACE: self._place(row),
                Fact.SOURCE: text(row, Column.SOURCE),
                Fact.NAME: row.name,
                Fact.MODEL: row.model,
                Fact.DEVICE: text(row, Column.DEVICE),
                Fact.TIME: self._cells.in_words(row.time),
                Fact.STATE: text(row, Column.STATE),
                Fact.ID: str(row.id),
            }
        )

    def show_record(self, record: RecordShown) -> None:
        """Show the rest, unless another reading is shown by now."""
        if self._row is None or record.id != self._row.id or record.row is None:
            return
        self.show_row(record.row)
        self._set_drawing(record.drawing)
        self._set_bars(record)
        self.facts.say({Fact.CHANGED: None if record.changed is None else self._cells.in_words(record.changed)})

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._title.setFont(scaled_font(self.font(), "strong", bold=True))
        super().changeEvent(event)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _set_bars(self, record: RecordShown) -> None:
        known = self._labels_of(record)
        self.bars.setVisible(0 < len(known) <= MOST_BARS)
        if known and len(known) <= MOST_BARS:
            if known != self.bars.labels:
                self.bars.set_labels(known)
            self.bars.set_probabilities(record.probabilities)

    def _place(self, row: HistoryRow) -> str | None:
        return None if row.position is None else self.tr("digit {place} of a number").format(place=row.position + 1)

    def _labels_of(self, record: RecordShown) -> tuple[str, ...]:
        """A label for each probability: the model's own where it is known, else numbers and the answer."""
        assert record.row is not None
        count = len(record.probabilities)
        labels = self._known.get(record.row.model, ())
        if len(labels) == count:
            return labels
        return tuple(record.row.label if number == record.digit else str(number) for number in range(count))

    def _set_drawing(self, drawing: Drawing | None) -> None:
        self._drawing = drawing
        self.ink.set_drawing(drawing)
        self.ink.setVisible(drawing is not None)
        self._again.setEnabled(drawing is not None)

    def _copy_id(self) -> None:
        if self._row is not None:
            QGuiApplication.clipboard().setText(str(self._row.id))


class InkView(QWidget):
    """The strokes as they were drawn, on a small sheet of paper."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing: Drawing | None = None
        self._colours = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What was drawn"))

    @property
    def drawing(self) -> Drawing | None:
        return self._drawing

    def sizeHint(self) -> QSize:
        # Beside the glyph, and as large.
        return QSize(SIDE * CELL + 2, SIDE * CELL + 2)

    def set_drawing(self, drawing: Drawing | None) -> None:
        self._drawing = None if drawing is None else fitted(drawing, FIELD)
        self.update()

    def set_colours(self, colours: Colours) -> None:
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._colours.border), 1))
        painter.setBrush(QColor(self._colours.paper))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.scale(self.width() / FIELD, self.height() / FIELD)
        pen = QPen(QColor(self._colours.ink), PEN_WIDTH)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for stroke in self._drawing.strokes if self._drawing is not None else ():
            painter.drawPath(smooth_path([QPointF(x, y) for x, y in stroke.points]))

"""Shows the log: filters, a table that fetches more as it is scrolled, and what to think of an empty one."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from mnist_desktop.gui.bars import PLAIN_LABELS
from mnist_desktop.gui.history_model import Column, HistoryModel, Index
from mnist_desktop.gui.history_rows import HistoryPage, Shown
from mnist_desktop.gui.theme import SPACE
from mnist_desktop.log.record import Source

THUMBNAIL = 42
"""Side of a glyph in the table: one and a half times its 28 pixels."""

EVERYTHING = "all"
"""Data of the first entry of every filter; None would not be found by QComboBox.findData."""


class HistoryTab(QWidget):
    """The newest record on top; what one looks at does not move when new ones come."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = HistoryModel(self)
        self._stale = True
        self._anchor: tuple[object, int] | None = None
        self._digit = self._filter(self.tr("Digit"), [])
        self._source = self._filter(
            self.tr("Source"),
            [
                (self.tr("Drawings"), Source.CANVAS.value),
                (self.tr("Files"), Source.FILE.value),
                (self.tr("Clipboard"), Source.CLIPBOARD.value),
            ],
        )
        self._verdict = self._filter(self.tr("Verdict"), [(self.tr("Sure"), "digit"), (self.tr("Unsure"), "unsure")])
        self.set_labels(PLAIN_LABELS)
        self._note = QLabel(self)
        self._note.setProperty("tone", "warning")
        self._note.setWordWrap(True)
        self._note.hide()
        self.table = self._table()
        self._empty = QLabel(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("tone", "muted")
        self._layout()
        self.model.refreshed.connect(self._refreshed)

    def _filter(self, name: str, choices: list[tuple[str, str]]) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(self.tr("Filter by {what}").format(what=name))
        box.setToolTip(box.accessibleName())
        box.addItem(self.tr("{what}: all").format(what=name), EVERYTHING)
        for text, value in choices:
            box.addItem(text, value)
        box.currentIndexChanged.connect(self._filter_changed)
        return box

    def _table(self) -> QTableView:
        table = QTableView(self)
        table.setModel(self.model)
        table.setItemDelegateForColumn(Column.GLYPH, GlyphDelegate(table))
        table.setAccessibleName(self.tr("Readings, newest first"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        self._table_widths(table)
        return table

    def _table_widths(self, table: QTableView) -> None:
        """Widths from the text they hold, never from the rows there are: that would be a count by other means."""
        metrics = QFontMetrics(table.font())
        table.verticalHeader().setDefaultSectionSize(max(THUMBNAIL + 6, metrics.height() + SPACE))
        header = table.horizontalHeader()
        widest = {
            Column.GLYPH: "",
            Column.LABEL: "8888",
            Column.CONFIDENCE: "> 99.9 %",
            Column.VERDICT: self.tr("unsure"),
            Column.SOURCE: self.tr("clipboard"),
            Column.TIME: "2888-88-88 88:88:88",
            Column.STATE: self.tr("delivered"),
        }
        for column, text in widest.items():
            title = str(self.model.headerData(column, Qt.Orientation.Horizontal))
            width = max(metrics.horizontalAdvance(text), metrics.horizontalAdvance(title), THUMBNAIL)
            header.resizeSection(column, width + 3 * SPACE)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(metrics.horizontalAdvance("8888888888"))

    def _layout(self) -> None:
        filters = QHBoxLayout()
        filters.setSpacing(SPACE)
        for box in self.filters:
            filters.addWidget(box)
        filters.addStretch(1)
        body = QWidget(self)
        self._pages = QStackedLayout(body)
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addLayout(filters)
        column.addWidget(self._note)
        column.addWidget(body, 1)

    # --- what the window tells it ----------------------------------------------------------------------------------

    def set_labels(self, labels: tuple[str, ...]) -> None:
        """The labels of the model that reads now; they are what one can filter by."""
        self._digit.blockSignals(True)
        while self._digit.count() > 1:
            self._digit.removeItem(1)
        for number, label in enumerate(labels):
            self._digit.addItem(label, str(number))
        self._digit.setCurrentIndex(0)
        self._digit.blockSignals(False)

    def records_changed(self) -> None:
        """There may be new records, or old ones with news: look, now or when the tab is next seen."""
        self._stale = True
        if self.isVisible():
            self._refresh()

    def receive(self, page: HistoryPage) -> None:
        """An answer of the log."""
        if page.error is None:
            away = self.tr("This computer's records only: Cassandra is not connected.")
            self._note.setText(away)
            self._note.setVisible(not page.connected)
        else:
            self._note.setText(page.error)
            self._note.show()
        self._keep_place()
        self.model.receive(page)
        self._restore_place()

    @property
    def note(self) -> str:
        """The sentence above the table; empty when there is none."""
        return "" if self._note.isHidden() else self._note.text()

    @property
    def message(self) -> str:
        """What stands in place of an empty table."""
        return self._empty.text() if self._pages.currentWidget() is self._empty else ""

    @property
    def filters(self) -> tuple[QComboBox, QComboBox, QComboBox]:
        """Digit, source, verdict."""
        return self._digit, self._source, self._verdict

    def shown(self) -> Shown:
        """The filters as they stand."""
        digit, source, verdict = (box.currentData() for box in self.filters)
        return Shown(
            digit=None if digit == EVERYTHING else int(digit),
            source=None if source == EVERYTHING else Source(source),
            verdict=None if verdict == EVERYTHING else str(verdict),
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._refresh()

    # --- inside ----------------------------------------------------------------------------------------------------

    def _filter_changed(self) -> None:
        self.model.show_only(self.shown())
        self._refreshed()

    def _refresh(self) -> None:
        self._stale = False
        last = self.table.indexAt(QRect(self.table.viewport().rect()).bottomLeft())
        self.model.refresh(last.row() if last.isValid() else self.model.rowCount())
        self._refreshed()

    def _refreshed(self) -> None:
        empty = self.model.rowCount() == 0
        if empty and self.model.busy:
            self._empty.setText(self.tr("Looking…"))
        elif empty and self.shown() != Shown():
            self._empty.setText(self.tr("No readings fit these filters."))
        else:
            self._empty.setText(self.tr("No readings yet. Draw a digit in the Read tab: it will be here."))
        self._pages.setCurrentWidget(self._empty if empty else self.table)

    def _keep_place(self) -> None:
        """Remember the row at the top of the screen, unless it is the newest: who looks there wants to see news."""
        self._anchor = None
        if self.table.verticalScrollBar().value() > 0:
            top = self.table.indexAt(self.table.viewport().rect().topLeft())
            if top.isValid():
                self._anchor = (self.model.rows[top.row()].id, self.table.visualRect(top).top())

    def _restore_place(self) -> None:
        if self._anchor is None:
            return
        wanted, top = self._anchor
        for number, row in enumerate(self.model.rows):
            if row.id == wanted:
                self.table.verticalScrollBar().setValue(number * self.table.verticalHeader().defaultSectionSize() - top)
                return


class GlyphDelegate(QStyledItemDelegate):
    """Paints a glyph at one and a half times its size, its pixels as they are."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        # The row's own background and selection first, without the pixmap.
        super().paint(painter, option, QModelIndex())
        rect: QRect = option.rect
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        place = QRect(0, 0, THUMBNAIL, THUMBNAIL)
        place.moveCenter(rect.center())
        if isinstance(pixmap, QPixmap) and not pixmap.isNull():
            painter.drawPixmap(place, pixmap)
        else:
            painter.fillRect(place, QColor("#808080"))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(THUMBNAIL + 6, THUMBNAIL + 6)

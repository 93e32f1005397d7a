"""Shows the log: filters, the list, one reading beside it, and what can be done with those that are selected."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QStackedLayout, QVBoxLayout, QWidget

from mnist_desktop.gui.history_actions import HistoryActions, labels_of
from mnist_desktop.gui.history_changes import Change, Changed, Correction, Deletion, Restoration
from mnist_desktop.gui.history_details import HistoryDetails
from mnist_desktop.gui.history_filters import HistoryFilters
from mnist_desktop.gui.history_lines import ExportLine, SearchLine
from mnist_desktop.gui.history_model import HistoryModel
from mnist_desktop.gui.history_record import RecordShown
from mnist_desktop.gui.history_rows import HistoryPage, HistoryRow, Shown
from mnist_desktop.gui.history_table import HistoryTable
from mnist_desktop.gui.notice import Notice
from mnist_desktop.gui.save_dialog import ask_where_to_save
from mnist_desktop.gui.theme import SPACE, Colours

DETAILS_WIDTH = 416
"""Width of the details in device-independent pixels: glyph beside strokes."""

REMEMBERED = 50
"""Changes that can be taken back, one after the other."""


class HistoryTab(QWidget):
    """The newest record on top; what one looks at does not move when new ones come."""

    change_wanted = Signal(object)
    """A Change of the log."""
    record_wanted = Signal(object)
    """The id of a record of which all is to be known."""
    read_again = Signal(object)
    """A Drawing that is to be put on the canvas."""
    glyph_to_save = Signal(object, object)
    """The levels of a glyph, and the Path of the file to write it to."""

    def __init__(self, device: str, parent: QWidget | None = None) -> None:
        """`device` is what this computer is called in its records."""
        super().__init__(parent)
        self.model = HistoryModel(self)
        self.filters = HistoryFilters(device, self)
        self.notice = Notice(self)
        self.table = HistoryTable(self.model, self)
        self.details = HistoryDetails(self.model.cells, self)
        self.search = SearchLine(self)
        self.export = ExportLine(self)
        self.actions_row = HistoryActions(self)
        self._stale = True
        self._known: dict[str, tuple[str, ...]] = {}
        self._undo: list[Change] = []
        self.undo_action = QAction(self.tr("Undo"), self)
        # Where this tab is not seen the shortcut is the canvas's.
        self.undo_action.setShortcut(QKeySequence.StandardKey.Undo)
        self.undo_action.setEnabled(False)
        self.addAction(self.undo_action)
        self._note = QLabel(self)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setProperty("tone", "warning")
        self._note.setWordWrap(True)
        self._note.hide()
        self._empty = QLabel(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("tone", "muted")
        self._layout()
        self._wire()

    def _layout(self) -> None:
        body = QWidget(self)
        self._pages = QStackedLayout(body)
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        self.details.setFixedWidth(DETAILS_WIDTH)
        self.details.hide()
        middle = QHBoxLayout()
        middle.setSpacing(SPACE)
        middle.addWidget(body, 1)
        middle.addWidget(self.details)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self.filters)
        column.addWidget(self._note)
        column.addWidget(self.notice)
        column.addLayout(middle, 1)
        column.addWidget(self.search)
        column.addWidget(self.export)
        column.addWidget(self.actions_row)

    def _wire(self) -> None:
        self.filters.changed.connect(self._filter_changed)
        self.model.refreshed.connect(self._refreshed)
        self.search.search_on.connect(self.model.search_on)
        self.search.stop.connect(self.model.stop_searching)
        self.table.selectionModel().selectionChanged.connect(self._selection_changed)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._context_menu)
        self.table.details_wanted.connect(self.show_details)
        self.table.deletion_wanted.connect(self._delete)
        self.table.label_typed.connect(self._label_typed)
        self.actions_row.details_wanted.connect(self.show_details)
        self.actions_row.deletion_wanted.connect(self._delete)
        self.actions_row.label_chosen.connect(self._correct)
        self.actions_row.undo_wanted.connect(self.undo)
        self.undo_action.triggered.connect(self.undo)
        self.details.closed.connect(self._close_details)
        self.details.read_again.connect(self.read_again)
        self.details.glyph_to_save.connect(self._ask_where_to_save)

    # --- what the window tells it ------------------------------------------------------------------------------------

    def set_model(self, name: str, labels: tuple[str, ...]) -> None:
        """The model that reads now: its labels are what one can filter by."""
        self.filters.set_labels(labels)
        self.table.set_labels(labels)
        self.know_models({name: labels})

    def know_models(self, labels: Mapping[str, tuple[str, ...]]) -> None:
        """The labels of models by name: what a record can be corrected to depends on who read it."""
        self._known.update(labels)
        self.details.know_models(self._known)

    def set_colours(self, colours: Colours) -> None:
        self.filters.set_colours(colours)
        self.details.set_colours(colours)

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
        self.table.keeping_place(lambda: self.model.receive(page))
        self.filters.add_devices(row.device for row in page.rows)
        self.table.show_devices(several=self.filters.several_devices)

    def receive_change(self, changed: Changed) -> None:
        """What became of a correction, a deletion or an undo."""
        next_row = self.table.first_selected if changed.gone else None
        details = not self.details.isHidden()
        fitting = changed.fitting(self.model.shown.filters)
        # What came from elsewhere, or is back, may be what the filters leave out.
        rows = [row for row in changed.rows if row.id in fitting or self.model.number_of(row.id) is not None]
        self.table.keeping_place(lambda: self.model.take_changes(rows, changed.gone))
        if next_row is not None and not self.table.selected:
            # Where the deleted ones were: who goes through the list by key goes on from there.
            self.table.selectRow(min(next_row, self.model.rowCount() - 1))
            if details:
                self.show_details()
        if changed.undo is not None:
            self._undo = [*self._undo[1 - REMEMBERED :], changed.undo]
            self.undo_action.setEnabled(True)
        if changed.count:
            self.actions_row.say(self._sentence(changed), can_undo=changed.undo is not None)
        if changed.error is not None:
            self.notice.say(self._why(changed, changed.error))
        self._follow_selection()

    def receive_record(self, record: RecordShown) -> None:
        """All that the log knows of the reading in the details."""
        self.details.show_record(record)

    # --- what it says ------------------------------------------------------------------------------------------------

    @property
    def note(self) -> str:
        """The sentence above the table; empty when there is none."""
        return "" if self._note.isHidden() else self._note.text()

    @property
    def message(self) -> str:
        """What stands in place of an empty table."""
        return self._empty.text() if self._pages.currentWidget() is self._empty else ""

    def _sentence(self, changed: Changed) -> str:
        count = changed.count
        match changed.change:
            case Deletion():
                return self.tr("1 reading deleted.") if count == 1 else self.tr("%n readings deleted.", "", count)
            case Restoration():
                return self.tr("1 reading is back.") if count == 1 else self.tr("%n readings are back.", "", count)
            case Correction(before=None):
                return self.tr("1 correction undone.") if count == 1 else self.tr("%n corrections undone.", "", count)
            case Correction():
                return self.tr("1 reading corrected.") if count == 1 else self.tr("%n readings corrected.", "", count)

    def _why(self, changed: Changed, error: str) -> str:
        if changed.failed > 1:
            return self.tr("%n readings could not be changed: {why}", "", changed.failed).format(why=error)
        return error

    # --- what the person does ----------------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take back the last change that was made here and is not taken back yet."""
        if self._undo:
            self.change_wanted.emit(self._undo.pop())
            self.actions_row.say_nothing()
            self.undo_action.setEnabled(bool(self._undo))

    def show_details(self) -> None:
        """Show all of the selected reading, beside the list."""
        row = self.table.current
        if row is not None:
            self.details.show()
            self._show_row(row)

    def _close_details(self) -> None:
        self.details.hide()
        self.table.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.details.isVisible():
            self._close_details()
        else:
            super().keyPressEvent(event)

    def _delete(self) -> None:
        ids = tuple(row.id for row in self.table.selected)
        if ids:
            self._change(Deletion(ids=ids))

    def _correct(self, label: str | None) -> None:
        rows = self.table.selected
        if rows:
            before = tuple((row.id, row.corrected) for row in rows)
            self._change(Correction(labels=tuple((row.id, label) for row in rows), before=before))

    def _label_typed(self, text: str) -> None:
        for label in self.actions_row.labels:
            if label.casefold() == text.casefold():
                self._correct(label)
                return

    def _change(self, change: Change) -> None:
        self.notice.dismiss()
        self.change_wanted.emit(change)

    def _context_menu(self, position: QPoint) -> None:
        if not self.table.selected:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Details")).triggered.connect(self.show_details)
        self.actions_row.fill_labels(menu.addMenu(self.tr("It was…")))
        menu.addSeparator()
        menu.addAction(self.tr("Delete")).triggered.connect(self._delete)
        menu.popup(self.table.viewport().mapToGlobal(position))

    def _ask_where_to_save(self, row: HistoryRow) -> None:
        if row.glyph is not None:
            levels, kinds = row.glyph, {self.tr("Picture ({patterns})").format(patterns="*.png"): "png"}
            ask_where_to_save(
                self,
                self.tr("Save glyph"),
                f"{row.id}.png",
                kinds,
                lambda path: self.glyph_to_save.emit(levels, path),
            )

    # --- inside ------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._refresh()

    def _filter_changed(self) -> None:
        if self.filters.shown() != self.model.shown:
            self.model.show_only(self.filters.shown())
            self._refreshed()

    def _refresh(self) -> None:
        self._stale = False
        if self.filters.shown() != self.model.shown:
            # “Today” is another day by now.
            self.model.show_only(self.filters.shown())
        else:
            self.model.refresh(self.table.last_on_screen)
        self._refreshed()

    def _refreshed(self) -> None:
        model = self.model
        empty = model.rowCount() == 0
        back_to = model.searched_back_to
        searching = back_to is not None and not model.paused
        when = None if back_to is None else model.cells.month_or_day(back_to)
        self.search.show_state(when, searching=searching)
        if empty and model.busy and not model.paused:
            self._empty.setText(self.tr("Looking…"))
        elif empty and back_to is not None:
            self._empty.setText(self.tr("Nothing that fits these filters was found so far."))
        elif empty and model.shown != Shown():
            self._empty.setText(self.tr("No readings fit these filters."))
        else:
            self._empty.setText(self.tr("No readings yet. Draw a digit in the Read tab: it will be here."))
        self._pages.setCurrentWidget(self._empty if empty else self.table)
        self._selection_changed()

    def _selection_changed(self) -> None:
        rows = self.table.selected
        self.actions_row.set_selection(rows, labels_of(rows, self._known))
        self._follow_selection()

    def _follow_selection(self) -> None:
        """Show in the details what is selected now, and what became of it."""
        if self.details.isHidden():
            return
        row = self.table.current
        if row is None:
            self.details.hide()
        elif row != self.details.row:
            self._show_row(row)

    def _show_row(self, row: HistoryRow) -> None:
        self.details.show_row(row)
        self.record_wanted.emit(row.id)

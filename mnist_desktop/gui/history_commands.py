"""Connects the History tab with the log's thread: what the one wants, the other does."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from mnist_desktop.gui.file_saving import FileSaving
from mnist_desktop.gui.history_export import Exported, Exporting, HistoryExport
from mnist_desktop.gui.history_tab import HistoryTab
from mnist_desktop.gui.log_worker import LogWorker
from mnist_desktop.gui.save_dialog import ask_where_to_save
from mnist_desktop.ink.names import shown_name


class HistoryCommands(QObject):
    """Carries questions and changes to the log, and answers back."""

    def __init__(self, tab: HistoryTab, log: LogWorker, export: QAction, parent: QObject) -> None:
        """`export` is the action by which one asks for an export."""
        super().__init__(parent)
        self._tab = tab
        self._log = log
        self._action = export
        self._export: HistoryExport | None = None
        tab.model.page_wanted.connect(log.fetch)
        tab.change_wanted.connect(log.change)
        tab.record_wanted.connect(log.look)
        tab.glyph_to_save.connect(self._save_glyph)
        tab.export.cancel.connect(self._cancel)
        log.page_ready.connect(tab.receive)
        log.changed.connect(tab.receive_change)
        log.record_ready.connect(tab.receive_record)
        self._saving = FileSaving()
        self._saving.failed.connect(tab.notice.say)
        export.triggered.connect(self._ask_where_to_export)

    def stop(self) -> None:
        """The window closes: leave no half of a file behind."""
        self._cancel()

    # --- export ------------------------------------------------------------------------------------------------------

    def _ask_where_to_export(self) -> None:
        csv, lines = self.tr("Table ({patterns})"), self.tr("JSON lines ({patterns})")
        kinds = {csv.format(patterns="*.csv"): "csv", lines.format(patterns="*.jsonl"): "jsonl"}
        ask_where_to_save(self._tab, self.tr("Export history"), "history.csv", kinds, self.export_to)

    def export_to(self, file: Path) -> None:
        """Write what the filters show now to `file`, over what is there: the person was asked."""
        if file.suffix.lower() not in (".csv", ".jsonl"):
            self._tab.notice.say(self.tr("{name} must end in .csv or .jsonl.").format(name=shown_name(file.name)))
            return
        self._action.setEnabled(False)
        self._export = HistoryExport(self._log, self._tab.filters.shown(), file, self)
        self._export.progressed.connect(self._progressed)
        self._export.ended.connect(self._ended)
        self._progressed(Exporting(count=0, back_to=None))
        self._export.start()

    def _cancel(self) -> None:
        if self._export is not None:
            self._export.cancel()

    def _progressed(self, exporting: Exporting) -> None:
        said = self.tr("Exporting… %n readings", "", exporting.count)
        if exporting.back_to is not None:
            when = self._tab.model.cells.month_or_day(exporting.back_to)
            said = self.tr("{said}, back to {when}").format(said=said, when=when)
        self._tab.export.show_progress(said)

    def _ended(self, exported: Exported) -> None:
        if self._export is not None:
            self._export.deleteLater()
            self._export = None
        self._action.setEnabled(True)
        if exported.error is not None:
            self._tab.export.hide()
            self._tab.notice.say(exported.error)
        elif exported.cancelled:
            self._tab.export.show_end(self.tr("The export was cancelled; nothing was written."))
        else:
            self._tab.export.show_end(self._what_was_written(exported))

    def _what_was_written(self, exported: Exported) -> str:
        name = shown_name(exported.file.name)
        written = (
            self.tr("1 reading written to {name}.")
            if exported.count == 1
            else self.tr("%n readings written to {name}.", "", exported.count)
        ).format(name=name)
        if exported.whole:
            return written
        if exported.lost_at is None:
            return self.tr("{written} They are this computer's only: Cassandra is not connected.").format(
                written=written
            )
        when = self._tab.model.cells.month_or_day(exported.lost_at)
        return self.tr("{written} From {when} back they are this computer's only: Cassandra went away.").format(
            written=written, when=when
        )

    # --- one glyph ---------------------------------------------------------------------------------------------------

    def _save_glyph(self, levels: bytes, path: Path) -> None:
        def picture() -> bytes:
            import numpy as np

            from mnist_desktop.ink.glyph import SIDE, Glyph

            return Glyph(levels=np.frombuffer(levels, np.uint8).reshape(SIDE, SIDE)).to_png()

        self._saving.save(path, picture)

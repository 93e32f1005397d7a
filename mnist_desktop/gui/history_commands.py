"""Connects the History tab with the log's thread: what the one wants, the other does."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mnist_desktop.gui.history_tab import HistoryTab
from mnist_desktop.gui.log_worker import LogWorker


class HistoryCommands(QObject):
    """Carries questions and changes to the log, and answers back."""

    failed = Signal(str)
    """A sentence for the tab; may come from the log's thread."""

    def __init__(self, tab: HistoryTab, log: LogWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log = log
        tab.model.page_wanted.connect(log.fetch)
        tab.change_wanted.connect(log.change)
        tab.record_wanted.connect(log.look)
        tab.glyph_to_save.connect(self._save_glyph)
        log.page_ready.connect(tab.receive)
        log.changed.connect(tab.receive_change)
        log.record_ready.connect(tab.receive_record)
        self.failed.connect(tab.notice.say)

    def _save_glyph(self, levels: bytes, file: str) -> None:
        path = Path(file)

        def write() -> None:
            import numpy as np

            from mnist_desktop.ink.glyph import SIDE, Glyph

            picture = Glyph(levels=np.frombuffer(levels, np.uint8).reshape(SIDE, SIDE)).to_png()
            try:
                path.write_bytes(picture)
            except OSError as error:
                why = error.strerror or str(error)
                self.failed.emit(self.tr("{name} cannot be written ({why}).").format(name=path.name, why=why))

        self._log.run(write)

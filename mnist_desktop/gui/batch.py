"""Connects the files of a batch with the threads that read and log them, and with the tab that shows them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from mnist_desktop.gui.batch_reading import BatchReading
from mnist_desktop.gui.batch_tab import BatchTab
from mnist_desktop.gui.log_states import Kept
from mnist_desktop.gui.log_worker import LogWorker
from mnist_desktop.gui.reading_worker import ReadingWorker
from mnist_desktop.ink.named_files import NamedFile

if TYPE_CHECKING:
    from mnist_desktop.log.record import Record

PACE_MILLISECONDS = 100
"""How often the table is told what was read: what comes between is shown, and committed, together."""

_log = logging.getLogger(__name__)


class Batch(QObject):
    """Reads files, shows each, and has it kept in the log."""

    def __init__(
        self,
        tab: BatchTab,
        reading: ReadingWorker,
        log: LogWorker,
        device: str,
        keep: Callable[[Sequence[Record]], None],
    ) -> None:
        """`keep` has records committed, and knows that they are on their way."""
        super().__init__(tab)
        self._tab = tab
        self._keep = keep
        self._reading = BatchReading(reading, device, self)
        self._on_their_way: list[int] = []
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(PACE_MILLISECONDS)
        self._pace.timeout.connect(self._take)
        self._reading.news.connect(self._soon)
        tab.cancel_wanted.connect(self.cancel)
        log.kept.connect(self._kept)

    def read(self, files: Sequence[NamedFile]) -> None:
        """Read these files, after those that are read already."""
        self._reading.read(files)
        self._take()

    def cancel(self) -> None:
        """Read no more; what was read is kept."""
        self._reading.cancel()
        self._take()

    def stop(self, seconds: float) -> None:
        """End the thread, with the file that it is at if that takes no longer than `seconds`."""
        self._pace.stop()
        if not self._reading.stop(seconds):
            _log.warning("A file of a batch did not end in time; it is left behind")

    def _soon(self) -> None:
        if not self._pace.isActive():
            self._pace.start()

    def _take(self) -> None:
        news = self._reading.take()
        kept = [read.records for read in news.read if read.records]
        if kept:
            self._on_their_way.append(len(kept))
            self._keep([record for records in kept for record in records])
        self._tab.show_news(news)

    def _kept(self, _: Kept) -> None:
        # In the order in which they were given.
        self._reading.saved(self._on_their_way.pop(0))

"""Writes what the filters show to a file, page by page in a thread of its own, so that nothing saved waits for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mnist_desktop.gui.history_rows import Shown
from mnist_desktop.gui.log_worker import LogWorker
from mnist_desktop.ink.names import shown_name
from mnist_desktop.log.record import LogError
from mnist_desktop.whole_file import whole_file

if TYPE_CHECKING:
    from mnist_desktop.log.log import Cursor, Page

PAGE = 500
"""Records asked for at a time: some 1 MB, and a cancelled export ends within some hundredths of a second."""


@dataclass(frozen=True, kw_only=True)
class Exporting:
    """How far an export has come: so many records, back to that time in UTC."""

    count: int
    back_to: datetime | None


@dataclass(frozen=True, kw_only=True)
class Exported:
    """How an export ended: with a whole file, or with none."""

    file: Path
    count: int
    error: str | None = None
    """Why there is no file."""
    cancelled: bool = False
    whole: bool = True
    """Whether Cassandra was asked too, down to the oldest record."""
    lost_at: datetime | None = None
    """From what time back, in UTC, it was not; None: for nothing at all."""


class HistoryExport(QObject):
    """One export; the file takes its name when it is whole, and what was there by that name is there until then."""

    progressed = Signal(object)
    """An Exporting, after each page."""
    ended = Signal(object)
    """An Exported."""

    def __init__(self, worker: LogWorker, shown: Shown, file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._shown = shown
        self._file = file
        self._cursor: Cursor | None = None
        self._count = 0
        self._whole = True
        self._lost_at: datetime | None = None
        self._cancelled = threading.Event()

    def start(self) -> None:
        """Begin, once what is to be saved before is saved."""
        self._worker.look_through(self._export)

    def cancel(self) -> None:
        """Write no further page, and leave nothing behind."""
        self._cancelled.set()

    def _export(self) -> None:
        try:
            self._write()
            ended = Exported(file=self._file, count=self._count, whole=self._whole, lost_at=self._lost_at)
        except _CancelledError:
            ended = Exported(file=self._file, count=self._count, cancelled=True)
        except (OSError, LogError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error).rstrip(".")
            said = self.tr("{name} could not be written ({why}).").format(name=shown_name(self._file.name), why=why)
            ended = Exported(file=self._file, count=self._count, error=said)
        self.ended.emit(ended)

    def _write(self) -> None:
        # Not at the top: see history_rows.
        from mnist_desktop.log.lines import Lines

        with whole_file(self._file) as partial, partial.open("w", encoding="utf-8", newline="") as out:
            lines = Lines(out, as_csv=self._file.suffix.lower() == ".csv")
            while True:
                page = self._next_page()
                for entry in page.entries:
                    lines.write(entry)
                self._count += len(page.entries)
                self._cursor = page.cursor
                if page.cursor is None:
                    return
                self.progressed.emit(Exporting(count=self._count, back_to=self._back_to()))

    def _next_page(self) -> Page:
        if self._cancelled.is_set():
            raise _CancelledError
        log = self._worker.log
        if log is None:
            raise LogError(self.tr("the log could not be opened"))
        page = log.page(self._cursor, self._shown.filters, PAGE)
        fault = log.status().fault if not page.entries else None
        if fault is not None:
            raise LogError(fault)
        if not page.connected and self._whole:
            self._whole = False
            self._lost_at = self._back_to()
        return page

    def _back_to(self) -> datetime | None:
        return None if self._cursor is None else self._cursor.time


class _CancelledError(Exception):
    """The person wants no file."""

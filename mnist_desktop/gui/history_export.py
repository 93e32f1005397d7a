"""Writes what the filters show to a file, page by page in the log's thread, so that what is saved comes in between."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from PySide6.QtCore import QObject, Signal

from mnist_desktop.gui.history_rows import Shown
from mnist_desktop.gui.log_worker import LogWorker
from mnist_desktop.ink.names import shown_name
from mnist_desktop.log.record import LogError

if TYPE_CHECKING:
    from mnist_desktop.log.lines import Lines
    from mnist_desktop.log.log import Cursor, Page

PAGE = 500
"""Records written at a time: what is saved meanwhile waits some hundredths of a second."""


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
        self._partial = file.with_name(f".export-{os.getpid()}.part")
        self._out: TextIO | None = None
        self._lines: Lines | None = None
        self._cursor: Cursor | None = None
        self._count = 0
        self._whole = True
        self._lost_at: datetime | None = None
        self._cancelled = False
        self._over = False

    def start(self) -> None:
        """Begin, in the log's thread."""
        self._worker.run(self._step)

    def cancel(self) -> None:
        """Write no further page, and leave nothing behind."""
        self._cancelled = True
        self._worker.run(self._step)

    def _step(self) -> None:
        if self._over:
            return
        try:
            if self._cancelled:
                self._end(Exported(file=self._file, count=self._count, cancelled=True))
            elif self._write_page():
                self.progressed.emit(Exporting(count=self._count, back_to=self._back_to()))
                self._worker.run(self._step)
            else:
                self._finish()
                self._end(Exported(file=self._file, count=self._count, whole=self._whole, lost_at=self._lost_at))
        except (OSError, LogError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error).rstrip(".")
            said = self.tr("{name} could not be written ({why}).").format(name=shown_name(self._file.name), why=why)
            self._end(Exported(file=self._file, count=self._count, error=said))

    def _write_page(self) -> bool:
        """Write the next page; whether there is another one after it."""
        # Not at the top: see history_rows.
        from mnist_desktop.log.lines import Lines

        if self._lines is None:
            self._out = self._partial.open("w", encoding="utf-8", newline="")
            self._lines = Lines(self._out, as_csv=self._file.suffix.lower() == ".csv")
        page = self._next_page()
        for entry in page.entries:
            self._lines.write(entry)
        self._count += len(page.entries)
        self._cursor = page.cursor
        return page.cursor is not None

    def _next_page(self) -> Page:
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

    def _finish(self) -> None:
        assert self._out is not None
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        self._partial.replace(self._file)

    def _end(self, exported: Exported) -> None:
        self._over = True
        with suppress(OSError):
            # A full disk is told of once more by what is closed.
            if self._out is not None:
                self._out.close()
        with suppress(OSError):
            self._partial.unlink()
        self.ended.emit(exported)

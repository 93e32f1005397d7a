"""Turns files into readings in a thread of its own, behind the pen: the model is asked when no drawing waits for it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from mnist_desktop.gui.batch_rows import BatchRead, row_of, unread
from mnist_desktop.ink.named_files import NamedFile
from mnist_desktop.ink.names import shown_name
from mnist_desktop.log.record import Source

if TYPE_CHECKING:
    from mnist_desktop.gui.reading_worker import ReadingWorker
    from mnist_desktop.ink.drawing import Drawing
    from mnist_desktop.ink.incoming import Incoming
    from mnist_desktop.ink.pictures import Picture
    from mnist_desktop.recognition.reader import NumberReading, Reader

MOST_AHEAD = 200
"""Readings that may wait for the disk; when it is slower than the model, reading waits."""

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class BatchNews:
    """What was read since the last news, and how far it is."""

    read: tuple[BatchRead, ...]
    done: int
    """Files that are done, of `total`."""
    total: int
    running: bool


class BatchReading(QObject):
    """Reads one file after the other; further files join those that wait.

    Decoding a picture and finding its ink takes up to half a second and needs no model: it happens here. The model's
    part, some milliseconds, happens in the reading thread, so that nobody who draws waits for a photograph.
    """

    news = Signal()
    """There is something to `take`; said once until it was taken."""

    def __init__(self, worker: ReadingWorker, device: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._device = device
        self._changed = threading.Condition()
        self._waiting: deque[NamedFile] = deque()
        self._read: list[BatchRead] = []
        self._done = 0
        self._total = 0
        self._ahead = 0
        self._running = False
        self._told = False
        self._round = 0
        self._stopping = False
        self._asked: Future[Any] | None = None
        self._reader: Reader | None = None
        # A daemon, so that a file on a disk that hangs cannot keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="batch", daemon=True)

    def read(self, files: Sequence[NamedFile]) -> None:
        """Read `files` after those that wait already."""
        with self._changed:
            if not self._running:
                self._done = self._total = 0
            self._running = True
            self._total += len(files)
            self._waiting.extend(files)
            self._changed.notify_all()
        if self._thread.ident is None and not self._stopping:
            self._thread.start()

    def take(self) -> BatchNews:
        """What was read since this was last asked."""
        with self._changed:
            read, self._read = tuple(self._read), []
            self._told = False
            return BatchNews(read=read, done=self._done, total=self._total, running=self._running)

    def cancel(self) -> None:
        """Read nothing more: what was read can still be taken, the file under way is dropped."""
        with self._changed:
            self._waiting.clear()
            self._round += 1
            self._running = False
            self._changed.notify_all()

    def saved(self, count: int) -> None:
        """So many readings have come to their end on the disk."""
        with self._changed:
            self._ahead -= count
            self._changed.notify_all()

    def stop(self, seconds: float) -> bool:
        """Cancel, and end the thread; whether it is gone within `seconds`."""
        self.cancel()
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            if self._asked is not None:
                self._asked.cancel()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    # --- in the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (job := self._next()) is not None:
            named, this_round = job
            try:
                self._read_file(named, this_round)
            except CancelledError:
                # The window closes while the model was to be asked.
                break
            self._end_file(this_round)

    def _next(self) -> tuple[NamedFile, int] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._waiting)
            return None if self._stopping else (self._waiting.popleft(), self._round)

    def _read_file(self, named: NamedFile, this_round: int) -> None:
        # Not at the top: pictures bring NumPy and Pillow.
        from mnist_desktop.ink.incoming import incoming

        file = named.file or Path("-")
        try:
            for came in incoming(named):
                if not self._put(self._row(file, came), this_round):
                    return
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug in one reading must not end the batch
            _log.exception("A file of a batch could not be read")
            why = self.tr("This could not be read: {why}.").format(why=str(error).rstrip(".") or repr(error))
            self._put(BatchRead(row=unread(file, why)), this_round)

    def _put(self, read: BatchRead, this_round: int) -> bool:
        """Hand on what was read; whether the batch goes on."""
        with self._changed:
            self._changed.wait_for(lambda: self._ahead < MOST_AHEAD or self._round != this_round)
            if self._round != this_round:
                return False
            self._ahead += bool(read.records)
            self._read.append(read)
        self._tell()
        return True

    def _end_file(self, this_round: int) -> None:
        with self._changed:
            if self._round != this_round:
                return
            self._done += 1
            self._running = bool(self._waiting)
        self._tell()

    def _tell(self) -> None:
        with self._changed:
            told, self._told = self._told, True
        if not told:
            self.news.emit()

    def _row(self, file: Path, came: Incoming) -> BatchRead:
        # Not at the top: as above.
        from mnist_desktop.recording import first_records

        if came.content is None:
            return BatchRead(row=unread(file, came.error or "", came.index))
        number = self._number(came.content)
        if number is None:
            return BatchRead(row=unread(file, self.tr("There is no model to read it with."), came.index))
        name = shown_name(file.name or str(file))
        made = first_records(number, source=Source.FILE, name=name, device=self._device, now=datetime.now(UTC))
        return BatchRead(row=row_of(file, came.index, number, made), records=tuple(made))

    def _number(self, content: Drawing | Picture) -> NumberReading | None:
        """The digits of `content`; None where no model could be opened."""
        if self._reader is None:
            self._ask(self._look)
        prepared_by = self._reader
        prepared = None if prepared_by is None else prepared_by.prepare_digits(content)

        def read(reader: Reader | None) -> NumberReading | None:
            self._look(reader)
            if reader is None:
                return None
            # Another model may have been chosen meanwhile, which sees its glyphs otherwise.
            ready = prepared if prepared is not None and reader is prepared_by else reader.prepare_digits(content)
            return reader.divide(ready, reader.read_prepared([ready])[0])

        return self._ask(read)

    def _look(self, reader: Reader | None) -> None:
        self._reader = reader

    def _ask(self, job: Callable[[Reader | None], Answer]) -> Answer:
        """Have `job` done in the reading thread; a CancelledError when there is nobody any more to do it."""
        with self._changed:
            if self._stopping:
                raise CancelledError
            future = self._worker.behind(job)
            self._asked = future
        return future.result()

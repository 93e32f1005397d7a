"""Turns requests into readings in one thread of its own, so that the pen never waits; the latest one wins."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal, SignalInstance

from mnist_desktop.gui.readings import DrawingRequest, PictureRequest, Request, answer_to, no_answer_to

if TYPE_CHECKING:
    from mnist_desktop.recognition.reader import Reader

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ModelSwitch:
    """Another model is to read what is asked for from now on."""

    choice: str
    """What the model was chosen by: its name, or its folder."""
    open_reader: Callable[[], Reader]


Behind = Callable[["Reader | None"], None]
"""Something to be done with the reader when nobody waits for a reading."""

Job = tuple[Request, SignalInstance] | ModelSwitch | Behind
"""What the thread does next: answer a request by a signal, change the model, or do what can wait."""

Answer = TypeVar("Answer")


class ReadingWorker(QObject):
    """One thread with one waiting slot: a newer drawing, or view of a picture, replaces the one that waits.

    What must not be lost (pictures, and drawings that are to be recorded) queues behind the slot instead, and behind
    all of these what belongs to a batch.
    """

    model_opened = Signal(object)
    """The Card of the model that reads from now on, the first one or after a switch."""
    model_failed = Signal(str)
    """A sentence why the first model could not be opened."""
    switched = Signal(object)
    """The ModelSwitch that was made; `model_opened` came just before."""
    switch_failed = Signal(object, str)
    """A ModelSwitch that was not, with a sentence why; the model before goes on reading."""
    latest_read = Signal(object)
    """A DrawingRead or PictureRead; whoever asked drops it when it is no longer of the latest."""
    surely_read = Signal(object)
    """A DrawingRead or PictureRead that was asked for by `read_surely`, in the order of asking."""
    failed = Signal(str)
    """A sentence about something that nobody foresaw; the log file has the rest."""

    def __init__(self, open_reader: Callable[[], Reader], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open_reader = open_reader
        self._something_to_do = threading.Condition()
        self._waiting: DrawingRequest | PictureRequest | None = None
        self._queue: deque[Request | ModelSwitch] = deque()
        self._behind: deque[tuple[Behind, Future[Any]]] = deque()
        self._stopping = False
        # A daemon, so that a reading that hangs cannot keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="reading", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def read(self, request: DrawingRequest | PictureRequest) -> None:
        """Read this drawing, or the shown picture as it is looked at now, instead of what waits, if anything does."""
        with self._something_to_do:
            self._waiting = request
            self._something_to_do.notify()

    def read_surely(self, request: Request) -> None:
        """Read this, whatever is asked for later."""
        with self._something_to_do:
            self._queue.append(request)
            self._something_to_do.notify()

    def switch(self, switch: ModelSwitch) -> None:
        """Read with another model what is asked for from now on, instead of one that waits to be opened."""
        with self._something_to_do:
            self._queue = deque(each for each in self._queue if not isinstance(each, ModelSwitch))
            self._queue.append(switch)
            self._something_to_do.notify()

    def behind(self, job: Callable[[Reader | None], Answer]) -> Future[Answer]:
        """Have `job` done with the reader, should there be one, as soon as nobody waits for a reading.

        What the future holds is cancelled when the thread ends before.
        """
        future: Future[Answer] = Future()

        def do(reader: Reader | None) -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(job(reader))
                except Exception as error:  # noqa: BLE001 - for the one who asked
                    future.set_exception(error)

        with self._something_to_do:
            if self._stopping:
                future.cancel()
            else:
                self._behind.append((do, future))
                self._something_to_do.notify()
        return future

    def stop(self, seconds: float) -> bool:
        """End after the reading that runs now; whether the thread is gone within `seconds`."""
        with self._something_to_do:
            self._stopping = True
            for _, future in self._behind:
                future.cancel()
            self._something_to_do.notify()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        reader = self._opened()
        while (job := self._next()) is not None:
            if isinstance(job, ModelSwitch):
                reader = self._switched(job, reader)
            elif isinstance(job, tuple):
                self._answer(*job, reader)
            else:
                job(reader)
            # Not to be kept while nobody asks for anything else: it may be a picture.
            del job
        if reader is not None:
            reader.close()

    def _answer(self, request: Request, answered: SignalInstance, reader: Reader | None) -> None:
        try:
            answer = answer_to(request, reader)
        except Exception as error:  # noqa: BLE001 - a bug in one reading must not end the thread
            # A bug, or a broken engine, must neither end this thread nor leave somebody waiting.
            _log.exception("A reading failed")
            why = self.tr("This could not be read: {why}.").format(why=str(error).rstrip(".") or repr(error))
            self.failed.emit(why)
            answer = no_answer_to(request, why)
        answered.emit(answer)

    def _opened(self) -> Reader | None:
        try:
            reader = self._open_reader()
        except Exception as error:  # noqa: BLE001 - the window must open without a model
            # A ModelError says it in a sentence; a missing system library raises whatever it likes.
            _log.error("The model could not be opened", exc_info=True)
            self.model_failed.emit(str(error) or repr(error))
            return None
        self.model_opened.emit(reader.model.card)
        return reader

    def _switched(self, switch: ModelSwitch, before: Reader | None) -> Reader | None:
        try:
            reader = switch.open_reader()
        except Exception as error:  # noqa: BLE001 - as above: the model before goes on
            _log.error("Another model could not be opened", exc_info=True)
            self.switch_failed.emit(switch, str(error) or repr(error))
            return before
        if self._stopping:
            # Opening took longer than the window waited for: nobody listens any more.
            reader.close()
            return before
        if before is not None:
            before.close()
        self.model_opened.emit(reader.model.card)
        self.switched.emit(switch)
        return reader

    def _next(self) -> Job | None:
        """The next request with the signal for its answer, the next switch, or what can wait; None when it is time to
        stop."""
        with self._something_to_do:
            self._something_to_do.wait_for(lambda: self._stopping or self._waiting or self._queue or self._behind)
            if self._stopping:
                return None
            if self._waiting is not None:
                request, self._waiting = self._waiting, None
                return request, self.latest_read
            if not self._queue:
                return self._behind.popleft()[0]
            first = self._queue.popleft()
            return first if isinstance(first, ModelSwitch) else (first, self.surely_read)

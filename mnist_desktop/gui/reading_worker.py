"""Turns requests into readings in one thread of its own, so that the pen never waits; the latest one wins."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

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


Job = tuple[Request, SignalInstance] | ModelSwitch
"""What the thread does next: answer a request by a signal, or change the model."""


class ReadingWorker(QObject):
    """One thread with one waiting slot: a newer drawing, or view of a picture, replaces the one that waits.

    What must not be lost (pictures, and drawings that are to be recorded) queues behind the slot instead.
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

    def stop(self, seconds: float) -> bool:
        """End after the reading that runs now; whether the thread is gone within `seconds`."""
        with self._something_to_do:
            self._stopping = True
            self._something_to_do.notify()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        reader = self._opened()
        while (job := self._next()) is not None:
            if isinstance(job, ModelSwitch):
                reader = self._switched(job, reader)
            else:
                self._answer(*job, reader)
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
        if before is not None:
            before.close()
        self.model_opened.emit(reader.model.card)
        self.switched.emit(switch)
        return reader

    def _next(self) -> Job | None:
        """The next request with the signal for its answer, or the next switch; None when it is time to stop."""
        with self._something_to_do:
            self._something_to_do.wait_for(lambda: self._stopping or self._waiting or self._queue)
            if self._stopping:
                return None
            if self._waiting is not None:
                request, self._waiting = self._waiting, None
                return request, self.latest_read
            first = self._queue.popleft()
            return first if isinstance(first, ModelSwitch) else (first, self.surely_read)

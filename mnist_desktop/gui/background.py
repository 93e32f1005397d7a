"""Runs what reads or writes files, beside readings and the log, in one thread; answers come back in the window's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class Background(QObject):
    """A one-thread executor: jobs run in the order they were given, none in the window's thread."""

    failed = Signal(str)
    """A sentence about something that nobody foresaw; the log file has the rest."""

    _answered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")
        self._stopped = False
        self._answered.connect(self._hand_back)

    def run(self, job: Callable[[], Answer], then: Callable[[Answer], None] = lambda _answer: None) -> None:
        """Do `job` in the thread, then `then` with its answer in the window's thread, unless the window is gone."""
        if self._stopped:
            return

        def guarded() -> None:
            if self._stopped:
                return
            try:
                answer = job()
            except Exception as error:  # noqa: BLE001 - a bug in one job must not end the rest
                # The executor would keep the exception to itself.
                _log.exception("A job in the background failed")
                why = str(error).rstrip(".") or repr(error)
                self.failed.emit(self.tr("Something went wrong: {why}.").format(why=why))
            else:
                self._answered.emit(lambda: then(answer))

        self._executor.submit(guarded)

    def stop(self) -> None:
        """End after the job that runs now; what waits is dropped."""
        self._stopped = True
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _hand_back(self, then: Callable[[], None]) -> None:
        if not self._stopped:
            then()

"""Jobs beside readings and the log: in order, answered in the window's thread, and none after the end."""

from __future__ import annotations

import threading
from functools import partial

from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.background import Background

from .conftest import WAIT


def test_jobs_run_in_order_elsewhere_and_answers_come_back_here(qtbot: QtBot) -> None:
    background = Background()
    here = threading.current_thread()
    seen: list[tuple[int, bool, bool]] = []

    def job(number: int) -> tuple[int, bool]:
        return number, threading.current_thread() is here

    for number in range(5):
        background.run(
            partial(job, number),
            lambda answer: seen.append((*answer, threading.current_thread() is here)),
        )
    qtbot.waitUntil(lambda: len(seen) == 5, timeout=WAIT)
    background.stop()
    assert seen == [(number, False, True) for number in range(5)]


def test_a_job_that_breaks_is_told_and_the_next_one_runs(qtbot: QtBot) -> None:
    background = Background()
    answers: list[object] = []
    with qtbot.waitSignal(background.failed, timeout=WAIT) as failed:
        background.run(lambda: int("one"), answers.append)
    assert failed.args == ["Something went wrong: invalid literal for int() with base 10: 'one'."]
    background.run(lambda: "well", answers.append)
    qtbot.waitUntil(lambda: answers == ["well"], timeout=WAIT)
    background.stop()


def test_after_the_end_nothing_is_run_or_answered(qtbot: QtBot) -> None:
    background = Background()
    let, begun = threading.Event(), threading.Event()
    ran: list[str] = []

    def slow() -> str:
        begun.set()
        assert let.wait(WAIT / 1000)
        return "slow"

    background.run(slow, ran.append)
    assert begun.wait(WAIT / 1000)
    background.run(lambda: ran.append("waiting"))
    stopping = threading.Thread(target=background.stop)
    stopping.start()
    qtbot.waitUntil(lambda: background._stopped, timeout=WAIT)
    let.set()
    stopping.join()
    background.run(lambda: ran.append("late"))
    QCoreApplication.processEvents()
    assert ran == []

"""Saved, waiting and not saved are shown as they are, and nothing is lost on closing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.window import Window
from mnist_desktop.log.log import Log, LogOptions

from .conftest import (
    WAIT,
    close,
    draw_one,
)

Make = Callable[..., Window]


def broken_journal(home: Path) -> Path:
    """A journal that cannot be opened: a folder is in its place."""
    path = home / "elsewhere.sqlite"
    path.mkdir()
    return path


def test_what_cannot_be_saved_says_so_and_is_saved_once_it_can(make_window: Make, qtbot: QtBot, home: Path) -> None:
    journal = broken_journal(home)
    window = make_window(open_log=lambda on_change: Log(LogOptions(journal=journal, hosts=()), on_change=on_change))
    draw_one(window)
    qtbot.waitUntil(lambda: window.status.saved_text.startswith("Not saved: "), timeout=WAIT)
    assert window.saved_count == 0
    assert not window.findChildren(QMessageBox)
    journal.rmdir()
    qtbot.waitUntil(lambda: window.status.saved_text == "Saved", timeout=WAIT)
    assert window.saved_count == 1
    close(qtbot, window)
    log = Log(LogOptions(journal=journal, hosts=()))
    assert log.status().pending == 1
    log.close()


def test_closing_with_unsaved_records_asks_once(make_window: Make, qtbot: QtBot, home: Path) -> None:
    journal = broken_journal(home)
    window = make_window(open_log=lambda on_change: Log(LogOptions(journal=journal, hosts=()), on_change=on_change))
    draw_one(window)
    qtbot.waitUntil(lambda: window.status.saved_text.startswith("Not saved: "), timeout=WAIT)
    answer_question(qtbot, window, "Keep open")
    assert window.isVisible()
    with qtbot.waitSignal(window.closed, timeout=WAIT):
        answer_question(qtbot, window, "Close anyway")


def test_the_question_goes_and_the_window_closes_when_everything_is_saved_after_all(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    journal = broken_journal(home)
    window = make_window(open_log=lambda on_change: Log(LogOptions(journal=journal, hosts=()), on_change=on_change))
    draw_one(window)
    qtbot.waitUntil(lambda: window.status.saved_text.startswith("Not saved: "), timeout=WAIT)
    window.close()
    qtbot.waitUntil(lambda: len(window.findChildren(QMessageBox)) == 1, timeout=WAIT)
    with qtbot.waitSignal(window.closed, timeout=WAIT):
        journal.rmdir()
    log = Log(LogOptions(journal=journal, hosts=()))
    assert log.status().pending == 1
    log.close()


def answer_question(qtbot: QtBot, window: Window, text: str) -> None:
    window.close()
    window.close()
    qtbot.waitUntil(lambda: len(window.findChildren(QMessageBox)) == 1, timeout=WAIT)
    (box,) = window.findChildren(QMessageBox)
    next(button for button in box.buttons() if button.text() == text).click()
    box.setParent(None)
    box.deleteLater()


def test_the_status_bar_counts_what_waits(window: Window, qtbot: QtBot) -> None:
    for count in (1, 2):
        draw_one(window)
        window.commands.clear.trigger()
        qtbot.waitUntil(
            lambda count=count: window.status.cassandra_text.endswith(f"not connected, {count} waiting"),  # type: ignore[misc]  # a default
            timeout=WAIT,
        )

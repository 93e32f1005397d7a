"""The status bar says of the log what a person should know, and hides no fault behind a zero."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.log_states import LogState
from mnist_desktop.gui.status import StatusBar
from mnist_desktop.log.log import LogStatus

FINE = LogStatus(connected=True, pending=0, delivered=5, quarantined=0, unsaved=0, why=None)


@pytest.fixture
def bar(qtbot: QtBot) -> StatusBar:
    bar = StatusBar()
    qtbot.addWidget(bar)
    return bar


def hint(bar: StatusBar) -> str:
    """The tool tip of the part about Cassandra."""
    return next(part for part in bar.findChildren(QLabel) if part.accessibleName() == "Cassandra").toolTip()


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (FINE, "Cassandra: connected"),
        (replace(FINE, pending=3), "Cassandra: connected, 3 waiting"),
        (replace(FINE, connected=False, pending=3, unsaved=1), "Cassandra: not connected, 4 waiting"),
        (replace(FINE, quarantined=2), "Cassandra: connected, 2 refused"),
    ],
)
def test_it_says_how_the_log_stands(bar: StatusBar, status: LogStatus, text: str) -> None:
    bar.set_log_state(LogState(status=status, why_unsaved=None))
    assert bar.cassandra_text == text


def test_refused_records_come_with_what_can_be_done(bar: StatusBar) -> None:
    bar.set_log_state(LogState(status=replace(FINE, quarantined=2), why_unsaved=None))
    assert "log retry" in hint(bar)


def test_a_journal_that_cannot_be_read_is_not_zero_records_waiting(bar: StatusBar) -> None:
    status = replace(FINE, connected=False, delivered=0, fault="The journal is a folder.")
    bar.set_log_state(LogState(status=status, why_unsaved=None))
    assert bar.cassandra_text == "The journal cannot be read"
    assert hint(bar) == "The journal is a folder."

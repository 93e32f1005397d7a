"""Records for the tests of the History tab, put into the log of a running window by its own thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.history_model import HistoryModel
from mnist_desktop.gui.history_tab import HistoryTab
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.record import Record, Source, microseconds, new_id, time_of

WAIT = 10_000
"""Milliseconds a condition may take on a machine that trains a network at the same time."""

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def record(number: int, **fields: Any) -> Record:
    """The record made `number` seconds after START, of the digit `number` ends with."""
    record_id = new_id(START + timedelta(seconds=number))
    levels = np.zeros((28, 28), np.uint8)
    levels[number % 28, :] = 255
    given: dict[str, Any] = {
        "id": record_id,
        "version": microseconds(time_of(record_id)),
        "digit": number % 10,
        "label": str(number % 10),
        "confidence": 0.9,
        "probabilities": tuple(0.9 if label == number % 10 else 0.1 / 9 for label in range(10)),
        "verdict": "digit",
        "source": Source.CANVAS,
        "model": "modest",
        "device": "test",
        "glyph": Glyph(levels=levels).to_png(),
        "name": f"{number}.png" if fields.get("source") is Source.FILE else None,
    }
    return Record(**given | fields)


def times(model: HistoryModel) -> list[int]:
    """The numbers of the records in the rows."""
    return [round((row.time - START).total_seconds()) for row in model.rows]


def save(window: Window, *batch: Record) -> None:
    """Save in the log's own thread, as the window does, and have it told."""

    def job() -> None:
        assert window.log_worker.log is not None
        window.log_worker.log.save_all(batch)

    window.log_worker.run(job)
    window.log_worker.ask_state()


def open_history(window: Window, qtbot: QtBot, batch: Sequence[Record] = (), rows: int | None = None) -> HistoryTab:
    """The tab, showing `rows` rows (all of the batch, when not given) of a log that holds `batch`."""
    if batch:
        save(window, *batch)
    tab = window.history_tab
    window.tabs.setCurrentWidget(tab)
    wanted = len(batch) if rows is None else rows
    qtbot.waitUntil(lambda: tab.model.rowCount() == wanted and not tab.model.busy, timeout=WAIT)
    return tab


def seen(tab: HistoryTab) -> tuple[object, int]:
    """The record at the top of the screen and how far it is scrolled."""
    QTest.qWait(0)
    top = tab.table.indexAt(tab.table.viewport().rect().topLeft())
    return tab.model.rows[top.row()].id, tab.table.visualRect(top).top()

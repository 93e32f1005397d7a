"""Tool tips show what others have written as it stands, and open nothing that it names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from history_looking import open_history, record
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.batch_model import BatchModel
from mnist_desktop.gui.batch_rows import unread
from mnist_desktop.gui.last_readings import LastReadings
from mnist_desktop.gui.tool_tips import as_it_stands
from mnist_desktop.gui.window import Window
from mnist_desktop.paths import shipped

TRAP = '<img src="file:///dev/zero"> & <b>7</b>'


def shown(tip: str) -> str:
    """What a person sees of a tool tip; the trap would have opened what it names."""
    if not GuiQt.mightBeRichText(tip):
        return tip
    assert "<img" not in tip
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


@pytest.mark.parametrize("text", ["", "7", "1 < 2 & 3 > 2", "a &lt;b", TRAP, "<qt>", "&amp;", "scan \\n<br>.png"])
def test_any_text_is_shown_as_it_stands(text: str) -> None:
    assert shown(as_it_stands(text)) == text


def test_what_another_device_has_written_is_only_shown(window: Window, qtbot: QtBot) -> None:
    strange = record(1, name=TRAP, model=TRAP, device="<i>there</i>", corrected=TRAP)
    tab = open_history(window, qtbot, [strange])
    tips = [
        tab.model.index(0, column, QModelIndex()).data(Qt.ItemDataRole.ToolTipRole)
        for column in range(tab.model.columnCount())
    ]
    assert TRAP in [shown(tip) for tip in tips if tip]
    assert f"read by {TRAP} on <i>there</i>" in [shown(tip) for tip in tips if tip]


def test_a_label_of_a_model_is_only_shown(qtbot: QtBot) -> None:
    last = LastReadings()
    qtbot.addWidget(last)
    last.resize(1000, 50)
    last.add([replace(record(1), label=TRAP)])
    assert shown(last.shown[0].toolTip()) == f"Read as {TRAP}: show it in the History"


def test_the_name_of_a_file_in_a_batch_is_only_shown(qtbot: QtBot) -> None:
    model = BatchModel()
    file = shipped("resources") / "<b>7.png"
    model.add([unread(file, f"{file.name} is empty.")])
    assert shown(model.index(0, 4, QModelIndex()).data(Qt.ItemDataRole.ToolTipRole)) == "<b>7.png is empty."

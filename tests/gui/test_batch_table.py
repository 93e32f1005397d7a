"""The table of a batch: the order of its rows, what is selected, copied, opened and spoken."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, Qt
from PySide6.QtGui import QAction, QFocusEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.batch_model import BatchModel, Column
from mnist_desktop.gui.batch_rows import BatchRow, Outcome, unread
from mnist_desktop.gui.batch_tab import BatchTab

from .conftest import WAIT


@pytest.fixture
def tab(qtbot: QtBot) -> BatchTab:
    tab = BatchTab(QAction("Open…"), QAction("Open folder…"))
    qtbot.addWidget(tab)
    tab.resize(900, 500)
    tab.show()
    return tab


def row(name: str, text: str = "1", confidence: float = 0.9, outcome: Outcome = Outcome.SURE) -> BatchRow:
    return BatchRow(file=Path(name), name=name, text=text, confidence=confidence, outcome=outcome)


ROWS = (
    row("b.png", "12", 0.5, Outcome.UNSURE),
    unread(Path("c.png"), "c.png is empty."),
    row("a.png", "7", 0.99),
    row("d.png", "", 0.0, Outcome.BLANK),
)


def names(model: BatchModel) -> str:
    return "".join(model.row(number).name[0] for number in range(model.rowCount()))


@pytest.mark.parametrize(
    ("column", "ascending"),
    [
        (Column.GLYPHS, "bcad"),
        (Column.TEXT, "cdab"),
        (Column.CONFIDENCE, "cdba"),
        (Column.OUTCOME, "cbda"),
        (Column.FILE, "abcd"),
    ],
)
def test_rows_come_in_at_their_place_whatever_they_are_sorted_by(column: Column, ascending: str) -> None:
    for order, expected in ((Qt.SortOrder.AscendingOrder, ascending), (Qt.SortOrder.DescendingOrder, ascending[::-1])):
        before, after = BatchModel(), BatchModel()
        before.sort(column, order)
        for each in ROWS:
            before.add([each])
        after.add(ROWS)
        after.sort(column, order)
        assert names(before) == names(after) == expected


def test_what_is_selected_stays_selected_when_it_is_sorted_and_when_more_comes(
    tab: BatchTab,
) -> None:
    tab.model.add(ROWS)
    tab.table.selectRow(2)
    tab.table.sortByColumn(Column.FILE, Qt.SortOrder.AscendingOrder)
    assert tab.table.selected_numbers == [0]
    tab.model.add([row("0.png")])
    assert tab.table.selected_numbers == [1]
    tab.table.sortByColumn(Column.FILE, Qt.SortOrder.DescendingOrder)
    assert [tab.model.row(number).name for number in tab.table.selected_numbers] == ["a.png"]


def test_thousands_of_selected_rows_are_not_followed_cell_by_cell_when_they_are_sorted(tab: BatchTab) -> None:
    count = 2_000
    tab.model.add([row(f"{number * 7919 % count:04}.png") for number in range(count)])
    flags = QItemSelectionModel.SelectionFlag
    picked = QItemSelection()
    for number in range(0, count, 2):
        picked.append(tab.model.whole_rows(number, number))
    tab.table.selectionModel().setCurrentIndex(tab.model.index(5, 0), flags.NoUpdate)
    tab.table.selectionModel().select(picked, flags.Select)
    # Its own ranges would be followed, too.
    del picked
    before = {tab.model.row(number).name for number in tab.table.selected_numbers}
    current = tab.model.row(5).name
    followed: list[int] = []
    tab.model.layoutAboutToBeChanged.connect(lambda: followed.append(len(tab.model.persistentIndexList())))
    # As from the menu, for which Qt asks twice.
    tab.table.sortByColumn(Column.FILE, Qt.SortOrder.AscendingOrder)
    assert len(followed) == 1
    assert followed[0] < 10
    assert {tab.model.row(number).name for number in tab.table.selected_numbers} == before
    assert len(before) == count // 2
    assert tab.model.row(tab.table.currentIndex().row()).name == current
    assert [tab.model.row(number).name for number in range(3)] == ["0000.png", "0001.png", "0002.png"]


def test_tab_comes_to_a_selected_row_and_home_and_end_are_those_of_the_list(
    tab: BatchTab,
) -> None:
    tab.model.add(ROWS)
    QApplication.sendEvent(tab.table, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
    assert tab.table.selected_numbers == [0]
    QTest.keyClick(tab.table, Qt.Key.Key_End)
    assert tab.table.selected_numbers == [len(ROWS) - 1]
    QTest.keyClick(tab.table, Qt.Key.Key_Home)
    assert tab.table.selected_numbers == [0]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("a.png is a text file.", "is a text file."),
        ("a.png: line 2 is no drawing.", "line 2 is no drawing."),
        ("a.png.bak cannot be read.", "a.png.bak cannot be read."),
        ("There is not enough memory for this.", "There is not enough memory for this."),
    ],
)
def test_below_the_name_of_a_file_the_reason_does_not_repeat_it(error: str, reason: str) -> None:
    assert unread(Path("/somewhere/a.png"), error).reason == reason


def test_selected_rows_are_copied_as_lines_with_tabs(tab: BatchTab) -> None:
    tab.model.add(ROWS)
    tab.table.selectRow(0)
    flags = QItemSelectionModel.SelectionFlag
    tab.table.selectionModel().select(tab.model.index(1, 0), flags.Select | flags.Rows)
    QTest.keyClick(tab.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "b.png\t12\tunsure\t50.0 %\t\nc.png\t\tnot read\t\tc.png is empty."


def test_keys_go_through_the_rows_and_enter_opens_one(tab: BatchTab, qtbot: QtBot) -> None:
    tab.model.add(ROWS)
    tab.table.selectRow(0)
    QTest.keyClick(tab.table, Qt.Key.Key_End)
    QTest.keyClick(tab.table, Qt.Key.Key_Up)
    with qtbot.waitSignal(tab.table.open_wanted, timeout=WAIT) as wanted:
        QTest.keyClick(tab.table, Qt.Key.Key_Return)
    assert wanted.args == [ROWS[2]]


def test_a_reason_is_spoken_with_its_file(tab: BatchTab) -> None:
    model = tab.model
    model.add([unread(Path("new\nline.png"), "new\\nline.png is empty.")])
    spoken = model.data(model.index(0, Column.FILE), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "new\\nline.png: new\\nline.png is empty."

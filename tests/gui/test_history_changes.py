"""Correcting and deleting in the History tab, by key, button and menu, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from history_looking import open_history, record, save, seen, times
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.history_changes import Changed, Correction, Deletion
from mnist_desktop.gui.history_tab import HistoryTab
from mnist_desktop.gui.window import Window
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.log import Entry, Log, LogOptions
from mnist_desktop.log.record import LogError, Record

from .conftest import WAIT, draw, draw_one, records

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def click(tab: HistoryTab, number: int, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Click on a row as a hand does."""
    place = tab.table.visualRect(tab.model.index(number, 1)).center()
    QTest.mouseClick(tab.table.viewport(), Qt.MouseButton.LeftButton, held, place)


def corrected(tab: HistoryTab) -> list[str | None]:
    return [row.corrected for row in tab.model.rows]


def whole(one: Record) -> Record:
    """All of a record but its version; that nothing is said of it has two forms."""
    return replace(one, version=0, corrected=one.corrected or None)


def entry(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == text)


@pytest.fixture
def tab(window: Window, qtbot: QtBot) -> HistoryTab:
    """Six readings, 5 on top, 0 below."""
    return open_history(window, qtbot, [record(number) for number in range(6)])


def wait_said(qtbot: QtBot, tab: HistoryTab, sentence: str) -> None:
    qtbot.waitUntil(lambda: tab.actions_row.text == sentence, timeout=WAIT)


# --- correcting ---


def test_typing_the_digit_corrects_the_selected_reading(tab: HistoryTab, qtbot: QtBot, home: Path) -> None:
    click(tab, 1)
    QTest.keyClick(tab.table, Qt.Key.Key_7)
    wait_said(qtbot, tab, "1 reading corrected.")
    assert corrected(tab) == [None, "7", None, None, None, None]
    assert tab.model.index(1, 1).data() == "4 → 7"
    assert [one.corrected for one in records(home)] == [None, "7", None, None, None, None]


def test_a_key_that_is_no_label_changes_nothing(tab: HistoryTab, qtbot: QtBot, window: Window) -> None:
    wanted: list[object] = []
    tab.change_wanted.connect(wanted.append)
    click(tab, 1)
    QTest.keyClicks(tab.table, "x?#")
    QTest.keyClick(tab.table, Qt.Key.Key_7, CONTROL)
    assert wanted == []


def test_without_a_selection_keys_and_buttons_do_nothing(tab: HistoryTab, qtbot: QtBot) -> None:
    wanted: list[object] = []
    tab.change_wanted.connect(wanted.append)
    tab.table.setFocus()
    QTest.keyClicks(tab.table, "7")
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    QTest.keyClick(tab.table, Qt.Key.Key_Return)
    assert wanted == []
    assert tab.details.isHidden()
    row = tab.actions_row
    assert not any(button.isEnabled() for button in (row.details, row.correct, row.delete))


def test_the_menu_of_the_button_offers_the_labels_and_the_way_back(tab: HistoryTab, qtbot: QtBot) -> None:
    click(tab, 2)
    menu = QMenu(tab)
    tab.actions_row.fill_labels(menu)
    assert [action.text() for action in menu.actions()] == [*"0123456789"]
    entry(menu, "8").trigger()
    qtbot.waitUntil(lambda: corrected(tab)[2] == "8", timeout=WAIT)
    tab.actions_row.fill_labels(menu)
    entry(menu, "As it was read").trigger()
    qtbot.waitUntil(lambda: corrected(tab)[2] is None, timeout=WAIT)


# A menu that pops up is shown; Qt's offscreen platform has no keyboard to give it.
@pytest.mark.qt_log_ignore("does not support (raise|grabbing the keyboard)", extend=True)
def test_the_context_menu_does_the_same(tab: HistoryTab, qtbot: QtBot) -> None:
    click(tab, 0)
    tab.table.customContextMenuRequested.emit(QPoint(20, 20))
    menu = next(menu for menu in tab.findChildren(QMenu) if menu.isVisible())
    labels = entry(menu, "It was…").menu()
    assert isinstance(labels, QMenu)
    entry(labels, "3").trigger()
    menu.close()
    qtbot.waitUntil(lambda: corrected(tab)[0] == "3", timeout=WAIT)


def test_where_the_labels_are_not_known_one_can_be_typed(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(1, model="signs", label="a circle")])
    click(tab, 0)
    menu = QMenu(tab)
    tab.actions_row.fill_labels(menu)
    entry(menu, "Say what it was…").trigger()
    question = window.findChildren(QInputDialog)[0]
    question.setTextValue(" a cross ")
    question.accept()
    qtbot.waitUntil(lambda: corrected(tab)[0] == "a cross", timeout=WAIT)


def test_what_another_model_read_offers_what_is_known_of_it(window: Window, qtbot: QtBot) -> None:
    boot = record(1, model="garments", label="boot", digit=9)
    seven = record(2, model="older digits")
    tab = open_history(window, qtbot, [boot, seven])
    click(tab, 1)
    assert tab.actions_row.labels == ()
    click(tab, 0)
    assert tab.actions_row.labels == tuple("0123456789")
    click(tab, 1, CONTROL)
    assert tab.actions_row.labels == ()


def test_several_are_corrected_at_once_and_taken_back_at_once(tab: HistoryTab, qtbot: QtBot) -> None:
    click(tab, 1)
    QTest.keyClick(tab.table, Qt.Key.Key_9)
    wait_said(qtbot, tab, "1 reading corrected.")
    click(tab, 0)
    click(tab, 3, SHIFT)
    QTest.keyClick(tab.table, Qt.Key.Key_2)
    wait_said(qtbot, tab, "4 readings corrected.")
    assert corrected(tab) == ["2", "2", "2", "2", None, None]
    QTest.keyClick(tab.table, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: corrected(tab) == [None, "9", None, None, None, None], timeout=WAIT)
    QTest.keyClick(tab.table, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: corrected(tab) == [None] * 6, timeout=WAIT)
    assert not tab.undo_action.isEnabled()


# --- deleting ---


def test_delete_takes_the_selected_away_in_one_commit(
    tab: HistoryTab, qtbot: QtBot, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    real = Journal.save

    def counted(journal: Journal, batch: Sequence[Record], **more: Any) -> None:
        commits.append(len(batch))
        real(journal, batch, **more)

    monkeypatch.setattr(Journal, "save", counted)
    click(tab, 0)
    click(tab, 2, CONTROL)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    wait_said(qtbot, tab, "2 readings deleted.")
    assert times(tab.model) == [4, 2, 1, 0]
    assert [one.label for one in records(home)] == ["4", "2", "1", "0"]
    assert commits == [2]


def test_one_undo_brings_back_all_that_one_delete_took(tab: HistoryTab, qtbot: QtBot, home: Path) -> None:
    before = {one.id: whole(one) for one in records(home)}
    click(tab, 1)
    click(tab, 4, SHIFT)
    QTest.mouseClick(tab.actions_row.delete, Qt.MouseButton.LeftButton)
    wait_said(qtbot, tab, "4 readings deleted.")
    assert tab.actions_row.undo.isVisible()
    QTest.mouseClick(tab.actions_row.undo, Qt.MouseButton.LeftButton)
    wait_said(qtbot, tab, "4 readings are back.")
    assert not tab.actions_row.undo.isVisible()
    assert times(tab.model) == [5, 4, 3, 2, 1, 0]
    assert {one.id: whole(one) for one in records(home)} == before


def test_what_is_back_or_was_corrected_elsewhere_is_not_shown_where_the_filters_leave_it_out(
    tab: HistoryTab, qtbot: QtBot, window: Window
) -> None:
    four, five = tab.model.rows[1], tab.model.rows[0]
    click(tab, 1)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    wait_said(qtbot, tab, "1 reading deleted.")
    tab.filters.digit.setCurrentText("3")
    qtbot.waitUntil(lambda: times(tab.model) == [3] and not tab.model.busy, timeout=WAIT)
    shown: list[int] = []
    tab.model.rowsInserted.connect(lambda: shown.append(tab.model.rowCount()))
    tab.undo()
    wait_said(qtbot, tab, "1 reading is back.")
    window.log_worker.change(Correction(labels=((five.id, "8"),), before=((five.id, None),)))
    wait_said(qtbot, tab, "1 reading corrected.")
    assert shown == []
    tab.filters.digit.setCurrentIndex(0)
    qtbot.waitUntil(lambda: times(tab.model) == [5, 4, 3, 2, 1, 0], timeout=WAIT)
    assert [row.corrected for row in tab.model.rows[:2]] == ["8", None]
    assert tab.model.rows[1].id == four.id


def test_after_a_delete_the_next_reading_is_selected(tab: HistoryTab, qtbot: QtBot) -> None:
    click(tab, 2)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    wait_said(qtbot, tab, "1 reading deleted.")
    assert [row.label for row in tab.table.selected] == ["2"]
    QTest.keyClick(tab.table, Qt.Key.Key_End)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: times(tab.model) == [5, 4, 2, 1], timeout=WAIT)
    assert [row.label for row in tab.table.selected] == ["1"]


def test_what_one_looks_at_stays_when_something_above_it_goes(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(number) for number in range(80)])
    tab.table.verticalScrollBar().setValue(900)
    before = seen(tab)
    top = tab.model.rows[0].id
    tab.change_wanted.emit(Deletion(ids=(top,)))
    qtbot.waitUntil(lambda: tab.model.rowCount() == 79, timeout=WAIT)
    assert seen(tab) == before


def test_undo_in_the_read_tab_is_the_canvas_own(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    tab = open_history(window, qtbot, [record(1)], rows=2)
    click(tab, 1)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    wait_said(qtbot, tab, "1 reading deleted.")
    window.tabs.setCurrentWidget(window.read_tab)
    QTest.keyClick(window.read_tab.canvas, Qt.Key.Key_Z, CONTROL)
    assert window.read_tab.canvas.drawing.blank
    window.tabs.setCurrentWidget(tab)
    QTest.keyClick(tab.table, Qt.Key.Key_Z, CONTROL)
    wait_said(qtbot, tab, "1 reading is back.")


def test_records_of_other_devices_are_corrected_and_deleted_too(window: Window, qtbot: QtBot, home: Path) -> None:
    tab = open_history(window, qtbot, [record(1, device="red-fox"), record(2, device="red-fox")])
    click(tab, 0)
    QTest.keyClick(tab.table, Qt.Key.Key_5)
    wait_said(qtbot, tab, "1 reading corrected.")
    click(tab, 1)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    wait_said(qtbot, tab, "1 reading deleted.")
    assert [(one.device, one.corrected) for one in records(home)] == [("red-fox", "5")]


# --- what fails ---


class Stubborn(Log):
    """A log that lets nobody delete a 3."""

    def delete(self, record_id: UUID) -> Entry:
        found = self.find(record_id)
        if found is not None and found.record.label == "3":
            raise LogError("A 3 stays.")
        return super().delete(record_id)


def test_what_cannot_be_deleted_is_one_sentence_in_the_tab_and_the_rest_goes(
    make_window: Callable[..., Window], qtbot: QtBot, home: Path
) -> None:
    options = LogOptions(journal=home / "journal.sqlite", hosts=())
    window = make_window(open_log=lambda on_change: Stubborn(options, on_change=on_change))
    tab = open_history(window, qtbot, [record(number) for number in range(6)])
    QTest.keyClick(tab.table, Qt.Key.Key_A, CONTROL)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: tab.notice.text == "A 3 stays.", timeout=WAIT)
    assert times(tab.model) == [3]
    assert tab.actions_row.text == "5 readings deleted."
    assert not window.findChildren(QMessageBox)
    tab.undo()
    qtbot.waitUntil(lambda: times(tab.model) == [5, 4, 3, 2, 1, 0], timeout=WAIT)


def test_a_record_that_is_gone_is_one_sentence(tab: HistoryTab, qtbot: QtBot, window: Window, home: Path) -> None:
    other = Log(LogOptions(journal=home / "journal.sqlite", hosts=()))
    click(tab, 0)
    other.delete(tab.model.rows[0].id)
    other.close()
    QTest.keyClick(tab.table, Qt.Key.Key_7)
    qtbot.waitUntil(lambda: tab.notice.text.startswith("The log has no record"), timeout=WAIT)
    assert not tab.undo_action.isEnabled()


def test_how_many_could_not_be_changed_is_said(tab: HistoryTab) -> None:
    tab.receive_change(Changed(change=Deletion(ids=()), error="Cassandra is not connected.", failed=3))
    assert tab.notice.text == "3 readings could not be changed: Cassandra is not connected."


# --- what goes on being drawn ---


def test_a_correction_stays_when_the_drawing_goes_on(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    tab = open_history(window, qtbot, rows=1)
    click(tab, 0)
    QTest.keyClick(tab.table, Qt.Key.Key_7)
    wait_said(qtbot, tab, "1 reading corrected.")
    window.tabs.setCurrentWidget(window.read_tab)
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        draw(window.read_tab.canvas, (120, 150), (150, 150), (180, 150))
    (only,) = records(home)
    assert only.corrected == "7"


def test_a_deleted_record_does_not_come_back_when_its_drawing_goes_on(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    (first,) = records(home)
    # On the command line, of which the window knows nothing.
    other = Log(LogOptions(journal=home / "journal.sqlite", hosts=()))
    other.delete(first.id)
    other.close()
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        draw(window.read_tab.canvas, (120, 150), (150, 150), (180, 150))
    (only,) = records(home)
    assert only.id != first.id


def test_an_unknown_label_of_a_stranger_can_be_taken_back_to(window: Window, qtbot: QtBot) -> None:
    stranger: Record = record(1).changed(datetime.now(UTC), corrected="boot")
    tab = open_history(window, qtbot, [stranger])
    click(tab, 0)
    QTest.keyClick(tab.table, Qt.Key.Key_7)
    wait_said(qtbot, tab, "1 reading corrected.")
    save(window, record(9))
    qtbot.waitUntil(lambda: tab.model.rowCount() == 2, timeout=WAIT)
    tab.undo()
    qtbot.waitUntil(lambda: corrected(tab) == [None, "boot"], timeout=WAIT)

"""The details of a reading: all that the log knows of it, beside the list, and what one can do with it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from full_disk import full_disk
from history_looking import open_history, record
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.history_facts import Fact
from mnist_desktop.gui.history_record import RecordShown
from mnist_desktop.gui.history_tab import HistoryTab
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.record import Record, Source
from mnist_desktop.recording import pack_ink

from .conftest import WAIT, choose_file

SEVEN = Drawing(strokes=(Stroke(points=((0, 0), (60, 0), (20, 90))),))


def drawn(number: int) -> Record:
    return record(number, ink=pack_ink(SEVEN))


def row_place(tab: HistoryTab, number: int) -> QPoint:
    return tab.table.visualRect(tab.model.index(number, 1)).center()


def button(tab: HistoryTab, text: str) -> QPushButton:
    return next(one for one in tab.details.findChildren(QPushButton) if one.text() == text)


def open_details(tab: HistoryTab, qtbot: QtBot, number: int) -> None:
    """Click on a row and press Enter; all of it is there."""
    QTest.mouseClick(tab.table.viewport(), Qt.MouseButton.LeftButton, pos=row_place(tab, number))
    QTest.keyClick(tab.table, Qt.Key.Key_Return)
    wait_whole(tab, qtbot, number)


def wait_whole(tab: HistoryTab, qtbot: QtBot, number: int) -> None:
    row = tab.model.rows[number]
    qtbot.waitUntil(lambda: tab.details.row == row and not tab.details.bars.isHidden(), timeout=WAIT)


def test_a_digit_of_a_number_says_which_it_is_and_one_alone_does_not(window: Window, qtbot: QtBot) -> None:
    alone = record(0)
    tab = open_history(window, qtbot, [alone, replace(record(7), drawing=alone.id, position=1)])
    said = {}
    for number, row in enumerate(tab.model.rows):
        open_details(tab, qtbot, number)
        said[row.id] = tab.details.facts.known.get(Fact.PLACE)
    assert said.pop(alone.id) is None
    assert list(said.values()) == ["digit 2 of a number"]


def test_enter_shows_all_of_the_selected_reading(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(0), drawn(7)])
    open_details(tab, qtbot, 0)
    row = tab.model.rows[0]
    assert tab.details.isVisible()
    assert tab.details.glyph.levels == row.glyph
    assert tab.details.bars.probabilities == pytest.approx([0.1 / 9] * 7 + [0.9] + [0.1 / 9] * 2)
    assert tab.details.bars.labels == tuple("0123456789")
    drawing = tab.details.ink.drawing
    assert drawing is not None
    assert len(drawing.strokes[0].points) == 3
    facts = dict(tab.details.facts.known)
    assert facts.pop(Fact.TIME) == tab.model.cells.in_words(row.time)
    assert facts == {
        Fact.CONFIDENCE: "90.0 % (sure)",
        Fact.SOURCE: "drawing",
        Fact.MODEL: "modest",
        Fact.DEVICE: "test",
        Fact.STATE: "waiting",
        Fact.ID: str(row.id),
    }


def test_a_double_click_does_the_same(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(0), record(1)])
    QTest.mouseClick(tab.table.viewport(), Qt.MouseButton.LeftButton, pos=row_place(tab, 1))
    QTest.mouseDClick(tab.table.viewport(), Qt.MouseButton.LeftButton, pos=row_place(tab, 1))
    wait_whole(tab, qtbot, 1)


def test_it_follows_the_selection_and_escape_closes_it(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [drawn(0), record(1, source=Source.FILE), drawn(2)])
    open_details(tab, qtbot, 0)
    QTest.keyClick(tab.table, Qt.Key.Key_Down)
    wait_whole(tab, qtbot, 1)
    assert tab.details.facts.known[Fact.NAME] == "1.png"
    assert tab.details.ink.isHidden()
    assert not button(tab, "Open in Read").isEnabled()
    QTest.keyClick(tab.table, Qt.Key.Key_Escape)
    assert tab.details.isHidden()
    assert tab.table.hasFocus()
    QTest.keyClick(tab.table, Qt.Key.Key_Down)
    assert tab.details.isHidden()


def test_the_table_makes_room_for_it_and_is_as_before_afterwards(window: Window, qtbot: QtBot) -> None:
    window.resize(900, 600)
    tab = open_history(window, qtbot, [record(number) for number in range(30)])

    def columns() -> list[int]:
        return [tab.table.columnWidth(column) for column in range(tab.model.columnCount())]

    def fits() -> bool:
        return tab.table.horizontalScrollBar().maximum() == 0 and sum(columns()) == tab.table.viewport().width()

    qtbot.waitUntil(fits, timeout=WAIT)
    before = columns()
    open_details(tab, qtbot, 0)
    qtbot.waitUntil(lambda: fits() and columns() != before, timeout=WAIT)
    QTest.keyClick(tab.table, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: fits() and columns() == before, timeout=WAIT)


def test_a_correction_shows_there_too(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(3)])
    open_details(tab, qtbot, 0)
    assert Fact.CHANGED not in tab.details.facts.known
    QTest.keyClick(tab.table, Qt.Key.Key_8)
    qtbot.waitUntil(lambda: Fact.CHANGED in tab.details.facts.known, timeout=WAIT)
    assert tab.details.title == "3 → 8"


def test_deleting_shows_the_next_one_and_then_nothing(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(1), record(2)])
    open_details(tab, qtbot, 0)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: tab.model.rowCount() == 1, timeout=WAIT)
    wait_whole(tab, qtbot, 0)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: tab.model.rowCount() == 0, timeout=WAIT)
    assert tab.details.isHidden()


def test_the_answer_about_another_reading_is_dropped(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [drawn(1), record(2)])
    answers: list[RecordShown] = []
    window.log_worker.record_ready.connect(answers.append)
    open_details(tab, qtbot, 1)
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT)
    QTest.keyClick(tab.table, Qt.Key.Key_Up)
    wait_whole(tab, qtbot, 0)
    tab.receive_record(answers[0])
    assert tab.details.row == tab.model.rows[0]
    assert tab.details.ink.isHidden()


@pytest.mark.parametrize("ink", [b"\x00damaged", zlib.compress(b'{"strokes": 3}'), zlib.compress(bytes(40_000_000))])
def test_ink_that_is_damaged_or_a_bomb_is_just_not_shown(window: Window, qtbot: QtBot, ink: bytes) -> None:
    tab = open_history(window, qtbot, [record(1, ink=ink)])
    open_details(tab, qtbot, 0)
    assert tab.details.ink.isHidden()


def test_what_a_stranger_wrote_is_shown_as_it_is_and_harms_nobody(window: Window, qtbot: QtBot) -> None:
    strange = replace(
        record(1),
        label="<b>x</b>" * 30,
        model="a\nb",
        device="\u202eevil" * 20,
        name="n" * 300,
        probabilities=(),
        glyph=b"no picture",
        verdict="odd",
        version=2**62,
        confidence=float("nan"),
    )
    tab = open_history(window, qtbot, [strange])
    QTest.mouseClick(tab.table.viewport(), Qt.MouseButton.LeftButton, pos=row_place(tab, 0))
    with qtbot.waitSignal(window.log_worker.record_ready, timeout=WAIT):
        QTest.keyClick(tab.table, Qt.Key.Key_Return)
    assert tab.details.facts.known[Fact.MODEL] == r"a\nb"
    assert "\u202e" not in tab.details.facts.known[Fact.DEVICE]
    assert not button(tab, "Save glyph…").isEnabled()
    assert tab.details.width() < 500


def test_another_models_reading_has_its_answer_named_and_the_rest_numbered(window: Window, qtbot: QtBot) -> None:
    boot = record(1, model="garments", label="boot", digit=2, probabilities=(0.1, 0.1, 0.8))
    tab = open_history(window, qtbot, [boot])
    open_details(tab, qtbot, 0)
    assert tab.details.bars.labels == ("0", "1", "boot")


def test_the_id_is_copied(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(1)])
    open_details(tab, qtbot, 0)
    QTest.mouseClick(button(tab, "Copy id"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == str(tab.model.rows[0].id)


def test_the_glyph_is_saved_as_a_picture(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    tab = open_history(window, qtbot, [record(5)])
    open_details(tab, qtbot, 0)
    button(tab, "Save glyph…").click()
    saved = tmp_path / "five.png"
    choose_file(tab, saved)
    qtbot.waitUntil(lambda: saved.exists() and saved.stat().st_size > 0, timeout=WAIT)
    qtbot.waitUntil(lambda: Glyph.from_png(saved.read_bytes()).levels.tobytes() == tab.model.rows[0].glyph)


def test_a_glyph_that_cannot_be_saved_is_one_sentence(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    tab = open_history(window, qtbot, [record(5)])
    open_details(tab, qtbot, 0)
    button(tab, "Save glyph…").click()
    choose_file(tab, tmp_path / "nowhere" / "x.png")
    qtbot.waitUntil(lambda: tab.notice.text == "x.png cannot be written (No such file or directory).", timeout=WAIT)


def test_a_glyph_that_the_disk_has_no_room_for_leaves_the_former_one(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    tab = open_history(window, qtbot, [record(5)])
    open_details(tab, qtbot, 0)
    saved = tmp_path / "five.png"
    saved.write_text("the former one")
    button(tab, "Save glyph…").click()
    with full_disk():
        choose_file(tab, saved)
        qtbot.waitUntil(lambda: tab.notice.text == "five.png cannot be written (File too large).", timeout=WAIT)
    assert saved.read_text() == "the former one"
    assert [one.name for one in tmp_path.iterdir()] == ["five.png"]


def test_the_drawing_is_opened_in_the_read_tab_and_read_anew(make_window: Callable[..., Window], qtbot: QtBot) -> None:
    window = make_window()
    tab = open_history(window, qtbot, [drawn(3)])
    open_details(tab, qtbot, 0)
    QTest.mouseClick(button(tab, "Open in Read"), Qt.MouseButton.LeftButton)
    assert window.tabs.currentWidget() is window.read_tab
    assert [len(stroke.points) for stroke in window.read_tab.canvas.drawing.strokes] == [3]
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)

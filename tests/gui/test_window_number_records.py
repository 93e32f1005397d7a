"""Several digits on one sheet or in one picture: each is recorded and corrected by itself, and none is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.canvas import Canvas
from mnist_desktop.gui.history_changes import Deletion
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import to_json
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.record import Source
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.recording import unpack_ink

from .conftest import NEVER, WAIT, close, records, wait_saved
from .drawn_numbers import best, held_version, in_order, labels, picture_of, real_reader, write

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make) -> Window:
    """A wide window that reads with the shipped model."""
    window = make_window(open_reader=real_reader)
    window.resize(1200, 700)
    return window


# --- records ---


def test_each_digit_is_a_record_of_its_own_tied_to_the_others(window: Window, qtbot: QtBot, home: Path) -> None:
    for place, digit in enumerate((3, 0, 7)):
        write(window, digit, 60 + 150 * place)
    wait_saved(qtbot, window, 3)
    held = in_order(home)
    assert [(record.position, record.label) for record in held] == [(0, "3"), (1, "0"), (2, "7")]
    assert held[0].drawing is not None
    for record, button in zip(held, window.read_tab.strip.buttons, strict=True):
        assert Glyph.from_png(record.glyph).levels.tobytes() == button.digit.levels
        assert record.ink is not None
    strokes = [stroke for record in held for stroke in unpack_ink(record.ink or b"").strokes]
    assert sorted(stroke.points for stroke in strokes) == sorted(
        stroke.points for stroke in window.read_tab.canvas.drawing.strokes
    )
    assert [record.label for record in records(home)] == ["7", "0", "3"]


def test_while_a_number_grows_each_position_keeps_its_record(window: Window, qtbot: QtBot, home: Path) -> None:
    ids = []
    for count, digit in enumerate((3, 0, 7), start=1):
        write(window, digit, 60 + 150 * (count - 1))
        wait_saved(qtbot, window, count)
        ids.append([record.id for record in in_order(home)])
    assert ids[2][:1] == ids[0]
    assert ids[2][:2] == ids[1]


def test_a_digit_that_is_undone_is_marked_and_comes_back_with_its_record(
    window: Window, qtbot: QtBot, home: Path
) -> None:
    write(window, 3, 60)
    write(window, 2, 210)
    wait_saved(qtbot, window, 2)
    three, two = in_order(home)
    window.commands.undo.trigger()
    wait_saved(qtbot, window, 1)
    (left,) = records(home)
    assert (left.id, left.label, left.position) == (three.id, "3", 0)
    mark = held_version(home, two.id)
    assert (mark.deleted, mark.glyph, mark.ink) == (True, b"", b"")
    assert [button.text() for button in window.read_tab.last_readings.shown] == ["3"]
    window.commands.redo.trigger()
    wait_saved(qtbot, window, 2)
    again = in_order(home)
    assert [record.id for record in again] == [three.id, two.id]
    assert again[1].ink == two.ink
    assert [button.text() for button in window.read_tab.last_readings.shown] == ["32"]


def test_clearing_a_number_and_undoing_that_goes_on_with_its_records(window: Window, qtbot: QtBot, home: Path) -> None:
    write(window, 3, 60)
    write(window, 2, 210)
    window.commands.clear.trigger()
    wait_saved(qtbot, window, 2)
    before = in_order(home)
    window.commands.undo.trigger()
    write(window, 7, 360)
    wait_saved(qtbot, window, 3)
    after = in_order(home)
    assert [record.id for record in after[:2]] == [record.id for record in before]
    assert [record.label for record in after] == ["3", "2", "7"]


def test_the_second_digit_is_corrected_by_itself_and_stays_so(window: Window, qtbot: QtBot, home: Path) -> None:
    write(window, 3, 60)
    write(window, 2, 210)
    wait_saved(qtbot, window, 2)
    tab = window.read_tab
    tab.strip.buttons[1].click()
    with qtbot.waitSignal(window.log_worker.changed, timeout=WAIT):
        QTest.keyClick(tab.canvas, Qt.Key.Key_7)
    assert [record.corrected or None for record in in_order(home)] == [None, "7"]
    assert labels(window) == ["3", "7"]
    assert tab.strip.verdict == "Digit 2 of 2: you said it was 7"
    assert tab.it_was.buttons["7"].isChecked()
    tab.strip.buttons[0].click()
    assert tab.it_was.buttons["3"].isChecked()
    assert tab.last_readings.shown[0].accessibleName() == "Read as 32, but it was 37"
    write(window, 0, 360)
    wait_saved(qtbot, window, 3)
    assert [record.corrected or None for record in in_order(home)] == [None, "7", None]
    assert labels(window) == ["3", "7", "0"]


def test_a_deleted_digit_cannot_be_corrected_but_the_others_can(window: Window, qtbot: QtBot, home: Path) -> None:
    write(window, 3, 60)
    write(window, 2, 210)
    wait_saved(qtbot, window, 2)
    three, two = in_order(home)
    with qtbot.waitSignal(window.log_worker.changed, timeout=WAIT):
        window.log_worker.change(Deletion(ids=(two.id,)))
    tab = window.read_tab
    assert not tab.it_was.isEnabled()
    tab.strip.buttons[0].click()
    assert tab.it_was.isEnabled()
    assert [button.text() for button in tab.last_readings.shown] == ["3"]
    assert [record.id for record in records(home)] == [three.id]


def test_a_click_on_a_number_in_the_strip_of_last_readings_shows_its_first_digit(
    window: Window, qtbot: QtBot, home: Path
) -> None:
    write(window, 3, 60)
    write(window, 2, 210)
    wait_saved(qtbot, window, 2)
    (entry,) = window.read_tab.last_readings.shown
    assert entry.text() == "32"
    assert entry.accessibleName() == "Read as 32"
    entry.click()
    table, rows = window.history_tab.table, window.history_tab.model.rows
    qtbot.waitUntil(lambda: bool(table.selectionModel().selectedRows()), timeout=WAIT)
    (index,) = table.selectionModel().selectedRows()
    assert rows[index.row()].id == in_order(home)[0].id


# --- closing, new sheets, pictures, other models ---


def test_closing_at_once_keeps_every_digit(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window(open_reader=real_reader, rest_seconds=NEVER)
    write(window, 3, 60)
    write(window, 2, 210)
    close(qtbot, window)
    assert [record.label for record in in_order(home)] == ["3", "2"]


def test_closing_with_several_unsaved_digits_asks_once(make_window: Make, qtbot: QtBot, home: Path) -> None:
    journal = home / "elsewhere.sqlite"
    journal.mkdir()
    window = make_window(
        open_reader=real_reader,
        open_log=lambda on_change: Log(LogOptions(journal=journal, hosts=()), on_change=on_change),
    )
    write(window, 3, 60)
    write(window, 2, 210)
    qtbot.waitUntil(lambda: window.status.saved_text.startswith("Not saved: "), timeout=WAIT)
    assert not window.read_tab.it_was.isEnabled()
    window.close()
    qtbot.waitUntil(lambda: len(window.findChildren(QMessageBox)) == 1, timeout=WAIT)
    with qtbot.waitSignal(window.closed, timeout=WAIT):
        journal.rmdir()
    assert window.saved_count == 2
    log = Log(LogOptions(journal=journal, hosts=()))
    assert log.status().pending == 2
    log.close()


def test_with_a_new_sheet_for_each_digit_a_number_is_one_sheet(window: Window, qtbot: QtBot, home: Path) -> None:
    """Who writes on before the pen has rested writes a number; after that the next stroke begins anew."""
    window.commands.new_sheets.setChecked(True)
    write(window, 3, 60)
    write(window, 2, 210)
    wait_saved(qtbot, window, 2)
    write(window, 7, 360)
    wait_saved(qtbot, window, 3)
    seven, *number = records(home)
    assert (seven.label, seven.drawing) == ("7", None)
    assert [record.label for record in number] == ["2", "3"]


def middle_of_box(canvas: Canvas, place: int) -> QPoint:
    """Where on the canvas one of the digits of the picture is."""
    assert canvas.picture is not None
    x, y, width, height = canvas.picture.boxes[place]
    size = canvas.picture.image.size().scaled(canvas.size(), Qt.AspectRatioMode.KeepAspectRatio)
    left, top = (canvas.width() - size.width()) / 2, (canvas.height() - size.height()) / 2
    return QPoint(round(left + (x + width / 2) * size.width()), round(top + (y + height / 2) * size.height()))


def test_a_picture_of_a_number_shows_its_digits_and_records_each(
    window: Window, qtbot: QtBot, home: Path, tmp_path: Path
) -> None:
    window.read_tab.open_files([picture_of("42\n705", tmp_path)])
    wait_saved(qtbot, window, 5)
    tab = window.read_tab
    assert tab.answer.answer.large == "42\n705"
    picture = tab.canvas.picture
    assert picture is not None
    assert len(picture.boxes) == 5
    lefts = [box[0] for box in picture.boxes]
    assert lefts == [*sorted(lefts[:2]), *sorted(lefts[2:])]
    held = in_order(home)
    assert [record.label for record in held] == list("42705")
    assert {(record.name, record.source, record.ink) for record in held} == {("number.png", Source.FILE, None)}
    assert len({record.preparation for record in held}) == 5
    assert best(window) == "4"
    QTest.mouseClick(tab.canvas, Qt.MouseButton.LeftButton, pos=middle_of_box(tab.canvas, 3))
    assert tab.canvas.picture is not None
    assert tab.strip.buttons[3].isChecked()
    assert best(window) == "0"
    with qtbot.waitSignal(window.log_worker.changed, timeout=WAIT):
        tab.it_was.buttons["8"].click()
    assert [record.corrected or None for record in in_order(home)] == [None, None, None, "8", None]


def test_an_ink_file_of_a_number_is_read_as_one(window: Window, qtbot: QtBot, home: Path, tmp_path: Path) -> None:
    write(window, 3, 60)
    write(window, 2, 210)
    wait_saved(qtbot, window, 2)
    path = tmp_path / "number.json"
    path.write_text(to_json(window.read_tab.canvas.drawing), "utf-8")
    window.read_tab.open_files([path])
    wait_saved(qtbot, window, 4)
    opened = [record for record in records(home) if record.name == "number.json"]
    assert [record.label for record in opened] == ["2", "3"]
    assert len({record.drawing for record in records(home)}) == 2


def test_a_model_of_whole_pictures_never_divides(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window(open_reader=lambda: open_reader(load_model(shipped("model") / "fashion")))
    write(window, 3, 60)
    write(window, 2, 210)
    wait_saved(qtbot, window)
    assert window.read_tab.strip.isHidden()
    (record,) = records(home)
    assert record.drawing is None
    assert len(unpack_ink(record.ink or b"").strokes) == len(window.read_tab.canvas.drawing.strokes)

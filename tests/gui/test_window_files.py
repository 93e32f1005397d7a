"""Pictures and drawings opened, dropped and pasted; what cannot be read gives one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from full_disk import full_disk
from PySide6.QtCore import QByteArray, QMimeData, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.readings import as_png
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import to_json
from mnist_desktop.log.record import Source
from mnist_desktop.recording import unpack_ink

from .conftest import (
    NEVER,
    WAIT,
    choose_file,
    draw_one,
    draw_zero,
    drop,
    mime,
    records,
    wait_saved,
)

Make = Callable[..., Window]


def test_an_opened_picture_is_recorded_at_once_and_its_digit_outlined(
    make_window: Make, qtbot: QtBot, home: Path, sample_picture: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    window.read_tab.open_files([sample_picture])
    wait_saved(qtbot, window)
    (record,) = records(home)
    assert (record.source, record.name, record.ink) == (Source.FILE, sample_picture.name, None)
    shown = window.read_tab.canvas.picture
    assert shown is not None
    ((x, y, width, height),) = shown.boxes
    # The sample's 4 stands a little right of the middle (tools/make_samples.py).
    assert 0.35 < x < x + width < 0.75
    assert 0.2 < y < y + height < 0.95


def test_several_pictures_make_several_records(window: Window, qtbot: QtBot, home: Path) -> None:
    pictures = sorted((Path(__file__).parents[2] / "resources" / "pictures").iterdir())
    window.read_tab.open_files(pictures)
    wait_saved(qtbot, window, len(pictures))
    assert {record.name for record in records(home)} == {picture.name for picture in pictures}


def test_clear_leads_from_a_picture_back_to_drawing_and_the_next_stroke_begins_a_record(
    window: Window, qtbot: QtBot, home: Path, sample_picture: Path
) -> None:
    draw_zero(window)
    window.read_tab.open_files([sample_picture])
    wait_saved(qtbot, window, 2)
    window.commands.clear.trigger()
    assert window.read_tab.canvas.picture is None
    draw_one(window)
    wait_saved(qtbot, window, 3)
    newest, *_ = records(home)
    assert (newest.label, newest.source) == ("1", Source.CANVAS)
    assert newest.ink is not None
    assert len(unpack_ink(newest.ink).strokes) == 1


def test_a_picture_that_comes_while_one_draws_is_recorded_but_does_not_push_the_drawing_aside(
    make_window: Make, qtbot: QtBot, sample_picture: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    canvas = window.read_tab.canvas
    window.read_tab.open_files([sample_picture])
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    assert canvas.picture is None
    assert canvas.pen_is_down
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))


def test_an_ink_file_comes_onto_the_canvas_and_is_recorded_under_its_name(
    make_window: Make, qtbot: QtBot, home: Path, tmp_path: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    path = tmp_path / "seven.json"
    path.write_text('{"strokes": [[[0, 0], [5, 0], [2, 9]]]}')
    window.read_tab.open_files([path])
    wait_saved(qtbot, window)
    (record,) = records(home)
    assert (record.source, record.name) == (Source.FILE, "seven.json")
    assert len(window.read_tab.canvas.drawing.strokes) == 1


def test_a_drawing_can_be_saved_and_opened_again(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    draw_one(window)
    saved = to_json(window.read_tab.canvas.drawing) + "\n"
    window.commands.save.trigger()
    # What is drawn while the dialog stands is another drawing.
    draw_zero(window)
    choose_file(window.read_tab, path)
    qtbot.waitUntil(lambda: path.exists() and path.read_text() == saved, timeout=WAIT)


def test_a_drawing_that_cannot_be_saved_is_one_sentence(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    draw_one(window)
    window.commands.save.trigger()
    choose_file(window.read_tab, tmp_path / "nowhere" / "x.json")
    sentence = "x.json cannot be written (No such file or directory)."
    qtbot.waitUntil(lambda: window.read_tab.notice.text == sentence, timeout=WAIT)


def test_a_drawing_that_the_disk_has_no_room_for_leaves_the_former_one(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "mine.json"
    path.write_text("the former one")
    draw_one(window)
    wait_saved(qtbot, window)
    window.commands.save.trigger()
    with full_disk():
        choose_file(window.read_tab, path)
        qtbot.waitUntil(lambda: bool(window.read_tab.notice.text), timeout=WAIT)
    assert window.read_tab.notice.text == "mine.json cannot be written (File too large)."
    assert path.read_text() == "the former one"
    assert [one.name for one in tmp_path.iterdir()] == ["mine.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_drawing_saved_to_a_disk_that_hangs_stops_nothing(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    pipe = tmp_path / "slow.json"
    os.mkfifo(pipe)
    draw_one(window)
    saved = to_json(window.read_tab.canvas.drawing) + "\n"
    window.commands.save.trigger()
    choose_file(window.read_tab, pipe)
    # Writing waits until somebody reads; the window does not.
    wait_saved(qtbot, window)
    assert pipe.read_text() == saved


def test_a_dropped_picture_is_read(window: Window, qtbot: QtBot, sample_picture: Path) -> None:
    window.tabs.setCurrentWidget(window.history_tab)
    drop(window, mime(sample_picture))
    wait_saved(qtbot, window)
    assert window.tabs.currentWidget() is window.read_tab


def test_a_pasted_picture_is_read_as_from_the_clipboard(window: Window, qtbot: QtBot, home: Path) -> None:
    image = QImage(120, 160, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.fillRect(55, 20, 10, 120, QColor("black"))
    painter.end()
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    wait_saved(qtbot, window)
    (record,) = records(home)
    assert (record.source, record.name, record.label) == (Source.CLIPBOARD, None, "1")


def picture_of_one(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.fillRect(width * 9 // 20, height // 10, width // 10, height * 8 // 10, QColor("black"))
    painter.end()
    return image


def test_a_pasted_photograph_of_12_megapixels_is_read(window: Window, qtbot: QtBot, home: Path) -> None:
    # Nobody can paste what is too large: it is the program that packs it, and it can pack it smaller.
    data = QMimeData()
    data.setImageData(picture_of_one(4000, 3000))
    window.read_tab.take(data)
    wait_saved(qtbot, window)
    assert [record.label for record in records(home)] == ["1"]


def test_what_another_program_offers_as_a_png_is_decoded_in_the_reading_thread(
    window: Window, qtbot: QtBot, home: Path
) -> None:
    class Offer(QMimeData):
        """A picture as X11's clipboard offers it: asking for the image itself would decode it at once."""

        def hasImage(self) -> bool:
            return True

        def imageData(self) -> object:
            raise AssertionError("The window's thread would decode it.")

    data = Offer()
    data.setData("image/png", QByteArray(as_png(picture_of_one(300, 400))))
    window.read_tab.take(data)
    wait_saved(qtbot, window)
    assert [(record.label, record.source) for record in records(home)] == [("1", Source.CLIPBOARD)]


def test_pasting_nothing_says_so(window: Window) -> None:
    QGuiApplication.clipboard().setText("seven")
    window.commands.paste.trigger()
    assert "no picture" in window.read_tab.notice.text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.png", b"This is text."),
        ("empty.png", b""),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("page.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n"),
        ("bad.json", b"{"),
        ("<b>bold</b>.png", b"no"),
        ("missing.png", None),
    ],
)
def test_a_bad_file_gives_one_sentence_and_the_window_goes_on(
    window: Window, qtbot: QtBot, tmp_path: Path, name: str, content: bytes | None
) -> None:
    path = tmp_path / name.replace("/", "∕")
    if content is not None:
        path.write_bytes(content)
    drop(window, mime(path))
    notice = window.read_tab.notice
    qtbot.waitUntil(lambda: bool(notice.text), timeout=WAIT)
    assert "\n" not in notice.text
    assert "Traceback" not in notice.text
    draw_one(window)
    assert notice.text == ""
    wait_saved(qtbot, window)


def test_a_folder_gives_one_sentence(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    drop(window, mime(tmp_path))
    qtbot.waitUntil(lambda: bool(window.read_tab.notice.text), timeout=WAIT)


def test_pasting_from_an_empty_clipboard_gives_one_sentence(window: Window) -> None:
    QGuiApplication.clipboard().clear()
    window.commands.paste.trigger()
    assert window.read_tab.notice.text == "There is no picture to paste."


def test_a_white_picture_is_blank_and_makes_no_record(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    image = QImage(100, 100, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.white)
    assert image.save(str(tmp_path / "white.png"))
    window.read_tab.open_files([tmp_path / "white.png"])
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.sentence == "Blank:\nno ink was found here", timeout=WAIT)
    assert window.saved_count == 0
    assert window.read_tab.settled


def test_what_was_said_of_a_drawing_is_not_said_of_the_blank_picture_after_it(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    tab = window.read_tab
    draw_one(window)
    wait_saved(qtbot, window)
    tab.it_was.buttons["7"].click()
    qtbot.waitUntil(lambda: "it was 7" in tab.answer.answer.sentence, timeout=WAIT)
    white = tmp_path / "white.png"
    paper = QImage(40, 40, QImage.Format.Format_RGB888)
    paper.fill(Qt.GlobalColor.white)
    assert paper.save(str(white))
    tab.open_files([white])
    qtbot.waitUntil(lambda: tab.settled and tab.canvas.picture is not None, timeout=WAIT)
    assert "Blank" in tab.answer.answer.sentence
    assert not tab.it_was.isEnabled()

"""Many files in the real window: opened, dropped, named at the start; read behind the pen, kept, and listed."""

from __future__ import annotations

import errno
import io
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.batch_rows import BatchRow, Outcome
from mnist_desktop.gui.history_changes import Deletion
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.recognition.classifier import Prediction
from mnist_desktop.recognition.reader import Reader

from .conftest import NEVER, WAIT, WidthClassifier, close, draw_one, drop, mime, modest_reader, records, wait_saved

Make = Callable[..., Window]
SECONDS = WAIT / 1000
ONE = '{"strokes": [[[0, 0], [0, 100]]]}'


@pytest.fixture
def folder(tmp_path: Path, sample_picture: Path) -> Path:
    """A folder as people have them, with everything that can go wrong in one."""
    folder = tmp_path / "scans"
    folder.mkdir()
    content = sample_picture.read_bytes()
    for name in ("-dash.jpg", "a.jpg", "new\nline.jpg", ".hidden.jpg"):
        (folder / name).write_bytes(content)
    (folder / "cut.jpg").write_bytes(content[:2000])
    (folder / "loop.png").symlink_to("loop.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "one.json").write_text(ONE)
    (folder / "readme.txt").write_text("Read me.")
    return folder


READ = ["-dash.jpg", "a.jpg", "new\\nline.jpg", "one.json"]
UNREAD = ["cut.jpg", "loop.png", "pipe.png"]


def rows(window: Window) -> list[BatchRow]:
    model = window.batch_tab.model
    return [model.row(number) for number in range(model.rowCount())]


def wait_done(qtbot: QtBot, window: Window, sentence: str = "Done.") -> None:
    qtbot.waitUntil(lambda: window.batch_tab.sentence.startswith(sentence), timeout=WAIT)


def test_a_dropped_folder_is_a_row_for_each_file_and_a_record_for_each_reading(
    window: Window, qtbot: QtBot, home: Path, folder: Path
) -> None:
    drop(window, mime(folder))
    wait_done(qtbot, window)
    assert window.tabs.currentWidget() is window.batch_tab
    read = [row.name for row in rows(window) if row.outcome is not Outcome.UNREAD]
    unread = [row.name for row in rows(window) if row.outcome is Outcome.UNREAD]
    assert (read, unread) == (READ, UNREAD)
    assert all(row.error and row.error.endswith(".") for row in rows(window) if row.outcome is Outcome.UNREAD)
    wait_saved(qtbot, window, sum(len(row.records) for row in rows(window)))
    assert {record.name for record in records(home)} == set(READ)
    assert window.read_tab.notice.text == ""
    assert QApplication.activeModalWidget() is None


def test_several_dropped_files_are_a_batch_and_one_is_not(
    window: Window, qtbot: QtBot, folder: Path, sample_picture: Path
) -> None:
    drop(window, mime(sample_picture))
    wait_saved(qtbot, window)
    assert rows(window) == []
    assert window.read_tab.canvas.picture is not None
    QGuiApplication.clipboard().setMimeData(mime(folder / "a.jpg", folder / "one.json"))
    window.commands.paste.trigger()
    wait_done(qtbot, window)
    assert [row.name for row in rows(window)] == ["a.jpg", "one.json"]


def test_a_folder_with_one_picture_is_that_picture(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "one.json").write_text(ONE)
    drop(window, mime(tmp_path / "inside"))
    wait_saved(qtbot, window)
    assert window.tabs.currentWidget() is window.read_tab
    assert len(window.read_tab.canvas.drawing.strokes) == 1


def test_a_folder_with_nothing_to_read_is_one_sentence(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("Read me.")
    window.tabs.setCurrentWidget(window.history_tab)
    drop(window, mime(tmp_path))
    qtbot.waitUntil(lambda: bool(window.read_tab.notice.text), timeout=WAIT)
    assert window.read_tab.notice.text.endswith("holds no picture and no ink file.")
    assert window.tabs.currentWidget() is window.read_tab


def test_an_ink_file_of_several_drawings_is_a_batch(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text(f"{ONE}\n" * 3)
    drop(window, mime(tmp_path / "many.jsonl"))
    wait_done(qtbot, window)
    assert [(row.name, row.text) for row in rows(window)] == [
        ("many.jsonl", "1"), ("many.jsonl [1]", "1"), ("many.jsonl [2]", "1")
    ]  # fmt: skip


def test_a_folder_is_opened_from_the_menu(
    window: Window, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    window.commands.open_folder.trigger()
    wait_done(qtbot, window)
    assert len(rows(window)) == len(READ) + len(UNREAD)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    monkeypatch.setattr(
        QFileDialog, "getOpenFileNames", lambda *_: ([str(folder / "a.jpg"), str(folder / "cut.jpg")], "")
    )
    window.commands.open.trigger()
    qtbot.waitUntil(lambda: len(rows(window)) == len(READ) + len(UNREAD) + 2, timeout=WAIT)


def test_what_is_named_at_the_start_is_read_as_predict_reads_it(
    make_window: Make, build_window: Make, qtbot: QtBot, folder: Path
) -> None:
    window = build_window(files=[folder / "*.jpg"])
    window.show()
    wait_done(qtbot, window)
    assert [row.name for row in rows(window)] == ["-dash.jpg", "a.jpg", "cut.jpg", "new\\nline.jpg"]


@pytest.mark.parametrize(("kind", "count"), [("picture", 0), ("drawing", 1), ("drawings", 3)])
def test_standard_input_at_the_start_is_read_too(
    build_window: Make, qtbot: QtBot, sample_picture: Path, monkeypatch: pytest.MonkeyPatch, kind: str, count: int
) -> None:
    content = {"picture": sample_picture.read_bytes(), "drawing": ONE.encode(), "drawings": f"{ONE}\n".encode() * 3}
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(content[kind])))
    monkeypatch.setattr(sys, "stdin", stream)
    window = build_window(files=[None])
    window.show()
    qtbot.waitUntil(lambda: window.saved_count >= max(count, 1), timeout=WAIT)
    assert len(rows(window)) == count
    assert (window.read_tab.canvas.picture is not None) == (kind == "picture")


def test_a_keyboard_as_standard_input_is_one_sentence(
    build_window: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"")))
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stream)
    window = build_window(files=[None])
    window.show()
    qtbot.waitUntil(lambda: "is the keyboard" in window.read_tab.notice.text, timeout=WAIT)


def test_a_standard_input_that_fails_is_one_sentence(
    build_window: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: object) -> int:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Broken())))
    window = build_window(files=[None])
    window.show()
    sentence = "Standard input cannot be read (Input/output error)."
    qtbot.waitUntil(lambda: window.read_tab.notice.text == sentence, timeout=WAIT)


def test_an_address_that_a_browser_gives_is_one_sentence(window: Window) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.png"), QUrl("https://example.org/b.png")])
    drop(window, data)
    assert window.read_tab.notice.text == "Only files on this computer can be opened."


def test_a_picture_that_a_browser_gives_beside_its_address_is_read(
    window: Window, qtbot: QtBot, sample_picture: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.png")])
    data.setData("image/png", QByteArray(to_png(sample_picture)))
    drop(window, data)
    wait_saved(qtbot, window)
    assert rows(window) == []


def to_png(picture: Path) -> bytes:
    from PIL import Image

    with Image.open(picture) as image, io.BytesIO() as out:
        image.save(out, "PNG")
        return out.getvalue()


# --- while it runs ---------------------------------------------------------------------------------------------------


class Gate(WidthClassifier):
    """Reads as its parent does; what is wide waits at a gate."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.reached = threading.Event()

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        if any(glyph.levels.any(axis=0).sum() > 12 for glyph in glyphs):
            self.reached.set()
            assert self.open.wait(SECONDS)
        return super().predict(glyphs)


ZERO = '{"strokes": [[[0, 50], [50, 0], [100, 50], [50, 100], [0, 50]]]}'


@pytest.fixture
def zeros(tmp_path: Path) -> Path:
    (tmp_path / "zeros.jsonl").write_text(f"{ZERO}\n" * 500)
    return tmp_path / "zeros.jsonl"


def test_a_drawing_is_read_while_a_batch_runs(window: Window, qtbot: QtBot, zeros: Path) -> None:
    drop(window, mime(zeros))
    qtbot.waitUntil(lambda: len(rows(window)) > 0, timeout=WAIT)
    window.tabs.setCurrentWidget(window.read_tab)
    draw_one(window)
    revision = window.read_tab.revision
    seen: list[int] = []
    window.read_tab.glyph_shown.connect(seen.append)
    qtbot.waitUntil(lambda: revision in seen, timeout=WAIT)
    assert len(rows(window)) < 500
    window.batch.cancel()


def test_closing_while_a_batch_runs_keeps_what_was_read(
    make_window: Make, qtbot: QtBot, home: Path, zeros: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    drop(window, mime(zeros))
    qtbot.waitUntil(lambda: len(rows(window)) > 0, timeout=WAIT)
    close(qtbot, window)
    listed = {record for row in rows(window) for record in row.records}
    assert 0 < len(listed) < 500
    assert {record.id for record in records(home)} == listed


def test_closing_does_not_wait_for_the_file_under_way(make_window: Make, qtbot: QtBot, home: Path, zeros: Path) -> None:
    gate = Gate()
    window = make_window(open_reader=lambda: Reader(modest_reader().model, gate))
    drop(window, mime(zeros))
    qtbot.waitUntil(gate.reached.is_set, timeout=WAIT)
    close(qtbot, window)
    assert not gate.open.is_set()
    gate.open.set()
    assert records(home) == []


def test_cancel_by_its_button_leaves_the_window_as_it_is(window: Window, qtbot: QtBot, zeros: Path) -> None:
    drop(window, mime(zeros))
    qtbot.waitUntil(lambda: len(rows(window)) > 0, timeout=WAIT)
    assert window.tabs.tabText(2) == "Files (0/1)"
    QTest.mouseClick(window.batch_tab.cancel, Qt.MouseButton.LeftButton)
    wait_done(qtbot, window, "Cancelled.")
    assert window.tabs.tabText(2) == "Files"
    wait_saved(qtbot, window, sum(len(row.records) for row in rows(window)))


# --- from the list to the canvas -------------------------------------------------------------------------------------


def test_a_double_click_opens_the_picture_on_the_canvas(window: Window, qtbot: QtBot, folder: Path) -> None:
    drop(window, mime(folder))
    wait_done(qtbot, window)
    table = window.batch_tab.table
    place = table.visualRect(window.batch_tab.model.index(1, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: window.read_tab.canvas.picture is not None, timeout=WAIT)
    assert window.tabs.currentWidget() is window.read_tab


def open_row(window: Window, number: int) -> None:
    window.tabs.setCurrentWidget(window.batch_tab)
    window.batch_tab.table.selectRow(number)
    window.batch_tab.table.setFocus()
    QTest.keyClick(window.batch_tab.table, Qt.Key.Key_Return)


@pytest.mark.parametrize("number", [0, 1], ids=["picture", "drawing"])
def test_what_is_opened_from_the_list_goes_on_with_its_record(
    window: Window, qtbot: QtBot, home: Path, folder: Path, number: int
) -> None:
    drop(window, mime(folder / "a.jpg", folder / "one.json"))
    wait_done(qtbot, window)
    wait_saved(qtbot, window, sum(len(row.records) for row in rows(window)))
    before = [record.id for record in records(home)]
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT) as saved:
        open_row(window, number)
    assert saved.args is not None
    assert tuple(record.id for record in saved.args[0].records) == rows(window)[number].records
    assert [record.id for record in records(home)] == before


def test_a_correction_of_what_was_opened_from_the_list_is_one_of_its_record(
    window: Window, qtbot: QtBot, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "many.jsonl").write_text(f"{ONE}\n{ZERO}\n")
    drop(window, mime(tmp_path / "many.jsonl"))
    wait_done(qtbot, window)
    wait_saved(qtbot, window, 2)
    open_row(window, 1)
    qtbot.waitUntil(lambda: [len(each.points) for each in window.read_tab.canvas.drawing.strokes] == [5], timeout=WAIT)
    qtbot.waitUntil(lambda: all(button.isEnabled() for button in window.read_tab.it_was.controls), timeout=WAIT)
    QTest.keyClick(window, Qt.Key.Key_6)
    qtbot.waitUntil(lambda: any(record.corrected == "6" for record in records(home)), timeout=WAIT)
    assert {record.id: record.corrected for record in records(home)} == {
        rows(window)[0].records[0]: None,
        rows(window)[1].records[0]: "6",
    }


def test_what_was_deleted_meanwhile_is_recorded_anew_when_it_is_opened(
    window: Window, qtbot: QtBot, home: Path, folder: Path
) -> None:
    drop(window, mime(folder / "one.json", folder / "cut.jpg"))
    wait_done(qtbot, window)
    wait_saved(qtbot, window)
    (row,) = [row for row in rows(window) if row.records]
    window.log_worker.change(Deletion(ids=row.records))
    qtbot.waitUntil(lambda: records(home) == [], timeout=WAIT)
    open_row(window, 0)
    qtbot.waitUntil(lambda: len(records(home)) == 1, timeout=WAIT)
    assert records(home)[0].id not in row.records

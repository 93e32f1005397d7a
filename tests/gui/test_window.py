"""What the window promises: readings while the pen moves, records by the rule, nothing lost on closing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.readings import as_png
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import to_json
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.record import Source
from mnist_desktop.recognition.classifier import ModelError, Prediction
from mnist_desktop.recognition.reader import Reader
from mnist_desktop.recording import unpack_ink

from .conftest import LABELS, WAIT, WidthClassifier, close, draw, draw_one, draw_zero, modest_reader, records

Make = Callable[..., Window]

NEVER = 3600.0
"""A rest that no test lives to see: what is recorded then is recorded for another reason."""


def wait_saved(qtbot: QtBot, window: Window, count: int = 1) -> None:
    """Until `count` records are committed and nothing is on its way."""
    qtbot.waitUntil(
        lambda: window.saved_count == count and window.status.saved_text == "Saved" and window.read_tab.settled,
        timeout=WAIT,
    )


# --- glyph, bars and answer follow the pen ---


def test_glyph_bars_and_answer_follow_the_pen_before_it_is_lifted(window: Window, qtbot: QtBot) -> None:
    tab = window.read_tab
    QTest.mousePress(tab.canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 60))
    QTest.mouseMove(tab.canvas, QPoint(150, 240))
    qtbot.waitUntil(lambda: tab.answer.answer.large == "1", timeout=WAIT)
    first = tab.preview.levels
    assert tab.bars.probabilities == pytest.approx((0.01, 0.98, *[0.00125] * 8))
    QTest.mouseMove(tab.canvas, QPoint(280, 240))
    QTest.mouseMove(tab.canvas, QPoint(280, 60))
    qtbot.waitUntil(lambda: tab.answer.answer.large == "0", timeout=WAIT)
    assert tab.preview.levels != first
    QTest.mouseRelease(tab.canvas, Qt.MouseButton.LeftButton, pos=QPoint(280, 60))


def test_the_preview_is_the_very_input_of_the_model(make_window: Make, qtbot: QtBot) -> None:
    seen: list[bytes] = []

    class Watched(WidthClassifier):
        def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
            seen.extend(glyph.levels.tobytes() for glyph in glyphs)
            return super().predict(glyphs)

    window = make_window(open_reader=lambda: Reader(modest_reader().model, Watched()))
    draw_zero(window)
    wait_saved(qtbot, window)
    assert window.read_tab.preview.levels == seen[-1]


def test_unsure_says_what_it_could_be_and_blank_invites(window: Window, qtbot: QtBot) -> None:
    tab = window.read_tab
    assert "Draw" in tab.answer.answer.sentence
    draw(tab.canvas, (150, 60), (220, 150), (150, 240))
    qtbot.waitUntil(lambda: tab.answer.answer.large == "?", timeout=WAIT)
    assert "could be 1 or 0" in tab.answer.answer.sentence
    window.commands.clear.trigger()
    assert "Draw" in tab.answer.answer.sentence
    assert tab.preview.levels is None
    assert tab.bars.probabilities is None


def test_what_is_like_no_digit_is_not_called_one_of_two(make_window: Make, qtbot: QtBot) -> None:
    class Puzzled(WidthClassifier):
        def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
            return [Prediction(probabilities=(0.2, 0.15, *[0.08125] * 8), labels=LABELS) for _ in glyphs]

    window = make_window(open_reader=lambda: Reader(modest_reader().model, Puzzled()))
    draw_one(window)
    qtbot.waitUntil(lambda: "none of these" in window.read_tab.answer.answer.sentence, timeout=WAIT)


def test_labels_are_the_models_own(make_window: Make, qtbot: QtBot) -> None:
    names = ("Ankle boot", "Bag", *LABELS[2:])

    class Shop(WidthClassifier):
        def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
            return [Prediction(probabilities=p.probabilities, labels=names) for p in super().predict(glyphs)]

    def shop() -> Reader:
        model = modest_reader().model
        card = type(model.card)(**{**vars(model.card), "labels": names})
        return Reader(type(model)(folder=model.folder, card=card), Shop())

    window = make_window(open_reader=shop)
    assert window.read_tab.bars.labels == names
    draw_one(window)
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == "Bag", timeout=WAIT)


def test_a_stale_reading_is_dropped(make_window: Make, qtbot: QtBot) -> None:
    let, begun = threading.Semaphore(0), threading.Semaphore(0)

    class Held(WidthClassifier):
        def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
            begun.release()
            assert let.acquire(timeout=WAIT / 1000)
            return super().predict(glyphs)

    window = make_window(open_reader=lambda: Reader(modest_reader().model, Held()), rest_seconds=NEVER)
    tab = window.read_tab
    shown: list[int] = []
    tab.glyph_shown.connect(shown.append)
    QTest.mousePress(tab.canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 60))
    assert begun.acquire(timeout=WAIT / 1000)
    for y in range(70, 250, 10):
        QTest.mouseMove(tab.canvas, QPoint(150, y))
    for _ in range(3):
        let.release()
    qtbot.waitUntil(lambda: bool(shown), timeout=WAIT)
    assert shown == [tab.revision]
    QTest.mouseRelease(tab.canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 240))


# --- a drawing becomes one record ---


def test_a_drawing_is_recorded_when_the_pen_has_rested(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    (record,) = records(home)
    assert (record.label, record.source, record.name, record.verdict) == ("1", Source.CANVAS, None, "digit")
    assert record.ink is not None
    assert unpack_ink(record.ink) == window.read_tab.canvas.drawing
    assert Glyph.from_png(record.glyph).levels.tobytes() == window.read_tab.preview.levels


def test_nothing_is_recorded_while_the_pen_is_down(make_window: Make, qtbot: QtBot) -> None:
    window = make_window(rest_seconds=0.01)
    canvas = window.read_tab.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 60))
    QTest.mouseMove(canvas, QPoint(150, 240))
    with qtbot.assertNotEmitted(window.read_tab.to_record, wait=100):
        qtbot.waitUntil(lambda: window.read_tab.preview.levels is not None, timeout=WAIT)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 240))
    wait_saved(qtbot, window)


def test_the_next_stroke_extends_the_same_record(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    (first,) = records(home)
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        draw(window.read_tab.canvas, (40, 60), (260, 60))
    (second,) = records(home)
    assert second.id == first.id
    assert second.version > first.version
    assert (first.label, second.label) == ("1", "0")
    assert second.ink is not None
    assert len(unpack_ink(second.ink).strokes) == 2


def test_clear_records_at_once_and_begins_another_record(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window(rest_seconds=NEVER)
    draw_one(window)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    draw_zero(window)
    window.commands.clear.trigger()
    qtbot.waitUntil(lambda: window.saved_count == 2, timeout=WAIT)
    assert [record.label for record in records(home)] == ["0", "1"]


def test_a_record_is_of_the_last_stroke_even_when_clear_comes_before_its_reading(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    drawn = []
    for x in range(40, 260, 10):
        draw_one(window, x)
        drawn.append(window.read_tab.canvas.drawing)
        window.commands.clear.trigger()
    qtbot.waitUntil(lambda: window.saved_count == len(drawn), timeout=WAIT)
    inks = [unpack_ink(record.ink) for record in records(home) if record.ink is not None]
    assert inks == drawn[::-1]


def test_undoing_a_clear_takes_the_old_record_up_again(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    window.commands.clear.trigger()
    wait_saved(qtbot, window)
    window.commands.undo.trigger()
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        draw(window.read_tab.canvas, (40, 60), (260, 60))
    (record,) = records(home)
    assert record.label == "0"


def test_an_undo_is_recorded_and_an_undo_to_nothing_keeps_what_was(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    draw(window.read_tab.canvas, (40, 60), (260, 60))
    wait_saved(qtbot, window)
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        window.commands.undo.trigger()
    assert [record.label for record in records(home)] == ["1"]
    with qtbot.assertNotEmitted(window.read_tab.to_record, wait=200):
        window.commands.undo.trigger()
    assert [record.label for record in records(home)] == ["1"]


def test_what_is_drawn_after_undoing_everything_is_another_record(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window()
    draw_one(window)
    wait_saved(qtbot, window)
    window.commands.undo.trigger()
    draw_zero(window)
    wait_saved(qtbot, window, 2)
    assert [record.label for record in records(home)] == ["0", "1"]


def test_redoing_the_first_stroke_takes_its_record_up_again(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window()
    draw_one(window)
    wait_saved(qtbot, window)
    (first,) = records(home)
    window.commands.undo.trigger()
    window.commands.redo.trigger()
    draw_zero(window)
    wait_saved(qtbot, window)
    (extended,) = records(home)
    assert extended.id == first.id
    assert extended.version > first.version


def test_a_stroke_undone_before_it_was_recorded_is_recorded_when_it_is_redone(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    window = make_window(rest_seconds=NEVER)
    draw_one(window)
    window.commands.undo.trigger()
    window.commands.redo.trigger()
    window.commands.clear.trigger()
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    assert [record.label for record in records(home)] == ["1"]


def test_undo_and_redo_to_the_same_drawing_makes_no_new_version(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    with qtbot.assertNotEmitted(window.read_tab.to_record, wait=200):
        window.commands.undo.trigger()
        window.commands.redo.trigger()


def test_a_blank_canvas_makes_no_record(window: Window, qtbot: QtBot, home: Path) -> None:
    with qtbot.assertNotEmitted(window.read_tab.to_record, wait=200):
        window.commands.clear.setEnabled(True)
        window.commands.clear.trigger()
    close(qtbot, window)
    assert records(home) == []


# --- pictures and files ---


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
    assert shown.box is not None
    x, y, width, height = shown.box
    # The sample's 4 stands a little right of the middle (tools/make_samples.py).
    assert 0.35 < x < x + width < 0.75
    assert 0.2 < y < y + height < 0.95


def test_several_pictures_make_several_records(window: Window, qtbot: QtBot, home: Path) -> None:
    pictures = sorted((Path(__file__).parents[2] / "resources" / "pictures").iterdir())
    window.read_tab.open_files(pictures)
    wait_saved(qtbot, window, len(pictures))
    assert {record.name for record in records(home)} == {picture.name for picture in pictures}


def test_a_stroke_on_a_picture_leaves_it_and_begins_a_record(
    window: Window, qtbot: QtBot, home: Path, sample_picture: Path
) -> None:
    draw_zero(window)
    window.read_tab.open_files([sample_picture])
    wait_saved(qtbot, window, 2)
    draw_one(window)
    assert window.read_tab.canvas.picture is None
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


def test_a_drawing_can_be_saved_and_opened_again(
    window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.json"
    monkeypatch.setattr(
        "mnist_desktop.gui.window.QFileDialog.getSaveFileName", lambda *_: (str(path.with_suffix("")), "")
    )
    draw_one(window)
    window.commands.save.trigger()
    assert path.read_text() == to_json(window.read_tab.canvas.drawing) + "\n"


def mime(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(window: Window, data: QMimeData) -> None:
    place, action = QPoint(50, 50), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, action, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(place), action, data, left, none))


def test_a_dropped_picture_is_read(window: Window, qtbot: QtBot, sample_picture: Path) -> None:
    window.tabs.setCurrentWidget(window.history_tab)
    drop(window, mime(sample_picture))
    assert window.tabs.currentWidget() is window.read_tab
    wait_saved(qtbot, window)


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


def test_a_white_picture_is_blank_and_makes_no_record(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    image = QImage(100, 100, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.white)
    assert image.save(str(tmp_path / "white.png"))
    window.read_tab.open_files([tmp_path / "white.png"])
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.sentence == "Nothing to read here", timeout=WAIT)
    assert window.saved_count == 0
    assert window.read_tab.settled


# --- when something is missing ---


def test_without_a_model_one_can_draw_and_is_told(make_window: Make, qtbot: QtBot, home: Path) -> None:
    def damaged() -> Reader:
        raise ModelError("The model is damaged: model.tflite is not the file that its card describes.")

    window = make_window(open_reader=damaged)
    assert "damaged" in window.read_tab.notice.text
    assert "nothing is read or recorded" in window.read_tab.notice.text
    draw_one(window)
    assert not window.read_tab.canvas.drawing.blank
    close(qtbot, window)
    assert records(home) == []


def test_a_notice_from_before_the_window_is_shown(make_window: Make) -> None:
    window = make_window(notice="settings.toml is damaged; mend or remove it.")
    assert window.read_tab.notice.text == "settings.toml is damaged; mend or remove it."


def test_strokes_made_before_the_model_is_loaded_are_read_and_recorded(
    qtbot: QtBot, home: Path, build_window: Callable[..., Window]
) -> None:
    let = threading.Event()

    def slow() -> Reader:
        assert let.wait(WAIT / 1000)
        return modest_reader()

    window = build_window(open_reader=slow)
    window.show()
    qtbot.waitExposed(window)
    draw_one(window)
    assert window.read_tab.preview.levels is None
    let.set()
    wait_saved(qtbot, window)
    assert window.read_tab.answer.answer.large == "1"
    close(qtbot, window)
    assert [record.label for record in records(home)] == ["1"]


def test_files_named_at_the_start_are_opened(make_window: Make, qtbot: QtBot, sample_picture: Path) -> None:
    window = make_window(files=[sample_picture])
    wait_saved(qtbot, window)


def test_a_sentence_about_a_hebrew_file_name_still_runs_from_the_left(window: Window, qtbot: QtBot) -> None:
    (label,) = window.read_tab.notice.findChildren(QLabel)

    def first_inked_column(sentence: str) -> int:
        window.read_tab.notice.say(sentence)
        qtbot.waitUntil(lambda: label.width() > 400, timeout=WAIT)
        image = label.grab().toImage()
        paper = image.pixelColor(0, 0)
        ratio = image.devicePixelRatio()
        columns = range(image.width())
        return round(
            next(x for x in columns if any(image.pixelColor(x, y) != paper for y in range(image.height()))) / ratio
        )

    assert first_inked_column("ארבע.png is empty.") < 20
    assert window.read_tab.notice.text == "ארבע.png is empty."


# --- saved, not saved ---


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
            lambda count=count: window.status.cassandra_text.endswith(f"not connected, {count} waiting"),  # type: ignore[misc]
            timeout=WAIT,
        )


# --- closing, keys, names ---


def test_closing_records_the_drawing_that_was_just_finished(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window(rest_seconds=NEVER)
    draw_one(window)
    close(qtbot, window)
    assert [record.label for record in records(home)] == ["1"]


def test_closing_in_the_middle_of_a_stroke_records_it(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window(rest_seconds=NEVER)
    canvas = window.read_tab.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 60))
    QTest.mouseMove(canvas, QPoint(150, 240))
    close(qtbot, window)
    assert [record.label for record in records(home)] == ["1"]


def test_size_and_place_are_remembered_in_the_home(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window()
    window.resize(760, 560)
    close(qtbot, window)
    assert (home / "window.ini").is_file()
    assert make_window().size().toTuple() == (760, 560)


def test_everything_is_within_reach_of_the_keyboard(window: Window, qtbot: QtBot) -> None:
    keys, control = Qt.Key, Qt.KeyboardModifier.ControlModifier
    draw_one(window)
    QTest.keyClick(window, keys.Key_Z, control)
    assert window.read_tab.canvas.drawing.blank
    QTest.keyClick(window, keys.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert not window.read_tab.canvas.drawing.blank
    QTest.keyClick(window, keys.Key_2, control)
    assert window.tabs.currentWidget() is window.history_tab
    QTest.keyClick(window, keys.Key_1, control)
    assert window.tabs.currentWidget() is window.read_tab
    QTest.keyClick(window, keys.Key_Escape)
    assert window.read_tab.canvas.drawing.blank


def test_in_the_history_no_key_changes_the_canvas_that_one_does_not_see(window: Window, qtbot: QtBot) -> None:
    keys, control = Qt.Key, Qt.KeyboardModifier.ControlModifier
    draw_one(window)
    drawing = window.read_tab.canvas.drawing
    QTest.keyClick(window, keys.Key_2, control)
    for key, modifier in ((keys.Key_Z, control), (keys.Key_Escape, Qt.KeyboardModifier.NoModifier)):
        QTest.keyClick(window, key, modifier)
        assert window.read_tab.canvas.drawing == drawing
    QTest.keyClick(window, keys.Key_1, control)
    QTest.keyClick(window, keys.Key_Z, control)
    assert window.read_tab.canvas.drawing.blank


@pytest.mark.parametrize("tab", ["read_tab", "history_tab"])
def test_tab_goes_round_all_controls_and_each_has_a_name(window: Window, qtbot: QtBot, tab: str) -> None:
    page: QWidget = getattr(window, tab)
    window.tabs.setCurrentWidget(page)
    draw_one(window)
    focusable = {
        child
        for child in page.findChildren(QWidget)
        if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    reached = set()
    for _ in range(len(focusable) + 10):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is not None:
            reached.add(focus)
    assert focusable <= reached
    assert all(child.accessibleName() for child in focusable)


def test_what_screen_readers_say_is_what_is_shown(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    assert window.read_tab.bars.accessibleDescription().startswith("1 98.0 %")
    assert window.read_tab.preview.accessibleDescription().endswith("of ink in 28 by 28")

"""After an answer: saying what it was, and the strip of the last readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from history_looking import START, record, save
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui import history_model
from mnist_desktop.gui.history_changes import Deletion
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.recognition.classifier import Prediction
from mnist_desktop.recognition.reader import Reader

from .conftest import (
    LABELS,
    NEVER,
    WAIT,
    WidthClassifier,
    draw,
    draw_one,
    draw_zero,
    modest_reader,
    records,
    wait_saved,
)

Make = Callable[..., Window]


def say(qtbot: QtBot, window: Window, label: str) -> None:
    """Click the button of `label` and wait until the log has it."""
    with qtbot.waitSignal(window.log_worker.changed, timeout=WAIT):
        window.read_tab.it_was.buttons[label].click()


def said(home: Path) -> list[str | None]:
    return [record.corrected or None for record in records(home)]


def checked(window: Window) -> list[str]:
    return [label for label, button in window.read_tab.it_was.buttons.items() if button.isChecked()]


# --- it was ---


def test_one_click_corrects_the_record_that_was_just_saved(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    assert checked(window) == ["1"]
    say(qtbot, window, "7")
    assert said(home) == ["7"]
    assert checked(window) == ["7"]
    assert "it was 7" in window.read_tab.answer.answer.sentence
    assert window.read_tab.answer.answer.large == "1"


def test_one_key_does_the_same_wherever_the_focus_is(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    window.read_tab.canvas.setFocus()
    with qtbot.waitSignal(window.log_worker.changed, timeout=WAIT):
        QTest.keyClick(window.read_tab.canvas, Qt.Key.Key_7)
    assert said(home) == ["7"]


def test_saying_what_was_read_takes_the_correction_back(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    say(qtbot, window, "7")
    say(qtbot, window, "1")
    assert said(home) == [None]
    assert checked(window) == ["1"]
    assert window.read_tab.answer.answer.sentence.endswith("sure")


def test_saying_what_was_read_and_what_was_said_before_writes_nothing(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    (before,) = records(home)
    with qtbot.assertNotEmitted(window.read_tab.correction_wanted):
        window.read_tab.it_was.buttons["1"].click()
    assert [record.version for record in records(home)] == [before.version]
    assert checked(window) == ["1"]


def test_what_was_unsure_can_be_settled_for_its_best_label_too(window: Window, qtbot: QtBot, home: Path) -> None:
    draw(window.read_tab.canvas, (150, 60), (220, 150), (150, 240))
    wait_saved(qtbot, window)
    assert window.read_tab.answer.answer.large == "?"
    assert checked(window) == []
    say(qtbot, window, "1")
    assert said(home) == ["1"]


def test_nothing_can_be_said_of_what_is_not_saved(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window(rest_seconds=NEVER)
    it_was = window.read_tab.it_was
    assert not it_was.isEnabled()
    draw_one(window)
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == "1", timeout=WAIT)
    assert not it_was.isEnabled()
    window.commands.clear.trigger()
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    assert not it_was.isEnabled()
    window.commands.undo.trigger()
    qtbot.waitUntil(it_was.isEnabled, timeout=WAIT)
    assert checked(window) == ["1"]


def test_what_a_broken_disk_did_not_take_can_be_corrected_once_it_does(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    journal = home / "elsewhere.sqlite"
    journal.mkdir()
    window = make_window(open_log=lambda on_change: Log(LogOptions(journal=journal, hosts=()), on_change=on_change))
    draw_one(window)
    qtbot.waitUntil(lambda: window.status.saved_text.startswith("Not saved: "), timeout=WAIT)
    assert not window.read_tab.it_was.isEnabled()
    journal.rmdir()
    qtbot.waitUntil(window.read_tab.it_was.isEnabled, timeout=WAIT)


def test_a_digit_that_goes_on_keeps_what_was_said_of_it(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    say(qtbot, window, "7")
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        draw(window.read_tab.canvas, (40, 60), (260, 60))
    qtbot.waitUntil(window.read_tab.it_was.isEnabled, timeout=WAIT)
    assert said(home) == ["7"]
    assert checked(window) == ["7"]


def test_a_picture_is_corrected_as_a_drawing_is(window: Window, qtbot: QtBot, home: Path, sample_picture: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    window.read_tab.open_files([sample_picture])
    wait_saved(qtbot, window, 2)
    say(qtbot, window, "4")
    corrected = {record.name: record.corrected for record in records(home)}
    assert corrected[sample_picture.name] == "4"
    assert not corrected[None]


def words() -> Reader:
    """A model whose labels are words."""
    names = ("Ankle boot", "Bag & more", *LABELS[2:])

    class Shop(WidthClassifier):
        def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
            return [Prediction(probabilities=p.probabilities, labels=names) for p in super().predict(glyphs)]

    model = modest_reader().model
    card = type(model.card)(**{**vars(model.card), "labels": names})
    return Reader(type(model)(folder=model.folder, card=card), Shop())


def test_labels_that_are_words_are_a_menu(make_window: Make, qtbot: QtBot, home: Path) -> None:
    window = make_window(open_reader=words)
    draw_one(window)
    wait_saved(qtbot, window)
    assert window.read_tab.it_was.buttons == {}
    menu = window.read_tab.it_was.menu
    assert menu is not None
    boot, bag, *_ = menu.actions()
    assert bag.isChecked()
    with qtbot.waitSignal(window.log_worker.changed, timeout=WAIT):
        boot.trigger()
    assert said(home) == ["Ankle boot"]
    (entry,) = window.read_tab.last_readings.shown
    assert entry.text().endswith("…")
    assert "it was Ankle boot" in entry.toolTip()


# --- the last readings ---


def strip(window: Window) -> list[str]:
    return [button.text() for button in window.read_tab.last_readings.shown]


def test_the_last_readings_are_listed_the_newest_first(window: Window, qtbot: QtBot) -> None:
    window.resize(1200, 700)
    assert strip(window) == []
    for count, one in enumerate((draw_one, draw_zero, draw_one), start=1):
        window.commands.clear.trigger()
        one(window)
        wait_saved(qtbot, window, count)
    assert strip(window) == ["1", "0", "1"]
    newest = window.read_tab.last_readings.shown[0]
    assert newest.accessibleName() == "Read as 1"
    assert not newest.icon().isNull()


def test_a_reading_that_goes_on_stays_one_entry(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    with qtbot.waitSignal(window.log_worker.saved, timeout=WAIT):
        draw(window.read_tab.canvas, (40, 60), (260, 60))
    assert strip(window) == ["0"]


def test_a_correction_is_seen_in_the_strip(window: Window, qtbot: QtBot) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    say(qtbot, window, "7")
    assert strip(window) == ["7"]
    assert window.read_tab.last_readings.shown[0].accessibleName() == "Read as 1, but it was 7"


def test_only_as_many_are_shown_as_there_is_room_for(window: Window, qtbot: QtBot) -> None:
    window.resize(1600, 700)
    for count in range(1, 11):
        window.commands.clear.trigger()
        draw_one(window)
        wait_saved(qtbot, window, count)
    assert len(strip(window)) == 8
    window.read_tab.last_readings.resize(150, 40)
    shown = window.read_tab.last_readings.shown
    assert 0 < len(shown) < 8
    assert shown[-1].geometry().right() <= 150


@pytest.mark.parametrize("place", [0, 1])
def test_a_click_on_one_of_them_shows_its_record_in_the_history(window: Window, qtbot: QtBot, place: int) -> None:
    for count, one in enumerate((draw_one, draw_zero), start=1):
        window.commands.clear.trigger()
        one(window)
        wait_saved(qtbot, window, count)
    window.read_tab.last_readings.shown[place].click()
    assert window.tabs.currentWidget() is window.history_tab
    table = window.history_tab.table
    qtbot.waitUntil(lambda: [index.row() for index in table.selectionModel().selectedRows()] == [place], timeout=WAIT)


def test_a_reading_that_the_filters_hide_is_said_to_be_and_is_not_selected_when_they_no_longer_do(
    window: Window, qtbot: QtBot
) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    history = window.history_tab
    history.filters.digit.setCurrentText("7")
    window.read_tab.last_readings.shown[0].click()
    qtbot.waitUntil(lambda: history.notice.text == "The filters hide this reading.", timeout=WAIT)
    history.filters.digit.setCurrentIndex(0)
    qtbot.waitUntil(lambda: history.model.rowCount() == 1 and not history.model.busy, timeout=WAIT)
    assert not history.table.selected


def test_a_reading_further_down_than_the_list_has_come_is_looked_for(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_model, "PAGE", 20)
    draw_one(window)
    wait_saved(qtbot, window)
    # Made after it: more than the first page, and than a screen, shows.
    later = datetime.now(UTC) + timedelta(seconds=1) - START
    save(window, *(record(round(later.total_seconds()) + number) for number in range(50)))
    window.read_tab.last_readings.shown[0].click()
    table = window.history_tab.table
    qtbot.waitUntil(lambda: [index.row() for index in table.selectionModel().selectedRows()] == [50], timeout=WAIT)
    assert window.history_tab.notice.text == ""


def test_a_record_deleted_in_the_history_leaves_the_strip(window: Window, qtbot: QtBot, home: Path) -> None:
    draw_one(window)
    wait_saved(qtbot, window)
    (record,) = records(home)
    with qtbot.waitSignal(window.log_worker.changed, timeout=WAIT):
        window.log_worker.change(Deletion(ids=(record.id,)))
    assert strip(window) == []
    assert not window.read_tab.it_was.isEnabled()

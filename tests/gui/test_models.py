"""Models from the menu: switched while one draws, kept for the next start, offered after an import, or refused."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.app import surroundings
from mnist_desktop.gui.import_model import ImportedModel
from mnist_desktop.gui.models_commands import ModelPlaces
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.paths import find_paths, shipped
from mnist_desktop.recognition.classifier import ModelError, Prediction
from mnist_desktop.recognition.models import FoundModel, Model
from mnist_desktop.recognition.reader import Reader
from mnist_desktop.settings import load_settings

from .conftest import LABELS, WAIT, WidthClassifier, close, draw_one, draw_zero, modest_reader, records, wait_saved

Make = Callable[..., Window]

WORDS = ("Ankle boot", "Bag", *LABELS[2:], "eleventh")
"""Other labels than digits, and one more of them."""


class Words(WidthClassifier):
    """Tells narrow from wide as its parent does, by other names."""

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        return [Prediction(probabilities=(*p.probabilities, 0.0), labels=WORDS) for p in super().predict(glyphs)]


def a_model(name: str) -> Model:
    model = modest_reader().model
    labels = WORDS if name == "words" else LABELS
    return replace(model, folder=Path("/models") / name, card=replace(model.card, name=name, labels=labels))


def open_model(name: str) -> Reader:
    if name == "broken":
        raise ModelError("The model in broken is damaged.")
    return Reader(a_model(name), Words() if name == "words" else WidthClassifier())


def found(*names: str) -> list[tuple[str, FoundModel]]:
    return [(name, FoundModel(folder=Path("/models") / name, model=a_model(name))) for name in names]


def places(**changes: Any) -> ModelPlaces:
    arguments: dict[str, Any] = {
        "chosen": "modest",
        "find": lambda: found("modest", "other", "words"),
        "open": open_model,
        "keep": lambda _choice: None,
    }
    return ModelPlaces(**{**arguments, **changes})


def reads_with(window: Window, choice: str) -> Callable[[], bool]:
    return lambda: window.models.in_use == choice


def lines(window: Window) -> list[str]:
    return [action.text() for action in window.commands.models.actions() if action.text()]


def checked(window: Window) -> list[str]:
    return [action.text() for action in window.commands.models.actions() if action.isChecked()]


def choose(window: Window, qtbot: QtBot, name: str) -> None:
    """Choose a model from the menu and wait until it reads."""
    qtbot.waitUntil(lambda: name in lines(window), timeout=WAIT)
    next(action for action in window.commands.models.actions() if action.text() == name).trigger()
    qtbot.waitUntil(lambda: window.models.in_use == name, timeout=WAIT)


def test_the_menu_lists_the_models_and_checks_the_one_that_reads(make_window: Make, qtbot: QtBot) -> None:
    window = make_window(models=places())
    qtbot.waitUntil(lambda: checked(window) == ["modest"], timeout=WAIT)
    assert lines(window) == ["modest", "other", "words", "About the models…", "Import a model…"]


def test_a_model_that_cannot_be_used_is_in_the_menu_with_its_reason(make_window: Make, qtbot: QtBot) -> None:
    why = "The model in /models/a&b is damaged: model.tflite is not the file that its card describes."
    damaged = [("a&b", FoundModel(folder=Path("/models/a&b"), why_not=why))]
    window = make_window(models=places(find=lambda: [*damaged, *found("modest")]))
    qtbot.waitUntil(lambda: checked(window) == ["modest"], timeout=WAIT)
    line = window.commands.models.actions()[0]
    assert not line.isEnabled()
    assert line.text() == "The model in a&&b is damaged: model.tflite is not the file that its card describes."


def test_the_menu_looks_anew_each_time_it_opens(make_window: Make, qtbot: QtBot) -> None:
    there = ["modest"]
    window = make_window(models=places(find=lambda: found(*there)))
    qtbot.waitUntil(lambda: checked(window) == ["modest"], timeout=WAIT)
    there.append("other")
    window.commands.models.aboutToShow.emit()
    qtbot.waitUntil(lambda: lines(window)[:2] == ["modest", "other"], timeout=WAIT)
    assert checked(window) == ["modest"]


def test_another_model_reads_what_is_on_the_canvas_again_with_its_own_labels(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    window = make_window(models=places())
    draw_one(window)
    wait_saved(qtbot, window)
    choose(window, qtbot, "words")
    tab = window.read_tab
    qtbot.waitUntil(lambda: tab.answer.answer.large == "Bag", timeout=WAIT)
    assert tab.bars.labels == WORDS
    assert window.status.model_text == "Model: words"
    # The reading of the other model is a record of its own; that of the first one stays as it was.
    wait_saved(qtbot, window, 2)
    menu = tab.it_was.menu
    assert menu is not None
    assert tab.it_was.isEnabled()
    assert [action.data() for action in menu.actions()] == list(WORDS)
    close(qtbot, window)
    assert [(record.model, record.label) for record in records(home)] == [("words", "Bag"), ("modest", "1")]


def test_a_drawing_that_was_not_recorded_yet_is_recorded_once_as_the_other_model_read_it(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    window = make_window(models=places(), rest_seconds=0.4)
    draw_one(window)
    choose(window, qtbot, "other")
    wait_saved(qtbot, window)
    close(qtbot, window)
    assert [record.model for record in records(home)] == ["other"]


def test_drawing_on_after_a_switch_extends_the_record_of_the_model_that_reads(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    window = make_window(models=places())
    draw_one(window)
    wait_saved(qtbot, window)
    choose(window, qtbot, "other")
    wait_saved(qtbot, window, 2)
    draw_zero(window)
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == "0", timeout=WAIT)
    wait_saved(qtbot, window, 2)
    close(qtbot, window)
    assert [(record.model, record.label) for record in records(home)] == [("other", "0"), ("modest", "1")]


def test_what_undo_brings_back_is_not_corrected_to_labels_of_another_model(make_window: Make, qtbot: QtBot) -> None:
    window = make_window(models=places())
    draw_one(window)
    wait_saved(qtbot, window)
    window.commands.clear.trigger()
    choose(window, qtbot, "words")
    window.commands.undo.trigger()
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == "Bag", timeout=WAIT)
    assert not window.read_tab.it_was.isEnabled()
    assert window.saved_count == 1


def test_a_picture_is_read_again_by_another_model(
    make_window: Make, qtbot: QtBot, home: Path, sample_picture: Path
) -> None:
    window = make_window(models=places(), files=[sample_picture])
    wait_saved(qtbot, window)
    choose(window, qtbot, "words")
    wait_saved(qtbot, window, 2)
    assert window.read_tab.canvas.picture is not None
    close(qtbot, window)
    assert [(record.model, record.name) for record in records(home)] == [
        ("words", sample_picture.name),
        ("modest", sample_picture.name),
    ]


def test_what_a_person_chose_of_a_picture_holds_for_the_other_model(
    make_window: Make, qtbot: QtBot, home: Path, sample_picture: Path
) -> None:
    window = make_window(models=places(), files=[sample_picture])
    wait_saved(qtbot, window)
    pane = window.read_tab.canvas.pane
    pane.choose_part((200, 100, 300, 300))
    qtbot.waitUntil(lambda: not window.read_tab.settled, timeout=WAIT)
    wait_saved(qtbot, window)
    choose(window, qtbot, "words")
    wait_saved(qtbot, window, 2)
    assert pane.part == (200, 100, 300, 300)
    assert window.read_tab.pictures.steering.choices.part == pane.part
    assert window.read_tab.pictures.controls.whole.isEnabled()
    close(qtbot, window)
    used = [(record.model, json.loads(record.preparation or "")["chosen"]["part"]) for record in records(home)]
    assert used == [("words", [200, 100, 300, 300]), ("modest", [200, 100, 300, 300])]


def test_drawing_goes_on_with_the_model_before_while_another_is_opened(make_window: Make, qtbot: QtBot) -> None:
    let, begun = threading.Event(), threading.Event()

    def slow(name: str) -> Reader:
        begun.set()
        assert let.wait(WAIT / 1000)
        return open_model(name)

    window = make_window(models=places(open=slow))
    draw_one(window)
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == "1", timeout=WAIT)
    window.models.choose("words")
    assert window.status.model_text == "Model: opening words…"
    assert begun.wait(WAIT / 1000)
    assert window.read_tab.bars.labels == LABELS
    draw_zero(window)
    let.set()
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == "Ankle boot", timeout=WAIT)


def test_the_last_choice_wins(make_window: Make, qtbot: QtBot) -> None:
    kept: list[str] = []
    window = make_window(models=places(keep=kept.append))
    for name in ("words", "other", "words", "modest", "other"):
        window.models.choose(name)
    qtbot.waitUntil(lambda: window.models.in_use == "other" and kept == ["other"], timeout=WAIT)
    assert window.status.model_text == "Model: other"
    qtbot.waitUntil(lambda: checked(window) == ["other"], timeout=WAIT)


def test_a_model_that_cannot_be_opened_is_one_sentence_and_the_old_one_goes_on(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    kept: list[str] = []
    # Damaged after the menu looked at it.
    window = make_window(models=places(find=lambda: found("modest", "broken"), keep=kept.append))
    qtbot.waitUntil(lambda: "broken" in lines(window), timeout=WAIT)
    draw_one(window)
    wait_saved(qtbot, window)
    with qtbot.waitSignal(window.models.told, timeout=WAIT):
        window.models.choose("broken")
    assert window.read_tab.notice.text == "The model in broken is damaged. “modest” goes on reading."
    assert window.status.model_text == "Model: modest"
    assert checked(window) == ["modest"]
    draw_zero(window)
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == "0", timeout=WAIT)
    assert kept == []
    close(qtbot, window)
    assert [record.model for record in records(home)] == ["modest"]


def test_what_is_told_while_another_tab_is_seen_stands_in_the_status_bar_too(make_window: Make, qtbot: QtBot) -> None:
    window = make_window(models=places())
    window.tabs.setCurrentWidget(window.history_tab)
    with qtbot.waitSignal(window.models.told, timeout=WAIT):
        window.models.choose("broken")
    assert window.status.currentMessage() == "The model in broken is damaged. “modest” goes on reading."
    assert window.read_tab.notice.text == window.status.currentMessage()


def test_where_no_model_was_one_can_be_chosen_and_reads_what_was_drawn(
    make_window: Make, qtbot: QtBot, home: Path
) -> None:
    window = make_window(models=places(chosen="broken"), open_reader=lambda: open_model("broken"))
    draw_one(window)
    assert window.models.in_use is None
    choose(window, qtbot, "other")
    wait_saved(qtbot, window)
    assert window.read_tab.notice.text == ""
    assert window.read_tab.answer.answer.large == "1"
    close(qtbot, window)
    assert [record.model for record in records(home)] == ["other"]


def test_a_choice_that_is_not_kept_is_told(make_window: Make, qtbot: QtBot) -> None:
    window = make_window(models=places(keep=lambda _choice: "At the next start another model reads."))
    choose(window, qtbot, "other")
    qtbot.waitUntil(lambda: window.read_tab.notice.text == "At the next start another model reads.", timeout=WAIT)


def test_an_imported_model_is_in_the_menu_and_offered(make_window: Make, qtbot: QtBot) -> None:
    there = ["modest"]

    def import_file(*_: object) -> ImportedModel:
        there.append("other")
        return ImportedModel(choice="other", sentence="other: reads 98 of 100 sample digits.")

    window = make_window(models=places(find=lambda: found(*there)), import_file=import_file)
    for button, expected in (("Not now", "modest"), ("Read with it", "other")):
        with qtbot.waitSignal(window.model_import.imported, timeout=WAIT):
            window.model_import.begin(Path("x.keras"))
        question = window.models.question
        assert isinstance(question, QMessageBox)
        assert "Read with it now?" in question.text()
        assert question.informativeText() == "other: reads 98 of 100 sample digits."
        qtbot.waitUntil(lambda: "other" in lines(window), timeout=WAIT)
        next(each for each in question.buttons() if each.text() == button).click()
        assert window.models.question is None
        qtbot.waitUntil(window.commands.import_model.isEnabled, timeout=WAIT)
        qtbot.waitUntil(reads_with(window, expected), timeout=WAIT)


def test_closing_while_a_model_is_opened_does_not_wait_for_it(make_window: Make, qtbot: QtBot) -> None:
    let, begun = threading.Event(), threading.Event()

    def slow(name: str) -> Reader:
        begun.set()
        let.wait(WAIT / 1000)
        return open_model(name)

    window = make_window(models=places(open=slow))
    window.models.choose("other")
    assert begun.wait(WAIT / 1000)
    close(qtbot, window)
    let.set()
    assert window.reading_worker.stop(WAIT / 1000)
    assert window.models.in_use == "modest"


def test_the_history_knows_the_labels_of_the_model_that_read_a_record(make_window: Make, qtbot: QtBot) -> None:
    window = make_window(models=places())
    draw_one(window)
    wait_saved(qtbot, window)
    choose(window, qtbot, "words")
    wait_saved(qtbot, window, 2)
    choose(window, qtbot, "other")
    wait_saved(qtbot, window, 3)
    tab = window.history_tab
    window.tabs.setCurrentWidget(tab)
    qtbot.waitUntil(lambda: [row.model for row in tab.model.rows] == ["other", "words", "modest"], timeout=WAIT)
    for row, labels in enumerate((LABELS, WORDS, LABELS)):
        tab.table.selectRow(row)
        assert tab.actions_row.labels == labels
    tab.table.selectRow(1)
    tab.show_details()
    qtbot.waitUntil(lambda: tab.details.bars.labels == WORDS, timeout=WAIT)
    # What readings of models with different labels can all have been is not known.
    tab.table.selectAll()
    assert tab.actions_row.labels == ()


@pytest.fixture
def real(make_window: Make, home: Path) -> Window:
    """A window with the shipped models, as the program opens it."""
    paths = find_paths(os.environ)
    around = surroundings(load_settings(paths, os.environ), paths)
    return make_window(open_reader=around.open_reader, models=around.models)


def test_the_shipped_models_read_the_same_drawing_one_after_the_other(real: Window, qtbot: QtBot, home: Path) -> None:
    three = next(read_ink_file(shipped("resources") / "drawings" / "3.json")).drawing
    real.read_tab.canvas.replace(three)
    wait_saved(qtbot, real)
    for count, name in enumerate(("softmax", "mlp", "fashion"), 2):
        choose(real, qtbot, name)
        wait_saved(qtbot, real, count)
    close(qtbot, real)
    read = {record.model: record for record in records(home)}
    assert set(read) == {"digits", "softmax", "mlp", "fashion"}
    assert [read[name].label for name in ("digits", "mlp")] == ["3", "3"]
    assert read["fashion"].label in real.read_tab.bars.labels
    assert "Ankle boot" in real.read_tab.bars.labels
    # Kept for the next start.
    assert load_settings(find_paths(os.environ), os.environ).model == "fashion"


def test_a_model_that_a_variable_names_is_not_kept_and_that_is_told(
    real: Window, qtbot: QtBot, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DESKTOP_MODEL", "digits")
    choose(real, qtbot, "mlp")
    qtbot.waitUntil(lambda: "MNIST_DESKTOP_MODEL names" in real.read_tab.notice.text, timeout=WAIT)
    assert "mlp" not in (home / "settings.toml").read_text()


def test_a_damaged_folder_of_the_persons_own_is_shown_disabled(real: Window, qtbot: QtBot, home: Path) -> None:
    (home / "models" / "mine").mkdir(parents=True)
    (home / "models" / "mine" / "card.json").write_text("{}")
    real.commands.models.aboutToShow.emit()
    expected = "The card mine/card.json does not describe a model: it has no labels."
    qtbot.waitUntil(lambda: expected in lines(real), timeout=WAIT)
    assert not next(each for each in real.commands.models.actions() if each.text() == expected).isEnabled()


def test_every_menu_has_a_key_of_its_own(window: Window) -> None:
    titles = [action.text() for action in window.menuBar().actions()]
    keys = [title[title.index("&") + 1].lower() for title in titles]
    assert len(set(keys)) == len(keys)
    assert window.commands.models.title() in titles

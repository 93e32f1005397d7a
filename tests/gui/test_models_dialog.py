"""The models side by side: what there is to know of each, and what each reads in what is on the canvas."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.app import surroundings
from mnist_desktop.gui.models_comparing import Comparing
from mnist_desktop.gui.models_dialog import ANSWER, NAME, SURE, ModelsDialog
from mnist_desktop.gui.models_facts import facts_of
from mnist_desktop.gui.readings import DrawingRequest
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import Drawing, read_ink_file
from mnist_desktop.paths import find_paths, shipped
from mnist_desktop.recognition.models import FoundModel, load_model
from mnist_desktop.settings import load_settings

from .conftest import WAIT, close, modest_reader

Make = Callable[..., Window]

PATIENCE = 6 * WAIT
"""Four networks and SciPy are loaded meanwhile."""

SHIPPED = ["digits", "fashion", "mlp", "softmax"]


def sample(digit: int) -> Drawing:
    return next(read_ink_file(shipped("resources") / "drawings" / f"{digit}.json")).drawing


@pytest.fixture
def window(make_window: Make, home: Path) -> Window:
    """A window with the shipped models and the person's own, as the program opens it."""
    paths = find_paths(os.environ)
    around = surroundings(load_settings(paths, os.environ), paths)
    return make_window(open_reader=around.open_reader, models=around.models)


@pytest.fixture
def dialog(window: Window, qtbot: QtBot) -> ModelsDialog:
    window.commands.about_models.trigger()
    dialog = window.models.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: column(dialog, NAME)[:1] == ["digits (reads now)"], timeout=PATIENCE)
    return dialog


def column(dialog: ModelsDialog, number: int) -> list[str]:
    items = [dialog.table.item(row, number) for row in range(dialog.table.rowCount())]
    return [item.text() for item in items if item is not None]


def select(dialog: ModelsDialog, row: int) -> None:
    place = dialog.table.visualRect(dialog.table.model().index(row, NAME)).center()
    QTest.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_every_model_says_what_it_reads_in_the_same_drawing(window: Window, dialog: ModelsDialog, qtbot: QtBot) -> None:
    assert column(dialog, NAME) == ["digits (reads now)", *SHIPPED[1:]]
    assert "Draw something" in dialog.hint.text()
    window.read_tab.canvas.replace(sample(3))
    qtbot.waitUntil(lambda: column(dialog, ANSWER) == ["3", "?", "3", "3"], timeout=PATIENCE)
    assert column(dialog, SURE)[1].startswith("unsure, ")
    assert all(sure.endswith(" sure") for sure in column(dialog, SURE)[2:])
    # It goes along with the canvas, and agrees with what the window itself shows.
    window.read_tab.canvas.replace(sample(7))
    qtbot.waitUntil(lambda: column(dialog, ANSWER)[0] == "7", timeout=PATIENCE)
    assert window.read_tab.answer.answer.large == "7"
    assert window.read_tab.answer.answer.sentence == column(dialog, SURE)[0]
    window.commands.clear.trigger()
    qtbot.waitUntil(lambda: column(dialog, ANSWER) == ["–"] * 4, timeout=PATIENCE)


def test_a_picture_is_compared_too(window: Window, dialog: ModelsDialog, qtbot: QtBot, sample_picture: Path) -> None:
    window.read_tab.open_files([sample_picture])
    qtbot.waitUntil(lambda: column(dialog, ANSWER)[0] == "4", timeout=PATIENCE)


def test_the_model_that_is_chosen_reads_from_then_on(window: Window, dialog: ModelsDialog, qtbot: QtBot) -> None:
    assert not dialog.use.isEnabled()
    select(dialog, 2)
    assert dialog.use.isEnabled()
    QTest.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "mlp (reads now)" in column(dialog, NAME), timeout=PATIENCE)
    assert column(dialog, NAME)[0] == "digits"
    assert window.status.model_text == "Model: mlp"
    assert not dialog.use.isEnabled()


def test_enter_on_a_line_chooses_its_model(window: Window, dialog: ModelsDialog, qtbot: QtBot) -> None:
    dialog.table.setFocus()
    QTest.keyClick(dialog.table, Qt.Key.Key_Down)
    QTest.keyClick(dialog.table, Qt.Key.Key_Down)
    QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.models.in_use == "mlp", timeout=PATIENCE)
    assert dialog.isVisible()


def test_a_damaged_model_says_why_and_cannot_be_chosen(
    window: Window, dialog: ModelsDialog, qtbot: QtBot, home: Path
) -> None:
    (home / "models" / "<b>mine").mkdir(parents=True)
    (home / "models" / "<b>mine" / "card.json").write_text("{}")
    window.models.look()
    qtbot.waitUntil(lambda: column(dialog, SURE)[0] == "cannot be used", timeout=PATIENCE)
    select(dialog, 0)
    assert "<b>mine" in dialog.card.toPlainText()
    assert "does not describe a model" in dialog.card.toPlainText()
    assert not dialog.use.isEnabled()
    QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    assert window.models.in_use == "digits"


def test_tab_goes_round_all_controls_and_each_has_a_name(dialog: ModelsDialog, qtbot: QtBot) -> None:
    select(dialog, 1)
    focusable = {
        child
        for child in dialog.findChildren(QWidget)
        if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    assert len(focusable) == 4
    reached = set()
    for _ in range(8):
        QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    assert focusable <= reached
    assert all(child.accessibleName() for child in focusable)


def test_nothing_is_asked_of_the_models_when_the_dialog_is_closed(
    window: Window, dialog: ModelsDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.read_tab.canvas.replace(sample(3))
    qtbot.waitUntil(lambda: column(dialog, ANSWER)[0] == "3", timeout=PATIENCE)
    dialog.close()
    asked: list[object] = []
    monkeypatch.setattr(Comparing, "compare", lambda *arguments: asked.append(arguments))
    window.read_tab.canvas.replace(sample(7))
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == "7", timeout=PATIENCE)
    close(qtbot, window)
    assert asked == []


def test_what_was_given_up_asks_no_further_model() -> None:
    comparing = Comparing()
    models = [load_model(shipped("model") / name) for name in SHIPPED]
    request = DrawingRequest(revision=1, drawing=sample(3))
    assert len(comparing.compare(request, models)) == 4
    comparing.given_up.set()
    assert comparing.compare(request, models) == []
    comparing.close()


def test_a_model_that_lies_in_the_place_of_another_is_loaded_anew() -> None:
    comparing = Comparing()
    softmax, digits = (load_model(shipped("model") / name) for name in ("softmax", "digits"))
    request = DrawingRequest(revision=1, drawing=sample(3))
    moved = replace(softmax, folder=digits.folder)
    (first,), (second,) = comparing.compare(request, [digits]), comparing.compare(request, [moved])
    assert first.number is not None
    assert second.number is not None
    assert [answer.number and answer.number.digits[0].reading.model for answer in (first, second)] == [
        "digits",
        "softmax",
    ]
    comparing.close()


def facts(**details: Any) -> dict[str, tuple[str, ...]]:
    model = modest_reader().model
    model = replace(model, card=replace(model.card, details=details))
    return dict(facts_of(FoundModel(folder=model.folder, model=model, size=639_568)))


def test_the_card_of_the_shipped_model_is_told_in_words() -> None:
    model = load_model(shipped("model") / "digits")
    told = dict(facts_of(FoundModel(folder=model.folder, model=model, size=639_568)))
    metrics = model.card.details["metrics"]
    assert told["Labels"] == ("0, 1, 2, 3, 4, 5, 6, 7, 8, 9",)
    assert len(told["Read right"]) == len(metrics)
    assert told["Read right"][0] == f"{metrics['mnist']['accuracy'] * 100:.2f} % of 10,000 in mnist"
    assert told["Learned from"][0] == "MNIST; Yann LeCun, Corinna Cortes, Christopher J. C. Burges; CC BY-SA 3.0"
    assert told["Size"] == (f"0.6 MB, {model.card.details['parameters']:,} parameters",)
    assert told["Unsure"] == (f"below {model.card.unsure_below * 100:.2f} %",)
    assert "Imported" not in told


def test_the_card_of_an_imported_model_says_what_it_came_from() -> None:
    told = facts(
        imported={"file": "theirs.h5"},
        training={"data": "unknown"},
        samples={"subject": "digits", "count": 100, "right": 98},
        parameters=7850,
    )
    assert told["Imported"] == ("from theirs.h5",)
    assert told["Learned from"] == ("unknown",)
    assert told["Read right"] == ("98 of 100 sample drawings",)


@pytest.mark.parametrize(
    "details",
    [
        {"metrics": [1, 2], "training": 7, "imported": "x", "samples": None, "parameters": "many"},
        {"metrics": {"a": 1, "b": {"accuracy": "good", "count": 3}}, "training": {"data": [1, {"name": 2}, None]}},
        {"metrics": {"a": {"accuracy": float("nan"), "count": 1}}, "parameters": float("inf")},
        {"metrics": {"a": {"accuracy": 10**400, "count": 1}}, "samples": {"right": 1, "count": 0}},
    ],
)
def test_a_card_of_nonsense_is_told_without_it(details: dict[str, Any]) -> None:
    assert set(facts(**details)) == {"Labels", "Reads", "Unsure", "Size", "Folder"}


def test_names_that_run_wild_are_told_in_plain_text_and_shortened() -> None:
    told = facts(metrics={"x\n<b>" + "y" * 1_000: {"accuracy": 0.5, "count": 2}})
    (line,) = told["Read right"]
    assert line.startswith("50.00 % of 2 in x\\n<b>yyy")
    assert len(line) <= 301

"""Importing a model from the window: it goes on beside it, can be cancelled, and says what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from strangers import dense, entrance, flatten, sequential, templates, write_keras

from mnist_desktop.gui.app import surroundings
from mnist_desktop.gui.import_model import ImportedModel
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.paths import find_paths, shipped
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.names import STAGES
from mnist_desktop.recognition.importing.supervision import CancelledError, Watch
from mnist_desktop.recognition.importing.trials import UndecidedError
from mnist_desktop.recognition.models import Preparation
from mnist_desktop.settings import load_settings

from .conftest import WAIT, close, records, wait_saved


def an_import(sentence: str) -> ImportedModel:
    return ImportedModel(choice="x", sentence=sentence)


def said(window: Window) -> str:
    """What the person is told of an import that came to its end; puts the question away."""
    question = window.models.question
    assert question is not None
    question.buttons()[-1].click()
    return question.informativeText()


def test_a_file_chosen_from_the_menu_is_imported_and_the_finding_shown(
    qtbot: QtBot, make_window: Callable[..., Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, Preparation | None]] = []

    def import_file(file: Path, prepare: Preparation | None, watch: Watch) -> ImportedModel:
        asked.append((file, prepare))
        for stage in ("reading", "building", "trying", "converting"):
            watch.progress(stage)
        return an_import("x: reads 98 of 100 sample digits.")

    window = make_window(import_file=import_file)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/folder/x.keras", ""))
    with qtbot.waitSignal(window.model_import.imported, timeout=WAIT):
        window.commands.import_model.trigger()
    assert said(window) == "x: reads 98 of 100 sample digits."
    assert asked == [(Path("/folder/x.keras"), None)]
    qtbot.waitUntil(window.commands.import_model.isEnabled, timeout=WAIT)
    assert window.model_import.progress is None


def test_no_file_chosen_is_no_import(make_window: Callable[..., Window], monkeypatch: pytest.MonkeyPatch) -> None:
    window = make_window(import_file=lambda *_: an_import("never"))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    window.commands.import_model.trigger()
    assert window.commands.import_model.isEnabled()


def test_the_progress_says_in_words_which_step_it_is_at(qtbot: QtBot, make_window: Callable[..., Window]) -> None:
    let = threading.Event()

    def import_file(file: Path, prepare: Preparation | None, watch: Watch) -> ImportedModel:
        for stage in STAGES[:3]:
            watch.progress(stage)
        assert let.wait(WAIT / 1000)
        return an_import("done")

    window = make_window(import_file=import_file)
    window.model_import.begin(Path("x&y.keras"))
    progress = window.model_import.progress
    assert progress is not None
    qtbot.waitUntil(lambda: progress.labelText() == "Step 3 of 4: trying x&y.keras on samples…", timeout=WAIT)
    assert (progress.value(), progress.maximum()) == (2, len(STAGES))
    let.set()
    qtbot.waitUntil(lambda: window.model_import.progress is None, timeout=WAIT)
    assert said(window) == "done"


def test_what_the_samples_do_not_tell_is_asked(qtbot: QtBot, make_window: Callable[..., Window]) -> None:
    def import_file(file: Path, prepare: Preparation | None, watch: Watch) -> ImportedModel:
        if prepare is None:
            raise UndecidedError("It cannot be told.")
        return an_import(f"prepared as {prepare}")

    window = make_window(import_file=import_file)
    window.model_import.begin(Path("x.keras"))
    qtbot.waitUntil(lambda: window.model_import.question is not None, timeout=WAIT)
    question = window.model_import.question
    assert isinstance(question, QMessageBox)
    assert question.informativeText() == "It cannot be told."
    qtbot.waitUntil(window.commands.import_model.isEnabled, timeout=WAIT)
    with qtbot.waitSignal(window.model_import.imported, timeout=WAIT):
        question.buttons()[[button.text() for button in question.buttons()].index("Pictures of things")].click()
    assert said(window) == "prepared as picture"
    qtbot.waitUntil(window.commands.import_model.isEnabled, timeout=WAIT)


def test_cancelling_ends_it_without_a_word(qtbot: QtBot, make_window: Callable[..., Window]) -> None:
    begun = threading.Event()

    def import_file(file: Path, prepare: Preparation | None, watch: Watch) -> ImportedModel:
        begun.set()
        assert watch.cancelled.wait(WAIT / 1000)
        raise CancelledError("it was cancelled")

    window = make_window(import_file=import_file)
    window.model_import.begin(Path("x.keras"))
    assert begun.wait(WAIT / 1000)
    assert not window.commands.import_model.isEnabled()
    progress = window.model_import.progress
    assert progress is not None
    progress.findChildren(QPushButton)[0].click()
    qtbot.waitUntil(window.commands.import_model.isEnabled, timeout=WAIT)
    assert window.read_tab.notice.text == ""


def test_closing_the_window_ends_an_import(qtbot: QtBot, make_window: Callable[..., Window]) -> None:
    ended = threading.Event()

    def import_file(file: Path, prepare: Preparation | None, watch: Watch) -> ImportedModel:
        assert watch.cancelled.wait(WAIT / 1000)
        ended.set()
        raise CancelledError("it was cancelled")

    window = make_window(import_file=import_file)
    window.model_import.begin(Path("x.keras"))
    close(qtbot, window)
    assert ended.is_set()


def test_failures_of_any_kind_are_one_sentence(qtbot: QtBot, make_window: Callable[..., Window]) -> None:
    errors = [ModelError("x.keras cannot be imported: it is empty."), ZeroDivisionError("oops")]

    def import_file(file: Path, prepare: Preparation | None, watch: Watch) -> ImportedModel:
        raise errors.pop(0)

    window = make_window(import_file=import_file)
    for expected in ("it is empty", "ZeroDivisionError"):
        with qtbot.waitSignal(window.model_import.told, timeout=WAIT):
            window.model_import.begin(Path("x.keras"))
        assert expected in window.read_tab.notice.text
        qtbot.waitUntil(window.commands.import_model.isEnabled, timeout=WAIT)


def test_the_real_import_refuses_a_real_file_in_the_window(
    qtbot: QtBot, make_window: Callable[..., Window], home: Path, tmp_path: Path
) -> None:
    environment = {"MNIST_DESKTOP_HOME": str(home)}
    paths = find_paths(environment)
    import_file = surroundings(load_settings(paths, environment, {}), paths).import_file
    file = write_keras(tmp_path / "bad.keras", sequential(entrance(784), {"class_name": "Lambda", "config": {}}), {})
    window = make_window(import_file=import_file)
    with qtbot.waitSignal(window.model_import.told, timeout=60 * WAIT):
        window.model_import.begin(file)
    assert "code of its own" in window.read_tab.notice.text
    assert list(paths.models.iterdir()) == []
    qtbot.waitUntil(window.commands.import_model.isEnabled, timeout=WAIT)


@pytest.mark.timeout(900)
def test_a_strangers_model_is_imported_chosen_and_reads_what_is_drawn(
    qtbot: QtBot, make_window: Callable[..., Window], home: Path, tmp_path: Path
) -> None:
    environment = {"MNIST_DESKTOP_HOME": str(home)}
    paths = find_paths(environment)
    around = surroundings(load_settings(paths, environment, {}), paths)
    file = write_keras(
        tmp_path / "their own.keras", sequential(entrance(28, 28), flatten(), dense(10)), {"dense": templates()}
    )
    window = make_window(open_reader=around.open_reader, models=around.models, import_file=around.import_file)
    window.read_tab.canvas.replace(next(read_ink_file(shipped("resources") / "drawings" / "0.json")).drawing)
    wait_saved(qtbot, window)
    with qtbot.waitSignal(window.model_import.imported, timeout=60 * WAIT):
        window.model_import.begin(file)
    question = window.models.question
    assert question is not None
    assert "their-own" in question.text()
    question.buttons()[0].click()
    wait_saved(qtbot, window, 2)
    assert window.status.model_text == "Model: their-own"
    qtbot.waitUntil(lambda: "their-own" in window.models.labels, timeout=WAIT)
    close(qtbot, window)
    assert [record.model for record in records(home)] == ["their-own", "digits"]

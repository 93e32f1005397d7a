"""Settings changed in the window: checked while one types, written into the file as it is, used where they can be."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.app import surroundings
from mnist_desktop.gui.settings_dialog import SettingsDialog
from mnist_desktop.gui.theme import DARK
from mnist_desktop.gui.window import Window
from mnist_desktop.paths import find_paths
from mnist_desktop.settings import load_settings

from .conftest import WAIT

Make = Callable[..., Window]
Open = Callable[[], SettingsDialog]


@pytest.fixture
def file(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MNIST_DESKTOP_CASSANDRA")
    file = home / "settings.toml"
    file.write_text('# mine\ndevice = "desk"  # by the window\npassword = "secret"\nusername = "ada"\n')
    return file


@pytest.fixture
def window(make_window: Make, file: Path) -> Window:
    """A window with the shipped models and this test's settings, as the program opens it; it reads modestly."""
    paths = find_paths(os.environ)
    around = surroundings(load_settings(paths, os.environ), paths)
    return make_window(models=around.models, settings=around.settings)


@pytest.fixture
def open_dialog(window: Window, qtbot: QtBot) -> Open:
    def opened() -> SettingsDialog:
        window.commands.settings.trigger()
        qtbot.waitUntil(lambda: window.settings.dialog is not None, timeout=WAIT)
        assert window.settings.dialog is not None
        return window.settings.dialog

    return opened


def line(dialog: SettingsDialog, name: str) -> QLineEdit:
    field = dialog.fields[name].input
    assert isinstance(field, QLineEdit)
    return field


def box(dialog: SettingsDialog, name: str) -> QComboBox:
    field = dialog.fields[name].input
    assert isinstance(field, QComboBox)
    return field


def save(dialog: SettingsDialog) -> None:
    accept = QDialogButtonBox.ButtonRole.AcceptRole
    next(each for each in dialog.buttons.buttons() if dialog.buttons.buttonRole(each) is accept).click()


def test_it_shows_what_is_set_and_never_the_password(open_dialog: Open, file: Path) -> None:
    dialog = open_dialog()
    assert line(dialog, "device").text() == "desk"
    assert line(dialog, "cassandra").text() == "127.0.0.1:9042"
    assert box(dialog, "theme").currentData() == "system"
    assert box(dialog, "model").currentData() == "digits"
    assert [box(dialog, "model").itemData(each) for each in range(4)] == ["digits", "fashion", "mlp", "softmax"]
    assert set(dialog.fields) <= {"theme", "model", "device", "log", "keep", "cassandra", "engine"}
    texts = [each.text() for each in dialog.findChildren(QLabel)] + [
        each.text() for each in dialog.findChildren(QLineEdit)
    ]
    assert not any("secret" in text for text in texts)
    assert any(str(file) in text for text in texts)


def test_what_is_changed_is_written_and_everything_else_stays(
    window: Window, open_dialog: Open, qtbot: QtBot, file: Path
) -> None:
    dialog = open_dialog()
    line(dialog, "log").setText("school")
    line(dialog, "keep").setText("500")
    line(dialog, "cassandra").setText("db.example.org:9043")
    save(dialog)
    qtbot.waitUntil(lambda: window.settings.dialog is None, timeout=WAIT)
    text = file.read_text()
    assert text.startswith('# mine\ndevice = "desk"  # by the window\npassword = "secret"\nusername = "ada"\n')
    assert text.splitlines()[4:] == ['log = "school"', "keep = 500", 'cassandra = "db.example.org:9043"']
    assert load_settings(find_paths(os.environ), os.environ).keep == 500


def test_nothing_is_written_when_nothing_was_changed_or_it_was_given_up(
    window: Window, open_dialog: Open, qtbot: QtBot, file: Path
) -> None:
    before = file.read_text()
    dialog = open_dialog()
    line(dialog, "log").setText("school")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.settings.dialog is None, timeout=WAIT)
    save(open_dialog())
    qtbot.waitUntil(lambda: window.settings.dialog is None, timeout=WAIT)
    assert file.read_text() == before


@pytest.mark.parametrize(
    ("name", "wrong", "sentence"),
    [
        ("device", "", "This must be 1 to 64 characters on one line."),
        ("keep", "many", "This must be a whole number from 0 to 1000000000."),
        ("cassandra", "db:0", "This must be host[:port], several with commas, or off."),
    ],
)
def test_what_cannot_be_used_is_said_beside_the_field_and_not_saved(
    window: Window, open_dialog: Open, qtbot: QtBot, file: Path, name: str, wrong: str, sentence: str
) -> None:
    before = file.read_text()
    dialog = open_dialog()
    line(dialog, "log").setText("school")
    line(dialog, name).setText(wrong)
    field = dialog.fields[name]
    assert field.sentence.text() == sentence
    assert not field.sentence.isHidden()
    assert field.input.accessibleDescription() == sentence
    save(dialog)
    assert QApplication.focusWidget() is field.input
    assert window.settings.dialog is dialog
    assert file.read_text() == before
    line(dialog, name).setText({"device": "mine", "keep": "1", "cassandra": "off"}[name])
    assert field.sentence.isHidden()
    save(dialog)
    qtbot.waitUntil(lambda: window.settings.dialog is None, timeout=WAIT)
    assert 'log = "school"' in file.read_text()


def test_a_value_in_the_file_that_cannot_be_used_is_named_and_replaced(
    window: Window, open_dialog: Open, qtbot: QtBot, file: Path
) -> None:
    file.write_text('device = "desk"\ntheme = "pink"\nkeep = -1\n')
    dialog = open_dialog()
    assert dialog.fields["theme"].sentence.text() == "theme in the file must be one of system, light, dark, not 'pink'."
    assert "keep in the file must be a whole number" in dialog.fields["keep"].sentence.text()
    assert line(dialog, "keep").text() == "100000"
    save(dialog)
    qtbot.waitUntil(lambda: window.settings.dialog is None, timeout=WAIT)
    assert file.read_text() == 'device = "desk"\ntheme = "system"\nkeep = 100000\n'


def test_what_a_variable_sets_is_shown_with_the_reason_and_cannot_be_changed(
    window: Window, open_dialog: Open, qtbot: QtBot, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DESKTOP_LOG", "from outside")
    monkeypatch.setenv("MNIST_DESKTOP_MODEL", "mlp")
    before = file.read_text()
    dialog = open_dialog()
    assert line(dialog, "log").text() == "from outside"
    assert not line(dialog, "log").isEnabled()
    assert dialog.fields["log"].sentence.text() == "MNIST_DESKTOP_LOG sets this."
    assert box(dialog, "model").currentData() == "mlp"
    assert not box(dialog, "model").isEnabled()
    save(dialog)
    qtbot.waitUntil(lambda: window.settings.dialog is None, timeout=WAIT)
    assert file.read_text() == before


def test_a_theme_and_a_model_count_at_once(window: Window, open_dialog: Open, qtbot: QtBot, file: Path) -> None:
    dialog = open_dialog()
    box(dialog, "theme").setCurrentIndex(box(dialog, "theme").findData("dark"))
    box(dialog, "model").setCurrentIndex(box(dialog, "model").findData("mlp"))
    save(dialog)
    qtbot.waitUntil(lambda: window.status.model_text == "Model: mlp", timeout=WAIT)
    qtbot.waitUntil(lambda: 'model = "mlp"' in file.read_text(), timeout=WAIT)
    assert 'theme = "dark"' in file.read_text()
    assert window.palette().window().color().name() == DARK.window
    assert next(each for each in window.commands.themes.actions() if each.isChecked()).text() == "Dark"


def test_a_file_that_is_damaged_is_told_and_not_touched(window: Window, qtbot: QtBot, file: Path) -> None:
    file.write_text("log = [")
    window.commands.settings.trigger()
    qtbot.waitUntil(lambda: "is damaged" in window.read_tab.notice.text, timeout=WAIT)
    assert window.settings.dialog is None
    assert file.read_text() == "log = ["


def test_what_cannot_be_written_is_said_in_the_dialog_which_keeps_what_was_typed(
    window: Window, open_dialog: Open, qtbot: QtBot, file: Path
) -> None:
    dialog = open_dialog()
    file.unlink()
    file.mkdir()
    line(dialog, "log").setText("school")
    save(dialog)
    qtbot.waitUntil(lambda: not dialog.error.isHidden(), timeout=WAIT)
    assert str(file) in dialog.error.text()
    assert "cannot be read" in dialog.error.text()
    assert window.settings.dialog is dialog
    assert line(dialog, "log").text() == "school"
    dialog.reject()


def test_a_theme_of_the_menu_that_cannot_be_kept_is_told(window: Window, qtbot: QtBot, file: Path) -> None:
    file.write_text("log = [")
    next(each for each in window.commands.themes.actions() if each.text() == "Dark").trigger()
    qtbot.waitUntil(lambda: "is damaged" in window.read_tab.notice.text, timeout=WAIT)


@pytest.mark.parametrize("installed", [True, False])
def test_the_engine_is_offered_where_there_is_another(
    open_dialog: Open, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: installed or None if name == "tensorflow" else find_spec(name)
    )
    assert ("engine" in open_dialog().fields) == installed


def test_tab_goes_round_all_fields_and_each_has_a_name(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog()
    focusable = {
        child
        for child in dialog.findChildren(QWidget)
        if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    reached = set()
    for _ in range(len(focusable) + 5):
        QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    assert {field.input for field in dialog.fields.values()} <= focusable
    assert focusable <= reached
    assert all(child.accessibleName() for child in focusable)

"""A whole session by keys alone, and the focus that one sees on the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.about import About
from mnist_desktop.gui.theme import Theme
from mnist_desktop.gui.window import Window

from .conftest import WAIT, draw_one, records, wait_saved

CONTROL, SHIFT, PLAIN = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)

MOST_STOPS = 60
"""More stops than any tab has: going round ends before."""


def press(window: Window, key: Qt.Key, held: Qt.KeyboardModifier = PLAIN, *, times: int = 1) -> None:
    """Press a key as the window system does: it goes to whatever has the focus."""
    for _ in range(times):
        QTest.keyClick(window.windowHandle(), key, held)


def go_to(window: Window, wanted: QWidget, key: Qt.Key = Qt.Key.Key_Tab) -> None:
    """Press Tab until `wanted` has the focus."""
    for _ in range(MOST_STOPS):
        if wanted.hasFocus():
            return
        press(window, key)
    raise AssertionError(f"Tab does not come to {wanted}")


class FileNamer(QObject):
    """Types the name of a file into the dialog that asks for one, when it comes, and Enter."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.had_focus = False
        self._looking = QTimer(self)
        self._looking.timeout.connect(self._look)
        self._looking.start(20)

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None or not dialog.isActiveWindow():
            return
        self._looking.stop()
        field = dialog.focusWidget()
        self.had_focus = isinstance(field, QLineEdit)
        if isinstance(field, QLineEdit):
            QTest.keyClicks(field, str(self._path))
            QTest.keyClick(field, Qt.Key.Key_Return)
        else:
            # Nobody else would end it.
            QTest.keyClick(dialog, Qt.Key.Key_Escape)


# Of Qt's own file dialog, on the offscreen platform.
@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)", extend=True)
def test_a_session_by_keys_alone(window: Window, qtbot: QtBot, home: Path, sample_picture: Path) -> None:
    tab, history = window.read_tab, window.history_tab
    press(window, Qt.Key.Key_K, CONTROL)
    assert tab.canvas.hasFocus()
    press(window, Qt.Key.Key_Up, SHIFT, times=3)
    press(window, Qt.Key.Key_Space)
    press(window, Qt.Key.Key_Down, SHIFT, times=6)
    press(window, Qt.Key.Key_Space)
    wait_saved(qtbot, window)
    assert tab.answer.answer.large == "1"
    press(window, Qt.Key.Key_7)
    qtbot.waitUntil(lambda: "it was 7" in tab.answer.answer.sentence, timeout=WAIT)

    namer = FileNamer(sample_picture)
    press(window, Qt.Key.Key_O, CONTROL)
    assert namer.had_focus
    wait_saved(qtbot, window, 2)
    assert tab.canvas.picture is not None
    # What a window manager does when a dialog closes.
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)

    press(window, Qt.Key.Key_2, CONTROL)
    qtbot.waitUntil(lambda: len(history.model.rows) == 2 and not history.model.busy, timeout=WAIT)
    source = history.filters.source
    go_to(window, source)
    press(window, Qt.Key.Key_Down)
    assert source.currentText() == "Drawings"
    qtbot.waitUntil(lambda: [row.label for row in history.model.rows] == ["1"], timeout=WAIT)

    go_to(window, history.table)
    press(window, Qt.Key.Key_Return)
    assert history.details.isVisible()
    press(window, Qt.Key.Key_Escape)
    assert history.table.hasFocus()
    press(window, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "deleted" in history.actions_row.text, timeout=WAIT)
    assert [record.label for record in records(home) if not record.deleted] != ["1"]
    press(window, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: [row.label for row in history.model.rows] == ["1"], timeout=WAIT)

    with qtbot.waitSignal(window.closed, timeout=WAIT):
        press(window, Qt.Key.Key_Q, CONTROL)
    assert [(record.label, record.corrected or "") for record in records(home)][-1] == ("1", "7")


def around(widget: QWidget, window: Window) -> QImage:
    """What one sees of `widget`, and a little around it."""
    area = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()).adjusted(-4, -4, 4, 4)
    return window.grab(area.intersected(QRect(QPoint(0, 0), window.size()))).toImage()


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK])
@pytest.mark.parametrize("tab", [0, 1, 2], ids=["Read", "History", "Files"])
def test_every_stop_of_tab_is_seen(window: Window, qtbot: QtBot, theme: Theme, tab: int) -> None:
    window.set_theme(theme)
    draw_one(window)
    wait_saved(qtbot, window)
    window.tabs.setCurrentIndex(tab)
    qtbot.waitUntil(lambda: tab != 1 or bool(window.history_tab.model.rows), timeout=WAIT)
    window.resize(QSize(1000, 680))
    unseen: list[str] = []
    stops: set[QWidget] = set()
    press(window, Qt.Key.Key_Tab)
    while (stop := QApplication.focusWidget()) not in stops and len(stops) < MOST_STOPS:
        assert stop is not None
        stops.add(stop)
        with_focus = around(stop, window)
        stop.clearFocus()
        if around(stop, window) == with_focus and not isinstance(stop, QComboBox):
            unseen.append(f"{type(stop).__name__} {stop.accessibleName()}")
        stop.setFocus(Qt.FocusReason.TabFocusReason)
        press(window, Qt.Key.Key_Tab)
    assert len(stops) > 2
    assert not unseen


def test_all_keys_that_about_names_are_those_of_an_action(window: Window) -> None:
    about = About(window)
    named = re.findall(r"(?:Ctrl\+)(?:Shift\+)?[\w,](?=[,<])", about.informativeText())
    known = {sequence.toString() for action in window.findChildren(QAction) for sequence in action.shortcuts()}
    assert len(named) >= 10
    assert set(named) <= known
    about.close()

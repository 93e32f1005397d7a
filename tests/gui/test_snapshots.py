"""Every state of the window in every look, searched for what is cut off, covered, squeezed or of another theme."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from layout_flaws import flaws, places
from PySide6.QtCore import QSize
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from window_states import Tour, rest, window_of

from mnist_desktop.gui.theme import Theme
from mnist_desktop.gui.window import Window

from .conftest import draw_one, wait_saved

PATIENCE_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Look:
    """A theme and a size of the window."""

    theme: Theme
    size: tuple[int, int]

    def put_on(self, window: QWidget) -> None:
        """Make `window` look so; a dialog keeps its own size."""
        around = window_of(window)
        around.set_theme(self.theme)
        if around is window:
            window.resize(*self.size)
        # What came just now is still being laid out.
        rest(20)


USUAL = Look(theme=Theme.LIGHT, size=(1000, 680))

LOOKS = (Look(theme=Theme.LIGHT, size=(900, 600)), Look(theme=Theme.DARK, size=(1280, 800)))


class Inspection:
    """Looks for flaws in every look, and whether all is where it was when the window has its usual look again."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.states: list[str] = []

    def look_at(self, window: QWidget, state: str) -> None:
        """Inspect one state of the window."""
        self.states.append(state)
        USUAL.put_on(window)
        before = places(window)
        for look in LOOKS:
            look.put_on(window)
            self._say(state, look, flaws(window))
            if isinstance(window, Window) and window.size() != QSize(*look.size):
                self._say(state, look, [f"the window is {window.width()}×{window.height()}"])
        USUAL.put_on(window)
        after = places(window)
        moved = [what for what in before.keys() | after.keys() if before.get(what) != after.get(what)]
        self._say(state, USUAL, [f"{what}: {before.get(what)} became {after.get(what)}" for what in moved])

    def _say(self, state: str, look: Look, flaws: Iterable[str]) -> None:
        self.found.extend(f"{state}, {look.theme} {look.size}: {flaw}" for flaw in flaws)


@pytest.fixture
def font(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """The system's font, so many times as large as usual."""
    plain = QFont(qapp.font())
    larger = QFont(plain)
    larger.setPointSizeF(plain.pointSizeF() * request.param)
    qapp.setFont(larger)
    yield
    qapp.setFont(plain)


@pytest.mark.timeout(PATIENCE_SECONDS)
@pytest.mark.parametrize("font", [1.0, 2.0], indirect=True)
@pytest.mark.usefixtures("font")
def test_no_state_is_broken_in_any_look(tmp_path: Path) -> None:
    inspection = Inspection()
    Tour(inspection.look_at).all(tmp_path)
    assert not inspection.found, "\n".join(inspection.found)
    asked = {"1-empty", "2-drawing", "3-answer", "4-unsure", "4-blank", "6-error", "8-not-saved"}
    assert asked <= set(inspection.states)


@pytest.mark.timeout(PATIENCE_SECONDS)
def test_nor_on_a_screen_of_200_percent(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "tools" / "take_screenshots.py"
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "dark", "900x600"],
        env={**os.environ, "QT_SCALE_FACTOR": "2"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*.png"))) > 15


# --- that it bites ---------------------------------------------------------------------------------------------------


def cover_the_canvas(window: Window) -> None:
    window.read_tab.last_readings.move(window.read_tab.canvas.pos())


def push_the_answer_out(window: Window) -> None:
    answer = window.read_tab.answer
    answer.move(window.width() - 20, answer.y())


def squeeze_the_answer(window: Window) -> None:
    window.read_tab.answer.resize(60, 40)


def make_a_button_too_narrow(window: Window) -> None:
    button = next(each for each in window.read_tab.findChildren(QPushButton) if each.text() == "Eraser")
    button.resize(30, button.height())


def write_more_than_fits(window: Window) -> None:
    label = window.read_tab.it_was.findChild(QLabel)
    assert isinstance(label, QLabel)
    label.setText("What the person thinks that it really was")
    label.resize(40, label.height())


def shorten_without_saying_so(window: Window) -> None:
    window.status.set_model("Model: one with a very long name " * 10)


def keep_another_themes_colours(window: Window) -> None:
    window.read_tab.setStyleSheet("QWidget { background: #1e2227; }")


BROKEN: tuple[tuple[Callable[[Window], None], str], ...] = (
    (cover_the_canvas, "one over the other"),
    (push_the_answer_out, "is cut off"),
    (squeeze_the_answer, "is squeezed"),
    (make_a_button_too_narrow, "of “Eraser”"),
    (write_more_than_fits, "is wide"),
    (shorten_without_saying_so, "no tool tip has all of it"),
    (keep_another_themes_colours, "of the other theme's surface"),
)


@pytest.mark.parametrize(("break_it", "said"), BROKEN, ids=[each.__name__ for each, _ in BROKEN])
def test_a_broken_layout_is_noticed(
    make_window: Callable[..., Window], qtbot: QtBot, break_it: Callable[[Window], None], said: str
) -> None:
    window = make_window()
    USUAL.put_on(window)
    draw_one(window)
    wait_saved(qtbot, window)
    assert flaws(window) == []
    break_it(window)
    assert any(said in flaw for flaw in flaws(window)), flaws(window)

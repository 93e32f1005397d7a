"""Several digits on one sheet or in one picture: each is seen, looked at, corrected and recorded by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.log.record import Record
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import Reader, open_reader

from .conftest import WAIT, draw, records, wait_saved

Make = Callable[..., Window]

HEIGHT = 110
"""Of a digit that these tests draw, in pixels of the canvas."""


def real_reader() -> Reader:
    return open_reader(load_model(shipped("model") / "digits"))


@pytest.fixture
def window(make_window: Make) -> Window:
    """A wide window that reads with the shipped model."""
    window = make_window(open_reader=real_reader)
    window.resize(1200, 700)
    return window


def write(window: Window, digit: int, left: int, top: int = 150, height: int = HEIGHT) -> None:
    """Draw a sample digit with the mouse, its box beginning at `left` and `top`."""
    drawing = next(read_ink_file(shipped("resources") / "drawings" / f"{digit}.json")).drawing
    x0, y0, _, y1 = drawing.bounds()
    scale = height / (y1 - y0)
    for stroke in drawing.strokes:
        points = [(round(left + (x - x0) * scale), round(top + (y - y0) * scale)) for x, y in stroke.points]
        draw(window.read_tab.canvas, *points)


def wait_read(qtbot: QtBot, window: Window, text: str) -> None:
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == text, timeout=WAIT)


def in_order(home: Path) -> list[Record]:
    """The records of the one drawing that the journal holds, by position."""
    held = records(home)
    assert len({record.drawing for record in held}) == 1
    return sorted(held, key=lambda record: record.position or 0)


def labels(window: Window) -> list[str]:
    return [button.digit.label for button in window.read_tab.strip.buttons]


def picture_of(text: str, folder: Path) -> Path:
    """A picture of printed digits, lines parted by a line feed."""
    lines = text.split("\n")
    image = Image.new("RGB", (60 + 50 * max(map(len, lines)), 40 + 100 * len(lines)), "white")
    paint = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        paint.text((30, 20 + 100 * number), line, fill="black", font=ImageFont.load_default(60))
    path = folder / "number.png"
    image.save(path)
    return path


# --- what one sees ---


def test_one_digit_shows_nothing_more_than_before(window: Window, qtbot: QtBot, home: Path) -> None:
    write(window, 4, 100)
    wait_saved(qtbot, window)
    tab = window.read_tab
    assert tab.answer.answer.large == "4"
    assert tab.strip.isHidden()
    assert not tab.strip.buttons
    (record,) = records(home)
    assert (record.drawing, record.position) == (None, None)


def test_a_number_is_shown_large_and_digit_by_digit(window: Window, qtbot: QtBot) -> None:
    for place, digit in enumerate((3, 0, 7)):
        write(window, digit, 60 + 150 * place)
    wait_read(qtbot, window, "307")
    tab = window.read_tab
    assert "3 digits" in tab.answer.answer.sentence
    assert labels(window) == ["3", "0", "7"]
    assert "307" in tab.answer.accessibleDescription()
    assert all(f"Digit {place} of 3: " in each.accessibleName() for place, each in enumerate(tab.strip.buttons, 1))

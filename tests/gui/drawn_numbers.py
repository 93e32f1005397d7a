"""Writes numbers with the mouse on the canvas of a real window that reads with the shipped model, and looks them up."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.record import Record
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import Reader, open_reader

from .conftest import WAIT, draw, records

HEIGHT = 110
"""Of a digit that these tests draw, in pixels of the canvas."""


def real_reader() -> Reader:
    return open_reader(load_model(shipped("model") / "digits"))


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


def held_version(home: Path, record_id: UUID) -> Record:
    """What the journal holds of a record, deleted or not."""
    log = Log(LogOptions(journal=home / "journal.sqlite", hosts=()))
    try:
        entry = log.held(record_id)
    finally:
        log.close()
    assert entry is not None
    return entry.record


def best(window: Window) -> str:
    """What the bars say."""
    bars = window.read_tab.bars
    assert bars.probabilities is not None
    return bars.labels[max(range(len(bars.labels)), key=bars.probabilities.__getitem__)]


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

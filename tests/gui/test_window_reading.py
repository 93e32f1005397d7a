"""Glyph, bars and answer follow the pen, and labels are the model's own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.window import Window
from mnist_desktop.ink.glyph import Glyph
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
    wait_saved,
)

Make = Callable[..., Window]


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
    for _ in range(9):
        let.release()

"""What decided is shown when it is wanted: with every reading while that is quick, otherwise when the pen rests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.explaining import Explaining
from mnist_desktop.gui.preview import Overlay
from mnist_desktop.gui.readings import Explained, ExplainRequest, Explanation
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.glyph import SIDE, Glyph
from mnist_desktop.recognition.classifier import ModelError, Prediction
from mnist_desktop.recognition.explain import occlusion_map
from mnist_desktop.recognition.reader import Reader, Reading, Verdict

from .conftest import WAIT, WidthClassifier, draw, draw_one, modest_reader

Make = Callable[..., Window]

NEVER = 3600.0
"""A rest that no test lives to see, and a time that every explanation keeps within."""

READING = Reading(
    glyph=Glyph(levels=np.eye(SIDE, dtype=np.uint8)),
    prediction=None,
    verdict=Verdict.UNSURE,
    seconds=0.0,
    model="modest",
)


class CountingClassifier(WidthClassifier):
    """Remembers how many glyphs it was asked at once."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        self.asked.append(len(glyphs))
        return super().predict(glyphs)


def shown_overlay(window: Window) -> Overlay:
    overlay = window.read_tab.preview.overlay
    assert overlay is not None
    return overlay


def shown_glyph(window: Window) -> Glyph:
    levels = window.read_tab.preview.levels
    assert levels is not None
    return Glyph(levels=np.frombuffer(levels, np.uint8).reshape(SIDE, SIDE).copy())


def draw_foot(window: Window) -> None:
    """A 0 to the modest classifier for the end of its foot alone, without which it is narrow."""
    draw(window.read_tab.canvas, (100, 60), (100, 150), (100, 240), (160, 240), (225, 240))


def move_to_another_glyph(qtbot: QtBot, window: Window, to: QPoint) -> None:
    """Move the pen that is down, and wait until the preview shows what became of the glyph."""
    before = window.read_tab.preview.levels
    QTest.mouseMove(window.read_tab.canvas, to)
    qtbot.waitUntil(lambda: window.read_tab.preview.levels != before, timeout=WAIT)


def wait_for_overlay(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(lambda: window.read_tab.preview.overlay is not None, timeout=WAIT)


def wait_for_answer(qtbot: QtBot, window: Window, large: str) -> None:
    qtbot.waitUntil(lambda: window.read_tab.answer.answer.large == large, timeout=WAIT)


def test_nobody_is_asked_what_decided_until_somebody_wants_to_know(make_window: Make, qtbot: QtBot) -> None:
    classifier = CountingClassifier()
    window = make_window(open_reader=lambda: Reader(modest_reader().model, classifier))
    draw_one(window)
    qtbot.waitUntil(lambda: window.saved_count == 1, timeout=WAIT)
    assert set(classifier.asked) == {1}
    assert window.read_tab.preview.overlay is None


def test_the_button_shows_what_decided_about_the_glyph_at_once_and_takes_it_away(window: Window, qtbot: QtBot) -> None:
    tab = window.read_tab
    draw_foot(window)
    wait_for_answer(qtbot, window, "0")
    plain = tab.preview.grab().toImage()
    QTest.mouseClick(tab.explain, Qt.MouseButton.LeftButton)
    wait_for_overlay(qtbot, window)
    weights = shown_overlay(window).weights
    np.testing.assert_array_equal(weights, occlusion_map(WidthClassifier(), shown_glyph(window)))
    assert weights.max() > 1
    row, column = np.unravel_index(weights.argmax(), weights.shape)
    cell = tab.preview.width() // SIDE
    place = QPoint(1 + int(column) * cell + cell // 2, 1 + int(row) * cell + cell // 2)
    painted = tab.preview.grab().toImage().pixelColor(place)
    assert painted.red() > painted.blue() + 100
    assert plain.pixelColor(place).red() == plain.pixelColor(place).blue() == 255
    QTest.mouseClick(tab.explain, Qt.MouseButton.LeftButton)
    assert tab.preview.overlay is None
    assert tab.preview.grab().toImage() == plain


def test_a_quick_model_explains_while_the_pen_moves(
    make_window: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_desktop.gui.explaining.QUICK_SECONDS", NEVER)
    window = make_window(rest_seconds=NEVER)
    canvas = window.read_tab.canvas
    window.read_tab.explain.click()
    draw_one(window)
    wait_for_answer(qtbot, window, "1")
    # How quick it is shows with the first explanation, for which the person asks once more here.
    window.read_tab.explain.click()
    window.read_tab.explain.click()
    wait_for_overlay(qtbot, window)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(160, 60))
    for x in (200, 240, 280):
        move_to_another_glyph(qtbot, window, QPoint(x, 240))
        np.testing.assert_array_equal(
            shown_overlay(window).weights, occlusion_map(WidthClassifier(), shown_glyph(window))
        )
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(280, 240))


def test_a_slow_model_is_not_asked_while_the_pen_moves(
    make_window: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_desktop.gui.explaining.QUICK_SECONDS", -1.0)
    explained: list[Glyph] = []

    class Watched(Reader):
        def explain(self, glyph: Glyph, prediction: Prediction | None = None) -> NDArray[np.float32]:
            explained.append(glyph)
            return super().explain(glyph, prediction)

    window = make_window(open_reader=lambda: Watched(modest_reader().model, WidthClassifier()), rest_seconds=NEVER)
    tab = window.read_tab
    draw_one(window)
    wait_for_answer(qtbot, window, "1")
    tab.explain.click()
    wait_for_overlay(qtbot, window)
    explained.clear()
    QTest.mousePress(tab.canvas, Qt.MouseButton.LeftButton, pos=QPoint(160, 60))
    for x in (200, 240, 280):
        move_to_another_glyph(qtbot, window, QPoint(x, 240))
        assert tab.preview.overlay is None
    assert not explained
    QTest.mouseRelease(tab.canvas, Qt.MouseButton.LeftButton, pos=QPoint(280, 240))


def test_when_the_pen_rests_what_is_shown_last_is_explained(qtbot: QtBot) -> None:
    explaining = Explaining(0.0)
    explaining.switch(True)
    with qtbot.waitSignal(explaining.wanted, timeout=WAIT) as wanted:
        for revision in (1, 2, 3):
            explaining.shown(revision, READING, None)
    assert wanted.args is not None
    assert wanted.args[0].revision == 3
    explaining.shown(4, READING, None)
    explaining.forget()
    with qtbot.assertNotEmitted(explaining.wanted):
        QApplication.processEvents()


def test_an_opened_picture_is_explained_too(window: Window, qtbot: QtBot, sample_picture: Path) -> None:
    window.read_tab.explain.click()
    window.read_tab.open_files([sample_picture])
    wait_for_overlay(qtbot, window)
    np.testing.assert_array_equal(shown_overlay(window).weights, occlusion_map(WidthClassifier(), shown_glyph(window)))


def test_an_empty_canvas_has_nothing_that_decided(window: Window, qtbot: QtBot) -> None:
    window.read_tab.explain.click()
    draw_one(window)
    wait_for_overlay(qtbot, window)
    window.commands.clear.trigger()
    assert window.read_tab.preview.overlay is None


def test_an_engine_that_breaks_while_it_explains_is_told_and_the_reading_stays(make_window: Make, qtbot: QtBot) -> None:
    class Broken(WidthClassifier):
        def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
            if len(glyphs) > 1:
                raise ModelError("The engine has stopped.")
            return super().predict(glyphs)

    window = make_window(open_reader=lambda: Reader(modest_reader().model, Broken()))
    draw_one(window)
    wait_for_answer(qtbot, window, "1")
    with qtbot.waitSignal(window.reading_worker.failed, timeout=WAIT) as failed:
        window.read_tab.explain.click()
    assert failed.args is not None
    assert "The engine has stopped" in failed.args[0]
    assert window.read_tab.preview.overlay is None
    assert window.read_tab.answer.answer.large == "1"


def test_an_explanation_of_what_is_no_longer_shown_is_dropped(qtbot: QtBot) -> None:
    explaining = Explaining(NEVER)
    wanted: list[ExplainRequest] = []
    overlays: list[Overlay | None] = []
    explaining.wanted.connect(wanted.append)
    explaining.overlay_changed.connect(overlays.append)
    overlay = Overlay(pixels=bytes(3 * SIDE * SIDE), weights=np.zeros((SIDE, SIDE), np.float32))
    explanation = Explanation(overlay=overlay, seconds=0.001)

    explaining.shown(1, READING, None)
    explaining.switch(True)
    explaining.shown(2, READING, None)
    assert [request.revision for request in wanted] == [1]
    explaining.explained(Explained(request=wanted[0], explanation=explanation))
    assert overlays == []
    explaining.switch(True)
    explaining.explained(Explained(request=wanted[1], explanation=explanation))
    assert overlays == [overlay]
    assert explaining.live
    explaining.switch(False)
    explaining.explained(Explained(request=wanted[1], explanation=explanation))
    assert overlays == [overlay, None]
    assert not explaining.live
    explaining.forget()


# Qt's offscreen platform says this of every tooltip.
@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_hovering_tells_the_weight_without_the_colour(window: Window, qtbot: QtBot) -> None:
    preview = window.read_tab.preview
    draw_foot(window)
    wait_for_answer(qtbot, window, "0")
    window.read_tab.explain.click()
    wait_for_overlay(qtbot, window)
    weights = shown_overlay(window).weights
    row, column = np.unravel_index(weights.argmax(), weights.shape)
    cell = preview.width() // SIDE
    place = QPoint(1 + int(column) * cell + cell // 2, 1 + int(row) * cell + cell // 2)
    QApplication.sendEvent(preview, QHelpEvent(QHelpEvent.Type.ToolTip, place, preview.mapToGlobal(place)))
    assert f"for the answer ({weights.max():+.1f})" in QToolTip.text()
    QToolTip.hideText()

"""The slider of the threshold shows how far it is from where the program would have it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.picture_controls import STEPS, ThresholdSlider
from mnist_desktop.gui.theme import Theme, apply_theme

WIDTH = 300


@pytest.fixture(params=[Theme.LIGHT, Theme.DARK])
def accent(qapp: object, request: pytest.FixtureRequest) -> QColor:
    return QColor(apply_theme(request.param).accent)


@pytest.fixture
def slider(qtbot: QtBot, accent: QColor) -> ThresholdSlider:
    slider = ThresholdSlider()
    qtbot.addWidget(slider)
    slider.resize(WIDTH, slider.sizeHint().height())
    slider.show()
    return slider


def filled(slider: ThresholdSlider, colour: QColor) -> list[int]:
    """The columns in which the track has that colour."""
    image = slider.grab().toImage()
    return [x for x in range(image.width()) if any(image.pixelColor(x, y) == colour for y in range(image.height()))]


def test_nothing_is_filled_where_the_program_decides(slider: ThresholdSlider, accent: QColor) -> None:
    assert filled(slider, accent) == []


@pytest.mark.parametrize("direction", list(Qt.LayoutDirection)[:2])
def test_what_is_filled_reaches_from_the_middle_to_the_handle(
    slider: ThresholdSlider, accent: QColor, direction: Qt.LayoutDirection
) -> None:
    slider.setLayoutDirection(direction)
    mirrored = direction is Qt.LayoutDirection.RightToLeft
    for value in (-STEPS // 2, STEPS // 2):
        slider.setValue(value)
        columns = filled(slider, accent)
        on_the_left = (value < 0) is not mirrored
        assert len(columns) > WIDTH // 8
        assert all((column < WIDTH // 2) is on_the_left for column in columns)
        assert min(abs(column - WIDTH // 2) for column in columns) <= 2


def test_what_cannot_be_moved_is_not_filled(slider: ThresholdSlider, accent: QColor) -> None:
    slider.setValue(STEPS)
    slider.setEnabled(False)
    assert filled(slider, accent) == []

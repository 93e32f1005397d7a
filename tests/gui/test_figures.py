"""The figures behind glyph and bars: under the pointer, and for screen readers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.bars import ProbabilityBars
from mnist_desktop.gui.preview import CELL, SIDE, GlyphPreview

# A tool tip is a window, which the offscreen platform cannot raise.
pytestmark = pytest.mark.qt_log_ignore("does not support raise")


@pytest.fixture
def preview(qtbot: QtBot) -> GlyphPreview:
    preview = GlyphPreview()
    qtbot.addWidget(preview)
    levels = bytearray(SIDE * SIDE)
    levels[5 * SIDE + 7] = 255
    preview.set_levels(bytes(levels))
    preview.resize(preview.sizeHint())
    preview.show()
    return preview


@pytest.fixture
def bars(qtbot: QtBot) -> ProbabilityBars:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.resize(300, 200)
    bars.set_probabilities((0.0625, 0.5, 0.25, 0.125, 0.0625, 0, 0, 0, 0, 0))
    bars.show()
    return bars


def test_the_level_under_the_pointer_goes_along_with_it(preview: GlyphPreview) -> None:
    for column, level in ((6, 0), (7, 255), (8, 0)):
        QTest.mouseMove(preview, QPoint(1 + CELL * column + 3, 1 + CELL * 5 + 3))
        assert QToolTip.text() == f"row 5, column {column}: {level}"
    QTest.mouseMove(preview, QPoint(0, 0))


def test_the_exact_figure_of_a_bar_goes_along_with_the_pointer(bars: ProbabilityBars) -> None:
    for row, figure in ((1, "1: 0.500000"), (4, "4: 0.062500"), (9, "9: 0.000000")):
        QTest.mouseMove(bars, QPoint(150, 20 * row + 10))
        assert QToolTip.text() == figure


def test_a_screen_reader_gets_all_figures_the_largest_first(bars: ProbabilityBars) -> None:
    spoken = bars.accessibleDescription().split(", ")
    assert spoken[:3] == ["1 50.0 %", "2 25.0 %", "3 12.5 %"]
    assert sorted(entry.split()[0] for entry in spoken) == list("0123456789")

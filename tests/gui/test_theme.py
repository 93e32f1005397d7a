"""Colours that everybody can read, in both themes."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.theme import DARK, LIGHT, Colours, Theme, apply_theme, contrast

READABLE = 4.5
"""WCAG 2.2, success criterion 1.4.3 (AA)."""

SEEN = 3.0
"""WCAG 2.2, success criterion 1.4.11: what one must see to use a control."""


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    # The grey that WebAIM's checker gives as the first to fail on white.
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_all_text_reads(colours: Colours) -> None:
    poor = {pair: contrast(*pair) for pair in colours.text_pairs if contrast(*pair) < READABLE}
    assert not poor


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_borders_and_bars_are_seen(colours: Colours) -> None:
    for back in (colours.window, colours.surface, colours.paper):
        assert contrast(colours.border, back) >= SEEN
    for bar in (colours.accent, colours.border):
        assert contrast(bar, colours.surface) >= SEEN


def test_the_chosen_theme_is_the_palette(qapp: QApplication, qtbot: QtBot) -> None:
    assert apply_theme(qapp, Theme.DARK) is DARK
    assert qapp.palette().window().color().name() == DARK.window
    assert apply_theme(qapp, Theme.LIGHT) is LIGHT
    assert qapp.palette().window().color().name() == LIGHT.window

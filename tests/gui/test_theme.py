"""Colours that everybody can read, in both themes."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QMessageBox, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.icons import icon
from mnist_desktop.gui.theme import DARK, LIGHT, Colours, Theme, apply_theme, contrast, palette, style_sheet
from mnist_desktop.gui.window import Window

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


def test_the_chosen_theme_is_the_palette(qapp: QApplication) -> None:
    assert apply_theme(Theme.DARK) is DARK
    assert qapp.palette().window().color().name() == DARK.window
    assert apply_theme(Theme.LIGHT) is LIGHT
    assert qapp.palette().window().color().name() == LIGHT.window


class StyleChanges(QObject):
    """Counts how often each widget is told of a new style."""

    def __init__(self) -> None:
        super().__init__()
        self.told: Counter[QObject] = Counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if event.type() is QEvent.Type.StyleChange:
            self.told[watched] += 1
        return False


def test_another_theme_is_told_to_no_widget_again_and_again(window: Window) -> None:
    # The style sheet of the application told some 13 times, and the window stood still for 60 ms and more.
    changes = StyleChanges()
    for widget in window.findChildren(QWidget):
        widget.installEventFilter(changes)
    window.set_theme(Theme.DARK)
    assert window.read_tab.it_was in changes.told
    assert max(changes.told.values()) <= 4


def changes_at_once(window: Window, theme: Theme) -> Counter[QObject]:
    """Which widgets were told of a new style before anything else could happen."""
    changes = StyleChanges()
    for widget in window.findChildren(QWidget):
        widget.installEventFilter(changes)
    window.set_theme(theme)
    told = changes.told.copy()
    for widget in window.findChildren(QWidget):
        widget.removeEventFilter(changes)
    return told


def test_a_page_that_nobody_sees_takes_another_theme_later(window: Window, qtbot: QtBot) -> None:
    # Three quarters of all widgets are in the pages behind the one that is seen: 20 ms of a switch's 35.
    window.tabs.setCurrentWidget(window.history_tab)
    window.tabs.setCurrentWidget(window.read_tab)
    told = changes_at_once(window, Theme.DARK)
    assert window.read_tab.it_was in told
    assert window.history_tab.filters.digit not in told
    button = window.history_tab.filters.more
    qtbot.waitUntil(
        lambda: DARK.control in window.history_tab.styleSheet() and DARK.control in window.batch_tab.styleSheet()
    )
    window.tabs.setCurrentWidget(window.history_tab)
    assert button.grab().toImage().pixelColor(6, button.height() // 2).name() == DARK.control


def test_a_page_shown_before_its_turn_has_the_theme_at_once(window: Window) -> None:
    window.tabs.setCurrentWidget(window.history_tab)
    window.tabs.setCurrentWidget(window.read_tab)
    window.set_theme(Theme.DARK)
    window.tabs.setCurrentWidget(window.history_tab)
    button = window.history_tab.filters.more
    assert button.grab().toImage().pixelColor(6, button.height() // 2).name() == DARK.control


def test_the_same_colours_again_cost_nothing(window: Window) -> None:
    window.set_theme(Theme.LIGHT)
    assert not changes_at_once(window, Theme.LIGHT)


def test_the_icons_of_a_theme_are_painted_once() -> None:
    assert icon("undo", DARK.text, DARK.border).cacheKey() == icon("undo", DARK.text, DARK.border).cacheKey()


def test_what_opens_from_the_window_has_its_theme(window: Window, qtbot: QtBot) -> None:
    # From the first look at it on it was the tooltips' own.
    QToolTip.palette()
    window.set_theme(Theme.LIGHT)
    window.set_theme(Theme.DARK)
    window.commands.about.trigger()
    (box,) = window.findChildren(QMessageBox)
    qtbot.waitUntil(box.isVisible)
    button = box.buttons()[0]
    assert button.grab().toImage().pixelColor(6, button.height() // 2).name() in (DARK.control, DARK.accent)
    box.close()
    hint = QToolTip.palette()
    assert hint.color(QPalette.ColorRole.ToolTipBase).name() == DARK.surface
    assert hint.color(QPalette.ColorRole.ToolTipText).name() == DARK.text


def pairs_in(style: str) -> dict[str, tuple[str, str]]:
    """Text and background of every rule of a style sheet that sets one of them, the other from the plain selector."""
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", style)
    said: dict[str, dict[str, str]] = {}
    for selectors, body in rules:
        colours = dict(re.findall(r"(?<![\w-])(background|color):\s*(#[0-9a-f]{6})", body))
        for selector in selectors.split(","):
            said.setdefault(selector.strip(), {}).update(colours)
    pairs = {}
    for selector, own in said.items():
        if not own or ":disabled" in selector:
            # WCAG exempts what cannot be used at the moment.
            continue
        plain = re.sub(r"(\[[^\]]*\])|((?<!:):(?!:)[\w-]+)", "", selector)
        both = {**said.get(plain, {}), **own}
        if len(both) == 2:
            pairs[selector] = (both["color"], both["background"])
    return pairs


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_rule_of_the_style_sheet_reads(colours: Colours) -> None:
    pairs = pairs_in(style_sheet(colours))
    assert {'QPushButton[compact="yes"]:checked', "QPushButton:pressed", "QTabBar::tab:focus", "QMenu"} <= set(pairs)
    poor = {rule: round(contrast(*pair), 2) for rule, pair in pairs.items() if contrast(*pair) < READABLE}
    assert not poor


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_role_of_the_palette_reads(colours: Colours) -> None:
    made, role = palette(colours), QPalette.ColorRole
    for text, back in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.Text, role.AlternateBase),
        (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight),
        (role.ToolTipText, role.ToolTipBase),
        (role.PlaceholderText, role.Base),
        (role.Link, role.Base),
    ):
        assert contrast(made.color(text).name(), made.color(back).name()) >= READABLE, (text, back)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_keys_pen_is_seen_on_paper_and_on_ink(colours: Colours) -> None:
    # A ring of the accent within one of the paper's colour: one of the two is seen wherever it is.
    assert contrast(colours.accent, colours.paper) >= SEEN
    assert contrast(colours.paper, colours.ink) >= SEEN


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        self.count += event.type() is QEvent.Type.Paint
        return False


def test_another_theme_is_painted_in_the_page_that_is_seen(window: Window, qtbot: QtBot) -> None:
    # A grab would paint by itself: this is about what comes to the screen.
    window.tabs.setCurrentWidget(window.history_tab)
    qtbot.waitUntil(lambda: not window.history_tab.model.busy)
    paints = Paints()
    window.history_tab.filters.more.installEventFilter(paints)
    for theme in (Theme.DARK, Theme.LIGHT):
        paints.count = 0
        window.set_theme(theme)
        qtbot.waitUntil(lambda: paints.count > 0)

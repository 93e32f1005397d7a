"""One visual language for the whole window: palettes for light and dark, spacing, and a type scale."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

SPACE = 8
"""The unit of every margin and gap, in device-independent pixels."""

RADIUS = 8
"""Corner radius of cards and buttons, in device-independent pixels."""


class Theme(StrEnum):
    """What the person chose; `system` follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, kw_only=True)
class Colours:
    """The colours of one theme as `#rrggbb`; what is text reads at 4.5:1 or more on every background here."""

    window: str
    surface: str
    paper: str
    ink: str
    text: str
    muted: str
    border: str
    control: str
    accent: str
    on_accent: str
    track: str
    good: str
    warning: str
    error: str

    @property
    def text_pairs(self) -> tuple[tuple[str, str], ...]:
        """Every pair of text and background that the window uses."""
        texts = (self.text, self.muted, self.accent, self.good, self.warning, self.error)
        on_surfaces = tuple((text, back) for text in texts for back in (self.window, self.surface, self.control))
        return (*on_surfaces, (self.ink, self.paper), (self.muted, self.paper), (self.on_accent, self.accent))


LIGHT = Colours(
    window="#f3f5f8",
    surface="#ffffff",
    paper="#ffffff",
    ink="#15181c",
    text="#1b1f24",
    muted="#57606a",
    border="#848d97",
    control="#e9edf2",
    accent="#0b57d0",
    on_accent="#ffffff",
    track="#dfe4ea",
    good="#1a6334",
    warning="#8a4300",
    error="#b3261e",
)

DARK = Colours(
    window="#15181c",
    surface="#1e2227",
    paper="#0f1215",
    ink="#f2f4f7",
    text="#e8eaed",
    muted="#a8b1bb",
    border="#727c87",
    control="#2b3138",
    accent="#8ab4f8",
    on_accent="#0b1a33",
    track="#343b43",
    good="#81c995",
    warning="#f6b26b",
    error="#f5b5b0",
)

STYLED = "mnistDesktopStyle"
"""Property of the application: which style it was given."""

TYPE_SCALE = {"small": 0.88, "body": 1.0, "strong": 1.25, "answer": 4.5}
"""Sizes of text as multiples of the desktop's own, so that a large system font stays large."""


def contrast(first: str, second: str) -> float:
    """Contrast of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance of a `#rrggbb` colour (WCAG 2.2, "relative luminance")."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def colours_for(theme: Theme) -> Colours:
    """The colours of `theme`; `system` asks the desktop."""
    if theme is Theme.SYSTEM:
        dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if theme is Theme.DARK else LIGHT


def scaled_font(font: QFont, step: str, *, bold: bool = False) -> QFont:
    """`font` at a step of the type scale."""
    scaled = QFont(font)
    if font.pointSizeF() > 0:
        scaled.setPointSizeF(font.pointSizeF() * TYPE_SCALE[step])
    else:
        scaled.setPixelSize(round(font.pixelSize() * TYPE_SCALE[step]))
    scaled.setBold(bold)
    return scaled


def apply_theme(theme: Theme) -> Colours:
    """Give the application the palette of `theme`; returns its colours, for all that a palette cannot reach."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    colours = colours_for(theme)
    # Native styles ignore parts of a palette; Fusion follows all of it and looks the same on every desktop.
    if application.property(STYLED) is None:
        # Once: a new style polishes every widget anew.
        application.setStyle("Fusion")
        application.setProperty(STYLED, "Fusion")
    application.setPalette(palette(colours))
    # The application's reaches them only until the first one was shown.
    QToolTip.setPalette(application.palette())
    return colours


def palette(colours: Colours) -> QPalette:
    """The colours as Qt's own roles, the disabled ones faded but still readable."""
    made = QPalette()
    role = QPalette.ColorRole
    for key, value in {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.window,
        role.Text: colours.text,
        role.Button: colours.control,
        role.ButtonText: colours.text,
        role.BrightText: colours.error,
        role.ToolTipBase: colours.surface,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.muted,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Light: colours.surface,
        role.Midlight: colours.control,
        role.Mid: colours.border,
        role.Dark: colours.border,
        role.Shadow: colours.border,
        role.Accent: colours.accent,
    }.items():
        made.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, key, QColor(colours.border))
    return made


def style_sheet(colours: Colours) -> str:
    """What a palette cannot say: cards, round buttons, a focus ring that is seen."""
    c = colours
    return f"""
        QPushButton {{
            background: {c.control}; color: {c.text}; border: 1px solid {c.border};
            border-radius: {RADIUS}px; padding: 5px 12px; }}
        QPushButton:hover {{ border-color: {c.accent}; }}
        QPushButton:checked {{ background: {c.track}; border-color: {c.accent}; }}
        QPushButton:pressed {{ background: {c.track}; }}
        QPushButton:disabled {{ color: {c.border}; border-color: {c.track}; }}
        QPushButton:focus {{ border: 2px solid {c.accent}; }}
        QTableView:focus {{ border-color: {c.accent}; }}
        QPushButton:focus {{ padding: 4px 11px; }}
        QPushButton[compact="yes"] {{ padding: 4px 6px; }}
        QPushButton[compact="yes"]:focus {{ padding: 3px 5px; }}
        QPushButton[compact="yes"]:checked {{ background: {c.accent}; color: {c.on_accent}; }}
        QPushButton[compact="yes"]:checked:focus {{ border-color: {c.text}; }}
        QComboBox QAbstractItemView {{ background: {c.surface}; color: {c.text};
            selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
        QFrame#card {{ background: {c.surface}; border: 1px solid {c.track}; border-radius: {RADIUS}px; }}
        QFrame#notice {{ background: {c.surface}; border: 1px solid {c.error}; border-radius: {RADIUS}px; }}
        QFrame#notice QLabel {{ color: {c.text}; }}
        QTabBar::tab {{ background: transparent; color: {c.muted}; padding: 8px 18px;
            border-bottom: 3px solid transparent; }}
        QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent}; }}
        QTabBar::tab:hover {{ color: {c.text}; }}
        QTabBar::tab:focus {{ color: {c.accent}; background: {c.control}; }}
        QTableView {{ background: {c.surface}; alternate-background-color: {c.window}; color: {c.text};
            border: 2px solid {c.track}; gridline-color: {c.track};
            selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
        QHeaderView::section {{ background: {c.window}; color: {c.muted}; border: 0;
            border-bottom: 1px solid {c.border}; padding: 6px 3px; }}
        QLabel[tone="muted"] {{ color: {c.muted}; }}
        QLabel[tone="good"] {{ color: {c.good}; }}
        QLabel[tone="warning"] {{ color: {c.warning}; }}
        QLabel[tone="error"] {{ color: {c.error}; }}
        QLabel[tone="accent"] {{ color: {c.accent}; }}
        QStatusBar {{ background: {c.window}; color: {c.text}; border-top: 1px solid {c.track}; }}
        QStatusBar::item {{ border: 0; }}
        QMenuBar {{ background: {c.window}; }}
        QMenuBar::item:selected, QMenu::item:selected {{ background: {c.accent}; color: {c.on_accent}; }}
        QMenu {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; }}
        QMenu::item:disabled {{ color: {c.border}; }}
        QToolTip {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; }}
    """

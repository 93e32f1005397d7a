"""Finds what is wrong with how a window is laid out: cut off, covered, squeezed, shortened without a word, or of
another theme. No pictures to compare with: what holds of every layout holds on every machine and with every font."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenuBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitterHandle,
    QTabBar,
    QTableView,
    QToolButton,
    QWidget,
)

from mnist_desktop.gui.history_cells import Column
from mnist_desktop.gui.status import ElidedLabel
from mnist_desktop.gui.theme import DARK, LIGHT

MADE_OF_PARTS = (QAbstractItemView, QComboBox, QAbstractSpinBox, QLineEdit, QMenuBar, QTabBar)
"""Qt lays these out by itself; they are looked at as a whole."""

TOLD_IN_WORDS = {Column.TIME}
"""Columns of the history whose tool tips say the same as the cell in other words."""

BACKGROUNDS = ("window", "surface", "paper", "control", "track")
"""The colours of a theme that cover areas."""

COLOURED_PIXELS = 3000
"""So many pixels of the other theme's colours are a widget that kept them; edges of letters have a few by chance."""


def flaws(window: QWidget) -> list[str]:
    """A sentence for everything that is wrong with what is seen of `window` now."""
    seen = list(_seen(window))
    checks: tuple[Callable[[QWidget], Iterator[str]], ...] = (
        _cut_off,
        _squeezed,
        _short_of_words,
        _covered,
        _scrolled_sideways,
    )
    found = [f"{path(widget, window)} {flaw}" for widget in seen for check in checks for flaw in check(widget)]
    return [*found, *_of_another_theme(window)]


def places(window: QWidget) -> dict[str, tuple[int, int, int, int]]:
    """Where everything is that one sees: x, y, width and height in the window."""
    found = {}
    for widget in _seen(window):
        corner = widget.mapTo(window, QPoint(0, 0))
        found[path(widget, window)] = (corner.x(), corner.y(), widget.width(), widget.height())
    return found


def path(widget: QWidget, window: QWidget) -> str:
    """What a widget is called here: its class and its words, and those around it."""
    names: list[str] = []
    step: QWidget | None = widget
    while step is not None and step is not window:
        own = step.text() if isinstance(step, (QLabel, QAbstractButton)) else ""
        words = step.accessibleName() or step.objectName() or own
        names.append(f"{type(step).__name__} “{words[:30]}”" if words else type(step).__name__)
        step = step.parentWidget()
    return " in ".join(names[:3]) or type(window).__name__


def _seen(widget: QWidget) -> Iterator[QWidget]:
    yield widget
    if isinstance(widget, MADE_OF_PARTS):
        return
    for child in widget.children():
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow():
            yield from _seen(child)


def _children(widget: QWidget) -> list[QWidget]:
    return [child for child in widget.children() if isinstance(child, QWidget) and child.isVisible()]


def _cut_off(widget: QWidget) -> Iterator[str]:
    around = widget.parentWidget()
    if around is None or widget.isWindow():
        return
    room, place = around.rect(), widget.geometry()
    if isinstance(around.parentWidget(), QScrollArea):
        # Up and down it may be scrolled.
        room = QRect(room.x(), place.y(), room.width(), place.height())
    if not room.contains(place):
        yield f"is cut off: {_said(place)} in {_said(room)}"
    if place.isEmpty():
        yield "has no room at all"


def _squeezed(widget: QWidget) -> Iterator[str]:
    """Smaller than it says it can be; a layout only does that when it has no other way."""
    least, policy = widget.minimumSizeHint(), widget.sizePolicy()
    if widget.isWindow() or isinstance(widget, (QLabel, QScrollArea)) or not least.isValid():
        return
    ignored = QSizePolicy.Policy.Ignored
    narrow = widget.width() < min(least.width(), widget.maximumWidth()) and policy.horizontalPolicy() is not ignored
    low = widget.height() < min(least.height(), widget.maximumHeight()) and policy.verticalPolicy() is not ignored
    if (narrow and widget.minimumWidth() == 0) or (low and widget.minimumHeight() == 0):
        yield f"is squeezed: {widget.width()}×{widget.height()}, at least {least.width()}×{least.height()}"


def _covered(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QAbstractScrollArea):
        return
    for first, second in combinations(_children(widget), 2):
        if not isinstance(first, QSplitterHandle) and first.geometry().intersects(second.geometry()):
            yield f"has {path(first, widget)} and {path(second, widget)} one over the other"


def _scrolled_sideways(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QAbstractScrollArea) and widget.horizontalScrollBar().maximum() > 0:
        yield "would have to be scrolled sideways"


# --- words -----------------------------------------------------------------------------------------------------------


def _short_of_words(widget: QWidget) -> Iterator[str]:
    match widget:
        case ElidedLabel():
            yield from _elided(widget)
        case QLabel():
            yield from _label(widget)
        case QAbstractButton():
            yield from _button(widget)
        case QComboBox():
            yield from _lacks(widget, widget.currentText(), widget.width() - widget.height() // 2)
        case QLineEdit():
            yield from _lacks(widget, widget.placeholderText(), widget.width() - 4)
        case QTabBar():
            for place in range(widget.count()):
                yield from _lacks(widget, widget.tabText(place), widget.tabRect(place).width())
            yield from _says_more_behind(widget)
        case QMenuBar():
            yield from _says_more_behind(widget)
        case QTableView():
            yield from _cells(widget)
        case _:
            return


def _lacks(widget: QWidget, text: str, room: int) -> Iterator[str]:
    needed = widget.fontMetrics().horizontalAdvance(text.replace("&", ""))
    if needed > room:
        yield f"has {room} pixels for the {needed} of “{text}”"
    if text and widget.height() < widget.fontMetrics().height():
        yield f"is lower than its words “{text}”"


def _elided(label: QLabel) -> Iterator[str]:
    lost = label.fontMetrics().horizontalAdvance(label.text()) > label.contentsRect().width()
    if lost and label.text() not in label.toolTip():
        yield f"shortens “{label.text()}”, and no tool tip has all of it"


def _label(label: QLabel) -> Iterator[str]:
    if not label.text():
        return
    lines = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
    if label.height() < lines:
        yield f"has {label.height()} pixels for the {lines} that “{label.text()}” is high"
    if not label.wordWrap() and label.width() < label.sizeHint().width():
        yield f"has {label.width()} pixels for the {label.sizeHint().width()} that “{label.text()}” is wide"


def _button(button: QAbstractButton) -> Iterator[str]:
    if isinstance(button, QToolButton) and button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly:
        return
    icon = 0 if button.icon().isNull() else button.iconSize().width() + 4
    arrow = 12 if isinstance(button, QPushButton) and button.menu() is not None else 0
    yield from _lacks(button, button.text(), button.width() - icon - arrow - 8)


def _says_more_behind(bar: QWidget) -> Iterator[str]:
    """A menu bar or a tab bar that is too narrow hides entries behind a button."""
    if any(button.isVisible() for button in bar.findChildren(QToolButton)):
        yield "is too narrow for its entries"


def _cells(table: QTableView) -> Iterator[str]:
    header, model = table.horizontalHeader(), table.model()
    shown = [column for column in range(header.count()) if not header.isSectionHidden(column)]
    for column in shown:
        title = str(model.headerData(column, Qt.Orientation.Horizontal) or "")
        yield from _lacks_cell(header, title, header.sectionSize(column))
    rows = range(table.rowAt(0), table.rowAt(table.viewport().height() - 1) + 1) if model.rowCount() else range(0)
    for row in rows:
        for column in shown:
            index = model.index(row, column)
            text, hint = str(index.data() or ""), str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
            if text not in hint and column not in TOLD_IN_WORDS:
                yield from _lacks_cell(table, text, table.columnWidth(column))
            if text and table.rowHeight(row) < table.fontMetrics().height():
                yield f"has rows lower than “{text}”"


def _lacks_cell(part: QHeaderView | QTableView, text: str, room: int) -> Iterator[str]:
    needed = part.fontMetrics().horizontalAdvance(text)
    if needed > room:
        yield f"has {room} pixels for the {needed} of “{text}”"


# --- colours ---------------------------------------------------------------------------------------------------------


def _of_another_theme(window: QWidget) -> Iterator[str]:
    own = window.palette().window().color().name()
    mine, other = (DARK, LIGHT) if own == DARK.window else (LIGHT, DARK)
    # Plain white and black are in glyphs and pictures as well.
    expected = {*(getattr(mine, field.name) for field in fields(mine)), "#ffffff", "#000000"}
    pixels = _pixels(window.grab().toImage())
    for name in BACKGROUNDS:
        colour = getattr(other, name)
        count = 0 if colour in expected else np.count_nonzero(pixels == int(colour[1:], 16))
        if count > COLOURED_PIXELS:
            yield f"{type(window).__name__} has {count} pixels of the other theme's {name}"


def _pixels(image: QImage) -> NDArray[np.uint32]:
    """The colours of `image`, each a number, 0xrrggbb."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.bitwise_and(np.frombuffer(plain.constBits(), np.uint32), np.uint32(0xFFFFFF))


def _said(place: QRect) -> str:
    return f"{place.width()}×{place.height()} at {place.x()}, {place.y()}"

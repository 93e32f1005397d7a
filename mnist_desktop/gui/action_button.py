"""Turns a command of the menus into a button that does the same and always says what."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QWidget


def action_button(action: QAction, parent: QWidget) -> QPushButton:
    """A button for `action`: enabled, checked and named as it is, with its short text and its shortcut."""
    button = QPushButton(action.iconText(), parent)
    button.setIconSize(QSize(1, 1) * round(1.25 * parent.fontMetrics().height()))
    button.setCheckable(action.isCheckable())

    def follow() -> None:
        name = action.text().replace("…", "")
        shortcut = action.shortcut().toString()
        button.setIcon(action.icon())
        button.setEnabled(action.isEnabled())
        button.setChecked(action.isChecked())
        button.setAccessibleName(name)
        button.setToolTip(f"{name} ({shortcut})" if shortcut else name)

    follow()
    button.clicked.connect(action.trigger)
    action.changed.connect(follow)
    return button

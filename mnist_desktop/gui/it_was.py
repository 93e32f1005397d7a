"""Asks what a reading really was: a key or a click on one of the model's labels corrects its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from mnist_desktop.gui.bars import PLAIN_LABELS
from mnist_desktop.gui.theme import SPACE
from mnist_desktop.gui.tool_tips import as_it_stands

if TYPE_CHECKING:
    from mnist_desktop.log.record import Record

MOST_BUTTONS = 12
"""More labels than that, or words, are a menu: they would not fit beside each other."""


class ItWas(QWidget):
    """A button for each label where they are short, a menu of them where they are words."""

    said = Signal(object)
    """The label that the person says it was; None for “it was read right after all”."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record: Record | None = None
        self._labels: tuple[str, ...] = ()
        self._buttons: dict[str, QPushButton] = {}
        self._menu: QMenu | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SPACE // 2)
        self.set_labels(PLAIN_LABELS)

    @property
    def buttons(self) -> dict[str, QPushButton]:
        """The buttons by their label; none where the labels are a menu."""
        return self._buttons

    @property
    def menu(self) -> QMenu | None:
        """The menu of labels that are words."""
        return self._menu

    @property
    def controls(self) -> tuple[QPushButton, ...]:
        """What can have the focus, from left to right."""
        return tuple(button for button in self.findChildren(QPushButton) if button.parent() is self)

    def set_labels(self, labels: tuple[str, ...]) -> None:
        """Take the labels of another model."""
        if labels == self._labels:
            return
        self._labels = labels
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        self._buttons, self._menu = {}, None
        if len(labels) <= MOST_BUTTONS and all(len(label) == 1 for label in labels):
            self._row.addWidget(QLabel(self.tr("It was"), self))
            for label in labels:
                self._buttons[label] = self._button(label)
                self._row.addWidget(self._buttons[label], 1)
        else:
            self._row.addWidget(self._menu_button(labels))
            self._row.addStretch(1)
        self.set_record(None)

    def set_record(self, record: Record | None) -> None:
        """Offer to correct `record`; None when there is none, or it is not saved yet."""
        if record is None and self._record is None and not self.isEnabled():
            return
        self._record = record
        self.setEnabled(record is not None)
        known = None
        if record is not None:
            known = record.corrected or (record.label if record.verdict == "digit" else None)
        for label, button in self._buttons.items():
            button.setChecked(label == known)
        if self._menu is not None:
            for action in self._menu.actions():
                action.setChecked(action.data() == known)

    def _button(self, label: str) -> QPushButton:
        button = QPushButton(label, self)
        button.setCheckable(True)
        button.setProperty("compact", "yes")
        button.setShortcut(label)
        button.setAccessibleName(self.tr("It was {label}").format(label=label))
        button.setToolTip(as_it_stands(f"{button.accessibleName()} ({label})"))
        button.clicked.connect(lambda: self._say(label))
        # So narrow that all of them fit; the layout makes them wider where it can.
        button.setMinimumSize(QSize(round(1.6 * button.fontMetrics().horizontalAdvance("0")) + SPACE, 0))
        return button

    def _menu_button(self, labels: tuple[str, ...]) -> QPushButton:
        button = QPushButton(self.tr("It was…"), self)
        button.setAccessibleName(button.text())
        self._menu = menu = QMenu(button)
        for label in labels:
            action = menu.addAction(label.replace("&", "&&"))
            action.setData(label)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, label=label: self._say(label))
        button.setMenu(menu)
        return button

    def _say(self, label: str) -> None:
        record = self._record
        if record is None:
            return
        # The answer itself was not wrong: nothing is to be corrected, unless it was not sure of it.
        right = record.verdict == "digit" and label == record.label
        self.set_record(record)
        self.said.emit(None if right else label)

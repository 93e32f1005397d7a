"""Connects the commands that concern the canvas to the Read tab, and offers each only where it makes sense."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QGuiApplication

from mnist_desktop.gui.commands import Commands
from mnist_desktop.gui.file_saving import FileSaving
from mnist_desktop.gui.read_tab import ReadTab
from mnist_desktop.gui.save_dialog import ask_where_to_save
from mnist_desktop.gui.tools import PenWidth, Tool
from mnist_desktop.ink.drawing import to_json
from mnist_desktop.ink.sketch import Change

Offer = tuple[bool, bool, Change | None, Change | None, bool]
"""Whether the tab is seen, whether something is drawn, what undo and redo would do, and whether there is a picture."""


class ReadCommands(QObject):
    """What the menus and buttons do to the drawing."""

    def __init__(self, commands: Commands, tab: ReadTab, seen: Callable[[], bool], parent: QObject) -> None:
        """`seen` says whether the tab is the one on show: what one does not see, no key changes."""
        super().__init__(parent)
        self._commands = commands
        self._tab = tab
        self._seen = seen
        self._offered: Offer | None = None
        canvas = tab.canvas
        commands.undo.triggered.connect(canvas.undo)
        commands.redo.triggered.connect(canvas.redo)
        commands.clear.triggered.connect(self._clear)
        commands.copy.triggered.connect(self._copy)
        commands.save.triggered.connect(self._ask_where_to_save)
        commands.draw_by_keys.triggered.connect(canvas.draw_by_keys)
        commands.eraser.toggled.connect(lambda on: canvas.set_tool(Tool.ERASER if on else Tool.PEN))
        commands.pen_widths.triggered.connect(lambda action: canvas.set_pen_width(PenWidth(action.data())))
        commands.new_sheets.toggled.connect(tab.set_new_sheets)
        tab.changed.connect(self.offer)
        self._saving = FileSaving()
        self._saving.failed.connect(tab.notice.say)
        self._check_pen_width(canvas.pen_width)
        self.offer()

    def offer(self) -> None:
        """Enable what makes sense now, and name the steps of undo and redo."""
        canvas, commands = self._tab.canvas, self._commands
        drawn, pictured = not canvas.drawing.blank, canvas.picture is not None
        offer = (self._seen(), drawn, canvas.undoable, canvas.redoable, pictured)
        if offer == self._offered:
            return
        self._offered = offer
        seen, _, undo, redo, _ = offer
        commands.undo.setEnabled(seen and undo is not None)
        commands.redo.setEnabled(seen and redo is not None)
        commands.clear.setEnabled(seen and (drawn or pictured))
        commands.copy.setEnabled(seen and drawn)
        commands.save.setEnabled(drawn)
        commands.eraser.setEnabled(seen and not pictured)
        commands.draw_by_keys.setEnabled(seen)
        commands.name_steps(undo, redo)

    def keep(self, state: QSettings) -> None:
        """Remember what the person chose until the next start."""
        state.setValue("pen_width", self._tab.canvas.pen_width.value)
        state.setValue("new_sheets", "yes" if self._commands.new_sheets.isChecked() else "no")

    def restore(self, state: QSettings) -> None:
        """Choose what was chosen before; anything else in the file is left alone."""
        width = state.value("pen_width")
        if width in set(PenWidth):
            self._tab.canvas.set_pen_width(PenWidth(width))
            self._check_pen_width(PenWidth(width))
        self._commands.new_sheets.setChecked(state.value("new_sheets") == "yes")

    def _check_pen_width(self, width: PenWidth) -> None:
        for action in self._commands.pen_widths.actions():
            action.setChecked(action.data() == width)

    def _clear(self) -> None:
        self._tab.notice.dismiss()
        self._tab.canvas.clear()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setImage(self._tab.canvas.as_image())

    def _ask_where_to_save(self) -> None:
        drawing, kinds = self._tab.canvas.drawing, {self.tr("Drawing ({patterns})").format(patterns="*.json"): "json"}

        def content() -> bytes:
            return (to_json(drawing) + "\n").encode()

        ask_where_to_save(
            self._tab, self.tr("Save drawing"), "digit.json", kinds, lambda path: self._saving.save(path, content)
        )

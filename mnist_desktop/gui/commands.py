"""The commands of the window: one action each, shared by menu, button and shortcut."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from mnist_desktop.gui.icons import icon
from mnist_desktop.gui.theme import Colours, Theme
from mnist_desktop.gui.tools import PenWidth
from mnist_desktop.ink.sketch import Change


class Commands(QObject):
    """What the person can do, by name; the window connects each to what does it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        standard = QKeySequence.StandardKey
        self.open = self._action(self.tr("Open picture…"), standard.Open, "open")
        self.open_folder = self._action(self.tr("Open folder…"), QKeySequence("Ctrl+Shift+O"))
        self.save = self._action(self.tr("Save drawing as…"), standard.Save, "save")
        self.import_model = self._action(self.tr("Import a model…"), "")
        self.about_models = self._action(self.tr("About the models…"), "")
        self.models = QMenu(self.tr("&Models"), parent)
        """The models that there are come above its first separator."""
        self.settings = self._action(self.tr("Settings…"), QKeySequence("Ctrl+,"))
        self.export = self._action(self.tr("Export history…"), "")
        self.paste = self._action(self.tr("Paste"), standard.Paste, "paste")
        self.quit = self._action(self.tr("Quit"), QKeySequence("Ctrl+Q"))
        self.undo = self._action(self.tr("Undo"), standard.Undo, "undo")
        self.redo = self._action(self.tr("Redo"), QKeySequence("Ctrl+Shift+Z"), "redo")
        self.clear = self._action(self.tr("Clear"), QKeySequence("Esc"), "clear")
        self.copy = self._action(self.tr("Copy as picture"), standard.Copy, "copy")
        self.eraser = self._action(self.tr("Eraser"), QKeySequence("E"), "eraser")
        self.eraser.setCheckable(True)
        self.draw_by_keys = self._action(self.tr("Draw with the keyboard"), QKeySequence("Ctrl+K"))
        self.new_sheets = self._action(self.tr("New sheet for each digit"), "")
        self.new_sheets.setCheckable(True)
        self.new_sheets.setToolTip(
            self.tr("When a digit is read and saved, the next stroke begins on an empty canvas; undo goes back")
        )
        self.show_read = self._action(self.tr("Read"), QKeySequence("Ctrl+1"))
        self.show_history = self._action(self.tr("History"), QKeySequence("Ctrl+2"))
        self.show_batch = self._action(self.tr("Files"), QKeySequence("Ctrl+3"))
        self.about = self._action(self.tr("About and shortcuts"), standard.HelpContents)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.themes = self._choice(
            (Theme.SYSTEM, self.tr("Colours of the system")),
            (Theme.LIGHT, self.tr("Light")),
            (Theme.DARK, self.tr("Dark")),
        )
        self.pen_widths = self._choice(
            (PenWidth.FINE, self.tr("Fine pen")),
            (PenWidth.MEDIUM, self.tr("Medium pen")),
            (PenWidth.BROAD, self.tr("Broad pen")),
        )

    def _action(
        self, text: str, shortcut: QKeySequence | QKeySequence.StandardKey | str, icon_name: str = ""
    ) -> QAction:
        action = QAction(text, self)
        # What the button says, whatever the menu says later: “Undo”, not “Undo stroke”.
        action.setIconText(text)
        action.setShortcut(shortcut)
        action.setProperty("iconName", icon_name)
        return action

    def _choice(self, *entries: tuple[StrEnum, str]) -> QActionGroup:
        """Actions of which one is checked at a time."""
        group = QActionGroup(self)
        for value, text in entries:
            action = group.addAction(text)
            action.setCheckable(True)
            action.setData(value)
        return group

    @property
    def buttons(self) -> tuple[QAction, ...]:
        """What the Read tab offers as buttons, from left to right."""
        return (self.undo, self.redo, self.eraser, self.clear, self.open, self.paste)

    @property
    def drawing_tools(self) -> tuple[QAction, ...]:
        """Those of them that mean nothing to a picture."""
        return (self.redo, self.eraser)

    def fill(self, bar: QMenuBar) -> None:
        """Put every command into the menu where people look for it."""
        file, edit = bar.addMenu(self.tr("&File")), bar.addMenu(self.tr("&Edit"))
        draw = bar.addMenu(self.tr("&Draw"))
        bar.addMenu(self.models)
        view, about = bar.addMenu(self.tr("&View")), bar.addMenu(self.tr("&Help"))
        file.addActions([self.open, self.open_folder, self.save])
        file.addSeparator()
        file.addAction(self.export)
        file.addSeparator()
        file.addActions([self.settings, self.quit])
        edit.addActions([self.undo, self.redo, self.clear])
        edit.addSeparator()
        edit.addActions([self.copy, self.paste])
        draw.addActions([self.eraser, self.draw_by_keys])
        draw.addSeparator()
        draw.addActions(self.pen_widths.actions())
        draw.addSeparator()
        draw.addAction(self.new_sheets)
        self.models.addSeparator()
        self.models.addActions([self.about_models, self.import_model])
        view.addActions([self.show_read, self.show_history, self.show_batch])
        view.addSeparator()
        view.addActions(self.themes.actions())
        about.addAction(self.about)

    def name_steps(self, undo: Change | None, redo: Change | None) -> None:
        """Say what undo takes back and redo does again: “Undo stroke”, “Redo clear”."""
        undo_texts = {
            Change.STROKE: self.tr("Undo stroke"),
            Change.ERASING: self.tr("Undo erasing"),
            Change.CLEAR: self.tr("Undo clear"),
            Change.OPENING: self.tr("Undo opening"),
        }
        redo_texts = {
            Change.STROKE: self.tr("Redo stroke"),
            Change.ERASING: self.tr("Redo erasing"),
            Change.CLEAR: self.tr("Redo clear"),
            Change.OPENING: self.tr("Redo opening"),
        }
        self.undo.setText(self.undo.iconText() if undo is None else undo_texts[undo])
        self.redo.setText(self.redo.iconText() if redo is None else redo_texts[redo])

    def check_theme(self, theme: Theme) -> None:
        for action in self.themes.actions():
            action.setChecked(action.data() == theme)

    def set_colours(self, colours: Colours) -> None:
        for action in self.findChildren(QAction):
            if name := action.property("iconName"):
                action.setIcon(icon(str(name), colours.text, colours.border))

"""The commands of the window: one action each, shared by menu, button and shortcut."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from mnist_desktop.gui.icons import icon
from mnist_desktop.gui.theme import Colours, Theme


class Commands(QObject):
    """What the person can do, by name; the window connects each to what does it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        standard = QKeySequence.StandardKey
        self.open = self._action(self.tr("Open picture…"), standard.Open, "open")
        self.save = self._action(self.tr("Save drawing as…"), standard.Save, "save")
        self.import_model = self._action(self.tr("Import a model…"), "")
        self.paste = self._action(self.tr("Paste"), standard.Paste, "paste")
        self.quit = self._action(self.tr("Quit"), QKeySequence("Ctrl+Q"))
        self.undo = self._action(self.tr("Undo"), standard.Undo, "undo")
        self.redo = self._action(self.tr("Redo"), QKeySequence("Ctrl+Shift+Z"), "redo")
        self.clear = self._action(self.tr("Clear"), QKeySequence("Esc"), "clear")
        self.show_read = self._action(self.tr("Read"), QKeySequence("Ctrl+1"))
        self.show_history = self._action(self.tr("History"), QKeySequence("Ctrl+2"))
        self.about = self._action(self.tr("About and shortcuts"), standard.HelpContents)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.themes = QActionGroup(self)
        for theme, text in (
            (Theme.SYSTEM, self.tr("Colours of the system")),
            (Theme.LIGHT, self.tr("Light")),
            (Theme.DARK, self.tr("Dark")),
        ):
            action = self.themes.addAction(text)
            action.setCheckable(True)
            action.setData(theme)

    def _action(
        self, text: str, shortcut: QKeySequence | QKeySequence.StandardKey | str, icon_name: str = ""
    ) -> QAction:
        action = QAction(text, self)
        action.setShortcut(shortcut)
        action.setProperty("iconName", icon_name)
        return action

    @property
    def buttons(self) -> tuple[QAction, ...]:
        """What the Read tab offers as buttons, from left to right."""
        return (self.undo, self.redo, self.clear, self.open, self.paste)

    def fill(self, bar: QMenuBar) -> None:
        """Put every command into the menu where people look for it."""
        file, edit = bar.addMenu(self.tr("&File")), bar.addMenu(self.tr("&Edit"))
        view, about = bar.addMenu(self.tr("&View")), bar.addMenu(self.tr("&Help"))
        file.addActions([self.open, self.save])
        file.addSeparator()
        file.addAction(self.import_model)
        file.addSeparator()
        file.addAction(self.quit)
        edit.addActions([self.undo, self.redo, self.clear])
        edit.addSeparator()
        edit.addAction(self.paste)
        view.addActions([self.show_read, self.show_history])
        view.addSeparator()
        view.addActions(self.themes.actions())
        about.addAction(self.about)

    def check_theme(self, theme: Theme) -> None:
        for action in self.themes.actions():
            action.setChecked(action.data() == theme)

    def set_colours(self, colours: Colours) -> None:
        for action in self.findChildren(QAction):
            if name := action.property("iconName"):
                action.setIcon(icon(str(name), colours.text, colours.border))

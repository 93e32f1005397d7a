"""Says which version this is, what one can do with it, and by which keys."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from mnist_desktop import __version__
from mnist_desktop.gui.theme import SPACE

ICON_SIDE = 64
"""Of the program's icon, in device-independent pixels."""


class About(QMessageBox):
    """Opened, not executed: the window goes on behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About MNIST Desktop"))
        self.setIconPixmap(QApplication.windowIcon().pixmap(ICON_SIDE))
        self.setTextFormat(Qt.TextFormat.RichText)
        name = self.tr("MNIST Desktop {version}").format(version=__version__)
        self.setText(f"<b>{escape(name)}</b>")
        words = self.tr(
            "Draw a digit with mouse, pen or finger, or open, drop or paste a picture of one. "
            "The magnified glyph is exactly what the model sees."
        )
        rows = (
            f"<tr><td style='padding: 2px {2 * SPACE}px 2px 0'>{escape(keys)}</td>"
            f"<td style='padding: 2px 0'>{escape(does)}</td></tr>"
            for keys, does in self._keys()
        )
        self.setInformativeText(f"<p>{escape(words)}</p><table style='margin-top: {SPACE}px'>{''.join(rows)}</table>")

    def _keys(self) -> tuple[tuple[str, str], ...]:
        """What each key does, the most used first."""
        return (
            ("Esc", self.tr("clear; first back to the whole of a picture")),
            ("Ctrl+Z, Ctrl+Shift+Z", self.tr("undo, redo")),
            ("E", self.tr("eraser or pen")),
            ("0 … 9", self.tr("say what it was")),
            ("Ctrl+K", self.tr("draw with arrow keys and Space")),
            (self.tr("Arrow keys, with Shift"), self.tr("move the part of a picture, change its size")),
            ("Ctrl+O, Ctrl+Shift+O", self.tr("open pictures or drawings, a folder of them")),
            ("Ctrl+S", self.tr("save the drawing")),
            ("Ctrl+C, Ctrl+V", self.tr("copy the drawing, paste a picture")),
            ("Ctrl+1, Ctrl+2, Ctrl+3", self.tr("Read, History, Files")),
            ("Ctrl+,", self.tr("settings")),
            ("Ctrl+Q", self.tr("quit")),
        )

"""Says which version this is, what one can do with it, and by which keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from mnist_desktop import __version__


class About(QMessageBox):
    """Opened, not executed: the window goes on behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About MNIST Desktop"))
        self.setText(self.tr("MNIST Desktop {version}").format(version=__version__))
        self.setInformativeText(
            self.tr(
                "Draw a digit with mouse, pen or finger, or open, drop or paste a picture of one. "
                "The magnified glyph is exactly what the model sees.\n\n"
                "Esc: clear; first back to the whole of a picture\nCtrl+Z, Ctrl+Shift+Z: undo, redo\nE: eraser or pen\n"
                "Arrow keys, with Shift: move the part of a picture, change its size\n"
                "Ctrl+K: draw with arrow keys and Space\n0 … 9: say what it was\n"
                "Ctrl+O, Ctrl+Shift+O: open pictures or drawings, a folder of them\nCtrl+S: save the drawing\n"
                "Ctrl+C, Ctrl+V: copy the drawing, paste a picture\n"
                "Ctrl+1, Ctrl+2, Ctrl+3: Read, History, Files\nCtrl+,: settings\nCtrl+Q: quit"
            )
        )

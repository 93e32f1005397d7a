"""Brings in what is opened, dropped, pasted or named at the start: one picture to the canvas, several as a batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QTabWidget, QWidget

from mnist_desktop.gui.batch import Batch
from mnist_desktop.gui.batch_rows import BatchRow
from mnist_desktop.gui.batch_tab import BatchTab
from mnist_desktop.gui.commands import Commands
from mnist_desktop.gui.incoming_files import IncomingFiles
from mnist_desktop.gui.read_tab import ReadTab
from mnist_desktop.gui.readings import PNG
from mnist_desktop.ink.named_files import Name, NamedFile

PICTURES = "*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff"
INK_FILES = "*.json *.jsonl *.jsonl.gz"


class IncomingCommands(QObject):
    """What the menus, the mouse and the clipboard bring into the window."""

    def __init__(
        self,
        commands: Commands,
        tabs: QTabWidget,
        read_tab: ReadTab,
        batch_tab: BatchTab,
        batch: Batch,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self._tabs = tabs
        self._read_tab = read_tab
        self._batch_tab = batch_tab
        self._batch = batch
        self._files = IncomingFiles(self)
        self._files.single.connect(self._open_one)
        self._files.several.connect(self._read_all)
        self._files.failed.connect(self._say)
        batch_tab.title_changed.connect(lambda title: tabs.setTabText(tabs.indexOf(batch_tab), title))
        batch_tab.table.open_wanted.connect(self._open_row)
        commands.open.triggered.connect(self._ask_for_files)
        commands.open_folder.triggered.connect(self._ask_for_folder)
        commands.paste.triggered.connect(self._paste)
        commands.show_batch.triggered.connect(lambda: tabs.setCurrentWidget(batch_tab))

    def open(self, names: Sequence[Name]) -> None:
        """Read what these names of files and folders stand for."""
        if names:
            self._files.open(names)

    def take(self, data: QMimeData) -> None:
        """Read what was pasted or dropped: files and folders of this computer, or a picture as such."""
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if paths:
            self.open(paths)
        else:
            self._tabs.setCurrentWidget(self._read_tab)
            self._read_tab.take(data)

    def _paste(self) -> None:
        # PySide's stubs promise data; a clipboard that never held any has none.
        held: QMimeData | None = QGuiApplication.clipboard().mimeData()
        self.take(QMimeData() if held is None else held)

    def stop(self, seconds: float) -> None:
        """The window goes: end the threads, which takes no longer than `seconds`."""
        self._files.stop()
        self._batch.stop(seconds)

    def _ask_for_files(self) -> None:
        everything = self.tr("Pictures and drawings ({patterns})").format(patterns=f"{PICTURES} {INK_FILES}")
        names, _ = QFileDialog.getOpenFileNames(self._parent, self.tr("Open pictures"), "", everything)
        self.open([Path(name) for name in names])

    def _ask_for_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self._parent, self.tr("Open folder"))
        if name:
            self.open([Path(name)])

    def _open_one(self, file: Path) -> None:
        self._tabs.setCurrentWidget(self._read_tab)
        self._read_tab.open_files([file])

    def _read_all(self, files: list[NamedFile]) -> None:
        self._tabs.setCurrentWidget(self._batch_tab)
        self._batch.read(files)

    def _open_row(self, row: BatchRow) -> None:
        self._tabs.setCurrentWidget(self._read_tab)
        self._read_tab.open_again(row.file, row.index, row.records)

    def _say(self, sentence: str) -> None:
        self._tabs.setCurrentWidget(self._read_tab)
        self._read_tab.notice.say(sentence)


def can_take(data: QMimeData) -> bool:
    """Whether `data`, which hovers over the window, may be something to read."""
    return data.hasUrls() or data.hasImage() or data.hasFormat(PNG)

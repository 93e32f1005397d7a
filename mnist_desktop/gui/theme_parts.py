"""Gives a window's bars, pages and dialogs the colours of a theme: what is seen at once, the other pages later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QChildEvent, QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QTabWidget, QWidget

from mnist_desktop.gui.theme import Colours, Theme, apply_theme, style_sheet

FRAMELESS = "QTabWidget::pane { border: 0; }"
"""Of the tabs themselves: the same in every theme, because another sheet here would reach every page."""

TURN_MILLISECONDS = 30
"""Between two pages that nobody sees: what the person does meanwhile comes first, and so does the paint."""


class PaintedByHand(Protocol):
    """What has colours that no style sheet reaches."""

    def set_colours(self, colours: Colours) -> None:
        """Use these from now on."""


class ThemedParts(QObject):
    """One style sheet for the whole window would stop it for 30 ms: 0.1 ms for each widget in it.

    A page that nobody sees waits until it is shown, or until its turn comes a moment later.
    """

    def __init__(self, window: QMainWindow, tabs: QTabWidget, painted: Sequence[PaintedByHand]) -> None:
        super().__init__(window)
        self._window = window
        self._tabs = tabs
        self._painted = tuple(painted)
        self._colours: Colours | None = None
        self._sheet = ""
        self._waiting: list[QWidget] = []
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(TURN_MILLISECONDS)
        self._turn.timeout.connect(self._dress_next)
        tabs.setStyleSheet(FRAMELESS)
        tabs.currentChanged.connect(self._page_shown)
        window.installEventFilter(self)

    def wear(self, theme: Theme) -> None:
        """Take on `theme`; nothing is done when it has the colours that are worn already."""
        colours = apply_theme(theme)
        if colours is self._colours:
            return
        self._colours, self._sheet = colours, style_sheet(colours)
        seen = self._tabs.currentWidget()
        pages = (self._tabs.widget(number) for number in range(self._tabs.count()))
        for part in (self._window.menuBar(), self._window.statusBar(), self._tabs.tabBar(), seen, *self._opened()):
            part.setStyleSheet(self._sheet)
        self._waiting = [page for page in pages if page is not None and page is not seen]
        for painted in self._painted:
            painted.set_colours(colours)
        if self._window.isVisible():
            # A layout that settles after the paint would have all painted again.
            QCoreApplication.sendPostedEvents(None, int(QEvent.Type.LayoutRequest))
            self._turn.start()
        else:
            # Nothing is polished yet, which is what takes time.
            while self._waiting:
                self._dress_next()

    def eventFilter(self, _window: QObject, event: QEvent) -> bool:
        # A dialog or a menu that opens from the window, before its first paint.
        if isinstance(event, QChildEvent) and event.polished():
            part = event.child()
            if isinstance(part, QWidget) and part.isWindow():
                part.setStyleSheet(self._sheet)
        return False

    def _opened(self) -> list[QWidget]:
        children = self._window.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [child for child in children if child.isWindow()]

    def _page_shown(self) -> None:
        page = self._tabs.currentWidget()
        if page in self._waiting:
            self._waiting.remove(page)
            page.setStyleSheet(self._sheet)

    def _dress_next(self) -> None:
        if self._waiting:
            self._waiting.pop(0).setStyleSheet(self._sheet)
        if self._waiting:
            self._turn.start()

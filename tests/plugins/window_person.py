"""Uses the window as somebody does who tries everything: with hand and keys, at a hand's pace, for as long as asked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMimeData, QObject, QPoint, QPointF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from mnist_desktop.gui.replay import pen_events
from mnist_desktop.gui.shown_picture import ShownPicture
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.paths import shipped

TICK_MILLISECONDS = 8
"""Between two events of the hand: an ordinary mouse reports 125 times a second."""

PATIENCE_SECONDS = 60.0

PAUSE_SECONDS = 0.3
"""Between two things that the person does."""

CONTROL, SHIFT, PLAIN = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)

Step = float | Callable[[], bool] | None
"""Seconds to rest, a condition to wait for, or the next tick."""


class Person(QObject):
    """Does all that one can do in the window, again and again; what it sends are the events of hand and keys."""

    begins = Signal(str)
    """What the person is about to do, in words."""
    went_round = Signal()
    """The person is ready to begin, and has done everything once more, the last time perhaps only a part."""

    def __init__(self, window: Window, seconds: float) -> None:
        """Use `window` for so many seconds, then close it."""
        super().__init__(window)
        self._window = window
        self._seconds = seconds
        self._samples = sorted((shipped("resources") / "drawings").glob("*.json"))
        self._steps = self._session()
        self._until: Callable[[], bool] = lambda: True
        self._deadline = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def begin(self) -> None:
        self._timer.start(TICK_MILLISECONDS)

    def _tick(self) -> None:
        if not self._until():
            if time.monotonic() > self._deadline:
                sys.exit("The window did not come to what the session waits for.")
            return
        try:
            step = next(self._steps)
        except StopIteration:
            self._timer.stop()
            self._window.close()
            return
        now = time.monotonic()
        self._deadline = now + PATIENCE_SECONDS
        if isinstance(step, float):
            self._until = lambda: time.monotonic() >= now + step
        else:
            self._until = step or (lambda: True)

    def _session(self) -> Iterator[Step]:
        # The program has started when all is loaded that it loads behind the first paint and with the first digit.
        yield lambda: "not connected" in self._window.status.cassandra_text
        yield from self._draw(1)
        yield self._saved
        yield 2.0
        self.went_round.emit()
        end = time.monotonic() + self._seconds
        while True:
            for doing, deeds in (
                ("drawing", self._draws),
                ("undo, redo, eraser, clear", self._goes_back),
                ("drawing by keys", self._draws_by_keys),
                ("pictures", self._opens_pictures),
                ("what decided", self._asks_what_decided),
                ("it was", self._corrects),
                ("tabs", self._switches_tabs),
                ("scrolling the history", self._scrolls),
                ("filters", self._filters),
                ("changing records", self._changes_records),
                ("themes", self._switches_themes),
                ("resizing", self._resizes),
            ):
                self.begins.emit(doing)
                yield from deeds()
                yield PAUSE_SECONDS
                if time.monotonic() >= end:
                    break
            self.went_round.emit()
            if time.monotonic() >= end:
                return

    # --- the Read tab ------------------------------------------------------------------------------------------------

    def _draw(self, digit: int) -> Iterator[Step]:
        drawing = next(read_ink_file(self._samples[digit])).drawing
        for _ in pen_events(self._window.read_tab.canvas, drawing):
            yield None

    def _saved(self) -> bool:
        return self._window.read_tab.settled and self._window.status.saved_text == "Saved"

    def _key(self, key: Qt.Key, held: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.keyClick(self._window.windowHandle(), key, held)

    def _draws(self) -> Iterator[Step]:
        for digit in range(len(self._samples)):
            yield from self._draw(digit)
            yield self._saved
            self._key(Qt.Key.Key_Escape)
            yield None

    def _goes_back(self) -> Iterator[Step]:
        yield from self._draw(4)
        yield self._saved
        for key in (Qt.Key.Key_Z, Qt.Key.Key_Z):
            self._key(key, CONTROL)
            yield 0.1
        for _ in range(2):
            self._key(Qt.Key.Key_Z, CONTROL | SHIFT)
            yield 0.1
        self._key(Qt.Key.Key_E)
        yield from self._draw(7)
        self._key(Qt.Key.Key_E)
        yield 0.2
        self._key(Qt.Key.Key_Z, CONTROL)
        yield 0.2
        for action in self._window.commands.pen_widths.actions():
            action.trigger()
            yield 0.1
        self._key(Qt.Key.Key_Escape)
        yield 0.1

    def _draws_by_keys(self) -> Iterator[Step]:
        self._key(Qt.Key.Key_K, CONTROL)
        yield 0.1
        self._key(Qt.Key.Key_Space)
        for _ in range(12):
            self._key(Qt.Key.Key_Down)
            yield None
        self._key(Qt.Key.Key_Space)
        yield self._saved
        self._key(Qt.Key.Key_Escape)
        yield None

    def _opens_pictures(self) -> Iterator[Step]:
        for path in sorted((shipped("resources") / "pictures").iterdir()):
            before = self._window.read_tab.canvas.picture
            self._drop([path])
            yield partial(self._shows_another, before)
            yield 0.2
        self._key(Qt.Key.Key_Escape)
        yield None

    def _shows_another(self, before: ShownPicture | None) -> bool:
        return self._window.read_tab.canvas.picture is not before and self._saved()

    def _drop(self, paths: Sequence[Path]) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        place, left, copied = QPoint(200, 200), Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
        # Qt drops nothing where nothing was taken over the window before.
        QCoreApplication.sendEvent(self._window, QDragEnterEvent(place, copied, data, left, PLAIN))
        QCoreApplication.sendEvent(self._window, QDropEvent(QPointF(place), copied, data, left, PLAIN))

    def _asks_what_decided(self) -> Iterator[Step]:
        explain = self._window.read_tab.explain
        QTest.mouseClick(explain, Qt.MouseButton.LeftButton)
        for digit in (2, 5, 8):
            yield from self._draw(digit)
            yield self._saved
            self._key(Qt.Key.Key_Escape)
            yield None
        QTest.mouseClick(explain, Qt.MouseButton.LeftButton)

    def _corrects(self) -> Iterator[Step]:
        yield from self._draw(3)
        yield self._saved
        self._key(Qt.Key.Key_7)
        yield lambda: "You said" in self._window.read_tab.answer.answer.sentence
        self._key(Qt.Key.Key_3)
        yield lambda: "You said" not in self._window.read_tab.answer.answer.sentence
        self._key(Qt.Key.Key_Escape)
        yield None

    # --- the History tab ---------------------------------------------------------------------------------------------

    def _go_to_history(self) -> Iterator[Step]:
        self._key(Qt.Key.Key_2, CONTROL)
        yield lambda: bool(self._window.history_tab.model.rows) and not self._window.history_tab.model.busy

    def _switches_tabs(self) -> Iterator[Step]:
        for _ in range(5):
            yield from self._go_to_history()
            yield 0.2
            self._key(Qt.Key.Key_1, CONTROL)
            yield 0.2

    def _scrolls(self) -> Iterator[Step]:
        yield from self._go_to_history()
        table, model = self._window.history_tab.table, self._window.history_tab.model
        for notches in (-120, 120):
            for _ in range(60):
                _turn_wheel(table.viewport(), notches)
                yield None
        for _ in range(15):
            bar = table.verticalScrollBar()
            bar.setValue(bar.maximum())
            yield 0.05
            yield lambda: not model.busy
        bar = table.verticalScrollBar()
        bottom = bar.maximum()
        for step in range(100):
            # As the handle goes while it is dragged.
            bar.setValue(bottom - bottom * step // 100)
            yield None
        bar.setValue(0)
        yield 0.2

    def _filters(self) -> Iterator[Step]:
        yield from self._go_to_history()
        filters, model = self._window.history_tab.filters, self._window.history_tab.model
        filters.digit.setFocus()
        for _ in range(4):
            QTest.keyClick(filters.digit, Qt.Key.Key_Down)
            yield 0.1
            yield lambda: not model.busy
        for letter in "kitchen":
            QTest.keyClicks(filters.name, letter)
            yield 0.05
        yield 0.5
        yield lambda: not model.busy
        QTest.mouseClick(filters.more, Qt.MouseButton.LeftButton)
        yield 0.2
        QTest.mouseClick(filters.more, Qt.MouseButton.LeftButton)
        QTest.mouseClick(filters.clear_all, Qt.MouseButton.LeftButton)
        yield 0.2
        yield lambda: not model.busy

    def _changes_records(self) -> Iterator[Step]:
        yield from self._go_to_history()
        tab = self._window.history_tab
        tab.table.setFocus()
        tab.table.selectRow(1)
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_Escape):
            QTest.keyClick(tab.table, key)
            yield 0.2
        QTest.keyClick(tab.table, Qt.Key.Key_8)
        yield lambda: "corrected" in tab.actions_row.text
        QTest.keyClick(tab.table, Qt.Key.Key_Delete)
        yield lambda: "deleted" in tab.actions_row.text
        for _ in range(2):
            self._key(Qt.Key.Key_Z, CONTROL)
            yield 0.3
        self._key(Qt.Key.Key_1, CONTROL)
        yield None

    # --- the window --------------------------------------------------------------------------------------------------

    def _switches_themes(self) -> Iterator[Step]:
        for shown in (Qt.Key.Key_1, Qt.Key.Key_2):
            self._key(shown, CONTROL)
            yield 0.3
            for action in self._window.commands.themes.actions()[::-1]:
                action.trigger()
                yield 0.3
        self._key(Qt.Key.Key_1, CONTROL)
        yield None

    def _resizes(self) -> Iterator[Step]:
        yield from self._draw(6)
        size = self._window.size()
        for shown in (Qt.Key.Key_1, Qt.Key.Key_2):
            self._key(shown, CONTROL)
            for step in (*range(40), *range(40, -1, -1)):
                self._window.resize(size.width() + 10 * step, size.height() + 6 * step)
                yield None
        self._key(Qt.Key.Key_1, CONTROL)
        self._key(Qt.Key.Key_Escape)
        yield None


def _turn_wheel(widget: QWidget, notches: int) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, notches),
        Qt.MouseButton.NoButton,
        PLAIN,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QCoreApplication.sendEvent(widget, event)

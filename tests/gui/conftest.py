"""Real windows and widgets to act upon, with a small real classifier where no trained network is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.canvas import Canvas
from mnist_desktop.gui.surroundings import Surroundings
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import Record
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import Prediction
from mnist_desktop.recognition.models import Card, Model
from mnist_desktop.recognition.reader import Reader

LABELS = tuple("0123456789")
WAIT = 10_000
"""Milliseconds a condition may take on a machine that trains a network at the same time."""

SHORT_REST = 0.05

NEVER = 3600.0
"""A rest that no test lives to see: what is recorded then is recorded for another reason."""


class WidthClassifier:
    """Tells a narrow glyph ("1") from a wide one ("0") by its ink's box, and is unsure in between: real, if modest."""

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        return [self._one(glyph) for glyph in glyphs]

    def _one(self, glyph: Glyph) -> Prediction:
        columns = glyph.levels.any(axis=0).sum()
        one = 0.98 if columns <= 8 else 0.5 if columns <= 12 else 0.01
        zero = 0.98 if columns > 12 else 0.45 if columns > 8 else 0.01
        rest = (1 - one - zero) / 8
        return Prediction(probabilities=(zero, one, *[rest] * 8), labels=LABELS)

    def close(self) -> None:
        """Nothing to free."""


def choose_file(parent: QWidget, file: Path) -> None:
    """Choose where to save in the dialog that stands over `parent`: its last step, for what is before it is Qt's."""
    dialog = parent.findChildren(QFileDialog)[-1]
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert dialog.defaultSuffix() == file.suffix.removeprefix(".")
    assert not dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.fileSelected.emit(str(file))
    dialog.reject()


def modest_reader() -> Reader:
    card = Card(
        name="modest", labels=LABELS, input="binary", preparation="digit", unsure_below=0.7, sha256={}, details={}
    )
    return Reader(Model(folder=Path("modest"), card=card), WidthClassifier())


@pytest.fixture
def build_window(qtbot: QtBot, home: Path) -> Iterator[Callable[..., Window]]:
    """Builds windows, not shown yet, with a journal in the test's own home, and closes them as a person would."""
    windows: list[Window] = []

    def make(*, files: Sequence[Path] = (), notice: str | None = None, **changes: Any) -> Window:
        options = LogOptions(journal=home / "journal.sqlite", hosts=())
        arguments: dict[str, Any] = {
            "open_reader": modest_reader,
            "open_log": lambda on_change: Log(options, on_change=on_change),
            "device": "test",
            "window_state": home / "window.ini",
            "rest_seconds": SHORT_REST,
            "retry_seconds": 0.05,
        }
        window = Window(Surroundings(**{**arguments, **changes}), files=files, notice=notice)
        windows.append(window)
        return window

    yield make
    for window in windows:
        if window.isVisible():
            close(qtbot, window)
        window.deleteLater()


@pytest.fixture
def make_window(qtbot: QtBot, build_window: Callable[..., Window]) -> Callable[..., Window]:
    """Builds windows that are shown, their model loaded or known to be missing."""

    def make(**changes: object) -> Window:
        window = build_window(**changes)
        with qtbot.waitSignal(window.ready, timeout=WAIT):
            window.show()
        return window

    return make


@pytest.fixture
def window(make_window: Callable[..., Window]) -> Window:
    return make_window()


def close(qtbot: QtBot, window: Window) -> None:
    with qtbot.waitSignal(window.closed, timeout=WAIT):
        window.close()


def wait_saved(qtbot: QtBot, window: Window, count: int = 1) -> None:
    """Until `count` records are committed and nothing is on its way."""
    qtbot.waitUntil(
        lambda: window.saved_count == count and window.status.saved_text == "Saved" and window.read_tab.settled,
        timeout=WAIT,
    )


def draw(widget: QWidget, *points: tuple[int, int]) -> None:
    """One stroke of the mouse through `points`, in the widget's pixels, by real events."""
    places = [QPoint(*point) for point in points]
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(widget, place)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=places[-1])


def draw_one(window: Window, x: int = 150) -> None:
    draw(window.read_tab.canvas, (x, 60), (x, 120), (x, 180), (x, 240))


def draw_zero(window: Window) -> None:
    draw(window.read_tab.canvas, (150, 60), (240, 150), (150, 240), (60, 150), (150, 60))


def mime(*paths: Path) -> QMimeData:
    """What a file manager gives for these files."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(window: Window, data: QMimeData) -> None:
    """Drag `data` over the window, which would take it, and let go."""
    place, action = QPoint(50, 50), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, action, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(place), action, data, left, none))


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(300, 300)
    canvas.show()
    return canvas


def pen(kind: QPointingDevice.PointerType) -> QPointingDevice:
    """A pen of a tablet, or its eraser end, that knows how hard it is pressed."""
    capabilities = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
    return QPointingDevice("pen", 7, QInputDevice.DeviceType.Stylus, kind, capabilities, 1, 3)


def tablet(
    canvas: Canvas,
    device: QPointingDevice,
    kind: QEvent.Type,
    x: float,
    y: float,
    pressure: float,
    *,
    held: bool = True,
) -> None:
    """One event of a pen on a tablet, at a place in the canvas's pixels; not `held` to the paper it only hovers."""
    place, left, none = QPointF(x, y), Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    buttons = left if held and kind is not QEvent.Type.TabletRelease else none
    modifier = Qt.KeyboardModifier.NoModifier
    on_screen = canvas.mapToGlobal(place)
    event = QTabletEvent(kind, device, place, on_screen, pressure, 0, 0, 0, 0, 0, modifier, left, buttons)
    QApplication.sendEvent(canvas, event)


@pytest.fixture
def sample_picture() -> Path:
    return shipped("resources") / "pictures" / "4_on_paper.jpg"


FAINT_ONE = (340, 100, 30, 120)
"""Where on the `page` a "1" stands, lighter than the "0" beside it: x, y, width, height."""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A dark "0" that is plainly the digit, and far from it a fainter "1"."""
    levels = np.full((300, 400), 250, np.uint8)
    rows, columns = np.mgrid[0:300, 0:400]
    ring = np.hypot((rows - 150) / 110, (columns - 110) / 90)
    levels[(ring > 0.75) & (ring < 1)] = 10
    x, y, width, height = FAINT_ONE
    levels[y : y + height, x : x + width] = 200
    path = tmp_path / "page.png"
    Image.fromarray(levels).save(path)
    return path


@pytest.fixture
def opened(window: Window, qtbot: QtBot, page: Path) -> Window:
    """A window that shows the page and has read it."""
    window.read_tab.open_files([page])
    wait_saved(qtbot, window)
    assert window.read_tab.answer.answer.large == "0"
    return window


def records(home: Path) -> list[Record]:
    """What the journal in `home` holds, newest first, read by another connection, as after a crash."""
    log = Log(LogOptions(journal=home / "journal.sqlite", hosts=()))
    try:
        return [entry.record for entry in log.page(None, Filters(), 1000).entries]
    finally:
        log.close()

"""Saves a picture of every state of the window, to be looked at: `take_screenshots.py FOLDER [THEME] [WxH] [FONT]`."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox

from mnist_desktop.gui.app import make_application, surroundings
from mnist_desktop.gui.replay import pen_events
from mnist_desktop.gui.theme import Theme
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import Drawing, Stroke, read_ink_file
from mnist_desktop.paths import Paths, find_paths, shipped
from mnist_desktop.settings import Settings

PATIENCE_SECONDS = 20.0

SCRIBBLE = Drawing(strokes=(Stroke(points=tuple((x * 7 % 101, x * 31 % 97) for x in range(12))),))

NEARLY = Drawing(strokes=(Stroke(points=((34, 18), (52, 12), (53, 14), (40, 90))),))
"""Between a 1 and a 7."""

SETTINGS = Settings(device="screenshots", cassandra="off")


def rest(milliseconds: int) -> None:
    """Let the window run; QTest.qWait would keep Python's lock from the reading thread meanwhile."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_for(condition: Callable[[], bool]) -> None:
    """Let the window run until `condition`; ends the script when that takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("The window did not come to the state that was to be pictured.")
        rest(10)


def sample(digit: int) -> Drawing:
    """One of the shipped sample drawings."""
    return next(read_ink_file(shipped("resources") / "drawings" / f"{digit}.json")).drawing


class Photographer:
    """Brings windows into a state and takes their picture."""

    def __init__(self, folder: Path, theme: Theme, size: tuple[int, int]) -> None:
        self._folder = folder
        self._theme = theme
        self._size = size

    def open(self, paths: Paths, settings: Settings = SETTINGS) -> Window:
        """A window of the right size and theme, its model loaded or known to be missing."""
        window = Window(surroundings(replace(settings, theme=self._theme.value), paths))
        ready: list[bool] = []
        window.ready.connect(lambda: ready.append(True))
        window.resize(*self._size)
        window.show()
        wait_for(lambda: bool(ready))
        rest(300)
        return window

    def close(self, window: Window) -> None:
        window.close()
        wait_for(lambda: not window.isVisible())

    def take(self, window: Window | QMessageBox, name: str) -> None:
        rest(50)
        width, height = self._size
        window.grab().save(str(self._folder / f"{self._theme.value}-{width}x{height}-{name}.png"))

    def draw(self, window: Window, drawing: Drawing, share: float = 1.0) -> None:
        """Draw the first `share` of `drawing` by mouse and wait for its glyph."""
        window.commands.clear.trigger()
        count = sum(len(stroke.points) + 1 for stroke in drawing.strokes)
        player = pen_events(window.read_tab.canvas, drawing)
        for _ in range(round(count * share)):
            next(player)
        wait_for(lambda: window.read_tab.preview.levels is not None)

    def readings(self, paths: Paths) -> None:
        """Empty, drawing, answer, scribble, pictures, error, history."""
        window = self.open(paths)
        tab = window.read_tab
        self.take(window, "1-empty")
        window.commands.draw_by_keys.trigger()
        self.take(window, "1-keys")
        self.draw(window, sample(7), 0.45)
        self.take(window, "2-drawing")
        for name, drawing in (("3-answer", sample(3)), ("4-scribble", SCRIBBLE)):
            self.draw(window, drawing)
            wait_for(lambda: window.status.saved_text == "Saved")
            self.take(window, name)
        self.draw(window, NEARLY)
        wait_for(lambda: window.status.saved_text == "Saved")
        self.take(window, "4-unsure")
        tab.it_was.buttons["7"].click()
        wait_for(lambda: "You said" in tab.answer.answer.sentence)
        self.take(window, "4-corrected")
        blank = paths.settings.parent / "blank.png"
        paper = QImage(40, 40, QImage.Format.Format_RGB888)
        paper.fill(Qt.GlobalColor.white)
        paper.save(str(blank))
        tab.open_files([blank])
        wait_for(lambda: "Blank" in tab.answer.answer.sentence)
        self.take(window, "4-blank")
        self.draw(window, sample(4))
        tab.explain.click()
        wait_for(lambda: tab.preview.overlay is not None)
        self.take(window, "4-what-decided")
        tab.explain.click()
        wait_for(lambda: window.status.saved_text == "Saved")
        for picture in sorted((shipped("resources") / "pictures").iterdir()):
            count = window.saved_count + 1
            tab.open_files([picture])
            wait_for(lambda count=count: tab.settled and window.saved_count == count)  # type: ignore[misc]
            self.take(window, f"5-picture-{picture.stem}")
        bad = paths.settings.parent / "not a picture.png"
        bad.write_text("This is text.")
        tab.open_files([bad, bad.with_name("missing.jpg")])
        wait_for(lambda: tab.notice.text.count("\n") == 1)
        self.take(window, "6-error")
        for digit in range(10):
            self.draw(window, sample(digit))
        window.tabs.setCurrentWidget(window.history_tab)
        wait_for(lambda: len(window.history_tab.model.rows) >= 12)
        self.take(window, "7-history")
        self.history(window)
        self.close(window)

    def history(self, window: Window) -> None:
        """The History tab with something selected, corrected, deleted, shown in full, and filtered."""
        tab = window.history_tab
        tab.table.selectRow(2)
        self.take(window, "7-history-selected")
        tab.table.label_typed.emit("7")
        wait_for(lambda: "corrected" in tab.actions_row.text)
        tab.show_details()
        wait_for(lambda: not tab.details.bars.isHidden())
        self.take(window, "7-history-details")
        tab.table.deletion_wanted.emit()
        wait_for(lambda: "deleted" in tab.actions_row.text)
        tab.details.hide()
        self.take(window, "7-history-deleted")
        tab.filters.more.setChecked(True)
        tab.filters.time.period.setCurrentIndex(tab.filters.time.period.count() - 1)
        tab.filters.digit.setCurrentText("5")
        tab.filters.corrected.setChecked(True)
        wait_for(lambda: tab.message == "No readings fit these filters.")
        self.take(window, "7-history-filters")
        tab.filters.clear()

    def troubles(self, paths: Paths) -> None:
        """A journal that cannot be written, the question on closing, a model that is not there."""
        paths.journal.mkdir()
        window = self.open(paths)
        self.draw(window, sample(5))
        wait_for(lambda: window.status.saved_text.startswith("Not saved"))
        self.take(window, "8-not-saved")
        window.tabs.setCurrentWidget(window.history_tab)
        self.take(window, "8-not-saved-history")
        window.close()
        wait_for(lambda: bool(window.findChildren(QMessageBox)))
        question = window.findChildren(QMessageBox)[0]
        self.take(question, "9-question")
        question.buttons()[-1].click()
        wait_for(lambda: not window.isVisible())
        window = self.open(paths, replace(SETTINGS, model="nowhere"))
        self.take(window, "9-no-model")
        self.close(window)


def main(folder: Path, theme: Theme, size: tuple[int, int], font_scale: float) -> None:
    """All pictures of one theme at one size, with the system's font so many times as large."""
    folder.mkdir(parents=True, exist_ok=True)
    application = make_application()
    font = application.font()
    font.setPointSizeF(font.pointSizeF() * font_scale)
    application.setFont(font)
    photographer = Photographer(folder, theme, size)
    for part in (photographer.readings, photographer.troubles):
        with tempfile.TemporaryDirectory() as home:
            paths = find_paths({"MNIST_DESKTOP_HOME": home})
            paths.make_folders()
            part(paths)


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    width, height = given.get(3, "1000x680").split("x")
    main(Path(sys.argv[1]), Theme(given.get(2, "light")), (int(width), int(height)), float(given.get(4, "1")))

"""Brings windows into every state that a person may see, and shows each to whoever wants to look at it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget
from shiboken6 import isValid

from mnist_desktop.gui.app import surroundings
from mnist_desktop.gui.picture_steps import StepName
from mnist_desktop.gui.replay import pen_events
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import Drawing, Stroke, read_ink_file
from mnist_desktop.paths import Paths, find_paths, shipped
from mnist_desktop.settings import Settings

PATIENCE_SECONDS = 60.0

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
    """Let the window run until `condition`; a TimeoutError when that takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("The window did not come to the state that was to be seen.")
        rest(10)


def window_of(seen: QWidget) -> Window:
    """The window that `seen` is, or over which it opened."""
    around = seen.parentWidget()
    found = seen if around is None else around.window()
    assert isinstance(found, Window)
    return found


def sample(digit: int) -> Drawing:
    """One of the shipped sample drawings."""
    return next(read_ink_file(shipped("resources") / "drawings" / f"{digit}.json")).drawing


def beside_each_other(*digits: int) -> Drawing:
    """The sample drawings of `digits` from left to right, equally high, with a gap between them."""
    strokes: list[Stroke] = []
    x = 0.0
    for drawing in map(sample, digits):
        left, top, right, bottom = drawing.bounds()
        scale = 100 / (bottom - top)
        for stroke in drawing.strokes:
            moved = tuple((x + (px - left) * scale, (py - top) * scale) for px, py in stroke.points)
            strokes.append(Stroke(points=moved))
        x += (right - left) * scale + 40
    return Drawing(strokes=tuple(strokes))


class Tour:
    """Goes through the states, one after the other."""

    def __init__(self, seen: Callable[[QWidget, str], None]) -> None:
        """`seen` is given each window, or dialog, and what its state is called."""
        self._seen = seen

    def open(self, paths: Paths, settings: Settings = SETTINGS) -> Window:
        """A window, its model loaded or known to be missing."""
        window = Window(surroundings(settings, paths))
        ready: list[bool] = []
        window.ready.connect(lambda: ready.append(True))
        window.show()
        wait_for(lambda: bool(ready) and "…" not in window.status.cassandra_text)
        return window

    def all(self, home: Path) -> None:
        """Every state, with what is kept in folders of their own below `home`."""
        for name, part in (("readings", self.readings), ("troubles", self.troubles)):
            paths = find_paths({"MNIST_DESKTOP_HOME": str(home / name)})
            paths.make_folders()
            part(paths)

    def close(self, window: Window) -> None:
        window.close()
        self.leave(window)

    def leave(self, window: Window) -> None:
        """Wait until `window` is closed, and have nothing of it left: its timers would go on."""
        wait_for(lambda: not window.isVisible())
        window.deleteLater()
        wait_for(lambda: not isValid(window))

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
        self._seen(window, "1-empty")
        window.commands.draw_by_keys.trigger()
        self._seen(window, "1-keys")
        self.draw(window, sample(7), 0.45)
        self._seen(window, "2-drawing")
        for name, drawing in (("3-answer", sample(3)), ("4-scribble", SCRIBBLE)):
            self.draw(window, drawing)
            wait_for(lambda: window.status.saved_text == "Saved")
            self._seen(window, name)
        self.draw(window, beside_each_other(4, 7, 3))
        wait_for(lambda: tab.answer.answer.large == "473")
        wait_for(lambda: window.status.saved_text == "Saved")
        self._seen(window, "3-number")
        self.draw(window, NEARLY)
        wait_for(lambda: window.status.saved_text == "Saved")
        self._seen(window, "4-unsure")
        tab.it_was.buttons["7"].click()
        wait_for(lambda: "You said" in tab.answer.answer.sentence)
        self._seen(window, "4-corrected")
        self.what_decided(window)
        bad = self.pictures(window, paths.settings.parent)
        for digit in range(10):
            self.draw(window, sample(digit))
        window.tabs.setCurrentWidget(window.history_tab)
        wait_for(lambda: len(window.history_tab.model.rows) >= 12)
        self._seen(window, "7-history")
        self.history(window)
        self.files(window, bad)
        self.dialogs(window)
        self.close(window)

    def pictures(self, window: Window, folder: Path) -> Path:
        """One without ink, the sample pictures, and a file that is none, which is returned."""
        tab = window.read_tab
        blank = folder / "blank.png"
        paper = QImage(40, 40, QImage.Format.Format_RGB888)
        paper.fill(Qt.GlobalColor.white)
        paper.save(str(blank))
        tab.open_files([blank])
        wait_for(lambda: "Blank" in tab.answer.answer.sentence)
        self._seen(window, "4-blank")
        for picture in sorted((shipped("resources") / "pictures").iterdir()):
            self.read(window, picture)
            self._seen(window, f"5-picture-{picture.stem}")
        self.steering(window)
        bad = folder / "not a picture.png"
        bad.write_text("This is text.")
        tab.open_files([bad, bad.with_name("missing.jpg")])
        wait_for(lambda: tab.notice.text.count("\n") == 1)
        self._seen(window, "6-error")
        return bad

    def read(self, window: Window, picture: Path) -> None:
        """Open `picture` and wait until its reading is saved."""
        count = window.saved_count + 1
        window.read_tab.open_files([picture])
        wait_for(lambda: window.read_tab.settled and window.saved_count == count)

    def steering(self, window: Window) -> None:
        """A part of a picture, light and dark flipped in it, and back, one of its steps, another threshold."""
        self.read(window, shipped("resources") / "pictures" / "7_on_a_board.png")
        pictures, canvas = window.read_tab.pictures, window.read_tab.canvas

        def see(state: str) -> None:
            wait_for(lambda: window.read_tab.settled and window.status.saved_text == "Saved")
            self._seen(window, f"5-picture-{state}")

        canvas.pane.choose_part((100, 100, 200, 200))
        see("part")
        pictures.controls.flip.click()
        see("flipped")
        pictures.controls.flip.click()
        pictures.strip.tiles[StepName.INK].click()
        see("step")
        pictures.controls.threshold.setValue(40)
        see("threshold")

    def what_decided(self, window: Window) -> None:
        """What decided about a drawing."""
        tab = window.read_tab
        self.draw(window, sample(4))
        wait_for(lambda: window.status.saved_text == "Saved")
        tab.explain.click()
        wait_for(lambda: tab.preview.overlay is not None)
        self._seen(window, "4-what-decided")
        tab.explain.click()
        wait_for(lambda: window.status.saved_text == "Saved")

    def history(self, window: Window) -> None:
        """The History tab with something selected, corrected, deleted, shown in full, and filtered."""
        tab = window.history_tab
        tab.table.selectRow(2)
        self._seen(window, "7-history-selected")
        tab.table.label_typed.emit("7")
        wait_for(lambda: "corrected" in tab.actions_row.text)
        tab.show_details()
        wait_for(lambda: not tab.details.bars.isHidden())
        self._seen(window, "7-history-details")
        tab.table.deletion_wanted.emit()
        wait_for(lambda: "deleted" in tab.actions_row.text)
        tab.details.hide()
        self._seen(window, "7-history-deleted")
        tab.filters.more.setChecked(True)
        tab.filters.time.period.setCurrentIndex(tab.filters.time.period.count() - 1)
        tab.filters.digit.setCurrentText("5")
        tab.filters.corrected.setChecked(True)
        wait_for(lambda: tab.message == "No readings fit these filters.")
        self._seen(window, "7-history-filters")
        tab.filters.clear()

    def files(self, window: Window, bad: Path) -> None:
        """The tab of many files, without and with some, of which one cannot be read."""
        window.tabs.setCurrentWidget(window.batch_tab)
        self._seen(window, "a-files-none")
        window.incoming.open([*sorted((shipped("resources") / "pictures").iterdir()), bad])
        wait_for(lambda: "Done" in window.batch_tab.sentence)
        window.batch_tab.table.selectRow(0)
        self._seen(window, "a-files")

    def dialogs(self, window: Window) -> None:
        """What opens over the window."""
        window.commands.show_read.trigger()
        commands = window.commands
        opened_by = {"about": commands.about, "models": commands.about_models, "settings": commands.settings}
        for name, action in opened_by.items():
            action.trigger()
            wait_for(lambda: bool(_dialogs(window)))
            (dialog,) = _dialogs(window)
            rest(500)
            self._seen(dialog, f"b-{name}")
            dialog.close()
            wait_for(lambda: not _dialogs(window))

    def troubles(self, paths: Paths) -> None:
        """A journal that cannot be written, the question on closing, a model that is not there."""
        paths.journal.mkdir()
        window = self.open(paths)
        self.draw(window, sample(5))
        wait_for(lambda: window.status.saved_text.startswith("Not saved"))
        self._seen(window, "8-not-saved")
        window.tabs.setCurrentWidget(window.history_tab)
        wait_for(lambda: not window.history_tab.model.busy)
        self._seen(window, "8-not-saved-history")
        window.close()
        wait_for(lambda: bool(window.findChildren(QMessageBox)))
        question = window.findChildren(QMessageBox)[0]
        self._seen(question, "9-question")
        question.buttons()[-1].click()
        self.leave(window)
        window = self.open(paths, replace(SETTINGS, model="nowhere"))
        self._seen(window, "9-no-model")
        self.close(window)


def _dialogs(window: Window) -> list[QDialog]:
    return [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]

"""Ten minutes of use of the real window, against a bare PySide6 window that only paints in those same minutes.

What is measured is the longest time for which the event loop did nothing else, what was done then, and how much memory
the process holds at the end that it did not hold at the start. Whatever else the machine does stalls both windows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "plugins"))

from window_person import TICK_MILLISECONDS, Person

from mnist_desktop.gui.app import make_application, surroundings
from mnist_desktop.gui.garbage import set_apart_what_stays
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.log.log import Log
from mnist_desktop.log.record import Record, Source, microseconds, new_id
from mnist_desktop.paths import Paths, find_paths, shipped
from mnist_desktop.settings import Settings, log_options

MINUTES = 10.0

STALL_MILLISECONDS = 50.0

MOST_MEGABYTES = 30.0

HEARTBEAT_MILLISECONDS = 2

OLDER_RECORDS = 5_000
"""What the log holds from before: enough to scroll for a while."""

NO_SERVER = "127.0.0.1:1"
"""Cassandra is set up and away, so that driver and delivery have their share of the process."""

SETTINGS = Settings(device="bench", cassandra=NO_SERVER)


@dataclass(frozen=True, kw_only=True)
class Stall:
    """One time that the event loop stood still, and what had been done since its last beat."""

    doing: str
    milliseconds: float
    computing: float
    """Milliseconds of these that the window's own thread computed."""
    queued: float
    """Milliseconds that it could have computed, but other programs had the processors; the rest it waited for another
    thread of its own process, or the disk."""


class Heart(QObject):
    """Beats in the event loop, and notes how late each beat comes."""

    def __init__(self) -> None:
        super().__init__()
        self.longest: dict[str, Stall] = {}
        self.stalls: list[Stall] = []
        self._doing = ["starting"]
        self._last: tuple[float, float, float] | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(HEARTBEAT_MILLISECONDS)

    def begin(self, doing: str) -> None:
        """From now on the person does this."""
        self._doing.append(doing)

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now = (time.perf_counter() * 1000, time.thread_time() * 1000, queued_milliseconds())
        if self._last is not None:
            past, computing, queued = (after - before for after, before in zip(now, self._last, strict=True))
            late = past - HEARTBEAT_MILLISECONDS
            doing = " → ".join(self._doing)
            self._note(Stall(doing=doing, milliseconds=late, computing=computing, queued=queued))
        del self._doing[:-1]
        self._last = now

    def _note(self, stall: Stall) -> None:
        if stall.milliseconds > STALL_MILLISECONDS:
            self.stalls.append(stall)
        known = self.longest.get(stall.doing)
        if known is None or stall.milliseconds > known.milliseconds:
            self.longest[stall.doing] = stall


class BareWindow(QWidget):
    """The other side: it paints as often as the hand moves, and does nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.resize(1000, 680)
        self._painted = 0

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        self._painted += 1
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#ffffff"))
        painter.drawLine(0, self._painted % 680, 1000, 0)


def queued_milliseconds() -> float:
    """How long this thread has been ready to compute without getting a processor (Linux, Documentation/scheduler)."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text("ascii").split()[1]) / 1e6
    except OSError:
        return 0.0


def resident_megabytes() -> float:
    """What the process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def fill(paths: Paths) -> None:
    """Put what was read before into the journal: sample digits of the last days, some from files."""
    paths.make_folders()
    reader = surroundings(SETTINGS, paths).open_reader()
    readings = [
        reader.read_drawing(next(read_ink_file(path)).drawing)
        for path in sorted((shipped("resources") / "drawings").glob("*.json"))
    ]
    reader.close()
    now = datetime.now(UTC)
    records = []
    for number in range(OLDER_RECORDS):
        reading, time_made = readings[number % len(readings)], now - timedelta(minutes=OLDER_RECORDS - number)
        prediction, glyph = reading.prediction, reading.glyph
        assert prediction is not None
        assert glyph is not None
        named = number % 3 == 0
        records.append(
            Record(
                id=new_id(time_made),
                version=microseconds(time_made),
                digit=prediction.best,
                label=prediction.label,
                confidence=prediction.confidence,
                probabilities=prediction.probabilities,
                verdict=reading.verdict.value,
                source=Source.FILE if named else Source.CANVAS,
                name=f"kitchen {number}.png" if named else None,
                model="digits",
                device="bench",
                glyph=glyph.to_png(),
                ink=None,
            )
        )
    log = Log(log_options(SETTINGS, paths))
    try:
        for start in range(0, len(records), 1000):
            if not log.save_all(records[start : start + 1000]):
                sys.exit(f"The journal could not be filled: {log.why_unsaved()}")
    finally:
        log.close()


def use_window(seconds: float) -> tuple[Heart, list[float]]:
    """The session itself: how late the heart beat, and the memory at the start and after each round, in megabytes."""
    application = make_application()
    with tempfile.TemporaryDirectory() as home:
        # In a process of its own, so that this one begins as the program does.
        subprocess.run([sys.executable, __file__, "--fill", home], check=True)
        window = Window(surroundings(SETTINGS, find_paths({"MNIST_DESKTOP_HOME": home})))
        # So does the program.
        set_apart_what_stays(window)
        heart, memory = Heart(), list[float]()
        person = Person(window, seconds)
        person.begins.connect(heart.begin)
        person.went_round.connect(lambda: memory.append(resident_megabytes()))
        window.ready.connect(person.begin)
        window.closed.connect(heart.stop)
        window.closed.connect(application.quit)
        window.show()
        application.exec()
    return heart, memory


def paint_only() -> None:
    """The bare window, until standard input ends; prints its longest stall in milliseconds."""
    application = make_application()
    window, heart, painting = BareWindow(), Heart(), QTimer()
    painting.timeout.connect(window.update)
    painting.start(TICK_MILLISECONDS)
    ended = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    ended.activated.connect(application.quit)
    window.show()
    application.exec()
    sys.stdout.write(f"{max(stall.milliseconds for stall in heart.longest.values())}\n")


def main() -> None:
    """Print the figures; exit code 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--fill", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if arguments.bare:
        paint_only()
        return
    if arguments.fill:
        fill(find_paths({"MNIST_DESKTOP_HOME": arguments.fill}))
        return
    command = [sys.executable, __file__, "--bare"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        heart, memory = use_window(arguments.minutes * 60)
        told, _ = other.communicate()
    bare = float(told)
    longest = max(stall.milliseconds for stall in heart.longest.values())
    grown = memory[-1] - memory[0]
    figures = {
        "minutes": arguments.minutes,
        "rounds": len(memory) - 1,
        "longest_stall_ms": round(longest, 1),
        "longest_stall_of_a_bare_window_ms": round(bare, 1),
        "times_a_bare_window": round(longest / bare, 1),
        "stalls_over_50_ms": len(heart.stalls),
        "megabytes_at_start": round(memory[0], 1),
        "megabytes_after_each_round": [round(each, 1) for each in memory[1:]],
        "megabytes_at_end": round(memory[-1], 1),
        "grown_megabytes": round(grown, 1),
    }
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, figure in figures.items():
            sys.stdout.write(f"{name:36} {figure}\n")
        for stall in sorted(heart.longest.values(), key=lambda stall: -stall.milliseconds):
            sys.stdout.write(
                f"    {stall.doing:36} {stall.milliseconds:6.1f} ms: computing {stall.computing:5.1f}, "
                f"other programs {stall.queued:5.1f}\n"
            )
    sys.exit(0 if longest <= max(STALL_MILLISECONDS, bare) and grown <= MOST_MEGABYTES else 1)


if __name__ == "__main__":
    main()

"""1,000 readings saved in the real window while each sync of the disk takes 200 ms, against the same at full speed.

What is measured is the longest time for which the event loop did nothing else, and how long the window's thread waited
in it: neither computed, nor was ready to while a processor was busy with something else. A bare window that only beats
tells how much of both is the machine's own. strace slows the syncs, for the measured process only.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from mnist_desktop.gui.app import make_application, surroundings
from mnist_desktop.gui.log_states import Saved
from mnist_desktop.gui.recorder import ToRecord
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.log.record import Source
from mnist_desktop.paths import find_paths, shipped
from mnist_desktop.settings import Settings

RECORDS = 1_000

PACE_MILLISECONDS = 8
"""Between two readings: far more than a person makes, so that they queue up behind a slow disk."""

HEARTBEAT_MILLISECONDS = 1

SLOW_MICROSECONDS = 200_000

ROUNDS = 3

WARM_UP = 20
"""Readings that are saved before the measuring begins: what is imported with the first is no matter of the disk."""


class Heart:
    """Beats in the event loop, and notes how late the latest beat came, in milliseconds."""

    def __init__(self) -> None:
        self.longest_stall = 0.0
        self.longest_wait = 0.0
        self._last: tuple[float, float] | None = None

    def beat(self) -> None:
        now = (time.perf_counter() * 1000, busy_milliseconds())
        if self._last is not None:
            late = now[0] - self._last[0] - HEARTBEAT_MILLISECONDS
            self.longest_stall = max(self.longest_stall, late)
            self.longest_wait = max(self.longest_wait, late - (now[1] - self._last[1]))
        self._last = now

    def figures(self) -> dict[str, float]:
        return {"longest_stall_ms": self.longest_stall, "longest_wait_ms": self.longest_wait}


def busy_milliseconds() -> float:
    """How long this thread has computed or been ready to (Linux, Documentation/scheduler/sched-stats.rst)."""
    computed, ready, _slices = Path("/proc/thread-self/schedstat").read_text("ascii").split()
    return (int(computed) + int(ready)) / 1e6


def save_in_window(count: int) -> dict[str, float]:
    """The heart's figures while so many readings are saved, and how many seconds saving them all took."""
    application = make_application()
    heart = Heart()
    saved: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        places = surroundings(Settings(device="bench", cassandra="off"), find_paths({"MNIST_DESKTOP_HOME": home}))
        drawing = next(read_ink_file(min((shipped("resources") / "drawings").glob("*.json")))).drawing
        number = places.open_reader().read_digits(drawing)
        window = Window(places)
        beating, pacing = QTimer(), QTimer()
        sheets = itertools.count(1)

        def hand_on() -> None:
            sheet = next(sheets)
            window.read_tab.to_record.emit(
                ToRecord(sheet=sheet, number=number, source=Source.CANVAS, name=None, at=datetime.now(UTC))
            )
            if sheet in (WARM_UP, WARM_UP + count):
                pacing.stop()

        def note(one: Saved) -> None:
            assert one.committed, one.why
            saved.append(time.perf_counter())
            if len(saved) == WARM_UP:
                beating.start(HEARTBEAT_MILLISECONDS)
                pacing.start(PACE_MILLISECONDS)
            elif len(saved) == WARM_UP + count:
                beating.stop()
                window.close()

        beating.timeout.connect(heart.beat)
        pacing.timeout.connect(hand_on)
        window.log_worker.saved.connect(note)
        window.ready.connect(lambda: QTimer.singleShot(500, lambda: pacing.start(PACE_MILLISECONDS)))
        window.closed.connect(application.quit)
        window.show()
        application.exec()
    return heart.figures() | {"seconds": saved[-1] - saved[WARM_UP - 1]}


def beat_only(count: int) -> dict[str, float]:
    """The heart's figures in a window that does nothing, for as long as handing on so many readings takes."""
    application = make_application()
    heart, beating, window = Heart(), QTimer(), QWidget()
    seconds = count * PACE_MILLISECONDS / 1000
    beating.timeout.connect(heart.beat)
    beating.start(HEARTBEAT_MILLISECONDS)
    QTimer.singleShot(round(seconds * 1000), application.quit)
    window.show()
    application.exec()
    return heart.figures() | {"seconds": seconds}


def measure(count: int, *, slowed: bool = False, bare: bool = False) -> dict[str, float]:
    """What `save_in_window` finds in a process of its own, or `beat_only`."""
    command = [sys.executable, __file__, "--child", "--records", str(count), *(["--bare"] if bare else [])]
    if slowed:
        syncs = "fsync,fdatasync"
        slow = ("-e", f"trace={syncs}", "-e", f"inject={syncs}:delay_enter={SLOW_MICROSECONDS}")
        command = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", *slow, *command]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print the figures; exit code 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--at-most", type=float, default=5.0, help="milliseconds that the window may wait")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if arguments.child:
        found = beat_only(arguments.records) if arguments.bare else save_in_window(arguments.records)
        sys.stdout.write(json.dumps(found) + "\n")
        return
    if shutil.which("strace") is None:
        sys.exit("strace, which slows the disk down, is not installed.")
    # In turn, and the middle of each: the longest of many gaps is what anything else on the machine shows in first.
    count = arguments.records
    runs = [(measure(count), measure(count, slowed=True), measure(count, bare=True)) for _ in range(ROUNDS)]
    plain, slow, bare = (
        {name: statistics.median(run[name] for run in side) for name in side[0]} for side in zip(*runs, strict=True)
    )
    figures = {
        "records": count,
        "longest_stall_ms": round(plain["longest_stall_ms"], 2),
        "longest_stall_ms_slow_disk": round(slow["longest_stall_ms"], 2),
        "longest_stall_ms_bare_window": round(bare["longest_stall_ms"], 2),
        "longest_wait_ms": round(plain["longest_wait_ms"], 2),
        "longest_wait_ms_slow_disk": round(slow["longest_wait_ms"], 2),
        "longest_wait_ms_bare_window": round(bare["longest_wait_ms"], 2),
        "seconds": round(plain["seconds"], 1),
        "seconds_slow_disk": round(slow["seconds"], 1),
        "syncs_one_by_one_would_take_seconds": count * SLOW_MICROSECONDS / 1e6,
    }
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, figure in figures.items():
            sys.stdout.write(f"{name:36} {figure}\n")
    sys.exit(0 if slow["longest_wait_ms"] <= max(arguments.at_most, bare["longest_wait_ms"]) else 1)


if __name__ == "__main__":
    main()

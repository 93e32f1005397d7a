"""1,000 readings saved in the real window while each sync of the disk takes 200 ms, against the same at full speed.

What is measured is the longest time for which the event loop did nothing else: the window never waits for the disk.
strace slows the syncs, for the measured process only.
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
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QTimer

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


@dataclass(kw_only=True)
class Heart:
    """Beats in the event loop, and notes the longest time between two beats."""

    last: float = 0.0
    longest: float = 0.0

    def beat(self) -> None:
        now = time.perf_counter()
        if self.last:
            self.longest = max(self.longest, now - self.last)
        self.last = now


def save_in_window(count: int) -> dict[str, float]:
    """The longest stall in milliseconds while so many readings are saved, and how long saving them all took."""
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
    return {
        "longest_stall_ms": heart.longest * 1000 - HEARTBEAT_MILLISECONDS,
        "seconds": saved[-1] - saved[WARM_UP - 1],
    }


def measure(count: int, *, slowed: bool) -> dict[str, float]:
    """What `save_in_window` finds in a process of its own."""
    command = [sys.executable, __file__, "--child", "--records", str(count)]
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
    parser.add_argument("--at-most", type=float, default=5.0, help="milliseconds of stall that the slow disk may add")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if arguments.child:
        sys.stdout.write(json.dumps(save_in_window(arguments.records)) + "\n")
        return
    if shutil.which("strace") is None:
        sys.exit("strace, which slows the disk down, is not installed.")
    # In turn, and the middle of each: the longest of many gaps is what anything else on the machine shows in first.
    runs = [(measure(arguments.records, slowed=False), measure(arguments.records, slowed=True)) for _ in range(ROUNDS)]
    plain, slow = (
        {name: statistics.median(run[name] for run in side) for name in side[0]} for side in zip(*runs, strict=True)
    )
    added = slow["longest_stall_ms"] - plain["longest_stall_ms"]
    figures = {
        "records": arguments.records,
        "longest_stall_ms": round(plain["longest_stall_ms"], 2),
        "longest_stall_ms_slow_disk": round(slow["longest_stall_ms"], 2),
        "added_by_slow_disk_ms": round(added, 2),
        "seconds": round(plain["seconds"], 1),
        "seconds_slow_disk": round(slow["seconds"], 1),
        "syncs_one_by_one_would_take_seconds": arguments.records * SLOW_MICROSECONDS / 1e6,
    }
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, figure in figures.items():
            sys.stdout.write(f"{name:36} {figure}\n")
    sys.exit(0 if min(added, slow["longest_stall_ms"]) <= arguments.at_most else 1)


if __name__ == "__main__":
    main()

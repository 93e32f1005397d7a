"""A real X server, a real pointer and real keys: what a person at a desk does, read from the journal afterwards."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from mnist_desktop.ink.drawing import Drawing, read_ink_file
from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import Record
from mnist_desktop.paths import find_paths, shipped
from mnist_desktop.recording import unpack_ink

MISSING = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (Debian: xvfb, xdotool)")

PATIENCE_SECONDS = 60.0
"""For a machine that trains a network at the same time."""

SHARE = 0.7
"""How much of the canvas a digit takes."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A display with the window on it, and a hand at pointer and keys."""

    environment: dict[str, str]
    told: queue.Queue[dict[str, Any]]
    canvas: tuple[int, int, int, int]
    """Left, top, width and height on the screen."""

    def hand(self, *commands: str) -> None:
        """Have xdotool do `commands`, one after the other."""
        subprocess.run(["xdotool", *commands], env=self.environment, check=True, timeout=PATIENCE_SECONDS)

    def wait_for(self, key: str) -> Any:
        """The value of the next line that tells `key`."""
        while True:
            happened = self.told.get(timeout=PATIENCE_SECONDS)
            if key in happened:
                return happened[key]

    def draw(self, drawing: Drawing) -> int:
        """Draw with the pointer, in the middle of the canvas, as fast as it goes; returns how many pixels it visits."""
        left, top, right, bottom = drawing.bounds()
        x, y, width, height = self.canvas
        scale = SHARE * min(width, height) / max(right - left, bottom - top)
        commands: list[str] = []
        visited = 0
        for stroke in drawing.strokes:
            places = [
                (
                    round(x + width / 2 + scale * (point[0] - (left + right) / 2)),
                    round(y + height / 2 + scale * (point[1] - (top + bottom) / 2)),
                )
                for point in stroke.points
            ]
            visited += len([place for place, _ in groupby(places)])
            moves = [("mousemove", str(px), str(py)) for px, py in places]
            commands += [*moves[0], "mousedown", "1", *(word for move in moves[1:] for word in move), "mouseup", "1"]
        self.hand(*commands)
        return visited


@pytest.fixture
def display() -> Iterator[str]:
    """An X server of the test's own, on a Unix socket only."""
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1200x900x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        number = server.stdout.readline().strip()
        assert number.isdigit(), "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)
        assert server.stdout is not None
        server.stdout.close()


@pytest.fixture
def desk(display: str, home: Path) -> Iterator[Desk]:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": "1"}
    script = Path(__file__).with_name("x11_window.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(home)], env=environment, stdout=subprocess.PIPE, text=True
    )
    told: queue.Queue[dict[str, Any]] = queue.Queue()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            told.put(json.loads(line))

    listener = threading.Thread(target=listen, name="listening to the window")
    listener.start()
    try:
        first = told.get(timeout=PATIENCE_SECONDS)
        desk = Desk(environment=environment, told=told, canvas=tuple(first["canvas"]))
        # There is no window manager that would give it the keys.
        desk.hand("windowfocus", "--sync", str(first["window"]))
        yield desk
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_SECONDS) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        listener.join()
        assert process.stdout is not None
        process.stdout.close()


def records(home: Path) -> list[Record]:
    """What the journal holds, the oldest first."""
    log = Log(LogOptions(journal=find_paths({"MNIST_DESKTOP_HOME": str(home)}).journal, hosts=()))
    try:
        return [entry.record for entry in log.page(None, Filters(), 100).entries][::-1]
    finally:
        log.close()


def test_ten_digits_drawn_with_a_real_pointer_are_read_right(desk: Desk, home: Path) -> None:
    visited = []
    for digit in range(10):
        visited.append(desk.draw(next(read_ink_file(shipped("resources") / "drawings" / f"{digit}.json")).drawing))
        desk.wait_for("saved")
        desk.hand("key", "Escape")
    read = records(home)
    assert [record.label for record in read] == list("0123456789")
    assert {record.verdict for record in read} == {"digit"}
    # However fast the hand and however busy the window: no point of a stroke is left out.
    drawings = [unpack_ink(record.ink) for record in read if record.ink is not None]
    assert [sum(len(stroke.points) for stroke in drawing.strokes) for drawing in drawings] == visited


def test_by_keys_alone_one_draws_reads_corrects_and_looks_it_up(desk: Desk, home: Path) -> None:
    desk.hand("key", "ctrl+k", "key", "shift+Up", "key", "shift+Up", "key", "shift+Up", "key", "space")
    desk.hand("key", "--repeat", "6", "--delay", "20", "shift+Down")
    desk.hand("key", "space")
    assert desk.wait_for("saved") == "1"
    desk.hand("key", "7")
    assert desk.wait_for("corrected") == ["7"]
    desk.hand("key", "ctrl+2")
    assert desk.wait_for("tab") == 1
    desk.hand("key", "ctrl+1")
    assert desk.wait_for("tab") == 0
    (record,) = records(home)
    assert (record.label, record.corrected) == ("1", "7")

"""Pen move → glyph and bars painted, in the real window, against what a tutorial's `model.predict` takes alone."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QTimer

from mnist_desktop.gui.app import make_application, surroundings
from mnist_desktop.gui.replay import pen_events
from mnist_desktop.gui.window import Window
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.paths import find_paths, shipped
from mnist_desktop.settings import Settings

MOUSE_MILLISECONDS = 8
"""Between two reports of an ordinary mouse (125 Hz)."""

HEARTBEAT_MILLISECONDS = 5

FRAME_MILLISECONDS = 1000 / 60

PREDICT = """
import sys, time, statistics
import keras, numpy
model = keras.models.load_model(sys.argv[1])
glyph = numpy.zeros((1, 28, 28, 1), "float32")
for _ in range(5):
    model.predict(glyph, verbose=0)
times = []
for _ in range(50):
    begun = time.perf_counter()
    model.predict(glyph, verbose=0)
    times.append(time.perf_counter() - begun)
print(statistics.median(times) * 1000)
"""


class Stopwatch(QObject):
    """Notes when each move of the pen was sent, and when glyph and bars that show it, or a later one, were painted."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.latencies: list[float] = []
        self.gaps: list[float] = []
        self._tab = window.read_tab
        self._sent: dict[int, float] = {}
        self._shown: int | None = None
        self._last_beat = time.perf_counter()
        self._tab.glyph_shown.connect(self._glyph_shown)
        self._tab.bars.installEventFilter(self)
        self._heart = QTimer(self)
        self._heart.timeout.connect(self._beat)
        self._heart.start(HEARTBEAT_MILLISECONDS)

    def moved(self, sent: float) -> None:
        """The move sent at `sent` has become the revision that the tab shows on its canvas now."""
        self._sent.setdefault(self._tab.revision, sent)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        if event.type() is QEvent.Type.Paint and self._shown is not None:
            # Glyph and bars are painted in one go; what is queued now runs when that is done.
            QTimer.singleShot(0, self, self._painted)
        return False

    def _glyph_shown(self, revision: int) -> None:
        self._shown = revision

    def _painted(self) -> None:
        now = time.perf_counter()
        for revision in [revision for revision in self._sent if self._shown is not None and revision <= self._shown]:
            self.latencies.append((now - self._sent.pop(revision)) * 1000)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last_beat) * 1000)
        self._last_beat = now


def strokes(window: Window, watch: Stopwatch, rounds: int) -> Iterator[None]:
    """Draw all sample digits `rounds` times; each step sends one event."""
    for _ in range(rounds):
        for path in sorted((shipped("resources") / "drawings").glob("*.json")):
            window.commands.clear.trigger()
            drawing = next(read_ink_file(path)).drawing
            player = pen_events(window.read_tab.canvas, drawing)
            while True:
                sent = time.perf_counter()
                before = window.read_tab.revision
                if next(player, StopIteration) is StopIteration:
                    break
                if window.read_tab.revision != before:
                    watch.moved(sent)
                yield


def measure(rounds: int) -> tuple[list[float], list[float]]:
    """Latencies of all moves and the gaps between heartbeats of the event loop, in milliseconds."""
    application = make_application()
    with tempfile.TemporaryDirectory() as home:
        paths = find_paths({"MNIST_DESKTOP_HOME": home})
        window = Window(surroundings(Settings(device="bench", cassandra="off"), paths))
        watch = Stopwatch(window)
        timer = QTimer()
        steps = strokes(window, watch, rounds)

        def step() -> None:
            if next(steps, StopIteration) is StopIteration:
                timer.stop()
                QTimer.singleShot(1000, window.close)

        timer.timeout.connect(step)
        window.ready.connect(lambda: QTimer.singleShot(500, lambda: timer.start(MOUSE_MILLISECONDS)))
        window.closed.connect(application.quit)
        window.show()
        application.exec()
    return watch.latencies, watch.gaps


def keras_predict() -> float | None:
    """Median milliseconds of one `model.predict` on the same network; None without TensorFlow."""
    if importlib.util.find_spec("tensorflow") is None:
        return None
    model = shipped("model") / "digits" / "model.keras"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", PREDICT, str(model)], capture_output=True, text=True, check=True, env=environment
    )
    return float(done.stdout.split()[-1])


def main() -> None:
    """Print the figures; exit code 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="how often all sample digits are drawn")
    parser.add_argument("--at-most", type=float, default=16.0, help="milliseconds that 99 of 100 moves may take")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    latencies, gaps = measure(arguments.rounds)
    cuts = statistics.quantiles(latencies, n=100)
    predict = keras_predict()
    figures = {
        "moves": len(latencies),
        "p50_ms": round(cuts[49], 2),
        "p99_ms": round(cuts[98], 2),
        "longest_ms": round(max(latencies), 2),
        "longest_stall_ms": round(max(gaps) - HEARTBEAT_MILLISECONDS, 1),
        "p99_per_frame": round(cuts[98] / FRAME_MILLISECONDS, 2),
        "keras_predict_ms": None if predict is None else round(predict, 1),
        "times_faster_than_predict": None if predict is None else round(predict / cuts[49], 1),
    }
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, figure in figures.items():
            sys.stdout.write(f"{name:28} {figure}\n")
    sys.exit(0 if cuts[98] <= arguments.at_most else 1)


if __name__ == "__main__":
    main()

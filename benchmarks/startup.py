"""Start to first answer, against a bare PySide6 window and against `import tensorflow`, all as processes in one run."""

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

BARE = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def paintEvent(self, event):
        QTimer.singleShot(0, done)

def done():
    print("there", flush=True)
    application.quit()

application = QApplication([])
window = Window()
window.resize(1000, 680)
window.show()
application.exec()
"""

PROGRAM = """
import os, sys
from PySide6.QtCore import QTimer
from mnist_desktop.gui import app
from mnist_desktop.gui.replay import pen_events
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.paths import find_paths
from mnist_desktop.settings import load_settings

SEVEN = Drawing(strokes=(Stroke(points=((0.0, 0.0), (50.0, 0.0), (25.0, 90.0))),))

class Window(app.Window):
    # As soon as there is something to see, somebody draws; the model is not loaded yet.
    def paintEvent(self, event):
        if not self._started:
            print("painted", flush=True)
            self.read_tab.glyph_shown.connect(self.answered)
            QTimer.singleShot(0, self.draw)
        super().paintEvent(event)

    def draw(self):
        for _ in pen_events(self.read_tab.canvas, SEVEN):
            pass

    def answered(self, revision):
        if revision == self.read_tab.revision:
            print("there", flush=True)
            self.close()

app.Window = Window
paths = find_paths(os.environ)
sys.exit(app.run([], load_settings(paths, os.environ), paths))
"""

TENSORFLOW = """
import tensorflow
print("there", flush=True)
"""


def seconds_until(program: str, line: str, environment: dict[str, str]) -> float:
    """From starting `program` as a process until it prints `line`."""
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as child:
        assert child.stdout is not None
        for printed in child.stdout:
            if printed.strip() == line:
                passed = time.perf_counter() - begun
                child.stdout.read()
                return passed
    raise SystemExit(f"A program ended without printing “{line}”.")


def main() -> None:
    """Print the figures; exit code 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--at-most", type=float, default=5.0, help="bare windows that the first answer may take")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    tensorflow = importlib.util.find_spec("tensorflow") is not None
    times: dict[str, list[float]] = {"bare": [], "painted": [], "answer": [], "tensorflow": []}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "MNIST_DESKTOP_HOME": home, "MNIST_DESKTOP_CASSANDRA": "off"}
        # Compiled once and kept, as everywhere but on machines that forbid it; what is compared is not the compiler.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment |= {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPYCACHEPREFIX": f"{home}/compiled"}
        # One round for the disk's cache and the compiled modules, then all in turn, so that a busy minute hits all.
        for number in range(arguments.rounds + 1):
            measured = {
                "bare": seconds_until(BARE, "there", environment),
                "painted": seconds_until(PROGRAM, "painted", environment),
                "answer": seconds_until(PROGRAM, "there", environment),
            }
            if tensorflow and number <= arguments.rounds // 2:
                measured["tensorflow"] = seconds_until(TENSORFLOW, "there", environment)
            for name, passed in measured.items():
                times[name] += [passed] if number else []
    medians = {name: statistics.median(passed) for name, passed in times.items() if passed}
    ratio = medians["answer"] / medians["bare"]
    figures: dict[str, float] = {f"{name}_seconds": round(passed, 3) for name, passed in medians.items()}
    figures["answer_per_bare_window"] = round(ratio, 2)
    if "tensorflow" in medians:
        figures["answer_per_import_tensorflow"] = round(medians["answer"] / medians["tensorflow"], 3)
    if arguments.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, figure in figures.items():
            sys.stdout.write(f"{name:32} {figure}\n")
    sys.exit(0 if ratio <= arguments.at_most else 1)


if __name__ == "__main__":
    main()

"""The window on the display that DISPLAY names; says on standard output where its canvas is and what it saved.

Started by test_x11.py: a line of JSON for each thing that happened.
"""

from __future__ import annotations

import json
import sys

from mnist_desktop.gui.app import interrupts_close, make_application, surroundings
from mnist_desktop.gui.history_changes import Changed
from mnist_desktop.gui.log_states import Saved
from mnist_desktop.gui.window import Window
from mnist_desktop.paths import find_paths
from mnist_desktop.settings import Settings


def tell(**happened: object) -> None:
    """One line, at once: somebody waits for it."""
    sys.stdout.write(json.dumps(happened) + "\n")
    sys.stdout.flush()


def main(home: str) -> int:
    """Show the window until it is closed."""
    application = make_application()
    paths = find_paths({"MNIST_DESKTOP_HOME": home})
    paths.make_folders()
    window = Window(surroundings(Settings(device="x11", cassandra="off"), paths))
    window.resize(1000, 700)
    window.move(20, 20)

    def ready() -> None:
        canvas = window.read_tab.canvas
        corner = canvas.mapToGlobal(canvas.rect().topLeft())
        tell(canvas=[corner.x(), corner.y(), canvas.width(), canvas.height()], window=int(window.winId()))

    def saved(saved: Saved) -> None:
        tell(saved="".join(record.label or "" for record in saved.records), committed=saved.committed)

    def changed(changed: Changed) -> None:
        tell(corrected=[row.corrected for row in changed.rows])

    window.ready.connect(ready)
    window.log_worker.saved.connect(saved)
    window.log_worker.changed.connect(changed)
    window.tabs.currentChanged.connect(lambda index: tell(tab=index))
    window.closed.connect(application.quit)
    with interrupts_close(window):
        window.show()
        return int(application.exec())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

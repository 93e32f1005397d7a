"""Saves a picture of every state of the window, to be looked at: `take_screenshots.py FOLDER [THEME] [WxH] [FONT]`.

For a screen of 200 % set QT_SCALE_FACTOR=2. What is wrong with a layout is said as well, and makes the exit code 1.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "plugins"))

from layout_flaws import flaws
from PySide6.QtWidgets import QWidget
from window_states import Tour, rest, window_of

from mnist_desktop.gui.app import make_application
from mnist_desktop.gui.theme import Theme


def main(folder: Path, theme: Theme, size: tuple[int, int], font_scale: float) -> int:
    """All pictures of one theme at one size, with the system's font so many times as large; the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    application = make_application()
    font = application.font()
    font.setPointSizeF(font.pointSizeF() * font_scale)
    application.setFont(font)
    found: list[str] = []

    def take(window: QWidget, name: str) -> None:
        window_of(window).set_theme(theme)
        window_of(window).resize(*size)
        rest(100)
        window.grab().save(str(folder / f"{theme.value}-{size[0]}x{size[1]}-{name}.png"))
        found.extend(f"{name}: {flaw}" for flaw in flaws(window))

    with tempfile.TemporaryDirectory() as home:
        Tour(take).all(Path(home))
    for flaw in found:
        sys.stderr.write(f"{flaw}\n")
    return 1 if found else 0


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    width, height = given.get(3, "1000x680").split("x")
    sys.exit(main(Path(sys.argv[1]), Theme(given.get(2, "light")), (int(width), int(height)), float(given.get(4, "1"))))

"""The demo, as a newcomer runs it on a machine without a display, with the model that ships."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RUN = """
import os, sys
from pathlib import Path
from mnist_desktop.gui.demo import demo
from mnist_desktop.paths import find_paths
from mnist_desktop.settings import load_settings
paths = find_paths(os.environ)
sys.exit(demo(load_settings(paths, os.environ), paths, Path(sys.argv[1])))
"""


def test_the_demo_reads_the_samples_and_keeps_a_picture(home: Path, tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    picture = tmp_path / "shot.png"
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(picture)], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    if sys.platform.startswith("linux"):
        assert "offscreen" in done.stderr
    read = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert len(read) == 13
    wrong = {name: answer for name, answer in read.items() if not answer.startswith(name[0])}
    assert not wrong
    # Both tabs side by side, and not one flat colour.
    from PIL import Image

    with Image.open(picture) as image:
        assert image.width == 2 * 1000
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 50
    assert not (home / "journal.sqlite").exists()

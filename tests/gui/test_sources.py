"""What Qt for Python leaves alone."""

from __future__ import annotations

import subprocess
import sys

IMPORTS = """
import linecache
import mnist_desktop.gui.window
import numpy.testing
kept = [name for name in linecache.cache if "numpy" in name or "mnist_desktop" in name]
print(len(kept), *kept[:3])
"""


def test_the_source_of_no_module_is_read_and_kept() -> None:
    # It was 8 MB of NumPy's, SciPy's and the driver's source, and 130 ms of every start.
    told = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    assert told.stdout.split()[0] == "0", told.stdout

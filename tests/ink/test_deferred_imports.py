"""What comes along with SciPy's filters, and what does not."""

from __future__ import annotations

import json
import subprocess
import sys

from mnist_desktop.ink.deferred_imports import DEFERRED

PICTURES = """
import json, sys
from mnist_desktop.ink.isolate import isolate
from mnist_desktop.ink.pictures import read_picture
from mnist_desktop.paths import shipped
for path in (shipped("resources") / "pictures").iterdir():
    isolate(read_picture(path))
inside = [name for name in sys.modules if name.startswith(tuple(f"{package}." for package in sys.argv[1:]))]
print(json.dumps(["scipy.ndimage" in sys.modules, inside, "unittest" in sys.modules]))
"""

USED = """
import mnist_desktop.ink
import scipy.ndimage
import numpy
import scipy.special
from numpy.testing import assert_allclose
assert_allclose(scipy.special.expit(0.0), 0.5)
assert_allclose(numpy.polynomial.Polynomial([1, 2])(3), 7)
assert_allclose(scipy.ndimage.zoom(numpy.arange(4.0), 2)[-1], 3)
"""


def test_pictures_are_isolated_without_what_scipy_would_bring_along() -> None:
    # It was 150 modules and 17 MB, and half of what the import of SciPy computes.
    command = [sys.executable, "-c", PICTURES, *DEFERRED]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == [True, [], False]


def test_whoever_uses_what_was_deferred_finds_it_all() -> None:
    subprocess.run([sys.executable, "-c", USED], check=True)

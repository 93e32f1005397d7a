"""Keeps SciPy's filters from importing what no picture needs: a compiler's front end, test tools, special functions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

DEFERRED = frozenset({"numpy.ctypeslib", "numpy.f2py", "numpy.polynomial", "numpy.testing", "scipy.special"})
"""SciPy takes over all of NumPy's names (`from numpy import *`), and with some names come modules: 150 of them, 17 MB
and half of what the import of the filters computes. `special` is for filters that nothing here uses."""


class _DeferredFinder:
    """Finds these modules as Python does, but has each loaded only when somebody asks for something in it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in DEFERRED:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def defer_imports() -> None:
    """From now on; what is imported already stays."""
    if not any(isinstance(finder, _DeferredFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _DeferredFinder())

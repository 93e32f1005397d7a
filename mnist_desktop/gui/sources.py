"""Keeps Qt for Python from reading the source of every module that is imported after it, and from keeping it."""

from __future__ import annotations

import sys

# Not before it is there.
import PySide6.QtCore  # noqa: F401

ASKING = "shibokensupport.feature"

QUESTION = "_mod_uses_pyside"
"""Whether a module may want Qt's names spelled another way (`from __feature__ import snake_case`)."""


def leave_sources_unread() -> None:
    """Answer the question at once, with no: nothing here spells Qt's names another way.

    For an answer of its own it reads each module from end to end, NumPy's, SciPy's and the driver's too, and Python
    keeps all these lines (`linecache`): 15 MB and a sixth of all that a start computes, 8 MB more with the first
    picture. Where another version of it asks differently, all is as it was.
    """
    asking = sys.modules.get(ASKING)
    if hasattr(asking, QUESTION):
        setattr(asking, QUESTION, lambda _module: False)

"""Finds out whether there is a screen to open a window on, before Qt aborts the process for want of one."""

from __future__ import annotations

import sys
from collections.abc import Mapping

PLATFORM_VARIABLE = "QT_QPA_PLATFORM"

PROBE = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"

PROBE_SECONDS = 20.0
"""How long a display that accepts connections and then says nothing is waited for."""


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether the environment names a display, or a Qt platform of the person's choice."""
    if environment.get(PLATFORM_VARIABLE):
        return True
    if not sys.platform.startswith("linux"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def display_works(environment: Mapping[str, str]) -> bool:
    """Whether Qt can start on the display; tried in a child process, because Qt aborts when it cannot."""
    if not has_display(environment):
        return False
    import subprocess  # 10 ms that no start of the window needs

    try:
        tried = subprocess.run(
            [sys.executable, "-c", PROBE],
            env=dict(environment),
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return tried.returncode == 0

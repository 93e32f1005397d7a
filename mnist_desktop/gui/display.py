"""Finds out whether there is a screen to open a window on, before Qt aborts the process for want of one."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

PLATFORM_VARIABLE = "QT_QPA_PLATFORM"

PROBE = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"

LISTEN_SECONDS = 0.5
"""How long a display of this computer may take to accept; it takes no time where there is one, or none."""

PROBE_SECONDS = 20.0
"""How long a display that accepts connections and then says nothing is waited for."""


X11_SOCKET = "/tmp/.X11-unix/X{number}"  # noqa: S108 - where X servers listen
X11_PORT = 6000
"""Where X servers of this computer listen that have no socket; the display's number is added."""


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether somebody listens at a display that the environment names, or it names a Qt platform.

    Asks nobody on another computer: that may take long, and comes before the window.
    """
    if environment.get(PLATFORM_VARIABLE) or not sys.platform.startswith("linux"):
        return True
    return _has_wayland(environment) or _has_x11(environment.get("DISPLAY", ""))


def _has_wayland(environment: Mapping[str, str]) -> bool:
    name, folder = environment.get("WAYLAND_DISPLAY", ""), environment.get("XDG_RUNTIME_DIR", "")
    if not name or not (folder or Path(name).is_absolute()):
        return False
    return _listens(socket.AF_UNIX, str(Path(folder) / name))


def _has_x11(display: str) -> bool:
    """Of this computer's displays (`:1`, `unix:1.0`) whether one listens there; of others whether one is named."""
    match = re.fullmatch(r"(?:unix)?:(\d{1,5})(?:\.\d+)?", display)
    if match is None:
        return bool(display)
    path = X11_SOCKET.format(number=match[1])
    # In the order in which Qt's X library tries them.
    return (
        _listens(socket.AF_UNIX, f"\0{path}")
        or _listens(socket.AF_UNIX, path)
        or _listens(socket.AF_INET, ("127.0.0.1", X11_PORT + int(match[1])))
    )


def _listens(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as end:
        end.settimeout(LISTEN_SECONDS)
        try:
            end.connect(address)
        except (OSError, OverflowError):
            return False
    return True


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

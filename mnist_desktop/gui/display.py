"""Finds out whether there is a screen to open a window on, before Qt aborts the process for want of one."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mnist_desktop.ink.names import shown_name

PLATFORM_VARIABLE = "QT_QPA_PLATFORM"

PROBE = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"

LISTEN_SECONDS = 0.5
"""How long a Wayland display may take to accept; it takes no time where there is one, or none."""

ANSWER_SECONDS = 10.0
"""How long an X server may take to let somebody in, at the other end of a slow line; Qt would wait for ever."""

PROBE_SECONDS = 20.0
"""How long Qt is waited for on a display that lets it in."""

X_LIBRARY = "libxcb.so.1"
"""What Qt speaks to X servers through: it finds the server and this person's cookie just as Qt will."""

NO_DISPLAY = "There is no display to open a window on"

STDERR = 2


def why_no_display(environment: Mapping[str, str]) -> str | None:
    """Why no window can be opened where the environment says, without a full stop; None where one can.

    Connects as Qt would, which takes a millisecond or two with a display of this computer.
    """
    if environment.get(PLATFORM_VARIABLE) or not sys.platform.startswith("linux") or _has_wayland(environment):
        return None
    display = environment.get("DISPLAY")
    return _why_no_x11(display) if display else NO_DISPLAY


def _has_wayland(environment: Mapping[str, str]) -> bool:
    name, folder = environment.get("WAYLAND_DISPLAY", ""), environment.get("XDG_RUNTIME_DIR", "")
    if not name or not (folder or Path(name).is_absolute()):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.settimeout(LISTEN_SECONDS)
        try:
            end.connect(str(Path(folder) / name))
        except OSError:
            return False
    return True


def _why_no_x11(display: str) -> str | None:
    try:
        library = ctypes.CDLL(X_LIBRARY)
    except OSError:
        # Qt will say so, and which others of its libraries are missing.
        return None
    library.xcb_connect.restype = ctypes.c_void_p
    library.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    failures: list[int] = []

    def connect() -> None:
        # Never closed: some servers start anew when their last client goes, and throw out whoever comes just then.
        connection = library.xcb_connect(os.fsencode(display), None)
        failures.append(library.xcb_connection_has_error(connection))

    with _standard_error_kept() as said:
        # In a thread that can be abandoned, because a server that says nothing is waited for without end.
        connecting = threading.Thread(target=connect, name="display", daemon=True)
        connecting.start()
        connecting.join(ANSWER_SECONDS)
    if not failures:
        return shown_name(f"The display {display} does not answer")
    if not failures[0]:
        return None
    return shown_name(f"The display {display} lets no window be opened ({said[0]})") if said else NO_DISPLAY


@contextmanager
def _standard_error_kept() -> Iterator[list[str]]:
    """The lines that native code writes to standard error meanwhile, once this is over: a server's own words."""
    said: list[str] = []
    try:
        before = os.dup(STDERR)
    except OSError:
        # Without a standard error nothing is written there.
        yield said
        return
    # Room for more than an X server may say, 255 bytes, so that nobody waits for it to be read.
    read, write = os.pipe()
    os.dup2(write, STDERR)
    os.close(write)
    try:
        yield said
    finally:
        os.dup2(before, STDERR)
        os.close(before)
        os.set_blocking(read, False)
        with open(read, "rb") as pipe:  # noqa: PTH123 - a descriptor has no path
            words = (pipe.read() or b"").decode(errors="replace")
        said.extend(" ".join(line.split()) for line in words.splitlines() if line.strip())


def display_works(environment: Mapping[str, str]) -> bool:
    """Whether Qt can start on the display; tried in a child process, because Qt aborts when it cannot."""
    if why_no_display(environment) is not None:
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

"""A display that takes no window is told in a sentence, before Qt ends the process for it."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mnist_desktop.gui import display
from mnist_desktop.gui.display import NO_DISPLAY, display_works, why_no_display

from .conftest import WAIT

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a display")

SUCCESS, FAILED, AUTHENTICATE = 1, 0, 2
"""What the first byte of an X server's answer says (X Window System Protocol, section 8)."""

X11_PORT = 6000

UNNAMED = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}


def answer(kind: int, reason: bytes = b"") -> bytes:
    """What an X server says to whoever connects: a screen's worth of nothing, or why not."""
    content = bytes(32) if kind == SUCCESS else reason + bytes(-len(reason) % 4)
    length = len(reason) if kind == FAILED else 0
    return struct.pack("<BBHHH", kind, length, 11, 0, len(content) // 4) + content


@contextmanager
def x_server(said: bytes | None) -> Iterator[str]:
    """The name of a display whose server says this and then waits for the end; None closes at once."""
    over = threading.Event()

    def serve() -> None:
        while True:
            end, _ = server.accept()
            with end:
                if over.is_set():
                    return
                if said is not None:
                    end.recv(1000)
                    end.sendall(said)
                    over.wait(WAIT / 1000)

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1] - X11_PORT}"
        finally:
            over.set()
            with socket.create_connection(server.getsockname()):
                serving.join()


def test_a_display_that_lets_one_in_is_one() -> None:
    with x_server(answer(SUCCESS)) as name:
        assert why_no_display({"DISPLAY": name}) is None


@pytest.mark.parametrize("kind", [FAILED, AUTHENTICATE])
def test_a_display_that_refuses_is_told_in_its_own_words_and_keeps_them_off_the_terminal(
    kind: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with x_server(answer(kind, b"No protocol\nspecified\n")) as name:
        why = why_no_display({"DISPLAY": name})
    assert why is not None
    assert why.startswith(f"The display {name} lets no window be opened (No protocol")
    assert capfd.readouterr().err == ""


def test_a_display_that_hangs_up_or_that_nobody_serves_is_none() -> None:
    with x_server(None) as name:
        assert why_no_display({"DISPLAY": name}) == NO_DISPLAY
    for gone in (name, ":4711", "unix:4711.0", "no display at all", ""):
        assert why_no_display({"DISPLAY": gone}) == NO_DISPLAY


def test_a_display_that_says_nothing_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "ANSWER_SECONDS", 0.1)
    with x_server(b"") as name:
        assert why_no_display({"DISPLAY": name}) == f"The display {name} does not answer"


def test_a_display_that_refuses_ends_the_program_with_one_sentence(home: Path) -> None:
    with x_server(answer(FAILED, b"Authorization required")) as name:
        done = subprocess.run(
            [sys.executable, "-m", "mnist_desktop"],
            capture_output=True, text=True, env=UNNAMED | {"DISPLAY": name}, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        f"mnist-desktop: The display {name} lets no window be opened (Authorization required); "
        "“mnist-desktop demo --screenshot X.png” works without one.\n"
    )


def test_where_x_cannot_be_asked_qt_is_left_to_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "X_LIBRARY", "libxcb.so.no-such-version")
    assert why_no_display({"DISPLAY": ":4711"}) is None


def test_a_display_that_does_not_answer_does_not_work() -> None:
    assert not display_works(UNNAMED | {"DISPLAY": "127.0.0.1:4711"})
    assert display_works(UNNAMED | {"QT_QPA_PLATFORM": "offscreen"})


def test_a_wayland_display_is_looked_for_where_its_variables_lead(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as wayland:
        wayland.bind(str(tmp_path / "wayland-7"))
        wayland.listen()
        named = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path), "DISPLAY": ":4711"}
        assert why_no_display({"WAYLAND_DISPLAY": str(tmp_path / "wayland-7")}) is None
        assert why_no_display(named) is None
    assert why_no_display(named) == NO_DISPLAY
    assert why_no_display({"WAYLAND_DISPLAY": "wayland-7"}) == NO_DISPLAY

"""What a process cannot do any more once it is confined: each try in a child of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_desktop.recognition.importing.confinement import quiet_environment

PATIENCE = 60.0
"""Seconds that a process on its way out is given."""

CONFINED = """
import ctypes, os, socket, subprocess, sys
from mnist_desktop.recognition.importing.confinement import Limits, confine
by_kernel = confine(Limits(memory=200_000_000, cpu_seconds=5, largest_file=1_000_000))
def tried(what):
    try:
        return what()
    except (PermissionError, MemoryError, OSError) as error:
        return type(error).__name__
"""

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel helps on Linux only")


def said(code: str, folder: Path, before: str = "") -> str:
    """What a confined process prints that runs `code`, and `before` before it is confined."""
    run = subprocess.run(
        [sys.executable, "-c", before + CONFINED + code],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=quiet_environment(folder),
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.parametrize(
    "what",
    [
        "lambda: socket.socket()",
        "lambda: socket.create_connection(('127.0.0.1', 9))",
        "lambda: socket.getaddrinfo('localhost', 80)",
        "lambda: subprocess.run(['true'])",
        "lambda: os.system('true')",
        "lambda: os.execv('/bin/true', ['true'])",
        "lambda: os.fork()",
    ],
)
def test_python_code_has_no_network_and_no_other_programs(what: str, tmp_path: Path) -> None:
    assert said(f"print(tried({what}))", tmp_path) == "PermissionError"


def test_it_finds_what_is_installed_for_one_person_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [sys.executable, "-c", "import site; print(site.getusersitepackages())"]
    here, there = (
        subprocess.run(asked, check=True, capture_output=True, env=environment).stdout
        for environment in (None, quiet_environment(tmp_path))
    )
    assert there == here


@ON_LINUX
def test_native_code_has_no_network_and_no_other_programs_either(tmp_path: Path) -> None:
    code = """
libc = ctypes.CDLL(None, use_errno=True)
assert by_kernel
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    print(libc.socket(family, socket.SOCK_STREAM, 0), ctypes.get_errno())
print(libc.execv(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None)), ctypes.get_errno())
"""
    assert said(code, tmp_path).splitlines() == ["-1 13"] * 4


@ON_LINUX
def test_threads_that_were_there_before_have_none_either(tmp_path: Path) -> None:
    before = """
import ctypes, threading
confined = threading.Event()
def native():
    confined.wait()
    libc = ctypes.CDLL(None, use_errno=True)
    print(libc.socket(2, 1, 0), ctypes.get_errno())
# As NumPy's, which come with its import.
earlier = threading.Thread(target=native)
earlier.start()
"""
    assert said("confined.set(); earlier.join()", tmp_path, before) == "-1 13"


@ON_LINUX
@pytest.mark.parametrize("size", [100_000_000, 300_000_000])
def test_the_limit_of_memory_bites_and_only_there(size: int, tmp_path: Path) -> None:
    expected = "MemoryError" if size > 200_000_000 else str(size)
    assert said(f"print(tried(lambda: len(bytearray({size}))))", tmp_path) == expected


@ON_LINUX
def test_no_file_grows_beyond_its_limit(tmp_path: Path) -> None:
    code = """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open("large", "wb") as file:
    print(tried(lambda: file.write(bytes(2_000_000))))
    print(tried(file.flush))
    os._exit(0 if os.path.getsize("large") <= 1_000_000 and not print(flush=True) else 1)
"""
    assert "OSError" in said(code, tmp_path)


def test_no_secret_of_the_person_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DESKTOP_PASSWORD", "secret")
    told = quiet_environment(tmp_path)
    assert "secret" not in told.values()
    assert told["HOME"] == str(tmp_path)


def is_running(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    # A zombie only waits for init to take note.
    return status.rpartition(")")[2].split()[0] != "Z"


@ON_LINUX
def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    # It would go on for ten minutes: only its parent's end can be what ends it in this test's time.
    child = CONFINED + "import time; print(os.getpid(), flush=True); time.sleep(600)"
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"],
        stdout=subprocess.PIPE,
        env=quiet_environment(tmp_path),
    )
    assert parent.stdout is not None
    process = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + PATIENCE
    while is_running(process):
        assert time.monotonic() < deadline
        os.sched_yield()

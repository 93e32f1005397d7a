"""Takes from a process, for good, what reading a stranger's file needs none of: network, other programs, much memory.

Limits hold on Linux and, but for memory, on other Unix systems. The kernel refuses sockets and programs on Linux on
x86-64 and ARM64 (seccomp); everywhere Python's own audit hook refuses them to Python code.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import site
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEMORY = 4 * 2**30
"""Bytes of data. TensorFlow alone takes 0.7 GB; building and converting 18 million parameters took 1.2 GB in all."""

CPU_SECONDS = 600

LARGEST_FILE = 500_000_000
"""Bytes of any file that is written."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a confined process may use."""

    memory: int = MEMORY
    cpu_seconds: int | None = CPU_SECONDS
    """None: as many as it likes."""
    largest_file: int = LARGEST_FILE


END_WITH_PARENT, NO_NEW_PRIVILEGES = 1, 38
"""prctl(2): PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS."""

SET_FILTER, ALL_THREADS = 1, 1
"""seccomp(2): SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC."""

LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
"""Instructions of classic BPF, linux/bpf_common.h."""

NUMBER_AT, ARCHITECTURE_AT = 0, 4
"""Where the kernel gives a filter the call's number and architecture: struct seccomp_data, linux/seccomp.h."""

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | 13, 0x80000000
"""SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EACCES, SECCOMP_RET_KILL_PROCESS."""

X32 = 0x40000000
"""Calls from here on are x86-64's with short pointers: the same ones once more, by other numbers."""

REFUSED_CALLS = {
    # The architecture's number in linux/audit.h; socket, execve, ptrace, execveat, io_uring_setup.
    "x86_64": (0xC000003E, (41, 59, 101, 322, 425)),
    "aarch64": (0xC00000B7, (198, 221, 117, 281, 425)),
}

SECCOMP = {"x86_64": 317, "aarch64": 277}
"""The number of seccomp(2), for which C libraries have no name."""

REFUSED_EVENTS = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "os.startfile", "os.fork")
"""Beginnings of Python's audit events (Python's documentation, “Audit events table”)."""


def confine(limits: Limits) -> bool:
    """Confine this process; whether the kernel itself refuses network and programs, to all threads that there are.

    On Linux it ends with its parent, too, however that ends.
    """
    _limit(limits)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(END_WITH_PARENT, ctypes.c_ulong(signal.SIGKILL))
    by_kernel = _filter_calls()
    sys.addaudithook(_refuse)
    return by_kernel


def _limit(limits: Limits) -> None:
    try:
        import resource
    except ImportError:
        # Windows has none of these; the parent's patience is what ends a process there.
        return
    for what, most in (
        (resource.RLIMIT_DATA, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.largest_file),
        (resource.RLIMIT_CORE, 0),
    ):
        if most is None:
            continue
        _, hard = resource.getrlimit(what)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))


def _filter_calls() -> bool:
    if sys.platform != "linux" or platform.machine() not in REFUSED_CALLS or sys.maxsize < 2**32:
        return False
    architecture, calls = REFUSED_CALLS[platform.machine()]
    program = _program(architecture, calls)
    instructions = ctypes.create_string_buffer(program, len(program))
    whole = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    described = ctypes.create_string_buffer(whole, len(whole))
    libc = ctypes.CDLL(None, use_errno=True)
    filter_all = [ctypes.c_long(word) for word in (SECCOMP[platform.machine()], SET_FILTER, ALL_THREADS)]
    return bool(
        libc.prctl(NO_NEW_PRIVILEGES, ctypes.c_ulong(1), *[ctypes.c_ulong(0)] * 3) == 0
        # Not prctl, which would leave alone the threads that NumPy's import has begun.
        and libc.syscall(*filter_all, ctypes.byref(described)) == 0
    )


def _program(architecture: int, calls: tuple[int, ...]) -> bytes:
    """A filter that refuses `calls`, and ends a process that calls as another architecture would."""

    def instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    tests = [instruction(JUMP_IF_AT_LEAST, X32, len(calls) + 1)]
    # Each jumps over those after it, and over the allowance, to the refusal.
    tests += [instruction(JUMP_IF_EQUAL, call, len(calls) - number) for number, call in enumerate(calls)]
    return b"".join(
        (
            instruction(LOAD, ARCHITECTURE_AT),
            instruction(JUMP_IF_EQUAL, architecture, 1),
            instruction(RETURN, KILL),
            instruction(LOAD, NUMBER_AT),
            *tests,
            instruction(RETURN, ALLOW),
            instruction(RETURN, REFUSE),
        )
    )


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(REFUSED_EVENTS):
        raise PermissionError(f"{event} is refused while a stranger's file is read")


def quiet_environment(folder: Path) -> dict[str, str]:
    """What a confined process that works in `folder` is told of its surroundings: no settings, and no passwords."""
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "PYTHONPATH", "LD_LIBRARY_PATH")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        # What TensorFlow leaves there when it is killed goes with the folder.
        **dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(folder)),
        # Without the real HOME it would not find what `pip install --user` has installed: this program, maybe.
        "PYTHONUSERBASE": site.getuserbase(),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        # Every thread takes memory of its own; a machine with many cores would meet the limit.
        "TF_NUM_INTRAOP_THREADS": "2",
        "TF_NUM_INTEROP_THREADS": "2",
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "MALLOC_ARENA_MAX": "4",
        "PYTHONUTF8": "1",
    }

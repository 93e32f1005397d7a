"""Runs the confined child process on a folder, and ends it when it takes too long or nobody wants it any more."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.confinement import quiet_environment
from mnist_desktop.recognition.importing.names import STAGE, STAGES
from mnist_desktop.recognition.keras import check_tensorflow

CHATTER = "chatter.txt"

PATIENCE = 600.0
"""Seconds in all: TensorFlow itself takes three to import, a network of 20 million parameters twenty to convert; both
ten times as long while the machine trains something."""

LOOK_EVERY = 0.05
"""Seconds between two looks at the child."""

_log = logging.getLogger(__name__)


class CancelledError(ModelError):
    """Whoever asked does not want it any more."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """How a child is watched."""

    progress: Callable[[str], None] = lambda _stage: None
    """Told each of STAGES when it begins."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    patience: float = PATIENCE


def supervise(work: Path, watch: Watch, module: str = "mnist_desktop.recognition.importing.child") -> None:
    """Run `module` on the folder `work` to its end; ModelError when it had to be ended, or TensorFlow is missing."""
    check_tensorflow()
    with (work / CHATTER).open("wb") as chatter:
        child = subprocess.Popen(
            # -P: no module is imported from the folder that the person happens to be in, beside a stranger's files.
            [sys.executable, "-P", "-m", module, str(work)],
            stdin=subprocess.DEVNULL,
            stdout=chatter,
            stderr=chatter,
            env=quiet_environment(work),
            start_new_session=True,
        )
        try:
            _wait(child, work, watch)
        finally:
            _end(child)
    _log.info("The import said: %s", (work / CHATTER).read_text("utf-8", "replace"))


def _wait(child: subprocess.Popen[bytes], work: Path, watch: Watch) -> None:
    deadline = time.monotonic() + watch.patience
    told = ""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(LOOK_EVERY)
            return
        if watch.cancelled.is_set():
            raise CancelledError("it was cancelled")
        if time.monotonic() > deadline:
            raise ModelError(f"it takes longer than {watch.patience:g} seconds")
        stage = _stage(work)
        if stage != told and stage in STAGES:
            told = stage
            watch.progress(stage)


def _stage(work: Path) -> str:
    try:
        with (work / STAGE).open("rb") as file:
            return file.read(20).decode("ascii", "replace")
    except OSError:
        return ""


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()

"""A disk that is full at every step of a program's life: it says "not saved", goes on, and saves when there is room."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_play import GOES_ON
from fault_scene import Scene
from fault_table import Report

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(600)]

DISK = 64 << 20
PAGE = 4096

STEPS = 64
"""From no room at all, to that for the schema and some hundred records: a page more each step."""


@pytest.fixture
def small_disk(scene: Scene) -> Iterator[Path]:
    """A file system of its own that can be filled; only root may mount one."""
    folder = scene.folder / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk; the limit of a file's size plays the same fault")
    yield folder
    for program in scene.stage.programs:
        program.stop()
    subprocess.run(["umount", folder], check=True)


def fill(folder: Path, free: int) -> Path:
    """Fill the disk up to so many free bytes; removing the file makes room again."""
    ballast = folder / "ballast"
    space = os.statvfs(folder)
    left = space.f_bavail * space.f_frsize - free
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, left)
    return ballast


@pytest.mark.seeded(short=(0, 30), share=0.2)
def test_a_full_disk_is_said_and_everything_is_saved_when_there_is_room(
    scene: Scene, small_disk: Path, seed: int, report: Report
) -> None:
    journal = small_disk / "journal.sqlite"
    ballast = fill(small_disk, (seed * 7 % STEPS) * PAGE)
    program = scene.start(seed, journal=journal)
    program.wait_for(lambda counts: counts["unsaved"] > 0)
    program.beats()
    ballast.unlink()
    program.goes_on()
    program.tell("rest")
    scene.wait_until_delivered(journal)
    program.end()
    report("disk full", scene.check(journal))


@pytest.mark.seeded(short=(20,), share=0.1)
def test_a_journal_that_cannot_grow_is_said_and_everything_is_saved_when_it_can(
    scene: Scene, seed: int, report: Report
) -> None:
    # Of no room the file of the delivery's lock, which is empty, would take no notice.
    program = scene.start(seed, file_bytes=(seed * 7 % STEPS) * PAGE)
    program.wait_for(lambda counts: counts["unsaved"] > 0)
    program.beats()
    program.tell("room")
    program.goes_on()
    program.tell("rest")
    scene.wait_until_delivered()
    program.end()
    report("file cannot grow", scene.check())


@pytest.mark.seeded(short=(), share=0.1)
def test_a_program_killed_on_a_full_disk_loses_nothing_that_it_called_saved(
    scene: Scene, small_disk: Path, seed: int, report: Report
) -> None:
    journal = small_disk / "journal.sqlite"
    ballast = fill(small_disk, (STEPS + seed * 7 % STEPS) * PAGE)
    program = scene.start(seed, journal=journal)
    program.wait_for(lambda counts: counts["unsaved"] > 0)
    program.kill()
    ballast.unlink()
    program = scene.start(seed + 1000, journal=journal, continues=True)
    program.goes_on()
    program.end()
    report("killed on a full disk", scene.check(journal))


@pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace, which shows what the disk is told, is not installed"
)
def test_nothing_is_called_saved_before_the_disk_was_told_to_keep_it(scene: Scene) -> None:
    """A power cut takes what the disk was not told to keep; kill -9 does not, and so cannot show it."""
    trace = scene.folder / "trace"
    calls = "trace=fsync,fdatasync,write"
    program = scene.start(
        1, connected=False, tracing=("strace", "-f", "-qq", "-o", str(trace), "-e", calls, "-s", "12")
    )
    program.goes_on(looks=0)
    program.end()
    done: dict[str, list[str]] = defaultdict(list)
    for thread, call in re.findall(
        r'^(\d+) +(?:<\.\.\. )?(fdatasync|fsync|write\(1, "{.+)', trace.read_text(), re.MULTILINE
    ):
        word = re.search(r'"{\\"(\w+)', call)
        done[thread].append(word[1] if word else "sync")
    steps = [step for said in done.values() if "saved" in said for step in said]
    told: list[bool] = []
    for step in steps:
        if step == "try":
            told.append(False)
        elif step == "sync" and told:
            told[-1] = True
        elif step == "saved":
            assert told[-1], "it was called saved before the disk was told to keep it"
    assert len(told) >= GOES_ON

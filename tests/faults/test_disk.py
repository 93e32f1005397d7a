"""A disk that is full at every step of a program's life: it says "not saved", goes on, and saves when there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_scene import Scene
from fault_table import Report

pytestmark = pytest.mark.cassandra

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

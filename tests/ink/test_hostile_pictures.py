"""Pictures made to hurt: each is read or refused in a sentence, quickly and in little memory; none ends the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Timer

import picture_mutants
import pytest

MOST_SECONDS = 5.0
"""Of the processor's time that one file may take."""

MOST_BYTES = 500_000_000
"""Of memory that the process may ever have had, all that it imports included."""

ON_LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process its memory")

PATIENCE = 120
"""Seconds after which a file that is still being read counts as one that hangs, however busy the computer is."""


def read_mutants(first: int, count: int) -> None:
    """Read so many in a process of its own, which a decoder may crash, and look at what it says of each."""
    script = str(Path(picture_mutants.__file__))
    command = [sys.executable, "-X", "faulthandler", script, str(first), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines: list[str] = []
        while line := _next_line(process):
            lines.append(line)
        said = process.stderr.read()
    last = lines[-1] if lines else "none"
    assert process.returncode == 0, f"The process ended at mutant {last.split()[0]}: {said}"
    assert said == ""
    assert len(lines) == count + 1
    assert int(last.split()[1]) < MOST_BYTES
    for line in lines[:-1]:
        number, seconds, words = line.rstrip("\n").split(" ", 2)
        assert float(seconds) < MOST_SECONDS, f"Mutant {number} took {seconds} s."
        assert words == "read" or (words.startswith("mutant ") and words.endswith(".") and words.isprintable())


def _next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    killer = Timer(PATIENCE, process.kill)
    killer.start()
    try:
        return process.stdout.readline()
    finally:
        killer.cancel()
        killer.join()


@ON_LINUX
def test_hostile_pictures_are_read_or_refused() -> None:
    read_mutants(0, 400)


@ON_LINUX
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_twenty_thousand_hostile_pictures_are_read_or_refused() -> None:
    read_mutants(1_000, 20_000)


def test_mutants_are_the_same_every_time_and_of_every_format() -> None:
    some = [picture_mutants.mutant(number) for number in range(200)]
    assert some == [picture_mutants.mutant(number) for number in range(200)]
    starts = {b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM", b"GIF8", b"II*\0"}
    assert all(any(content.startswith(start) for content in some) for start in starts)
    sound = {content for each in picture_mutants.corpus().values() for content in each}
    assert len(set(some) - sound) > 180

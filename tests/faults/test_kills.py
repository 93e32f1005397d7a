"""Programs killed, at named points and at any moment, while they journal and while they deliver: nothing is lost."""

from __future__ import annotations

import random
import shutil

import pytest
from fault_points import DELIVERING, JOURNALING
from fault_scene import Scene
from fault_table import Report

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(600)]

POINTS = (*JOURNALING, *DELIVERING)

PASSINGS = {
    "save": 60, "commit of a save": 60, "write": 60, "mark": 4, "commit of delivery": 6, "bucket": 4, "contact": 2,
}  # fmt: skip
"""At which passing a program dies, at most; points that are not named here are passed once for sure."""

KEPT = 10
"""Delivered records that stay in a journal where the program dies while it prunes."""

CALLS = {"pwrite64": 1500, "fdatasync": 300, "sendto": 300, "recvfrom": 300}
"""System calls in which a program dies, of the journal and of the connection, and at which of them at most."""

STRACE = shutil.which("strace")


def die_at_a_point(scene: Scene, seed: int, point: str, chance: random.Random) -> None:
    """The program that journals, or the one that delivers, dies there; the other one goes on."""
    what = point.partition(" ")[2]
    count = chance.randint(1, PASSINGS.get(what, 1))
    keep = KEPT if what == "prune" else 100_000
    other = None
    if chance.random() < 0.5:
        # Only one of the two delivers, so that it is known who passes the point.
        other = scene.start(seed + 1, connected=point in JOURNALING, keep=keep)
        other.goes_on()
    scene.start(seed, point=point, count=count, keep=keep, connected=other is None or point in DELIVERING).dies()
    if other is not None:
        other.goes_on()
        other.end()


def die_after_a_line(scene: Scene, seed: int, chance: random.Random) -> None:
    """At any moment, with a delivering program of which answers may have been lost."""
    proxy = scene.proxy()
    program = scene.start(seed, through=proxy, continues=True)
    if chance.random() < 0.7:
        program.wait_for(lambda counts: counts["connected"] > 0)
    if chance.random() < 0.5:
        proxy.lose_answers(chance.randint(1, 30))
    lines = program.counts["saved"] + chance.randint(1, 150)
    program.wait_for(lambda counts: counts["saved"] >= lines)
    program.kill()


def die_in_a_system_call(scene: Scene, seed: int, chance: random.Random) -> None:
    """At the n-th call of one kind; a program that does not get so far is killed."""
    assert STRACE is not None
    call = chance.choice(list(CALLS))
    inject = f"inject={call}:signal=KILL:when={chance.randint(1, CALLS[call])}"
    tracing = (STRACE, "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject)
    program = scene.start(seed, tracing=tracing, continues=True)
    if program.lives(saves=300):
        program.kill()


@pytest.mark.seeded(short=(1, 3, 11), share=1.0)
def test_a_program_killed_anywhere_loses_nothing_that_it_called_saved(scene: Scene, seed: int, report: Report) -> None:
    chance = random.Random(seed)
    die_at_a_point(scene, seed * 10, POINTS[seed % len(POINTS)], chance)
    for life in range(chance.randint(0, 2)):
        if STRACE is not None and chance.random() < 0.5:
            die_in_a_system_call(scene, seed * 10 + 2 + life, chance)
        else:
            die_after_a_line(scene, seed * 10 + 2 + life, chance)
    report("program killed", scene.check())


@pytest.mark.seeded(short=(1,), share=0.05)
def test_an_old_copy_of_the_journal_brings_nothing_back_as_it_was(scene: Scene, seed: int, report: Report) -> None:
    program = scene.start(seed)
    program.goes_on(40)
    program.kill()
    old = scene.folder / "old" / scene.journal.name
    shutil.copytree(scene.folder, old.parent)
    again = scene.start(seed + 1, continues=True)
    again.goes_on(60)
    again.tell("rest")
    scene.wait_until_delivered()
    again.end()
    scene.send_again(old)
    report("old journal brought back", scene.check(scene.journal, old))


def test_every_point_of_the_list_is_one_that_is_played() -> None:
    assert len(POINTS) == len(set(POINTS)) == 22

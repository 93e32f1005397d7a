"""Several programs that write one log at once: each record once, and one program that delivers at a time."""

from __future__ import annotations

import random

import pytest
from fault_scene import Scene
from fault_table import Report
from log_looking import wait_until

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(600)]


@pytest.mark.seeded(short=(1,), share=0.06)
def test_three_programs_write_one_log_at_once(scene: Scene, seed: int, report: Report) -> None:
    """From one computer, as two windows and a command line do, or from three."""
    chance = random.Random(seed)
    journals = [scene.journal if seed % 2 else scene.folder / f"{one}.sqlite" for one in range(3)]
    programs = [scene.start(seed * 10 + one, journal=journal) for one, journal in enumerate(journals)]
    for program in programs:
        program.goes_on()
    killed = chance.choice(programs)
    killed.kill()
    for program in programs:
        if program is not killed:
            program.goes_on()
            program.end()
    report("three programs at once", scene.check(*dict.fromkeys(journals)))


@pytest.mark.seeded(short=(1,), share=0.03)
def test_one_program_delivers_at_a_time_and_another_takes_over_when_it_is_killed(
    scene: Scene, seed: int, report: Report
) -> None:
    first_proxy, second_proxy = scene.proxy(), scene.proxy()
    first = scene.start(seed, through=first_proxy)
    wait_until(lambda: first_proxy.writes > 0)
    second = scene.start(seed + 1, through=second_proxy)
    second.wait_for(lambda counts: counts["connected"] > 0)
    second.goes_on(saves=100)
    first.goes_on()
    assert second_proxy.writes == 0, "two programs delivered at once"
    first.kill()
    wait_until(lambda: second_proxy.writes > 0)
    second.goes_on()
    second.end()
    report("delivering program killed", scene.check())

"""A connection that is slow, silent, cut, or loses what is said: programs go on, and every write is there once."""

from __future__ import annotations

import random

import pytest
from fault_play import Program
from fault_proxy import FaultProxy
from fault_scene import Scene
from fault_table import Report
from log_looking import wait_until

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(600)]

WRITE_SECONDS = 1.0
"""What the programs here wait for an answer, so that a lost one costs a test no more."""


def start(scene: Scene, seed: int) -> tuple[Program, FaultProxy]:
    """A program whose every byte to and from the node goes through the proxy."""
    proxy = scene.proxy()
    program = scene.start(seed, through=proxy, write_seconds=WRITE_SECONDS)
    wait_until(lambda: proxy.writes > 0)
    return program, proxy


def end(scene: Scene, program: Program) -> None:
    """All is delivered by the program itself, over what is left of its connections."""
    program.goes_on()
    program.tell("rest")
    scene.wait_until_delivered()
    program.end()


@pytest.mark.seeded(short=(1,), share=0.05)
def test_answers_that_come_late_stop_nothing(scene: Scene, seed: int, report: Report) -> None:
    program, proxy = start(scene, seed)
    # Later than the program waits for the answer to a write, and sooner than that.
    for late in (2 * WRITE_SECONDS, 0.2):
        proxy.delay = late
        program.goes_on()
    proxy.delay = 0.0
    end(scene, program)
    report("answers late", scene.check())


@pytest.mark.seeded(short=(1,), share=0.05)
def test_connections_that_are_cut_again_and_again_lose_nothing(scene: Scene, seed: int, report: Report) -> None:
    chance = random.Random(seed)
    program, proxy = start(scene, seed)
    for _ in range(4):
        writes = proxy.writes + chance.randint(1, 40)
        wait_until(lambda writes=writes: proxy.writes >= writes)  # type: ignore[misc]  # a default in a lambda
        if chance.random() < 0.5:
            proxy.refuse()
            proxy.cut()
            program.goes_on()
            proxy.listen()
        else:
            proxy.cut()
            program.goes_on()
    end(scene, program)
    report("connection cut", scene.check())


@pytest.mark.seeded(short=(), share=0.03)
def test_a_connection_that_goes_silent_stops_nothing(scene: Scene, seed: int, report: Report) -> None:
    program, proxy = start(scene, seed)
    proxy.silence()
    program.goes_on(saves=200, looks=2)
    if seed % 2:
        proxy.cut()
        program.goes_on()
    proxy.speak()
    end(scene, program)
    report("connection silent", scene.check())


@pytest.mark.seeded(short=(1,), share=0.1)
def test_writes_whose_acknowledgement_is_lost_and_the_connection_cut_are_there_once(
    scene: Scene, seed: int, report: Report
) -> None:
    chance = random.Random(seed)
    program, proxy = start(scene, seed)
    for _ in range(2):
        lost = proxy.lost_answers
        proxy.lose_answers(chance.randint(1, 20))
        wait_until(lambda lost=lost: proxy.lost_answers > lost)  # type: ignore[misc]  # as above
        proxy.cut()
        program.goes_on()
    end(scene, program)
    report("acknowledgement lost, then cut", scene.check())


@pytest.mark.seeded(short=(1,), share=0.1)
def test_writes_that_get_lost_on_a_connection_that_lives_are_sent_again(
    scene: Scene, seed: int, report: Report
) -> None:
    chance = random.Random(seed)
    program, proxy = start(scene, seed)
    connections = proxy.connections
    count = chance.randint(1, 5)
    proxy.lose_requests(count)
    wait_until(lambda: proxy.lost_requests == count)
    end(scene, program)
    # A new connection would have brought the last minute's resending, whatever becomes of such a write.
    assert proxy.connections == connections
    report("write lost on the way", scene.check())

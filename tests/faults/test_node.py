"""A node stopped, killed, frozen and wiped while programs save: they go on, and everything is there in the end."""

from __future__ import annotations

import threading

import pytest
from cassandra_process import Node
from fault_scene import Scene
from fault_table import Report
from log_looking import age

pytestmark = [pytest.mark.cassandra, pytest.mark.restarts, pytest.mark.timeout(600)]


def goes_away_and_comes_back(scene: Scene, node: Node, seed: int, *, killed: bool) -> None:
    program = scene.start(seed)
    program.wait_for(lambda counts: counts["connected"] > 0)
    program.goes_on()
    ending = threading.Thread(target=node.kill if killed else node.stop)
    ending.start()
    program.goes_on()
    ending.join()
    program.goes_on()
    node.start()
    program.goes_on()
    program.tell("rest")
    scene.wait_until_delivered()
    program.end()


@pytest.mark.seeded(short=(), share=0.03)
def test_a_node_that_is_stopped_and_comes_back_gets_everything(
    own_scene: Scene, own_node: Node, seed: int, report: Report
) -> None:
    goes_away_and_comes_back(own_scene, own_node, seed, killed=False)
    report("node stopped", own_scene.check())


@pytest.mark.seeded(short=(), share=0.03)
def test_a_node_that_is_killed_and_comes_back_gets_everything(
    own_scene: Scene, own_node: Node, seed: int, report: Report
) -> None:
    goes_away_and_comes_back(own_scene, own_node, seed, killed=True)
    report("node killed", own_scene.check())


@pytest.mark.seeded(short=(1,), share=0.03)
def test_a_frozen_node_stops_nothing_and_gets_everything_when_it_thaws(
    own_scene: Scene, own_node: Node, seed: int, report: Report
) -> None:
    program, leaving, dying = (own_scene.start(seed * 10 + one) for one in range(3))
    for one in (program, leaving, dying):
        one.wait_for(lambda counts: counts["connected"] > 0)
    program.goes_on()
    own_node.freeze()
    program.goes_on(saves=200, looks=3)
    # One ends and one dies while nothing answers.
    leaving.end(hanging=True)
    dying.kill()
    program.goes_on()
    own_node.thaw()
    program.tell("rest")
    own_scene.wait_until_delivered()
    program.end()
    report("node frozen", own_scene.check())


@pytest.mark.seeded(short=(1,), share=0.03)
def test_a_wiped_volume_is_filled_again_with_all_that_is_still_held(
    own_scene: Scene, own_node: Node, seed: int, report: Report
) -> None:
    program = own_scene.start(seed)
    program.goes_on(40)
    program.tell("rest")
    own_scene.wait_until_delivered()
    age(own_scene.journal, 3600)
    own_node.stop()
    own_node.wipe()
    program.tell("work")
    program.goes_on()
    own_node.start()
    program.goes_on()
    program.tell("rest")
    own_scene.wait_until_delivered()
    program.end()
    report("volume wiped", own_scene.check(forgot=True))

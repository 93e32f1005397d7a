"""Tables dropped under running programs, and records that the server refuses: what is held is sent again, once."""

from __future__ import annotations

import pytest
from fault_scene import Scene
from fault_table import Report
from log_looking import age

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(600)]

DROPPED = ("KEYSPACE {keyspace}", "TABLE {keyspace}.log", "TABLE {keyspace}.prediction", "TABLE {keyspace}.bucket")


@pytest.mark.seeded(short=(2,), share=0.08)
def test_a_schema_dropped_under_the_program_is_made_again_and_filled(
    passing_scene: Scene, seed: int, report: Report
) -> None:
    program = passing_scene.start(seed, check_seconds=0.2)
    program.wait_for(lambda counts: counts["connected"] > 0)
    program.goes_on()
    program.tell("rest")
    passing_scene.wait_until_delivered()
    # Longer ago than what is sent again after every reconnect.
    age(passing_scene.journal, 3600)
    program.tell("work")
    passing_scene.execute(f"DROP {DROPPED[seed % len(DROPPED)]}")
    program.goes_on()
    program.tell("rest")
    passing_scene.wait_until_delivered()
    program.end()
    report("schema dropped", passing_scene.check(forgot=True))


@pytest.mark.seeded(short=(1,), share=0.05)
def test_records_that_the_server_refuses_are_set_apart_and_stop_no_other(
    scene: Scene, seed: int, report: Report
) -> None:
    program = scene.start(seed, refused=0.1)
    program.wait_for(lambda counts: counts["connected"] > 0)
    program.goes_on(100, looks=3)
    program.tell("rest")
    scene.wait_until_delivered()
    program.end()
    assert any(tried.bad for versions in scene.stage.said.tried.values() for tried in versions.values())
    report("record refused", scene.check())

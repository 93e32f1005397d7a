"""A clock set back by an hour: later versions still win, lost writes are sent again, and the last minute is too."""

from __future__ import annotations

from pathlib import Path

import pytest
from fault_scene import Scene
from fault_table import Report
from log_looking import wait_until

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(600)]

WRITE_SECONDS = 1.0
"""What the programs here wait for the answer to a write, by a clock that is set back."""

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


@pytest.mark.seeded(short=(1,), share=0.05)
def test_a_clock_set_back_brings_no_older_version_back_and_stops_no_resending(
    scene: Scene, seed: int, report: Report
) -> None:
    proxy = scene.proxy()
    program = scene.start(seed, through=proxy, write_seconds=WRITE_SECONDS)
    wait_until(lambda: proxy.writes > 0)
    program.goes_on()
    # The driver measures its patience with the very clock that is set back, while it waits for these.
    proxy.lose_requests(3)
    wait_until(lambda: proxy.lost_requests == 3)
    program.tell("back")
    program.goes_on(100)
    program.tell("rest")
    scene.wait_until_delivered()
    program.end()
    report("clock set back", scene.check())


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime, which sets the clock of a whole process, is not installed")
@pytest.mark.seeded(short=(), share=0.03)
def test_a_clock_set_back_under_all_that_the_program_stands_on_stops_nothing(
    scene: Scene, seed: int, report: Report
) -> None:
    """Under SQLite, and the driver's event loop, whose timers the test above leaves in the present."""
    clock = scene.folder / "clock"
    clock.write_text("+0\n")
    proxy = scene.proxy()
    # As the system's own clock: what only runs forward goes on running, and files keep their times.
    settings = (
        f"LD_PRELOAD={FAKETIME}", f"FAKETIME_TIMESTAMP_FILE={clock}", "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1",
    )  # fmt: skip
    program = scene.start(seed, through=proxy, write_seconds=WRITE_SECONDS, tracing=("env", *settings))
    wait_until(lambda: proxy.writes > 0)
    program.goes_on()
    proxy.lose_requests(3)
    wait_until(lambda: proxy.lost_requests == 3)
    earlier = scene.folder / "earlier"
    earlier.write_text("-1h\n")
    earlier.replace(clock)
    program.goes_on(100)
    program.tell("rest")
    scene.wait_until_delivered()
    program.end()
    report("clock of the process set back", scene.check())


@pytest.mark.seeded(short=(1,), share=0.03)
def test_what_a_node_loses_with_its_power_is_sent_again_also_after_the_clock_was_set_back(
    passing_scene: Scene, seed: int, report: Report
) -> None:
    proxy = passing_scene.proxy()
    program = passing_scene.start(seed, through=proxy)
    wait_until(lambda: proxy.writes > 0)
    program.goes_on()
    program.tell("back")
    program.goes_on()
    program.tell("rest")
    passing_scene.wait_until_delivered()
    # As a node does that loses what it has acknowledged and not yet synced: all of it in the last minute.
    passing_scene.execute("TRUNCATE {keyspace}.prediction")
    proxy.cut()
    program.tell("work")
    program.goes_on()
    program.tell("rest")
    passing_scene.wait_until_delivered()
    program.end()
    report("clock set back, node without power", passing_scene.check(forgot=True))

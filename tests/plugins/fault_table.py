"""Asks how many faults to play, gives each test its seeds, and prints what became of the records of all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from _pytest.terminal import TerminalReporter
from fault_check import Outcome

KEY = "fault"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a row of the table sums up."""

    fault: str
    row: tuple[float, ...]
    """Saved, lost, doubled, otherwise wrong, seconds."""


Report = Callable[[str, Outcome], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Without --fault-runs each fault is played with the few seeds that its test names."""
    group = parser.getgroup("faults")
    group.addoption("--fault-runs", type=int, help="how many kills to play, and of the other faults in proportion")
    group.addoption("--fault-seed", type=int, default=1, help="the first seed of those runs")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each seed."""
    marker = metafunc.definition.get_closest_marker("seeded")
    if marker is None:
        return
    runs = metafunc.config.getoption("--fault-runs")
    seeds = marker.kwargs["short"]
    if runs is not None:
        first = metafunc.config.getoption("--fault-seed")
        seeds = range(first, first + max(1, round(runs * marker.kwargs["share"])))
    metafunc.parametrize("seed", list(seeds))


@pytest.fixture
def report(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Report:
    """Takes what came out of a run under the fault's name, and fails the test when the promise was not kept."""

    def take(fault: str, outcome: Outcome) -> None:
        counts = (outcome.saved, len(outcome.lost), len(outcome.doubled), len(outcome.wrong), outcome.seconds)
        record_property(KEY, Figures(fault=fault, row=counts))
        if not outcome.fine:
            said = "\n".join([*list(outcome.lost.values())[:5], *outcome.doubled[:5], *outcome.wrong[:5]])
            pytest.fail(f"{len(outcome.lost)} lost, {len(outcome.doubled)} doubled of {outcome.saved}:\n{said}")

    return take


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Faults that only the long suite plays are none that were skipped."""
    left_out = [item for item in items if item.get_closest_marker("seeded") and item.name.endswith("[NOTSET]")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """The table, and how to repeat what failed."""
    reports = [one for some in terminalreporter.stats.values() for one in some if isinstance(one, pytest.TestReport)]
    faults: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for one in reports:
        for key, value in one.user_properties if one.when == "call" else ():
            if key == KEY and isinstance(value, Figures):
                faults[value.fault].append(value.row)
    if not faults:
        return
    terminalreporter.section("faults")
    terminalreporter.write_line("| fault | runs | saved | lost | doubled | otherwise wrong | seconds |")
    terminalreporter.write_line("|---|---:|---:|---:|---:|---:|---:|")
    rows = {fault: [len(runs), *(sum(column) for column in zip(*runs, strict=True))] for fault, runs in faults.items()}
    rows["all"] = [sum(column) for column in zip(*rows.values(), strict=True)]
    for fault, row in rows.items():
        terminalreporter.write_line(f"| {fault} | " + " | ".join(f"{figure:,.0f}" for figure in row) + " |")
    for one in reports:
        name, _, seed = one.nodeid.partition("[")
        if one.failed and seed and "/faults/" in name:
            terminalreporter.write_line(
                f"to repeat: .venv/bin/python -m pytest '{name}' --fault-runs 1 --fault-seed {seed.rstrip(']')}"
            )

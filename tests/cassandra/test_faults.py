"""Faults played for real: nodes stopped, killed, frozen and wiped, and delivering processes killed; nothing is lost."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cassandra_node import connect, not_possible
from cassandra_process import Node, NotPossibleError
from log_looking import PATIENCE, LogMaker, Looker, wait_until, walk
from sample_records import make_record, make_records

from mnist_desktop.log.journal import Journal
from mnist_desktop.log.log import Filters, Log, LogOptions
from mnist_desktop.log.record import Record

pytestmark = [pytest.mark.cassandra, pytest.mark.restarts]

KEYSPACE = "mnist_desktop"


@pytest.fixture(scope="module")
def module_node() -> Iterator[Node]:
    """A node of this module's own; a server that others use is never stopped."""
    try:
        node = Node()
    except NotPossibleError as error:
        not_possible(error)
        raise
    try:
        node.start()
    except NotPossibleError as error:
        node.remove()
        not_possible(error)
        raise
    yield node
    node.remove()


@pytest.fixture
def node(module_node: Node) -> Iterator[Node]:
    yield module_node
    module_node.thaw()


@pytest.fixture
def options(node: Node, tmp_path: Path, log_name: str) -> LogOptions:
    return LogOptions(
        journal=tmp_path / "journal.sqlite", hosts=((node.address, node.port),), keyspace=KEYSPACE, log=log_name
    )


def rows(node: Node, log_name: str) -> dict[UUID, tuple[int, str | None, bool]]:
    cluster, session = connect(node.address, node.port)
    try:
        return Looker(session, KEYSPACE, log_name).rows()
    finally:
        cluster.shutdown()


@pytest.mark.parametrize("end", [Node.stop, Node.kill], ids=["stopped", "killed"])
def test_500_records_saved_while_the_node_goes_and_comes_are_there_exactly_once(
    node: Node, options: LogOptions, open_log: LogMaker, end: Callable[[Node], None]
) -> None:
    log = open_log(options)
    records = make_records(500)
    for record in records[:250]:
        assert log.save(record)
    # In the middle: some are delivered, some are under way, some wait.
    wait_until(lambda: log.status().delivered > 0)
    ending = threading.Thread(target=end, args=(node,))
    ending.start()
    for record in records[250:]:
        assert log.save(record)
    ending.join()
    wait_until(lambda: not log.status().connected)
    assert log.status().pending > 0
    assert len(log.page(None, Filters(), 500).entries) == sum(record.shown for record in records)
    node.start()
    wait_until(lambda: log.status().connected and log.status().pending == 0)
    assert {record_id: row[0] for record_id, row in rows(node, options.log).items()} == {
        record.id: record.version for record in records
    }
    assert [entry.record for entry in walk(log)] == [record for record in records[::-1] if record.shown]


def save_until_killed(options: LogOptions, seed: int, lines: int, *, when_connected: bool) -> dict[UUID, int]:
    """What a real process said was saved before it was killed after so many more lines."""
    (host, port) = options.hosts[0]
    saver = subprocess.Popen(
        [sys.executable, "-m", "log_saver", str(options.journal), host, str(port), KEYSPACE, options.log, str(seed)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert saver.stdout is not None
    saved: dict[UUID, int] = {}
    counting = not when_connected
    # All that it said before it died counts, also what is still in the pipe.
    for line in saver.stdout:
        if line == "connected\n":
            counting = True
        elif line.endswith("\n"):
            record_id, version = line.split()
            saved[UUID(record_id)] = int(version)
            lines -= counting
        if lines == 0:
            saver.kill()
    saver.stdout.close()
    assert saver.wait(PATIENCE) == -9
    return saved


@pytest.mark.parametrize("seed", range(4))
def test_a_program_killed_at_any_moment_loses_nothing_that_it_called_saved(
    node: Node, options: LogOptions, open_log: LogMaker, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(seed)
    saved: dict[UUID, int] = {}
    saved_early: list[UUID] = []
    backup = tmp_path_factory.mktemp("backup")
    for run in range(3):
        # Frozen: everything lies between the journal's commit and delivery when the program dies.
        frozen = run == 1
        if frozen:
            node.freeze()
        saved |= save_until_killed(options, seed * 10 + run, chance.randint(1, 150), when_connected=not frozen)
        node.thaw()
        if run == 0:
            shutil.copytree(options.journal.parent, backup, dirs_exist_ok=True)
            saved_early = list(saved)
    log = open_log(options)
    wait_until(lambda: log.status().connected and log.status().pending == 0)
    for record_id in saved_early:
        entry = log.find(record_id)
        assert entry is not None
        changed = entry.record.changed(datetime.now(UTC), corrected="0")
        saved[record_id] = changed.version
        log.save(changed)
    assert log.deliver(PATIENCE).pending == 0
    # Somebody brings back an old copy of the journal: it delivers its older versions, late.
    brought_back = Journal(backup / options.journal.name, options.log)
    brought_back.doubt(3600)
    assert brought_back.counts().delivered == 0
    brought_back.close()
    old = open_log(replace(options, journal=backup / options.journal.name))
    assert old.deliver(PATIENCE).delivered >= len(saved_early)
    there = rows(node, options.log)
    lost = {record_id for record_id in saved if record_id not in there}
    assert not lost
    outdated = {record_id for record_id, version in saved.items() if there[record_id][0] < version}
    assert not outdated
    assert {there[record_id][1] for record_id in saved_early} == {"0"}, "an older version came back"
    shown = [entry.record.id for entry in walk(log)]
    assert len(shown) == len(set(shown))
    assert set(saved) <= set(shown)


def test_a_frozen_node_blocks_neither_saving_nor_looking_nor_closing(
    node: Node, options: LogOptions, open_log: LogMaker
) -> None:
    log = open_log(options)
    log.save(make_record())
    assert log.deliver(PATIENCE).pending == 0
    node.freeze()
    seen: list[object] = []

    def use() -> None:
        seen.extend(log.save(record) for record in make_records(20))
        seen.append(log.page(None, Filters()).connected)
        log.close()

    using = threading.Thread(target=use)
    using.start()
    using.join(PATIENCE)
    assert not using.is_alive()
    assert seen == [True] * 20 + [False]
    assert log.status().pending == 20
    node.thaw()
    again = open_log(options)
    wait_until(lambda: again.status().connected and again.status().pending == 0)
    assert len(rows(node, options.log)) == 21


def test_a_program_ends_although_the_node_is_frozen(node: Node, options: LogOptions) -> None:
    (host, port) = options.hosts[0]
    program = f"""
import sys
from pathlib import Path
from sample_records import make_records
from mnist_desktop.log.log import Log, LogOptions
log = Log(LogOptions(journal=Path({str(options.journal)!r}), hosts=(({host!r}, {port}),), log={options.log!r}))
first, *others = make_records(30)
log.save(first)
print(log.deliver(60).delivered, flush=True)
sys.stdin.readline()
log.save_all(others)
log.close()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    node.freeze()
    # The driver's own patience with such a node is far longer than this.
    process.communicate("freeze\n", timeout=PATIENCE)
    assert process.returncode == 0
    left = Log(LogOptions(journal=options.journal, log=options.log))
    assert left.status().pending == 29
    left.close()


def test_a_wiped_volume_is_filled_again_with_everything_still_held(
    node: Node, options: LogOptions, open_log: LogMaker
) -> None:
    log = open_log(options)
    records: list[Record] = list(make_records(80))
    log.save_all(records)
    assert log.deliver(PATIENCE).pending == 0
    store = log._delivery.store()
    assert store is not None
    # Long ago, so that it is not the last minute's resending that brings them back.
    log._journal.mark_delivered(records, store.identity, datetime.now(UTC) - timedelta(hours=1))
    node.stop()
    node.wipe()
    node.start()
    # The loss may be noticed only after the node is back; what shows that it was is the other identity.
    wait_until(lambda: (now := log._delivery.store()) is not None and now.identity != store.identity)
    wait_until(lambda: log.status().delivered == 80 and len(rows(node, options.log)) == 80)
    assert {record_id: row[0] for record_id, row in rows(node, options.log).items()} == {
        record.id: record.version for record in records
    }

"""Gives a test what faults are played with: a log of its own on a real node, programs, proxies, and the checker."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cassandra_node import CassandraServer, connect, not_possible
from cassandra_process import Node, NotPossibleError
from fault_check import Checker, Outcome
from fault_play import PATIENCE, Program, Stage, stage
from fault_program import MARKER, Plan
from fault_proxy import FaultProxy
from log_looking import wait_until

from mnist_desktop.log.journal import Journal
from mnist_desktop.log.log import LogOptions

KEYSPACE = "mnist_desktop"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A log of the test's own, the programs that write it, and what stands between them and the node."""

    folder: Path
    node: tuple[str, int]
    keyspace: str
    log: str
    stage: Stage
    proxies: list[FaultProxy] = field(default_factory=list)

    @property
    def journal(self) -> Path:
        """Where a program keeps its journal when the test names no other place."""
        return self.folder / "journal.sqlite"

    def start(
        self,
        seed: int,
        *,
        journal: Path | None = None,
        through: FaultProxy | None = None,
        tracing: Sequence[str] = (),
        **changes: Any,
    ) -> Program:
        """Start a program; `changes` are fields of its plan."""
        host, port = through.address if through else self.node
        plan: dict[str, Any] = {
            "journal": str(journal or self.journal), "host": host, "port": port,
            "keyspace": self.keyspace, "log": self.log, "seed": seed,
        }  # fmt: skip
        return self.stage.start(Plan(**plan | changes), tracing=tracing)

    def proxy(self) -> FaultProxy:
        """A proxy in front of the node."""
        self.proxies.append(FaultProxy(self.node, MARKER.encode()))
        return self.proxies[-1]

    def wait_until_delivered(self, journal: Path | None = None) -> None:
        """Wait until the programs themselves have delivered all that waits; let them rest before."""
        looked_at = Journal(journal or self.journal, self.log)
        try:
            wait_until(lambda: looked_at.counts().pending == 0, PATIENCE)
        finally:
            looked_at.close()

    def send_again(self, journal: Path) -> None:
        """Let a journal hold everything as not known to be in Cassandra."""
        opened = Journal(journal, self.log)
        try:
            opened.doubt(1e6)
        finally:
            opened.close()

    def execute(self, statement: str) -> None:
        """Do something to the tables from outside; `{keyspace}` stands for this log's."""
        cluster, session = connect(*self.node)
        try:
            session.execute(statement.format(keyspace=self.keyspace), timeout=60)
        finally:
            cluster.shutdown()

    def check(self, *journals: Path, forgot: bool = False) -> Outcome:
        """What became of everything that was saved; of the one journal when no other is named."""
        options = LogOptions(journal=self.journal, hosts=(self.node,), keyspace=self.keyspace, log=self.log)
        cluster, session = connect(*self.node)
        try:
            return Checker(session, options).check(self.stage, journals or (self.journal,), forgot=forgot)
        finally:
            cluster.shutdown()


@contextlib.contextmanager
def set_scene(folder: Path, node: tuple[str, int], keyspace: str) -> Iterator[Scene]:
    """A scene whose programs and proxies end with it."""
    with stage() as run:
        scene = Scene(folder=folder, node=node, keyspace=keyspace, log=f"faults-{uuid.uuid4().hex[:12]}", stage=run)
        try:
            yield scene
        finally:
            for program in run.programs:
                program.stop()
            for proxy in scene.proxies:
                proxy.close()


@pytest.fixture
def scene(cassandra_server: CassandraServer, tmp_path: Path) -> Iterator[Scene]:
    """On the node of the whole run, which nobody stops."""
    with set_scene(tmp_path, (cassandra_server.host, cassandra_server.port), cassandra_server.keyspace) as made:
        yield made


@pytest.fixture
def passing_scene(cassandra_server: CassandraServer, tmp_path: Path) -> Iterator[Scene]:
    """With a keyspace of its own, which the test may drop."""
    keyspace = f"{cassandra_server.keyspace}_{uuid.uuid4().hex[:8]}"
    with set_scene(tmp_path, (cassandra_server.host, cassandra_server.port), keyspace) as made:
        yield made
        made.execute("DROP KEYSPACE IF EXISTS {keyspace}")


@pytest.fixture(scope="session")
def own_node() -> Iterator[Node]:
    """A node for the tests that stop, freeze and wipe; a server that others use is never stopped."""
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
def own_scene(own_node: Node, tmp_path: Path) -> Iterator[Scene]:
    """On that node, which runs again when the test ends."""
    with set_scene(tmp_path, (own_node.address, own_node.port), KEYSPACE) as made:
        yield made
    own_node.thaw()

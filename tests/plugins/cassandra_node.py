"""Gives the tests one real Cassandra for the whole run: an address, else Docker and the compose file, else Maven."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.policies import RoundRobinPolicy
from cassandra_process import SHIPPED_HEAP, SHIPPED_SETTINGS, Node, NotPossibleError, free_port

from mnist_desktop.log.options import LogOptions

COMPOSE_FILE = Path(__file__).parents[2] / "docker-compose.cassandra.yml"

PROJECT = "mnist-desktop-tests"
"""Docker's name for what the tests start; never that of the user's own Cassandra."""

# Read before any test's home takes these variables away.
GIVEN = os.environ.get("MNIST_DESKTOP_TEST_CASSANDRA")
REQUIRED = os.environ.get("MNIST_DESKTOP_REQUIRE_CASSANDRA") == "1"


@dataclass(frozen=True, kw_only=True)
class CassandraServer:
    """Where the run's Cassandra listens, and the keyspace that the run has for itself."""

    host: str
    port: int
    keyspace: str

    @property
    def setting(self) -> str:
        """As MNIST_DESKTOP_CASSANDRA takes it."""
        return f"{self.host}:{self.port}"

    def options(self, journal: Path, log: str) -> LogOptions:
        """For a log of this name in the run's keyspace."""
        return LogOptions(journal=journal, hosts=((self.host, self.port),), keyspace=self.keyspace, log=log)

    def connect(self) -> tuple[Cluster, Session]:
        """A plain connection of the driver's, to look at the tables from outside; close the cluster."""
        return connect(self.host, self.port)


class Source(Protocol):
    """What can be asked for the run's Cassandra."""

    def address(self) -> tuple[str, int]:
        """Waits until it listens; raises NotPossibleError."""

    def close(self) -> None:
        """Ends what was started."""


def connect(host: str, port: int) -> tuple[Cluster, Session]:
    """A plain connection of the driver's."""
    profile = ExecutionProfile(load_balancing_policy=RoundRobinPolicy(), request_timeout=30)
    cluster = Cluster(
        [(host, port)], protocol_version=5, connect_timeout=20, execution_profiles={EXEC_PROFILE_DEFAULT: profile}
    )
    return cluster, cluster.connect()


@contextmanager
def server_for(keyspace: str, settings: Sequence[str] = ()) -> Iterator[tuple[str, int]]:
    """The server that the environment names, without `keyspace` at the end, or a node as the compose file sets it.

    `settings` are lines of its cassandra.yaml beside.
    """
    if GIVEN:
        address = GivenServer(GIVEN).address()
        try:
            yield address
        finally:
            # One that has gone away says so to what was measured or tested with it.
            with suppress(NoHostAvailable):
                cluster, session = connect(*address)
                session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}", timeout=60)
                cluster.shutdown()
        return
    node = Node(settings=(*SHIPPED_SETTINGS, *settings), heap=SHIPPED_HEAP)
    try:
        node.start()
        yield node.address, node.port
    finally:
        node.remove()


class GivenServer:
    """A server that the developer runs."""

    def __init__(self, setting: str) -> None:
        host, _, port = setting.partition(":")
        self._address = host, int(port or 9042)

    def address(self) -> tuple[str, int]:
        """As it was given."""
        return self._address

    def close(self) -> None:
        """It is not ours to end."""


class DockerServer:
    """The compose file's own server, under the tests' project name and on a free port."""

    def __init__(self) -> None:
        self._port = free_port("127.0.0.1")
        self._compose("up", "--detach", "--wait")

    def address(self) -> tuple[str, int]:
        """Compose has waited for its health check."""
        return "127.0.0.1", self._port

    def close(self) -> None:
        """Take the volume with it."""
        self._compose("down", "--volumes")

    def _compose(self, *command: str) -> None:
        done = subprocess.run(
            ["docker", "compose", "--project-name", PROJECT, "--file", COMPOSE_FILE, *command],
            env={**os.environ, "MNIST_DESKTOP_CASSANDRA_PORT": str(self._port)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise NotPossibleError(f"docker compose {command[0]} failed: {done.stderr[-500:]}")


class MavenServer:
    """A node of our own, from the jars on Maven Central; it starts while other tests run."""

    def __init__(self) -> None:
        self._node = Node()
        self._started = False
        try:
            self._node.launch()
        # Ctrl+C, too, leaves nothing behind.
        except BaseException:
            self._node.remove()
            raise

    def address(self) -> tuple[str, int]:
        """Waits until it listens."""
        if not self._started:
            self._node.wait()
            self._started = True
        return self._node.address, self._node.port

    def close(self) -> None:
        """End the process and remove its folder."""
        self._node.remove()


SERVER = pytest.StashKey["Source | NotPossibleError"]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the server before the first test, so that it starts while tests run that need none."""
    if session.config.option.collectonly:
        return
    if any("cassandra_server" in getattr(item, "fixturenames", ()) for item in session.items):
        try:
            session.config.stash[SERVER] = _begin()
        except NotPossibleError as error:
            session.config.stash[SERVER] = error


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started."""
    server = config.stash.get(SERVER, None)
    if server is not None and not isinstance(server, NotPossibleError):
        server.close()


def _begin() -> Source:
    if GIVEN:
        return GivenServer(GIVEN)
    if _docker_answers():
        return DockerServer()
    return MavenServer()


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        asked = subprocess.run(
            ["docker", "info", "--format", "{{json .ServerVersion}}"],
            capture_output=True, text=True, check=False, timeout=20,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0 and bool(json.loads(asked.stdout or '""'))


def not_possible(error: NotPossibleError) -> None:
    """Say that a real node is missing: as a skip with its reason, or as a failure where one is required."""
    sentence = f"No real Cassandra can be had: {error}"
    if REQUIRED:
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def cassandra_server(request: pytest.FixtureRequest) -> Iterator[CassandraServer]:
    """The run's real Cassandra, with a keyspace of the run's own."""
    server = request.config.stash[SERVER]
    try:
        if isinstance(server, NotPossibleError):
            raise server
        host, port = server.address()
    except NotPossibleError as error:
        not_possible(error)
        raise
    keyspace = f"mnist_desktop_{uuid.uuid4().hex[:12]}"
    yield CassandraServer(host=host, port=port, keyspace=keyspace)
    cluster, session = connect(host, port)
    session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}")
    cluster.shutdown()


@pytest.fixture
def log_name() -> str:
    """A log of the test's own."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def cassandra_home(
    cassandra_server: CassandraServer, home: Path, log_name: str, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The test's home, with the environment naming the run's Cassandra and a log of the test's own."""
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", cassandra_server.setting)
    monkeypatch.setenv("MNIST_DESKTOP_KEYSPACE", cassandra_server.keyspace)
    monkeypatch.setenv("MNIST_DESKTOP_LOG", log_name)
    return home


@pytest.fixture
def cql(cassandra_server: CassandraServer) -> Iterator[Session]:
    """The driver's plain session, to look at the tables from outside."""
    cluster, session = cassandra_server.connect()
    yield session
    cluster.shutdown()

"""Starts, stops, freezes and kills real Cassandra nodes from the jars on Maven Central, without Docker."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import filelock
import platformdirs

VERSION = "5.0.9"

START_SECONDS = 300.0
"""A node takes 6 s to start; a machine busy with training takes longer."""

STOP_SECONDS = 60.0

TEST_HEAP = "512m"
"""Enough for some ten thousand records, and a computer can run a ring of such nodes."""

SHIPPED_HEAP = "1g"
"""What docker-compose.cassandra.yml gives a node: with less, 100,000 records in one go end in garbage collection."""

SHIPPED_SETTINGS = ("sai_options:", "  segment_write_buffer_size: 64MiB")
"""What that file sets beside it: with Cassandra's own choice a million records end in an OutOfMemoryError."""

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>tests</groupId><artifactId>cassandra</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId><version>{VERSION}</version>
  </dependency></dependencies>
</project>
"""

LOGBACK = """<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %date %logger{20} - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="out"/></root>
</configuration>
"""

EXPORTS = (
    "java.base/jdk.internal.misc", "java.base/java.lang.ref", "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.management/com.sun.jmx.remote.security", "java.rmi/sun.rmi.registry", "java.rmi/sun.rmi.server",
    "java.sql/java.sql", "jdk.unsupported/sun.misc", "jdk.compiler/com.sun.tools.javac.file",
    "jdk.attach/sun.tools.attach",
)  # fmt: skip

OPENS = (
    "java.base/java.lang.module", "java.base/jdk.internal.loader", "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect", "java.base/jdk.internal.math", "java.base/jdk.internal.module",
    "java.base/jdk.internal.util.jar", "java.base/sun.nio.ch", "java.base/java.io", "java.base/java.lang",
    "java.base/java.lang.reflect", "java.base/java.util", "java.base/java.nio",
    "jdk.management/com.sun.management.internal", "jdk.compiler/com.sun.tools.javac",
)  # fmt: skip


class NotPossibleError(Exception):
    """A real node cannot be started here; the text says why."""


class Node:
    """One real node in a process of its own, with its own folder and ports; `start` and `stop` keep its data."""

    def __init__(
        self,
        *,
        address: str = "127.0.0.1",
        port: int | None = None,
        storage_port: int | None = None,
        seed: str | None = None,
        token: int = 0,
        settings: Sequence[str] = (),
        heap: str = TEST_HEAP,
    ) -> None:
        """`settings` are further lines of cassandra.yaml; `heap` is as Java writes sizes."""
        self.address = address
        self.port = port or free_port(address)
        self.storage_port = storage_port or free_port(address)
        self.folder = Path(tempfile.mkdtemp(prefix="mnist-desktop-cassandra-"))
        self._jmx_port = free_port("127.0.0.1")
        self._process: subprocess.Popen[bytes] | None = None
        self._output = self.folder / "node.log"
        self._begun = 0
        self._heap = heap
        self._write_configuration(seed or address, token, settings)

    def start(self) -> None:
        """Start the process and wait until it listens to clients."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the process, and do not wait."""
        self._begun = self._output.stat().st_size if self._output.exists() else 0
        with self._output.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def wait(self) -> None:
        """Wait until a launched node listens to clients."""
        assert self._process is not None, "launch it first"
        deadline = time.monotonic() + START_SECONDS
        while b"Starting listening for CQL clients" not in self._output.read_bytes()[self._begun :]:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                said = self._output.read_text(errors="replace")[-3000:]
                raise NotPossibleError(f"Cassandra did not start:\n{said}")
            # Nothing tells when a file grows.
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it cleanly, and wait until it is gone."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it as a power loss would, and wait until it is gone."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it from running: connections stay open, and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen node go on."""
        self._signal(signal.SIGCONT)

    def wipe(self) -> None:
        """Remove all its data; only while it is stopped."""
        assert self._process is None, "a running node's folder must stay"
        shutil.rmtree(self.folder / "data")

    def remove(self) -> None:
        """End it, however it stands, and remove its folder."""
        if self._process is not None:
            self.thaw()
            self.kill()
        shutil.rmtree(self.folder)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._signal(number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _command(self) -> list[str]:
        libraries = maven_libraries()
        # The node ends with the tests, even when they are killed.
        tied = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        return [
            *tied,
            str(find_java()),
            f"-Xms{self._heap}", f"-Xmx{self._heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            f"-javaagent:{next(libraries.glob('jamm-*.jar'))}",
            "-Djdk.attach.allowAttachSelf=true", "-Dio.netty.tryReflectionSetAccessible=true",
            *(f"--add-exports={name}=ALL-UNNAMED" for name in EXPORTS),
            *(f"--add-opens={name}=ALL-UNNAMED" for name in OPENS),
            "-Dcassandra-foreground=yes",
            f"-Dcassandra.config={(self.folder / 'conf' / 'cassandra.yaml').as_uri()}",
            f"-Dcassandra.storagedir={self.folder / 'data'}",
            f"-Dcassandra.logdir={self.folder}",
            f"-Dcassandra.triggers_dir={self.folder / 'triggers'}",
            f"-Dcassandra.jmx.local.port={self._jmx_port}",
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            "-Dcassandra.ring_delay_ms=1000",
            "-Dcassandra.superuser_setup_delay_ms=0",
            "-Dcassandra.libjemalloc=-",
            "-cp", f"{self.folder / 'conf'}:{libraries}/*",
            "org.apache.cassandra.service.CassandraDaemon",
        ]  # fmt: skip

    def _write_configuration(self, seed: str, token: int, settings: Sequence[str]) -> None:
        configuration = self.folder / "conf"
        configuration.mkdir()
        (self.folder / "triggers").mkdir()
        (configuration / "logback.xml").write_text(LOGBACK)
        data = self.folder / "data"
        (configuration / "cassandra.yaml").write_text(
            f"""cluster_name: mnist-desktop-tests
num_tokens: 1
initial_token: {token}
auto_bootstrap: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
commitlog_sync: batch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "{seed}:{self.storage_port}"
data_file_directories: ["{data}/data"]
commitlog_directory: {data}/commitlog
hints_directory: {data}/hints
saved_caches_directory: {data}/saved_caches
listen_address: {self.address}
rpc_address: {self.address}
storage_port: {self.storage_port}
native_transport_port: {self.port}
start_native_transport: true
commitlog_segment_size: 8MiB
commitlog_total_space: 64MiB
concurrent_reads: 2
concurrent_writes: 2
concurrent_counter_writes: 2
concurrent_compactors: 1
auto_snapshot: false
"""
            + "".join(f"{line}\n" for line in settings)
        )


def free_port(address: str) -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def find_java() -> Path:
    """A Java that Cassandra 5.0 runs on: 17 or 11."""
    home = os.environ.get("JAVA_HOME")
    candidates = [Path(home, "bin", "java")] if home else []
    on_path = shutil.which("java")
    candidates += [Path(on_path)] if on_path else []
    for folder in ("/usr/lib/jvm", "/usr/local/lib/jvm", "/opt/java", "/Library/Java/JavaVirtualMachines"):
        candidates += sorted(Path(folder).glob("*/bin/java")) + sorted(Path(folder).glob("*/Contents/Home/bin/java"))
    for java in candidates:
        if java.exists():
            shown = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
            if re.search(r'version "(17|11)\b', shown):
                return java
    raise NotPossibleError("no Java 17 or 11 was found (Debian: openjdk-17-jre-headless)")


def maven_libraries() -> Path:
    """The folder with the server's jars, fetched from Maven Central the first time: 67 MB."""
    cache = platformdirs.user_cache_path("mnist-desktop-tests")
    libraries = cache / f"cassandra-{VERSION}"
    if libraries.is_dir():
        return libraries
    maven = shutil.which("mvn")
    if maven is None:
        raise NotPossibleError("Maven (mvn) is not installed to fetch Cassandra's jars")
    cache.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(cache / "fetching.lock"):
        if libraries.is_dir():
            return libraries
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            Path(folder, "pom.xml").write_text(POM)
            fetched = subprocess.run(
                [
                    maven, "--quiet", "--batch-mode",
                    "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
                    f"-DoutputDirectory={folder}/lib",
                ],
                cwd=folder, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if fetched.returncode:
                raise NotPossibleError(f"Maven could not fetch Cassandra: {fetched.stdout[-500:]}")
            # Only a complete folder gets the name that others look for.
            Path(folder, "lib").rename(libraries)
    return libraries

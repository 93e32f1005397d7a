"""The compose file brings up a Cassandra that only this computer sees and that keeps what it acknowledged."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import platformdirs
import pytest
import yaml

COMPOSE_FILE = Path(__file__).parents[1] / "docker-compose.cassandra.yml"

LOADER = "github.com/compose-spec/compose-go/v2/cmd@v2.16.2"
"""What Docker Compose itself reads the file with."""


def check(compose: dict[str, Any], port: str) -> None:
    assert compose["name"] == "mnist-desktop"
    service = compose["services"]["cassandra"]
    assert service["image"] == "cassandra:5.0.9"
    assert port.startswith("127.0.0.1:"), "only this computer"
    assert port.endswith(":9042")
    assert service["restart"] == "unless-stopped"
    assert service["stop_grace_period"] in ("60s", "1m0s")
    health = service["healthcheck"]
    assert health["test"][:2] == ["CMD", "cqlsh"]
    assert health["start_period"] in ("2m", "2m0s")
    options = service["environment"]["JVM_EXTRA_OPTS"].split()
    assert options == [
        "-Dcassandra.config.allow_system_properties=true",
        "-Dcassandra.settings.commitlog_sync=batch",
        "-Dcassandra.settings.commitlog_sync_period=0ms",
        "-Dcassandra.settings.sai_options.segment_write_buffer_size=64MiB",
    ]
    assert service["environment"]["MAX_HEAP_SIZE"] == "1G"
    assert "cassandra" in compose["volumes"], "a named volume, so that the log outlives the container"


def test_the_file_says_what_it_must() -> None:
    compose = yaml.safe_load(COMPOSE_FILE.read_text())
    service = compose["services"]["cassandra"]
    (port,) = service["ports"]
    check(compose, port)
    assert port == "127.0.0.1:${MNIST_DESKTOP_CASSANDRA_PORT:-9042}:9042"
    assert service["volumes"] == ["cassandra:/var/lib/cassandra"]


@pytest.fixture(scope="module")
def loader() -> Path:
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not at hand to build Docker Compose's own loader")
    folder = platformdirs.user_cache_path("mnist-desktop-tests") / "compose-go-2.16.2"
    if not (folder / "cmd").exists():
        built = subprocess.run(
            [go, "install", LOADER],
            env={**os.environ, "GOBIN": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            pytest.skip(f"Docker Compose's own loader cannot be built here: {built.stderr.strip()[-300:]}")
    return folder / "cmd"


def test_docker_composes_own_loader_takes_the_file(loader: Path) -> None:
    loaded = subprocess.run([loader, COMPOSE_FILE], capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr
    compose = yaml.safe_load(loaded.stdout)
    (port,) = compose["services"]["cassandra"]["ports"]
    check(compose, f"{port['host_ip']}:{port['published']}:{port['target']}")
    (volume,) = compose["services"]["cassandra"]["volumes"]
    assert (volume["type"], volume["source"], volume["target"]) == ("volume", "cassandra", "/var/lib/cassandra")

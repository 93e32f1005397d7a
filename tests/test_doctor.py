"""The doctor finds what is wrong, one check each, and looks at everything else in spite of it."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from mnist_desktop import doctor
from mnist_desktop.doctor import Check, examine
from mnist_desktop.paths import shipped
from mnist_desktop.settings import SETTINGS

NAMES = [
    "program", "Python", "settings", "environment", "libraries", "TensorFlow", "folders", "model", "engine", "window",
    "journal", "Cassandra",
]  # fmt: skip


def examined(**variables: str) -> dict[str, Check]:
    return {check.name: check for check in examine({**os.environ, **variables})}


def wrong(checks: dict[str, Check]) -> list[str]:
    return [check.name for check in checks.values() if not check.ok]


@pytest.fixture
def silent_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def chatty_port() -> Iterator[int]:
    """A port on which something listens that is not Cassandra."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_healthy_installation_has_nothing_wrong() -> None:
    checks = examined()
    assert list(checks) == NAMES
    assert wrong(checks) == []
    assert "offscreen" in checks["window"].detail


def test_a_damaged_settings_file_is_found_and_the_rest_is_looked_at(home: Path) -> None:
    (home / "settings.toml").write_text("theme = ")
    checks = examined()
    assert list(checks) == NAMES
    assert wrong(checks) == ["settings"]
    assert "settings.toml is damaged" in checks["settings"].detail


def test_a_mistyped_variable_is_found() -> None:
    checks = examined(MNIST_DESKTOP_CASANDRA="off")
    assert wrong(checks) == ["environment"]
    assert "MNIST_DESKTOP_CASANDRA" in checks["environment"].detail


def test_a_home_that_cannot_be_written_is_found() -> None:
    # Not even root makes a folder there.
    checks = examined(MNIST_DESKTOP_HOME="/proc/nothing/here")
    assert wrong(checks) == ["folders", "journal"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_a_full_disk(dir: Path) -> IO[bytes]:  # noqa: A002 - the library's name
        assert dir == home
        return Path("/dev/full").open("wb")

    monkeypatch.setattr(tempfile, "TemporaryFile", on_a_full_disk)
    checks = examined()
    assert wrong(checks) == ["folders"]
    assert checks["folders"].detail == f"{home} cannot be written (No space left on device)."


def test_a_model_that_was_changed_is_found(home: Path) -> None:
    copy = home / "models" / "digits"
    shutil.copytree(shipped("model") / "digits", copy)
    with (copy / "model.tflite").open("ab") as file:
        file.write(b"x")
    checks = examined()
    assert wrong(checks) == ["model"]
    assert "damaged" in checks["model"].detail


def test_qt_that_cannot_start_is_found() -> None:
    checks = examined(QT_QPA_PLATFORM="no-such-platform")
    assert wrong(checks) == ["window"]
    assert "no-such-platform" in checks["window"].detail


def test_a_cassandra_that_was_asked_for_and_refuses_is_wrong(silent_port: int) -> None:
    checks = examined(MNIST_DESKTOP_CASSANDRA=f"127.0.0.1:{silent_port}")
    assert wrong(checks) == ["Cassandra"]
    assert checks["Cassandra"].detail.startswith("not connected to 127.0.0.1")


def test_a_computer_without_cassandra_is_fine(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"127.0.0.1:{silent_port}"
    monkeypatch.setattr(doctor, "SETTINGS", {**SETTINGS, "cassandra": replace(SETTINGS["cassandra"], default=address)})
    checks = examined(MNIST_DESKTOP_CASSANDRA=address)
    assert wrong(checks) == []
    assert "not connected" in checks["Cassandra"].detail


def test_something_else_in_cassandras_place_is_wrong(chatty_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"127.0.0.1:{chatty_port}"
    monkeypatch.setattr(doctor, "SETTINGS", {**SETTINGS, "cassandra": replace(SETTINGS["cassandra"], default=address)})
    assert wrong(examined(MNIST_DESKTOP_CASSANDRA=address)) == ["Cassandra"]


def test_a_real_cassandra_is_found(cassandra_home: Path) -> None:
    checks = examined()
    assert wrong(checks) == []
    assert checks["Cassandra"].detail.startswith("connected to ")


def test_a_password_is_never_told() -> None:
    checks = examined(MNIST_DESKTOP_USERNAME="ada", MNIST_DESKTOP_PASSWORD="hunter2")
    assert not [check for check in checks.values() if "hunter2" in check.detail]

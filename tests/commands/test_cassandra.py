"""`cassandra up|down|status`: what Docker is told, and what is said when it is missing or fails; without an engine."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_desktop.cli import main
from mnist_desktop.paths import shipped

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Docker is a script")

STAND_IN = f"""#!{sys.executable}
import json, os, signal, sys, time
with open(os.environ["STAND_IN_CALLS"], "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
words = sys.argv[1:]
if words == ["compose", "version"]:
    sys.exit(int(os.environ.get("STAND_IN_VERSION", "0")))
if os.environ.get("STAND_IN_WAITS"):
    signal.signal(signal.SIGINT, lambda *_: os.write(1, b"interrupted\\n"))
print("said by Docker Compose", flush=True)
print("and its progress", file=sys.stderr, flush=True)
if os.environ.get("STAND_IN_WAITS"):
    while not os.path.exists(os.environ["STAND_IN_WAITS"]):
        # Between two looks at a file; who waits for this program is told by its output.
        time.sleep(0.01)
    print("ended in its own way", flush=True)
sys.exit(int(os.environ.get("STAND_IN_CODE", "0")))
"""
"""In place of `docker`: records its arguments, says something on both streams, and ends with the code it is told."""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` alone on the PATH, and the file in which it writes down what it was told."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(STAND_IN)
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(docker.parent))
    monkeypatch.setenv("STAND_IN_CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", "127.0.0.1:9042")
    return tmp_path / "calls"


def told(calls: Path) -> list[str]:
    """What Compose was told, behind the words that are the same each time."""
    version, command = (json.loads(line) for line in calls.read_text().splitlines())
    assert version == ["compose", "version"]
    common = ["compose", "--project-name", "mnist-desktop", "--file", str(shipped("docker-compose.cassandra.yml"))]
    assert command[: len(common)] == common
    rest: list[str] = command[len(common) :]
    return rest


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["up"], ["up", "--detach", "--wait"]),
        (["down"], ["down"]),
        (["status"], ["ps", "--all"]),
        (["status", "--json"], ["ps", "--all", "--format", "json"]),
    ],
)
def test_compose_is_told_to_use_the_bundled_file_and_its_words_are_passed_through(
    calls: Path, words: list[str], expected: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["cassandra", *words]) == 0
    assert told(calls) == expected
    assert capfd.readouterr() == ("said by Docker Compose\n", "and its progress\n")


def test_stopping_the_node_keeps_what_it_holds(calls: Path) -> None:
    assert main(["cassandra", "down"]) == 0
    assert not {"-v", "--volumes"} & set(told(calls))


def test_what_compose_fails_at_is_said_and_is_exit_code_1(
    calls: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STAND_IN_CODE", "17")
    assert main(["cassandra", "up"]) == 1
    assert capfd.readouterr().err == (
        "and its progress\nmnist-desktop: Docker Compose failed (exit code 17); what it said stands above.\n"
    )


def test_without_docker_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["cassandra", "up"]) == 1
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "needs Docker, which is not installed" in captured.err


def test_a_docker_without_compose_is_named_as_such(
    calls: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STAND_IN_VERSION", "1")
    assert main(["cassandra", "status"]) == 1
    assert "install docker-compose-plugin" in capfd.readouterr().err
    assert [json.loads(line) for line in calls.read_text().splitlines()] == [["compose", "version"]]


def test_a_docker_that_cannot_be_run_is_one_sentence(calls: Path, capfd: pytest.CaptureFixture[str]) -> None:
    docker = Path(os.environ["PATH"]) / "docker"
    docker.write_bytes(b"\x00no program")
    assert main(["cassandra", "status"]) == 1
    assert capfd.readouterr().err.endswith("docker cannot be run (Exec format error).\n")


@pytest.mark.parametrize(
    ("setting", "port", "hint"),
    [
        ("127.0.0.1:9042", "", None),
        ("localhost", "", None),
        ("db1.example.org, localhost:9043", "9043", None),
        ("127.0.0.1:9042", "9043", "looks at 127.0.0.1:9042; set MNIST_DESKTOP_CASSANDRA=127.0.0.1:9043."),
        ("off", "", "looks at off; set MNIST_DESKTOP_CASSANDRA=127.0.0.1:9042."),
    ],
)
def test_a_node_that_the_program_would_not_find_is_told_of(
    calls: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    setting: str,
    port: str,
    hint: str | None,
) -> None:
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA", setting)
    monkeypatch.setenv("MNIST_DESKTOP_CASSANDRA_PORT", port)
    assert main(["cassandra", "up"]) == 0
    error = capfd.readouterr().err
    assert ("mnist-desktop:" in error) == (hint is not None)
    assert hint is None or error.endswith(f"{hint}\n")


def test_after_an_interrupt_compose_ends_in_its_own_way(calls: Path, tmp_path: Path) -> None:
    assert code_after_an_interrupt(tmp_path / "let", "") == 130


def test_where_interrupts_are_ignored_the_program_ignores_them_too(calls: Path, tmp_path: Path) -> None:
    # What a shell does with a script's background.
    assert code_after_an_interrupt(tmp_path / "let", "trap '' INT;") == 0


def code_after_an_interrupt(let: Path, before: str) -> int:
    """The exit code of `cassandra up` that is interrupted while Compose works, which ends when there is `let`."""
    with subprocess.Popen(
        ["/bin/sh", "-c", f'{before} exec "$@"', "sh", sys.executable, "-m", "mnist_desktop", "cassandra", "up"],
        env={**os.environ, "STAND_IN_WAITS": str(let)},
        stdout=subprocess.PIPE,
        text=True,
        # A terminal sends Ctrl+C to all that it runs: to a group of their own, so that it does not reach this test.
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "said by Docker Compose\n"
        os.killpg(child.pid, signal.SIGINT)
        assert child.stdout.readline() == "interrupted\n"
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(1)
        let.touch()
        assert child.stdout.read() == "ended in its own way\n"
        return child.wait()

"""The set-up's shell asks the system for what is missing, and for nothing else."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "system-packages.sh"

EVERYTHING = [
    "libegl1",
    "libgl1",
    "libwayland-cursor0",
    "libglib2.0-0",
    "libxkbcommon0",
    "libdbus-1-3",
    "libfontconfig1",
    "fonts-dejavu-core",
    "libxkbcommon-x11-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-image0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xinerama0",
    "libxcb-randr0",
    "xvfb",
    "xdotool",
    "maven",
    "strace",
    "libfaketime",
]


@dataclass(frozen=True, kw_only=True)
class System:
    """A Debian played by small scripts: what is installed, what can be, who asks, and which Java there is."""

    folder: Path
    installed: list[str] = field(default_factory=lambda: list(EVERYTHING))
    user: int = 0
    unknown: str = "-"
    java: str = "17.0.15"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        self._program("dpkg-query", "\n".join(f"echo '{name} install ok installed'" for name in self.installed))
        self._program("id", f"echo {self.user}")
        self._program("apt-cache", f'[ "$2" != "{self.unknown}" ]')
        self._program("apt-get", f'echo "$@" >>{self.folder}/asked')
        self._program("java", f"echo 'openjdk version \"{self.java}\"' >&2")
        return subprocess.run(
            ["/bin/sh", SCRIPT, *arguments],
            env={"PATH": f"{self.folder}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def asked(self) -> list[str]:
        """The packages that apt-get was told to install."""
        log = self.folder / "asked"
        lines = log.read_text().splitlines() if log.exists() else []
        installs = [line.split() for line in lines if line.startswith("install")]
        return [word for words in installs for word in words[1:] if not word.startswith("-")]

    def _program(self, name: str, code: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{code}\n")
        path.chmod(0o755)


def test_nothing_is_asked_for_when_everything_is_there(tmp_path: Path) -> None:
    system = System(folder=tmp_path)
    done = system.run("dev")
    assert (done.returncode, done.stdout, done.stderr, system.asked) == (0, "", "", [])


def test_root_installs_what_is_missing_and_nothing_else(tmp_path: Path) -> None:
    system = System(folder=tmp_path, installed=[name for name in EVERYTHING if name not in {"libegl1", "xvfb"}])
    assert system.run("run").returncode == 0
    assert system.asked == ["libegl1"]


def test_another_user_is_told_one_line(tmp_path: Path) -> None:
    installed = [name for name in EVERYTHING if name not in {"libglib2.0-0", "libxcb-cursor0"}]
    system = System(folder=tmp_path, installed=installed, user=1000)
    done = system.run("run", "python3.12")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("sudo apt-get install libglib2.0-0 libxcb-cursor0 python3.12-venv\n")
    assert system.asked == []


def test_a_package_under_its_newer_name_counts(tmp_path: Path) -> None:
    installed = [{"libglib2.0-0": "libglib2.0-0t64"}.get(name, name) for name in EVERYTHING]
    system = System(folder=tmp_path, installed=installed)
    assert system.run("run").returncode == 0
    assert system.asked == []


def test_a_release_without_the_first_name_is_asked_for_the_second(tmp_path: Path) -> None:
    installed = [name for name in EVERYTHING if name != "libglib2.0-0"]
    system = System(folder=tmp_path, installed=installed, unknown="libglib2.0-0")
    system.run("run")
    assert system.asked == ["libglib2.0-0t64"]


@pytest.mark.parametrize("java", ["21.0.2", "1.8.0_392"])
def test_tests_get_a_java_that_cassandra_runs_on(tmp_path: Path, java: str) -> None:
    other = any(Path("/usr/lib/jvm").glob("*1[17]*/bin/java"))
    system = System(folder=tmp_path, java=java)
    system.run("dev")
    # Where this machine has one of its own, that one is found.
    assert system.asked == ([] if other else ["openjdk-17-jre-headless"])

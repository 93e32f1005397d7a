"""Turns this installation and its surroundings into a list of checks: everything that a bug report needs."""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import mnist_desktop
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.log.attempt import Attempt
from mnist_desktop.log.journal import Journal
from mnist_desktop.log.record import LogError
from mnist_desktop.paths import HOME_VARIABLE, Paths, PathsError, find_paths
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.models import Model, find_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.settings import PREFIX, SETTINGS, Settings, SettingsError, hosts_of, load_settings, log_options

if TYPE_CHECKING:
    from mnist_desktop.log.cassandra import Connection

DISTRIBUTION = "mnist-desktop"

EXTRA = "tensorflow"

KNOWN_VARIABLES = frozenset(
    {
        HOME_VARIABLE,
        # The compose file's.
        f"{PREFIX}CASSANDRA_PORT",
        # The tests'.
        f"{PREFIX}DATA",
        f"{PREFIX}REQUIRE_CASSANDRA",
        f"{PREFIX}TEST_CASSANDRA",
        f"{PREFIX}TEST_DISPLAY",
        *(setting.variable for setting in SETTINGS.values()),
    }
)
"""Any other variable that begins like these is a slip of the pen."""

WINDOW_SECONDS = 30.0
"""How long Qt may take to start; a second is usual, a first start from a slow disk takes longer."""

LONGEST_REASON = 500
"""Characters of what Qt says of its failure; the end is what counts."""

ROOM = 1_000_000
"""Bytes that a disk has to have free for the log not to come to its end within the day."""

CASSANDRA_SECONDS = 15.0
"""How long Cassandra may take to answer; connecting gives up after 5, making the tables takes a busy node as long."""

ONE = Drawing(strokes=(Stroke(points=((50.0, 10.0), (50.0, 90.0))),))
"""A plain stroke, to see that reading works; what it is read as does not matter."""

QT_PROBE = """
from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication
print(qVersion(), QGuiApplication([]).platformName())
"""
"""Runs in a process of its own: where Qt cannot start, it aborts the process that asked."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def examine(environment: Mapping[str, str]) -> Iterator[Check]:
    """Look at everything, one check after another; takes a few seconds, and changes nothing but what a start would."""
    yield Check(name="program", ok=True, detail=f"{mnist_desktop.__version__} in {Path(mnist_desktop.__file__).parent}")
    yield Check(name="Python", ok=True, detail=f"{platform.python_version()} in {sys.prefix}, {platform.platform()}")
    paths = find_paths(environment)
    settings, check = _settings(paths, environment)
    yield check
    yield _variables(environment)
    yield _libraries()
    yield _tensorflow(settings)
    yield _folders(paths)
    yield from _reading(paths, settings)
    yield _window(environment)
    yield _journal(paths, settings)
    yield _cassandra(paths, settings)


def _settings(paths: Paths, environment: Mapping[str, str]) -> tuple[Settings, Check]:
    name = "settings"
    try:
        settings = load_settings(paths, environment)
    except SettingsError as error:
        return error.usable, Check(name=name, ok=False, detail=str(error))
    origin = str(paths.settings) if paths.settings.exists() else f"defaults, {paths.settings} is not there"
    return settings, Check(name=name, ok=True, detail=f"{origin}; device {settings.device}, log {settings.log}")


def _variables(environment: Mapping[str, str]) -> Check:
    present = sorted(name for name in environment if name.startswith(PREFIX))
    unknown = [name for name in present if name not in KNOWN_VARIABLES]
    if unknown:
        return Check(name="environment", ok=False, detail=f"{unknown[0]} is no variable of this program.")
    return Check(name="environment", ok=True, detail=", ".join(present) or f"no {PREFIX}… variable is set")


def _libraries() -> Check:
    """Versions of everything that the program declares it needs."""
    found, missing = [], []
    for requirement in importlib.metadata.requires(DISTRIBUTION) or ():
        if "extra ==" not in requirement:
            name = re.split(r"[^A-Za-z0-9._-]", requirement)[0]
            try:
                found.append(f"{name} {importlib.metadata.version(name)}")
            except importlib.metadata.PackageNotFoundError:
                missing.append(name)
    if missing:
        return Check(name="libraries", ok=False, detail=f"not installed: {', '.join(missing)}")
    return Check(name="libraries", ok=True, detail=", ".join(found))


def _tensorflow(settings: Settings) -> Check:
    try:
        return Check(name="TensorFlow", ok=True, detail=importlib.metadata.version(EXTRA))
    except importlib.metadata.PackageNotFoundError:
        detail = "not installed; `make setup`, or `pip install mnist-desktop[tensorflow]`, adds it"
        return Check(name="TensorFlow", ok=settings.engine != EXTRA, detail=detail)


def _folders(paths: Paths) -> Check:
    try:
        paths.make_folders()
    except PathsError as error:
        return Check(name="folders", ok=False, detail=str(error))
    for folder in dict.fromkeys((paths.journal.parent, paths.settings.parent, paths.log_file.parent)):
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(ROOM))
        except OSError as error:
            return Check(name="folders", ok=False, detail=f"{folder} cannot be written ({error.strerror}).")
    return Check(name="folders", ok=True, detail=f"journal {paths.journal}, log file {paths.log_file}")


def _reading(paths: Paths, settings: Settings) -> Iterator[Check]:
    try:
        model = find_model(settings.model, paths.model_folders())
    except (ModelError, PathsError) as error:
        yield Check(name="model", ok=False, detail=str(error))
        return
    yield Check(name="model", ok=True, detail=f"{model.card.name} in {model.folder}, as its card says")
    yield _engine(model, settings)


def _engine(model: Model, settings: Settings) -> Check:
    name = "engine"
    try:
        reader = open_reader(model, "tensorflow" if settings.engine == "tensorflow" else "litert")
        try:
            reader.read_drawing(ONE)
            reading = reader.read_drawing(ONE)
        finally:
            reader.close()
    except (ModelError, ImportError) as error:
        return Check(name=name, ok=False, detail=f"{settings.engine}: {error}")
    if reading.prediction is None or not math.isclose(sum(reading.prediction.probabilities), 1.0, abs_tol=1e-3):
        return Check(name=name, ok=False, detail=f"{settings.engine} answers with no probabilities")
    return Check(name=name, ok=True, detail=f"{settings.engine} reads a stroke in {reading.seconds * 1000:.1f} ms")


def _window(environment: Mapping[str, str]) -> Check:
    shown = sys.platform != "linux" or environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    extra = {} if shown or "QT_QPA_PLATFORM" in environment else {"QT_QPA_PLATFORM": "offscreen"}
    try:
        probe = subprocess.run(
            [sys.executable, "-c", QT_PROBE],
            env={**os.environ, **environment, **extra},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=WINDOW_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Check(name="window", ok=False, detail=f"Qt did not start within {WINDOW_SECONDS:.0f} s.")
    if probe.returncode != 0:
        reason = " ".join(probe.stderr.split())[-LONGEST_REASON:] or f"exit code {probe.returncode}"
        return Check(name="window", ok=False, detail=f"Qt cannot start: {reason}")
    where = "" if shown else "; there is no display, so no window can be seen"
    return Check(name="window", ok=True, detail=f"Qt {probe.stdout.strip()}{where}")


def _journal(paths: Paths, settings: Settings) -> Check:
    journal = Journal(paths.journal, settings.log)
    try:
        counts = journal.counts()
    except LogError as error:
        return Check(name="journal", ok=False, detail=str(error))
    finally:
        journal.close()
    detail = f"{counts.pending} waiting, {counts.delivered} delivered, {counts.quarantined} refused by Cassandra"
    if journal.set_aside:
        return Check(name="journal", ok=False, detail=f"It was damaged and is kept as {journal.set_aside}; {detail}")
    return Check(name="journal", ok=counts.quarantined == 0, detail=detail)


def _cassandra(paths: Paths, settings: Settings) -> Check:
    """Off is fine, and so is a computer without Cassandra on which nobody asked for one; the rest is wrong."""
    name = "Cassandra"
    if not hosts_of(settings.cassandra):
        return Check(name=name, ok=True, detail="off, as set; records stay on this computer")
    ended = threading.Event()
    attempt = Attempt(log_options(settings, paths), threading.Event(), ended.set)
    ended.wait(CASSANDRA_SECONDS)
    connection, error, refused = attempt.connection, attempt.error, attempt.refused
    full = None if connection is None else _full(connection, settings.log)
    attempt.abandon()
    if connection is not None:
        return Check(name=name, ok=full is None, detail=full or f"connected to {settings.cassandra}")
    why = error or f"It does not answer within {CASSANDRA_SECONDS:.0f} s."
    detail = f"not connected to {settings.cassandra}: {why}"
    nobody_asked = settings.cassandra == SETTINGS["cassandra"].default
    return Check(name=name, ok=nobody_asked and refused, detail=detail)


def _full(connection: Connection, log: str) -> str | None:
    """A sentence about a partition that is nearly full."""
    from mnist_desktop.log.volume import Volume  # imports Cassandra's driver

    volume = Volume(connection.table.partitions, log=log, bucket_by=connection.table.bucket_by)
    volume.look()
    return volume.notice

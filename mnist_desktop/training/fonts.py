"""Turns the pinned list of Debian's font packages into fonts to train on, to choose by, and to keep out."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from mnist_desktop.evaluation.data import DataError
from mnist_desktop.training.alone import alone

FontPart = Literal["training", "validation", "test"]

SHARES: dict[FontPart, float] = {"training": 0.70, "validation": 0.15, "test": 0.15}
"""Shares of the design groups, about: a hash deals them out."""

LIST = Path(__file__).with_name("fonts.toml")

AT_ONCE = 16
"""Packages that apt-get is asked for together: it takes most of a second to start. A stopped fetch loses these."""

PATIENCE = 1800
"""Seconds that one call may take: longer than sixteen packages do on a slow line, but what hangs is given up."""


@dataclass(frozen=True, kw_only=True)
class Font:
    """One style of a typeface, in a file that is there."""

    name: str
    """Its file's name without the ending, such as `Hack-Regular`."""
    group: str
    """Its design group: fonts that look alike share one."""
    path: Path
    index: int = 0
    """Which of the fonts in the file."""


@dataclass(frozen=True, kw_only=True)
class FontPackage:
    """One package of the pinned list."""

    name: str
    version: str
    sha256: str
    """Of the whole `.deb` file."""
    designs: dict[str, tuple[str, ...]]
    """Design group to its font files, as paths in the package."""

    @property
    def folder_name(self) -> str:
        """What the folder is called in which the package lies unpacked: a new version gets a new one."""
        return f"{self.name}_{self.version.replace(':', '%3a')}"

    def missing(self, folder: Path) -> list[str]:
        """The font files that are not below `folder`, where packages lie unpacked."""
        files = (file for group in self.designs.values() for file in group)
        return [file for file in files if not (folder / self.folder_name / file).is_file()]


@cache
def font_packages() -> tuple[FontPackage, ...]:
    """The pinned list, by name."""
    return tuple(
        FontPackage(
            name=entry["name"],
            version=entry["version"],
            sha256=entry["sha256"],
            designs={
                group: tuple(f"{entry['folder']}/{file}" for file in files) for group, files in entry["designs"].items()
            },
        )
        for entry in tomllib.loads(LIST.read_text("utf-8"))["package"]
    )


def part_of(group: str) -> FontPart:
    """The part that a design group belongs to, by the SHA-256 of its name: nobody chose it, and it never changes."""
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64
    if place < SHARES["training"]:
        return "training"
    return "validation" if place < SHARES["training"] + SHARES["validation"] else "test"


def load_fonts(folder: Path, part: FontPart) -> list[Font]:
    """The fonts of `part`, from the packages unpacked in `folder`; DataError says what is missing and how to get it."""
    fonts = [(package, font) for package in font_packages() for font in _fonts(package, folder, part)]
    lacking = list(dict.fromkeys(package.folder_name for package, font in fonts if not font.path.is_file()))
    if lacking:
        raise DataError(
            f"{_missing(len(lacking), lacking[0], folder)}: `mnist-desktop train` without --data fetches them, or "
            "unpack each with “dpkg-deb -x” into a folder of that name there."
        )
    return [font for _, font in fonts]


def _fonts(package: FontPackage, folder: Path, part: FontPart) -> Iterator[Font]:
    for group, files in package.designs.items():
        if part_of(group) == part:
            for path in (folder / package.folder_name / file for file in files):
                yield Font(name=path.stem, group=group, path=path)


def _missing(count: int, first: str, folder: Path) -> str:
    return f"Of the fonts, {count} Debian packages are missing from {folder} ({first} first)"


def ensure_fonts(folder: Path, progress: Callable[[str], None]) -> None:
    """Fetch the packages of the pinned list that `folder` lacks, with Debian's own tools; nobody needs to be root.

    Packages that are there already stay, so that a fetch that was stopped goes on where it was. `progress` hears
    which package comes next and of how many, or that another process is at it. Raises DataError where there is no
    apt-get, or where a package cannot be had as it is pinned.
    """
    lacking = _lacking(folder)
    if not lacking:
        return
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise DataError(
            f"{_missing(len(lacking), lacking[0].folder_name, folder)}, and there is no apt-get here to fetch them; "
            "unpack each with “dpkg-deb -x” into a folder of that name there."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder.with_name(f".{folder.name}.lock"), lambda: progress("fonts, by another process")):
            _fetch_all(_lacking(folder), folder, progress)
    except OSError as error:
        raise DataError(f"The fonts cannot be put into {folder} ({error.strerror}).") from error


def _lacking(folder: Path) -> list[FontPackage]:
    return [package for package in font_packages() if package.missing(folder)]


def _fetch_all(packages: Sequence[FontPackage], folder: Path, progress: Callable[[str], None]) -> None:
    for start in range(0, len(packages), AT_ONCE):
        some = packages[start : start + AT_ONCE]
        progress(f"{some[0].name} ({start + 1} of {len(packages)})")
        _fetch(some, folder)


def _fetch(packages: Sequence[FontPackage], folder: Path) -> None:
    """Download, check and unpack `packages` into `folder`, each one whole or not at all."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as made:
        work = Path(made)
        # Fails for all of them when one is not to be had; then they are asked for one by one, to name which.
        _download(packages, work)
        for package in packages:
            archive = _archive(package, work)
            if archive is None:
                archive = _fetched_alone(package, work, folder)
            _unpack(package, archive, work, folder)


def _download(packages: Sequence[FontPackage], work: Path) -> subprocess.CompletedProcess[str]:
    wanted = (f"{package.name}={package.version}" for package in packages)
    return _run("apt-get", "-q", "-o", "Acquire::Retries=3", "download", *wanted, within=work)


def _archive(package: FontPackage, work: Path) -> Path | None:
    return next(work.glob(f"{package.folder_name}_*.deb"), None)


def _fetched_alone(package: FontPackage, work: Path, folder: Path) -> Path:
    done = _download([package], work)
    archive = _archive(package, work)
    if done.returncode == 0 and archive is not None:
        return archive
    if re.search(r"^E: (Version .* was not found|Unable to locate package)", done.stderr, re.MULTILINE):
        raise DataError(
            f"The font package {package.name} is not to be had in the pinned version {package.version} from this "
            f"machine's package sources; unpack that version with “dpkg-deb -x” as {folder / package.folder_name}."
        )
    raise DataError(
        f"apt-get could not fetch the font package {package.name}; try again when the network is back: the "
        f"packages that are in {folder} stay."
    )


def _unpack(package: FontPackage, archive: Path, work: Path, folder: Path) -> None:
    if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
        raise DataError(
            f"The font package {package.name} {package.version} that apt-get fetched is not the pinned one: its "
            "SHA-256 differs, so it was not used."
        )
    whole = work / f"{package.folder_name}-whole"
    unpacked = work / package.folder_name
    if _run("dpkg-deb", "-x", str(archive), str(whole), within=work).returncode == 0:
        _keep_fonts(package, whole, unpacked)
    if package.missing(work):
        raise DataError(f"The font package {package.name} {package.version} could not be unpacked in {folder}.")
    target = folder / package.folder_name
    if target.exists():
        # An earlier pinned list wanted fewer of its fonts, or somebody unpacked a part of it by hand.
        target.rename(work / f"{package.folder_name}-before")
    unpacked.rename(target)


def _run(*command: str, within: Path) -> subprocess.CompletedProcess[str]:
    """Run one of Debian's tools in the folder `within`, with its messages in English; given up, it counts as failed."""
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(
            command,
            cwd=within,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            stdin=subprocess.DEVNULL,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", "")


def _keep_fonts(package: FontPackage, source: Path, target: Path) -> None:
    """Move the listed fonts and the licence from an unpacked package to `target`; the rest is not needed."""
    files = [file for group in package.designs.values() for file in group]
    for file in [*files, f"usr/share/doc/{package.name}/copyright"]:
        if (source / file).is_file():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            (source / file).rename(target / file)

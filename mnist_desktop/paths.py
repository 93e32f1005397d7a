"""Turns the environment into the places where the program keeps its files, and a shipped file's name into its path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from mnist_desktop.whole_file import beside, keep, whole_file

APPLICATION = "mnist-desktop"

HOME_VARIABLE = "MNIST_DESKTOP_HOME"

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
"""Readings are personal: nobody else on the machine looks into the folders and files."""


class PathsError(Exception):
    """A folder that cannot be used; the text is the sentence the user reads."""


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Where this user's files are; nothing needs to exist before `make_folders`."""

    settings: Path
    """`settings.toml`."""
    journal: Path
    """The SQLite file; SQLite puts its write-ahead log beside it."""
    models: Path
    """The folder of the user's own model folders, beside the shipped ones."""
    log_file: Path
    """What the program did, for bug reports; rotated."""
    cache: Path
    """The folder of what can be fetched again."""

    def model_folders(self) -> tuple[Path, ...]:
        """Where models are looked for: the user's own first, then the shipped ones; a PathsError without these."""
        return (self.models, shipped("model"))

    def make_folders(self) -> None:
        """Make the folders that are missing, for this user alone; a PathsError when one cannot be made."""
        for folder in (self.settings.parent, self.journal.parent, self.models, self.log_file.parent, self.cache):
            make_private_folder(folder)


def find_paths(environment: Mapping[str, str]) -> Paths:
    """The places for `environment`: all in the folder that MNIST_DESKTOP_HOME names, else where the system wants them.

    Touches no disk, so that a window can open, and say what is wrong, where nothing can be written.
    """
    home = environment.get(HOME_VARIABLE)
    if home:
        try:
            folder = Path(home).expanduser().absolute()
        except RuntimeError as error:
            raise PathsError(f"{HOME_VARIABLE} names the home of a user that there is not: {home}.") from error
        return Paths(
            settings=folder / "settings.toml",
            journal=folder / "journal.sqlite",
            models=folder / "models",
            log_file=folder / "mnist-desktop.log",
            cache=folder / "cache",
        )
    system = platformdirs.PlatformDirs(APPLICATION, appauthor=False)
    return Paths(
        settings=system.user_config_path / "settings.toml",
        journal=system.user_data_path / "journal.sqlite",
        models=system.user_data_path / "models",
        log_file=system.user_log_path / "mnist-desktop.log",
        cache=system.user_cache_path,
    )


def make_private_folder(folder: Path) -> None:
    """Make `folder`, and those above it, readable by this user alone; one that is there already stays as it is."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_private_folder(folder.parent)
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    except OSError as error:
        raise PathsError(
            f"The folder {folder} cannot be made ({error.strerror}); name another one in {HOME_VARIABLE}."
        ) from error


def make_private_file(path: Path, text: str) -> bool:
    """Put `text` where there is no file yet, whole or not at all; False where one is, or this is not possible."""
    try:
        make_private_folder(path.parent)
        with beside(path, PRIVATE_FILE) as new:
            new.write_text(text, "utf-8")
            keep(new)
            # Unlike a rename it never takes the place of what another program has put there meanwhile.
            path.hardlink_to(new)
    except (OSError, PathsError):
        return False
    return True


def replace_private_file(path: Path, text: str) -> None:
    """Put `text` in the place of `path`, whole or not at all."""
    with whole_file(path, PRIVATE_FILE) as new:
        new.write_text(text, "utf-8")


def shipped(name: str) -> Path:
    """The path of `name` (`model`, `resources`, `docker-compose.cassandra.yml`) as it came with the program.

    In a wheel it lies inside the package, in a checkout beside it. A PathsError when it is missing.
    """
    package = Path(__file__).parent
    for folder in (package / "_shipped", package.parent):
        if (folder / name).exists():
            return folder / name
    raise PathsError(f"{name} is missing from this installation of MNIST Desktop; install it again.")

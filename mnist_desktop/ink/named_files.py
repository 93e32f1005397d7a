"""Turns what a person names (files, folders, wildcards, standard input) into the files that are to be read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mnist_desktop.ink.drawing import is_ink_file
from mnist_desktop.ink.kinds import BEGINNING, picture_format
from mnist_desktop.ink.names import shown_name

Name = Path | None
"""What was named; None is standard input."""

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".gif", ".tif", ".tiff")

PHOTOGRAPH_ENDINGS = (".heic", ".heif", ".avif", ".jxl")
"""What telephones make and nothing here can open: a person who names a folder of them is told so."""

WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, kw_only=True)
class NamedFile:
    """One file that is to be read, or a name that stands for none, with the sentence that says why."""

    file: Name
    error: str | None = None


def named_files(names: Iterable[Name]) -> list[NamedFile]:
    """The files that `names` stand for, in that order.

    A file is itself, whatever it is. A folder stands for the pictures and ink files in it, sorted, without hidden ones
    and without those of its own folders. A name that is no file and has wildcards, because no shell replaced them,
    stands for all pictures and ink files that fit, sorted; `**` is any depth of folders.
    """
    found: list[NamedFile] = []
    for name in names:
        if name is None and any(each.file is None for each in found):
            found.append(NamedFile(file=name, error="Standard input can be read only once."))
        elif name is None or os.path.lexists(name):
            found += _in_folder(name) if name is not None and _is_folder(name) else [NamedFile(file=name)]
        elif WILDCARDS.isdisjoint(str(name)):
            found.append(NamedFile(file=name))
        else:
            found += _matching(name)
    return found


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _in_folder(folder: Path) -> list[NamedFile]:
    shown = shown_name(folder.name or str(folder))
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except OSError as error:
        return [NamedFile(file=folder, error=f"{shown} cannot be looked into ({error.strerror}).")]
    files = [folder / name for name in names if not name.startswith(".")]
    wanted = [NamedFile(file=file) for file in files if _is_wanted(file)]
    if wanted:
        return wanted
    inside = "; folders in it are read only when they are named themselves" if any(map(_is_folder, files)) else ""
    return [NamedFile(file=folder, error=f"{shown} holds no picture and no ink file{inside}.")]


def _matching(pattern: Path) -> list[NamedFile]:
    wanted = [NamedFile(file=file) for file in sorted(set(_fitting(pattern))) if _is_wanted(file)]
    if wanted:
        return wanted
    return [NamedFile(file=pattern, error=f"No picture and no ink file fits {shown_name(str(pattern))}.")]


def _fitting(pattern: Path) -> Iterator[Path]:
    """What is named as `pattern` says; hidden files and folders only where it names their dot."""
    parts = pattern.parts
    # A folder that is really called “[2026]” is meant as it is.
    known = next(number for number in range(len(parts)) if not os.path.lexists(Path(*parts[: number + 1])))
    rest = parts[known:]
    if rest[-1] == "**":
        # To pathlib these were folders only, until Python 3.13.
        rest = (*rest, "*")
    dots = any(part.startswith(".") for part in rest)
    try:
        # pathlib's `**` follows no links to folders, so it ends.
        for path in Path(*parts[:known]).glob(os.path.join(*rest)):  # noqa: PTH118 - a pattern is no path
            if dots or not any(part.startswith(".") for part in path.parts[known:]):
                yield path
    except (OSError, ValueError, NotImplementedError):
        # A folder that may not be looked into, or a pattern such as “a**”: nothing fits.
        return


def _is_wanted(file: Path) -> bool:
    """Whether what was found, not named, is a picture or an ink file: by its name, or else by how it begins.

    Other programs' JSON files lie beside pictures: one that does not begin with strokes is left alone.
    """
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError):
        # A link that leads nowhere: whoever reads it says so.
        mode = stat.S_IFREG
    if stat.S_ISDIR(mode):
        return False
    if file.name.lower().endswith((*PICTURE_ENDINGS, *PHOTOGRAPH_ENDINGS, ".jsonl.gz")):
        return True
    if not stat.S_ISREG(mode):
        return False
    beginning = _beginning(file)
    return b'"strokes"' in beginning if is_ink_file(file) else picture_format(beginning) is not None


def _beginning(file: Path) -> bytes:
    try:
        # Should a pipe take the file's place after the check, opening must still not wait for its other end.
        with os.fdopen(
            os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb"
        ) as opened:
            return opened.read(BEGINNING) or b""
    except OSError:
        return b""

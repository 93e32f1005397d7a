"""`history export`: streams the log's records into a file, and their glyphs into a folder, whole or not at all."""

from __future__ import annotations

import argparse
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mnist_desktop.commands.command import USAGE, CommandError, Context
from mnist_desktop.commands.history_entries import CONNECT_SECONDS, Search, date, filters_of
from mnist_desktop.commands.log import open_log
from mnist_desktop.commands.progress import progress_bar
from mnist_desktop.ink.names import shown_name
from mnist_desktop.log.lines import Lines
from mnist_desktop.whole_file import whole_file

if TYPE_CHECKING:
    from mnist_desktop.log.log import Entry
    from mnist_desktop.log.record import Record

PAGE = 500
"""Records asked for at once: some 1 MB, and far fewer questions than a listing's page would take."""

GLYPHS_IN_A_FOLDER = 10_000
"""File managers and shells work well with a folder of so many files, and badly with one of a million."""


def run_export(arguments: argparse.Namespace, context: Context) -> int:
    """Stream every record that passes the filters into a file, which is there only when it is whole."""
    file: Path = arguments.file
    if file.suffix not in (".csv", ".jsonl"):
        raise CommandError(f"{file} must end in .csv or .jsonl.", USAGE)
    filters = filters_of(arguments)
    with (
        new_file(file, force=arguments.force) as out,
        _new_glyphs(arguments.glyphs, force=arguments.force) as glyphs,
        open_log(context, connect=CONNECT_SECONDS) as log,
    ):
        search = Search(log, context, filters)
        try:
            count = _write(search.entries(arguments.limit, PAGE), out, glyphs, as_csv=file.suffix == ".csv")
        except KeyboardInterrupt as error:
            raise search.stopped("Stopped; nothing was written.") from error
        code = search.code()
    print(shown_name(f"{count} records written to {file}"))
    return code


class Glyphs:
    """Takes glyphs as PNG files named after their records, in folders of a bearable size."""

    def __init__(self, asked: Path, folder: Path) -> None:
        """They are written to `folder`; errors name the one that was asked for."""
        self._asked = asked
        self._folder = folder
        self._count = 0

    def write(self, record: Record) -> None:
        """Write one: the first GLYPHS_IN_A_FOLDER into the folder itself, more into its folders 2, 3 …"""
        number, position = divmod(self._count, GLYPHS_IN_A_FOLDER)
        folder = self._folder / str(number + 1) if number else self._folder
        with _naming_glyphs(self._asked):
            if not position:
                folder.mkdir(exist_ok=True)
            (folder / f"{record.id}.png").write_bytes(record.glyph)
        self._count += 1


def _write(entries: Iterator[Entry], out: TextIO, glyphs: Glyphs | None, *, as_csv: bool) -> int:
    lines = Lines(out, as_csv=as_csv)
    count = 0
    with progress_bar(entries, what="records", unit="") as bar:
        for entry in bar:
            lines.write(entry)
            if glyphs is not None:
                glyphs.write(entry.record)
            count += 1
            if count % PAGE == 0:
                bar.set_postfix_str(f"back to {date(entry.record.time)}", refresh=False)
    return count


@contextmanager
def new_file(file: Path, *, force: bool) -> Iterator[TextIO]:
    """A file to write to, which takes its name only when nothing went wrong; a CommandError says what did."""
    try:
        _refuse_what_is_there(file, force=force)
        with whole_file(file) as partial:
            with partial.open("w", encoding="utf-8", newline="") as out:
                yield out
            if not force:
                # Again: an export takes long, and whatever has come in the meantime is not ours.
                _refuse_what_is_there(file, force=False)
    except OSError as error:
        raise CommandError(f"{file} could not be written ({error.strerror}).") from error


def _refuse_what_is_there(file: Path, *, force: bool) -> None:
    try:
        kind = file.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(kind):
        raise CommandError(f"{file} is a folder.")
    if not force:
        raise CommandError(f"{file} is there already; --force overwrites it.")


@contextmanager
def _new_glyphs(folder: Path | None, *, force: bool) -> Iterator[Glyphs | None]:
    """A folder that holds the glyphs only when nothing went wrong; none where none is asked for."""
    if folder is None:
        yield None
        return
    made = not folder.exists()
    partial = folder / f".export-{os.getpid()}.part"
    try:
        with _naming_glyphs(folder):
            if not made and not force and any(folder.iterdir()):
                raise CommandError(f"The folder {folder} holds files already; --force writes into it.")
            folder.mkdir(parents=True, exist_ok=True)
            partial.mkdir()
        yield Glyphs(folder, partial)
        with _naming_glyphs(folder):
            _move(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if made:
            # Only when nothing came into it.
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def _naming_glyphs(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError(f"The glyphs could not be written to {folder} ({error.strerror}).") from error


def _move(source: Path, target: Path) -> None:
    """Move what is in one folder into another, over files of the same names."""
    for one in list(source.iterdir()):
        goal = target / one.name
        if one.is_dir() and goal.is_dir():
            _move(one, goal)
        else:
            one.replace(goal)

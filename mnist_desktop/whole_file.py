"""Turns what is written into a file that is there only when it is whole; until then what was there stays."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

ORDINARY = 0o666
"""What a new file may be opened for, less what the person's umask takes away."""

WHO_MAY = 0o777
"""Not in whose name it runs (setuid): what was written to would lose that as well."""


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path`, all of it; an OSError, and what was there stays, when that cannot be done."""
    with whole_file(path) as new:
        new.write_bytes(content)


@contextlib.contextmanager
def whole_file(path: Path, mode: int | None = None) -> Iterator[Path]:
    """An empty file to fill, which takes its place at `path` at the end, if nothing went wrong.

    Who may read it: whom `mode` lets, else who may read the file that is replaced, else as the umask says. A link is
    followed. A device or pipe is written itself. Raises OSError, then nothing has changed.
    """
    there = _found(path)
    if there is not None and not stat.S_ISREG(there.st_mode):
        # By its own name: where /dev/stdout leads to a pipe, that has none.
        yield path
        return
    target = Path(os.path.realpath(path))
    if there is not None and not os.access(target, os.W_OK):
        # The folder would let it be replaced, but whoever protected the file did not mean that.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    with beside(target, ORDINARY if mode is None else mode) as new:
        if there is not None and mode is None:
            with contextlib.suppress(OSError):
                # Not every file system knows who may read a file.
                new.chmod(stat.S_IMODE(there.st_mode) & WHO_MAY)
        yield new
        keep(new)
        new.replace(target)


@contextlib.contextmanager
def beside(path: Path, mode: int) -> Iterator[Path]:
    """An empty file in the folder of `path`, gone afterwards unless it was given another name; OSError."""
    # Nothing of the name of `path`, which may be as long as the file system lets it be.
    new = path.with_name(f".mnist-desktop-{os.urandom(8).hex()}.part")
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        yield new
    finally:
        # Where it has another name by now, or could not be made, there is none to take away.
        with contextlib.suppress(OSError):
            new.unlink()


def keep(path: Path) -> None:
    """Have what was written to `path` on the disk, before a name promises that it is."""
    # Windows syncs only what could be written.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _found(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None

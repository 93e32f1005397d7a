"""Turns a file, or standard input, into the picture or the drawings that it holds, or a sentence that says why not."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnist_desktop.ink.drawing import GZIP, Drawing, DrawingError, is_ink_file, read_ink, read_ink_file
from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    # NumPy and Pillow come after the window's first paint.
    from mnist_desktop.ink.named_files import NamedFile
    from mnist_desktop.ink.pictures import Picture

STANDARD_INPUT = "Standard input"


@dataclass(frozen=True, kw_only=True, eq=False)
class Incoming:
    """A drawing or picture that came in, or the sentence that says why there is none."""

    index: int = 0
    """Which of the drawings in its file it is."""
    content: Drawing | Picture | None = None
    error: str | None = None


def incoming(named: NamedFile) -> Iterator[Incoming]:
    """What `named` holds: a picture, or one drawing after the other; what cannot be read ends it with its reason."""
    if named.error is not None:
        yield Incoming(error=named.error)
        return
    from mnist_desktop.ink.pictures import PictureError, read_picture

    file = named.file
    name = STANDARD_INPUT if file is None else shown_name(file.name or str(file))
    try:
        if file is None:
            yield from _from_standard_input()
        elif is_ink_file(file):
            for index, entry in enumerate(read_ink_file(file)):
                yield Incoming(index=index, content=entry.drawing)
        else:
            yield Incoming(content=read_picture(file))
    except PictureError as error:
        yield Incoming(error=str(error))
    except DrawingError as error:
        yield Incoming(error=f"{name}: {error}")
    except OSError as error:
        yield Incoming(error=f"{name} cannot be read ({error.strerror or error}).")


def _from_standard_input() -> Iterator[Incoming]:
    """What it holds is decided by how it begins: it has no name that could say so."""
    from mnist_desktop.ink.pictures import MAX_BYTES, PictureError, decode_picture

    if sys.stdin.isatty():
        raise PictureError(
            f"{STANDARD_INPUT} is the keyboard: name a file, or send a picture or an ink file through a pipe."
        )
    file = sys.stdin.buffer
    assert isinstance(file, io.BufferedReader)
    beginning = file.peek(len(GZIP))
    if beginning.startswith(GZIP) or beginning.lstrip().startswith(b"{"):
        for index, entry in enumerate(read_ink(file)):
            yield Incoming(index=index, content=entry.drawing)
    else:
        yield Incoming(content=decode_picture(file.read(MAX_BYTES + 1), name=STANDARD_INPUT))

"""Takes a copy of a stranger's file, after a look at its first bytes; nothing of it is understood here."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from mnist_desktop.ink.kinds import description
from mnist_desktop.recognition.classifier import ModelError

MAX_BYTES = 400_000_000
"""20 million parameters with an optimizer's two numbers for each take 240 MB in float32."""

PIECE = 1_000_000

BEGINNING = 4096

KERAS_STARTS = (b"PK\x03\x04", b"\x89HDF\r\n\x1a\n")
"""An archive's and HDF5's."""

PICKLE_STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""Pickle's first instruction, PROTO, with the protocols that are in use."""

SAVED_MODEL = "saved_model.pb"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A file that was copied."""

    sha256: str


def take(file: Path, to: Path) -> Taken:
    """Copy `file`; ModelError when it cannot be read, is no regular file, too large, or does not begin like Keras'."""
    if file.is_dir():
        kind = "a TensorFlow SavedModel" if (file / SAVED_MODEL).is_file() else "a folder"
        raise ModelError(f"it is {kind}; save the model as a .keras or .h5 file")
    try:
        # A pipe would be waited for.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as source:
            status = os.fstat(source.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ModelError("it is no regular file")
            beginning = source.read(BEGINNING)
            if not beginning.startswith(KERAS_STARTS):
                raise ModelError(f"it is {_words(beginning)}, and not a .keras or .h5 file")
            if status.st_size > MAX_BYTES:
                raise ModelError(f"it is larger than {MAX_BYTES // 1_000_000} MB")
            whole = hashlib.sha256()
            with to.open("wb") as copy:
                piece = beginning
                while piece and copy.tell() <= MAX_BYTES:
                    whole.update(piece)
                    copy.write(piece)
                    piece = source.read(PIECE)
    except FileNotFoundError as error:
        raise ModelError("there is no such file") from error
    return Taken(sha256=whole.hexdigest())


def _words(beginning: bytes) -> str:
    if not beginning:
        return "empty"
    if beginning[4:8] == b"TFL3":
        return "a LiteRT file, whose weights are fixed for one engine"
    if beginning.startswith(PICKLE_STARTS):
        return "a pickle, which runs code when it is opened"
    words = description(beginning)
    return "a file of another kind" if words == "not a picture" else words

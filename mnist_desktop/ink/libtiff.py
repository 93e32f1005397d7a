"""Keeps libtiff, which Pillow decodes TIFF pictures with, from writing what it thinks of them to standard error."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache
from pathlib import Path

import PIL


@cache
def silence_libtiff() -> None:
    """Take away its two handlers of messages, for the whole process; errors still come back to Pillow.

    Where the library cannot be found by itself, because it is part of another one, it goes on talking.
    """
    packages = Path(PIL.__file__).parent
    bundled = [*(packages.parent / "pillow.libs").glob("libtiff*"), *(packages / ".dylibs").glob("libtiff*")]
    found = str(bundled[0]) if bundled else ctypes.util.find_library("tiff")
    if found is None:
        return
    try:
        library = ctypes.CDLL(found)
        handlers = (library.TIFFSetErrorHandler, library.TIFFSetWarningHandler)
    except (OSError, AttributeError):
        return
    for set_handler in handlers:
        set_handler.restype = ctypes.c_void_p
        set_handler(None)

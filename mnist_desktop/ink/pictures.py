"""Turns a file or bytes of unknown origin into upright RGB pixels, or into one sentence that says why not."""

from __future__ import annotations

import errno
import io
import logging
import os
import re
import stat
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from mnist_desktop.ink.kinds import ONLY_THESE, Format, description, picture_format
from mnist_desktop.ink.libtiff import silence_libtiff
from mnist_desktop.ink.names import shown_name
from mnist_desktop.ink.pixels import DECODER_ERRORS, upright_pixels

__all__ = ["MAX_BYTES", "Picture", "PictureError", "decode_picture", "read_picture", "shown_name"]

MAX_BYTES = 30_000_000
"""A file larger than this is refused before it is read: a 40-megapixel JPEG of the best quality has some 25 MB."""

MAX_PIXELS = 40_000_000
"""A picture with more pixels is refused before it is decoded: it would fill memory, and no digit needs them."""

MAX_WEBP_PIXELS = 25_000_000
"""The same for WEBP, whose decoder holds four copies of a picture at once."""

MAX_UNPACKED_BYTES = 200_000_000
"""A TIFF whose pixels take more, 64 bits each for instance, is refused: its decoder holds them beside the picture."""

MAX_SCANS = 50
"""Passes of a progressive JPEG over its pixels. Encoders make some ten; a hostile file of 100 kB can ask for thousands,
and each costs up to 0.1 s ("Two Issues with the JPEG Standard", libjpeg-turbo.org)."""

_OPENERS: Mapping[Format, type[ImageFile]] = {
    Format.PNG: PngImageFile,
    Format.JPEG: JpegImageFile,
    Format.WEBP: WebPImageFile,
    Format.BMP: BmpImageFile,
    Format.GIF: GifImageFile,
    Format.TIFF: TiffImageFile,
}
"""Each format's own class rather than `Image.open`: no other decoder can be reached, no global limit or registry is
touched, nothing warns before our own limits are checked, and of a multi-picture JPEG (MPO) the first is read."""

logging.getLogger("PIL").addHandler(logging.NullHandler())
"""What Pillow logs of a damaged picture goes where the program's log goes; without this it would go to the terminal."""

_MARKER = re.compile(rb"\xff+[^\x00\x01\xd0-\xd8\xff]")
"""A JPEG marker that begins a segment: in packed data 0xFF is followed by 0 or a restart marker."""

# What Pillow has to say about odd metadata is no business of the person at the window. One narrow rule for good:
# switching filters around each decoding would change them under the feet of other threads.
warnings.filterwarnings("ignore", module=r"PIL\.")


class PictureError(Exception):
    """A picture that cannot be opened; the text is the sentence the user reads."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """What a picture file shows, upright, transparency gone, no side longer than `pixels.MAX_SIDE`."""

    name: str | None
    """The file's name as it can be shown and kept: control characters and undecodable bytes are escaped."""

    pixels: NDArray[np.uint8]
    """h×w×3, RGB, read-only."""

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8:
            raise ValueError("A picture has h×w×3 levels of 8 bits.")
        self.pixels.setflags(write=False)


def read_picture(path: Path) -> Picture:
    """The picture in the file at `path`; a PictureError says why it cannot be read.

    Pipes, devices and folders are refused without touching them, so that nothing waits for bytes that never come.
    """
    subject = shown_name(path.name or str(path))
    try:
        return decode_picture(_read(path, subject), name=subject)
    except FileNotFoundError as error:
        raise PictureError(f"{subject} does not exist.") from error
    except PermissionError as error:
        raise PictureError(f"{subject} may not be read: you lack the permission.") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise PictureError(f"{subject} is a link that leads back to itself.") from error
        if error.errno == errno.ENAMETOOLONG:
            raise PictureError(f"{subject[:40]}… is too long for the name of a file.") from error
        raise PictureError(f"{subject} cannot be read: {error.strerror or 'unknown reason'}.") from error
    except ValueError as error:  # a zero byte in the path
        raise PictureError(f"{subject} cannot be the name of a file.") from error


def decode_picture(content: bytes, *, name: str | None) -> Picture:
    """The picture in `content`, a whole file of one of the six formats; of an animation its first frame.

    Raises PictureError, and nothing else, when `content` is too large, something else, or damaged.
    """
    shown = None if name is None else shown_name(name)
    subject = shown or "This picture"
    if not content:
        raise PictureError(f"{subject} is empty.")
    if len(content) > MAX_BYTES:
        raise PictureError(_too_many_bytes(subject, len(content)))
    format_ = picture_format(content)
    if format_ is None:
        raise PictureError(f"{subject} is {description(content)}; {ONLY_THESE}.")
    try:
        _check_before_opening(content, format_, subject)
        if format_ is Format.TIFF:
            silence_libtiff()
        with _OPENERS[format_](io.BytesIO(content)) as image:
            _check_size(image.size, subject)
            _check_unpacked(image, subject)
            return Picture(name=shown, pixels=upright_pixels(image))
    except MemoryError as error:
        raise PictureError(f"{subject} needs more memory than there is.") from error
    except DECODER_ERRORS as error:
        raise PictureError(
            f"{subject} cannot be read: it starts like a {format_} picture, "
            "but is damaged, cut off, or of an unusual kind."
        ) from error


def _read(path: Path, subject: str) -> bytes:
    _check_regular(path.stat().st_mode, subject)
    # Should a pipe take the file's place after the check, opening must still not wait for its other end.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        _check_regular(status.st_mode, subject)
        if status.st_size > MAX_BYTES:
            raise PictureError(_too_many_bytes(subject, status.st_size))
        # The size said above is not to be trusted: the file may be growing.
        return file.read(MAX_BYTES + 1)


def _check_regular(mode: int, subject: str) -> None:
    if stat.S_ISDIR(mode):
        raise PictureError(f"{subject} is a folder, not a picture.")
    if not stat.S_ISREG(mode):
        what = "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
        raise PictureError(f"{subject} is {what}, not a picture file.")


def _too_many_bytes(subject: str, size: int) -> str:
    return (
        f"{subject} is too large: it has {size / 1e6:,.1f} MB, and at most {MAX_BYTES // 1_000_000} MB can be opened."
    )


def _check_before_opening(content: bytes, format_: Format, subject: str) -> None:
    """Refuse what costs much already when Pillow opens it, or what Pillow sets no limit to."""
    if format_ is Format.WEBP and (size := _webp_size(content)) is not None:
        _check_size(size, subject, MAX_WEBP_PIXELS)
    if format_ is Format.JPEG and _scans(content) > MAX_SCANS:
        raise PictureError(f"{subject} is a JPEG picture made of too many passes; save it again as an ordinary one.")


def _scans(content: bytes) -> int:
    """At most how many scans the first picture in a JPEG has (ITU T.81, annex B); exact from MAX_SCANS up.

    Counting the marker's two bytes in the whole file is quick, but can say too many: telephones append videos to their
    photographs.
    """
    if (most := content.count(b"\xff\xda")) <= MAX_SCANS:
        return most
    position, scans = 2, 0
    while scans <= MAX_SCANS and (marker := _MARKER.search(content, position)):
        code = marker[0][-1]
        if code == 0xD9:
            break
        scans += code == 0xDA
        position = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2], "big")
    return scans


def _webp_size(content: bytes) -> tuple[int, int] | None:
    """Width and height that a WEBP's header claims (RFC 9649, section 2), for its decoder allocates them at once."""
    chunk, header = content[12:16], content[20:30]
    if len(header) < 10:
        return None
    if chunk == b"VP8X":
        return int.from_bytes(header[4:7], "little") + 1, int.from_bytes(header[7:10], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(header[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(header[6:8], "little") & 0x3FFF, int.from_bytes(header[8:10], "little") & 0x3FFF


def _check_size(size: tuple[int, int], subject: str, limit: int = MAX_PIXELS) -> None:
    width, height = size
    if width * height > limit:
        raise PictureError(
            f"{subject} is too large: it has {width:,}×{height:,} pixels, "
            f"and at most {limit // 1_000_000} megapixels can be opened."
        )
    if width < 1 or height < 1:
        raise ValueError("A picture without pixels.")


def _check_unpacked(image: ImageFile, subject: str) -> None:
    if not isinstance(image, TiffImageFile):
        return
    bits = sum(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (8,)))
    unpacked = image.width * image.height * bits // 8
    if unpacked > MAX_UNPACKED_BYTES:
        raise PictureError(
            f"{subject} is too large: it takes {unpacked / 1e6:,.0f} MB unpacked, "
            f"and at most {MAX_UNPACKED_BYTES // 1_000_000} MB can be opened."
        )

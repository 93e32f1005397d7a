"""Tells from its first bytes what a file is: a picture format that is opened here, or what else, in words."""

from __future__ import annotations

import re
from enum import StrEnum


class Format(StrEnum):
    """A picture format that can be opened, by the name that people know it by."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WEBP"
    BMP = "BMP"
    GIF = "GIF"
    TIFF = "TIFF"


ONLY_THESE = "only PNG, JPEG, WEBP, BMP, GIF and TIFF pictures can be opened"

_SIGNATURES: tuple[tuple[bytes, Format], ...] = (
    (rb"\x89PNG\r\n\x1a\n", Format.PNG),
    (rb"\xff\xd8\xff", Format.JPEG),
    (rb"RIFF....WEBP", Format.WEBP),
    (rb"GIF8[79]a", Format.GIF),
    (rb"II[*+]\0|MM\0[*+]", Format.TIFF),
    # Eight more bytes of the header, so that a text that starts with "BM" is a text: file size, two zero fields.
    (rb"BM....\0\0\0\0|BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", Format.BMP),
)

_OTHERS: tuple[tuple[bytes, str], ...] = (
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript (EPS) drawing"),
    (rb"%PDF-", "a PDF document"),
    (rb".{4}ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)", "a HEIC photograph"),
    (rb".{4}ftypavi[fs]", "an AVIF picture"),
    (rb".{4}ftyp", "a video"),
    (rb"\0\0\0\x0cJXL \r\n|\xff\x0a", "a JPEG XL picture"),
    (rb"\0\0\0\x0cjP  \r\n|\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (rb"8BPS", "a Photoshop document"),
    (rb"\x00\x00[\x01\x02]\x00", "an icon or cursor"),
    (rb"gimp xcf", "a GIMP document"),
    (rb"RIFF", "a sound or video file"),
    (rb"PK\x03\x04", "a ZIP archive or office document"),
    (rb"\x1f\x8b", "a file packed with gzip"),
    (rb"\x7fELF|MZ", "a program"),
    (rb"SQLite format 3\0", "a database"),
)

_SVG = re.compile(rb"<svg[\s>]|<!DOCTYPE\s+svg", re.IGNORECASE)
_HTML = re.compile(rb"<html[\s>]|<!DOCTYPE\s+html", re.IGNORECASE)

BEGINNING = 4096
"""Bytes from the start of a file that are looked at."""


def picture_format(content: bytes) -> Format | None:
    """The picture format that `content` starts like; None when it is not one that can be opened."""
    for signature, format_ in _SIGNATURES:
        if re.match(signature, content[:BEGINNING], re.DOTALL):
            return format_
    return None


def description(content: bytes) -> str:
    """What `content`, which is no picture that can be opened, is instead, as in "a PDF document"."""
    beginning = content[:BEGINNING]
    for signature, words in _OTHERS:
        if re.match(signature, beginning, re.DOTALL):
            return words
    if _SVG.search(beginning):
        return "an SVG drawing"
    if _HTML.search(beginning):
        return "a web page"
    if _is_text(beginning):
        return "a text file"
    return "not a picture"


def _is_text(beginning: bytes) -> bool:
    if b"\0" in beginning:
        return False
    try:
        # A character of up to four bytes may be cut at the end.
        beginning[: max(1, len(beginning) - 4)].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

"""Pictures for the tests: one digit in every format and mode, and files that only claim to be pictures."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont


def digit(
    text: str = "4",
    *,
    size: tuple[int, int] = (120, 160),
    height: int = 110,
    centre: tuple[float, float] | None = None,
    paper: int = 255,
    ink: int = 0,
) -> Image.Image:
    """A printed digit, grey and anti-aliased; `height` is the font's size in pixels."""
    image = Image.new("L", size, paper)
    font = ImageFont.load_default(height)
    ImageDraw.Draw(image).text(centre or (size[0] / 2, size[1] / 2), text, fill=ink, font=font, anchor="mm")
    return image


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    """`image` as a file of Pillow's `format_`."""
    file = io.BytesIO()
    image.save(file, format=format_, **options)
    return file.getvalue()


def on_nothing(ink: Image.Image, colour: str) -> Image.Image:
    """The dark parts of `ink` (L) in `colour` on full transparency."""
    image = Image.new("RGBA", ink.size, colour)
    image.putalpha(ink.point([255 - level for level in range(256)]))
    return image


def of_every_kind() -> Mapping[str, bytes]:
    """The same digit in the formats and modes that people have, dark ink on bright paper."""
    grey = digit()
    levels = np.asarray(grey)
    rgb = grey.convert("RGB")
    bilevel = grey.convert("1", dither=Image.Dither.NONE)
    sixteen = levels.astype(np.uint16) * 257
    return {
        "png-1": encoded(bilevel, "PNG"),
        "png-L": encoded(grey, "PNG"),
        "png-LA": encoded(grey.convert("LA"), "PNG"),
        "png-P": encoded(grey.convert("P"), "PNG"),
        "png-RGB": encoded(rgb, "PNG"),
        "png-RGBA": encoded(rgb.convert("RGBA"), "PNG"),
        "png-16": encoded(Image.fromarray(sixteen), "PNG"),
        "png-transparent": encoded(on_nothing(grey, "black"), "PNG"),
        "jpeg-L": encoded(grey, "JPEG", quality=92),
        "jpeg-RGB": encoded(rgb, "JPEG", quality=92),
        "jpeg-CMYK": encoded(rgb.convert("CMYK"), "JPEG", quality=92),
        "jpeg-progressive": encoded(rgb, "JPEG", quality=92, progressive=True),
        "webp-lossless": encoded(rgb, "WEBP", lossless=True),
        "webp-lossy": encoded(rgb, "WEBP", quality=92),
        "webp-transparent": encoded(on_nothing(grey, "black"), "WEBP", lossless=True),
        "bmp-1": encoded(bilevel, "BMP"),
        "bmp-L": encoded(grey, "BMP"),
        "bmp-RGB": encoded(rgb, "BMP"),
        "bmp-RGBA": encoded(rgb.convert("RGBA"), "BMP"),
        "gif": encoded(grey, "GIF"),
        "gif-animated": encoded(grey, "GIF", save_all=True, append_images=[digit("7"), digit("1")]),
        "tiff-1": encoded(bilevel, "TIFF", compression="group4"),
        "tiff-L": encoded(grey, "TIFF"),
        "tiff-RGB-lzw": encoded(rgb, "TIFF", compression="tiff_lzw"),
        "tiff-RGB-deflate": encoded(rgb, "TIFF", compression="tiff_adobe_deflate"),
        "tiff-CMYK": encoded(rgb.convert("CMYK"), "TIFF"),
        "tiff-LAB": encoded(_lab(grey), "TIFF"),
        "tiff-16": encoded(Image.fromarray(sixteen), "TIFF"),
        "tiff-12-in-16": encoded(Image.fromarray(levels.astype(np.uint16) * 16), "TIFF"),
        "tiff-32": encoded(Image.fromarray(levels.astype(np.int32) * 8_000_000), "TIFF"),
        "tiff-float": encoded(Image.fromarray(levels.astype(np.float32) / 255), "TIFF"),
        "tiff-float-odd": encoded(Image.fromarray(levels.astype(np.float32) * 1e6 - 3e7), "TIFF"),
    }


def _lab(grey: Image.Image) -> Image.Image:
    middle = Image.new("L", grey.size, 128)
    return Image.merge("LAB", (grey, middle, middle))


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims `width`×`height` pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(10_000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def with_png_checksums(content: bytes) -> bytes:
    """`content`, a damaged PNG, with right checksums, so that its damage gets past them."""
    repaired, position = content[:8], 8
    while position + 12 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        if position + 12 + length > len(content):
            break
        repaired += _chunk(content[position + 4 : position + 8], content[position + 8 : position + 8 + length])
        position += 12 + length
    return repaired + content[position:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def stored_as(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """What a camera stores under EXIF `orientation` so that `upright` is shown.

    The tag says which sides of what is shown the stored first row and first column are (EXIF 2.32, tag 0x0112).
    """
    first_row, first_column = {
        1: ("top", "left"),
        2: ("top", "right"),
        3: ("bottom", "right"),
        4: ("bottom", "left"),
        5: ("left", "top"),
        6: ("right", "top"),
        7: ("right", "bottom"),
        8: ("left", "bottom"),
    }[orientation]
    stored = upright
    if "bottom" in (first_row, first_column):
        stored = stored[::-1]
    if "right" in (first_row, first_column):
        stored = stored[:, ::-1]
    # Where the first row is the left or the right side, stored rows are shown columns.
    return np.ascontiguousarray(stored.swapaxes(0, 1) if first_row in ("left", "right") else stored)


NOT_PICTURES: Mapping[str, tuple[bytes, str]] = {
    "drawing.svg": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>', "an SVG drawing"),
    "bare.svg": (b"<svg width='9'></svg>", "an SVG drawing"),
    "drawing.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a PostScript (EPS) drawing"),
    "preview.eps": (b"\xc5\xd0\xd3\xc6" + bytes(60), "a PostScript (EPS) drawing"),
    "paper.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
    "phone.heic": (b"\0\0\0\x24ftypheic\0\0\0\0mif1heic", "a HEIC photograph"),
    "web.avif": (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1", "an AVIF picture"),
    "film.mp4": (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2", "a video"),
    "new.jxl": (b"\xff\x0a\xfa\x1f\x01", "a JPEG XL picture"),
    "text.png": (b"7\nThis is no picture at all, whatever its name says.\n", "a text file"),
    "umlaut.png": ("Größe und Maß – dreißig ".encode() * 300, "a text file"),
    "bmw.txt": (b"BMW is a maker of cars.", "a text file"),
    "saved.jpg": (b"<!DOCTYPE html>\n<html><body>404</body></html>", "a web page"),
    "book.zip": (b"PK\3\4\x14\0\0\0\x08\0", "a ZIP archive or office document"),
    "noise.png": (bytes(range(128, 256)) * 8, "not a picture"),
    "zeros.bmp": (bytes(5000), "not a picture"),
}
"""Name, content, and what the sentence calls it."""

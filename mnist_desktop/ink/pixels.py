"""Turns an opened Pillow image of any mode, size, orientation and transparency into upright RGB pixels."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

MAX_SIDE = 2048
"""Longer side of a Picture in pixels: larger ones are shrunk by whole numbers while they are decoded, to half of this
at the least. A digit that fills a twentieth of the picture still has 50 px or more, and a glyph needs 20."""

STRIP_PIXELS = 1_000_000
"""Pixels converted at a time, so that a large picture is in memory only once at full size."""

PAGE_SHARE = 0.5
PAGE_SPREAD = 128
SURE_PAGE_SHARE = 0.8
"""A transparent picture is a page with holes, rather than ink on nothing, when its visible share is above PAGE_SHARE
and spreads over more than PAGE_SPREAD grey levels, paper and ink; or when its visible share is above SURE_PAGE_SHARE,
which the boldest digit does not cover of its own box."""

_WIDE_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")

_UPRIGHT: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's Orientation (tag 0x0112) → what sets the picture upright."""

DECODER_ERRORS = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    LookupError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)
"""What Pillow's six decoders raise for damaged files; the mutation tests met most of them."""


def upright_pixels(image: ImageFile) -> NDArray[np.uint8]:
    """Decode `image`, opened and found small enough, into h×w×3 RGB with no side longer than MAX_SIDE.

    Raises one of DECODER_ERRORS or MemoryError when the file is damaged.
    """
    factor = _factor(image.size)
    if isinstance(image, JpegImageFile) and factor > 1:
        # The decoder itself skips what shrinking would average away: a quarter of the time, and of the memory.
        image.draft(image.mode, (max(1, image.width // factor), max(1, image.height // factor)))
    image.load()
    shrunk = _opaque(_shrunk(image))
    transposition = _UPRIGHT.get(_orientation(image))
    return np.asarray(shrunk if transposition is None else shrunk.transpose(transposition), dtype=np.uint8)


def _factor(size: tuple[int, int]) -> int:
    return math.ceil(max(size) / MAX_SIDE)


def _orientation(image: ImageFile) -> int:
    """EXIF's Orientation of a loaded image, 1 where there is none or EXIF is damaged.

    Pillow turns a TIFF itself, and takes the tag away.
    """
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except DECODER_ERRORS:
        return 1
    return orientation if isinstance(orientation, int) else 1


def _shrunk(image: Image.Image) -> Image.Image:
    """`image` as L, RGB or RGBA, each side a whole number of times smaller so that none is above MAX_SIDE."""
    factor = _factor(image.size)
    levels = _levels(image) if image.mode in _WIDE_MODES else (0.0, 255.0)
    if factor == 1:
        return _eight_bit(image, levels)
    shrunk: Image.Image | None = None
    for top, strip in _strips(image, factor):
        part = _eight_bit(strip, levels).reduce(factor)
        if shrunk is None:
            shrunk = Image.new(part.mode, (part.width, math.ceil(image.height / factor)))
        shrunk.paste(part, (0, top // factor))
    assert shrunk is not None
    return shrunk


def _strips(image: Image.Image, factor: int) -> Iterator[tuple[int, Image.Image]]:
    """The rows of `image` in order, some STRIP_PIXELS at a time and a multiple of `factor` high, with their top."""
    rows = max(1, STRIP_PIXELS // image.width // factor) * factor
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _eight_bit(image: Image.Image, levels: tuple[float, float]) -> Image.Image:
    """`image` as L, RGB or RGBA; `levels` are what is black and white in a wide mode."""
    if image.mode in _WIDE_MODES:
        black, white = levels
        numbers = np.nan_to_num(np.asarray(image, dtype=np.float64), nan=black)
        scaled = (np.clip(numbers, black, white) - black) * (255 / (white - black))
        return Image.fromarray(np.rint(scaled).astype(np.uint8))
    if image.has_transparency_data:
        return image.convert("RGBA")
    return _converted(image, "L" if image.mode in ("1", "L") else "RGB")


def _converted(image: Image.Image, mode: str) -> Image.Image:
    """`image` in `mode`, itself where it is: Pillow would copy it."""
    return image if image.mode == mode else image.convert(mode)


def _levels(image: Image.Image) -> tuple[float, float]:
    """What is black and white in a picture of a wide mode (16 or 32 bit integers, or floats).

    A 16-bit PNG uses all of its range by its own standard. Elsewhere cameras and scanners put 10, 12 or 14 bits into
    wider samples: white is the full scale of the fewest bits that hold the brightest pixel. Floats are 0…1, 0…255, or
    else whatever they span.
    """
    if isinstance(image, PngImageFile) and image.mode.startswith("I;16"):
        return 0.0, 65535.0
    lowest, highest = _extremes(image)
    if image.mode != "F":
        bits = max(8, math.ceil(math.log2(max(highest, 1.0) + 1)))
        return min(lowest, 0.0), float(2**bits - 1)
    for white in (1.0, 255.0, 65535.0):
        if lowest >= 0 and highest <= white:
            return 0.0, white
    return lowest, highest if highest > lowest else lowest + 1.0


def _extremes(image: Image.Image) -> tuple[float, float]:
    """The lowest and the highest finite level of `image`; 0 and 0 when there is none."""
    lowest, highest = math.inf, -math.inf
    for _, strip in _strips(image, 1):
        levels = np.asarray(strip, dtype=np.float64)
        finite = levels[np.isfinite(levels)]
        lowest = min(lowest, float(finite.min(initial=math.inf)))
        highest = max(highest, float(finite.max(initial=-math.inf)))
    return (lowest, highest) if lowest <= highest else (0.0, 0.0)


def _opaque(image: Image.Image) -> Image.Image:
    """`image` (L, RGB or RGBA) as RGB, composited on the backdrop that leaves its ink visible."""
    if image.mode != "RGBA":
        return _converted(image, "RGB")
    backdrop = Image.new("RGBA", image.size, _backdrop(image))
    return Image.alpha_composite(backdrop, image).convert("RGB")


def _backdrop(image: Image.Image) -> str:
    """Black or white, whichever makes the transparent part of `image` (RGBA) look like paper.

    Ink on nothing gets the colour that it stands out from; a page with holes or round corners the colour of its paper.
    """
    grey = np.asarray(image.convert("RGB").convert("L"), dtype=np.float32)
    opacity = np.asarray(image.getchannel("A"), dtype=np.float32) / 255
    visible = opacity > 0.5
    if not visible.any():
        visible = opacity > 0
    if not visible.any():
        return "white"
    dark, middle, bright = np.percentile(grey[visible], (1, 50, 99))
    share = float(visible.mean())
    is_page = share > SURE_PAGE_SHARE or (share > PAGE_SHARE and bright - dark > PAGE_SPREAD)
    is_bright = bool(middle > 127)
    return "white" if is_bright == is_page else "black"

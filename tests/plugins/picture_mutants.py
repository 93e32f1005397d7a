"""Damaged and hostile pictures, each from its number: what a format's own fields can be made to claim, and loose bytes.

`python picture_mutants.py FIRST COUNT` reads so many of them, and prints a line for each and then the greatest memory.
"""

from __future__ import annotations

import random
import struct
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from picture_corpus import digit, encoded, of_every_kind, with_png_checksums
from PIL import Image

SIZES = (0, 1, 2, 255, 256, 4095, 5000, 6324, 8192, 16383, 32767, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Widths, heights, lengths and counts that headers may claim; 6,324 squared is just below the limit."""

BOMB = 60_000_000
"""Bytes that a packed text or profile swells to."""

TIFF_COMPRESSIONS = (1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32809, 32946, 34676, 34712, 34925, 50000, 50001)
TIFF_TAGS = (256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 292, 317, 320, 322, 323, 324, 325, 338, 339)
TIFF_TAGS_OF_OTHERS = (330, 347, 513, 514, 529, 530, 532, 700, 33723, 34377, 34665, 34675, 34853, 40965)


@cache
def corpus() -> Mapping[str, tuple[bytes, ...]]:
    """Sound pictures, by format."""
    grey, rgb, other = digit(), digit().convert("RGB"), digit("7").convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a maker"
    profile = bytes(range(256)) * 8
    kinds = of_every_kind()
    more = {
        "png": [
            encoded(grey, "PNG", interlace=True, dpi=(72, 72), icc_profile=profile, exif=exif.tobytes()),
            encoded(rgb, "PNG", save_all=True, append_images=[other, rgb, other]),
        ],
        "jpeg": [
            encoded(rgb, "JPEG", exif=exif.tobytes(), icc_profile=profile, restart_marker_rows=2),
            encoded(rgb, "MPO", save_all=True, append_images=[other]),
        ],
        "webp": [
            encoded(rgb, "WEBP", save_all=True, append_images=[other, rgb]),
            encoded(rgb, "WEBP", exif=exif.tobytes(), icc_profile=profile),
        ],
        "tiff": [
            # Of their own: Pillow keeps in an image how it was encoded last.
            encoded(digit().convert("RGB"), "TIFF", save_all=True, append_images=[digit("7").convert("RGB")]),
            encoded(rgb, "TIFF", compression="jpeg"),
            encoded(grey.convert("1"), "TIFF", compression="packbits"),
            encoded(grey.convert("1"), "TIFF", compression="group3"),
            encoded(rgb, "TIFF", compression="tiff_lzw", tiffinfo={317: 2}),
            encoded(rgb, "TIFF", big_tiff=True),
        ],
    }
    formats = {name: [content for kind, content in kinds.items() if kind.startswith(name)] for name in FORMATS}
    return {name: (*each, *more.get(name, [])) for name, each in formats.items()}


def mutant(number: int) -> bytes:
    """The damaged picture of that number; always the same one."""
    rng = random.Random(number)
    format_ = rng.choice(tuple(FORMATS))
    content = rng.choice(corpus()[format_])
    for _ in range(rng.randint(1, 4)):
        change = FORMATS[format_] if rng.random() < 0.7 else _bytes
        content = change(content, rng) or content
    return with_png_checksums(content) if format_ == "png" and rng.random() < 0.9 else content


def _number(rng: random.Random) -> int:
    return rng.choice(SIZES) if rng.random() < 0.8 else rng.getrandbits(rng.choice((4, 8, 16, 32)))


def _put(content: bytes, at: int, what: bytes) -> bytes:
    return content[:at] + what + content[at + len(what) :]


def _bytes(content: bytes, rng: random.Random) -> bytes:
    """Bytes anywhere changed, put in, taken out, repeated, or all cut off; most often near an end."""
    near = rng.choice((64, 64, 1024, len(content)))
    at = min(len(content), rng.randrange(near + 1))
    if rng.random() < 0.3:
        at = len(content) - at
    some = rng.randbytes(rng.randint(1, 8))
    how = rng.randrange(6)
    if how == 0:
        return content[:at] + some + content[at:]
    if how == 1:
        return content[:at] + content[at + rng.randint(1, 60) :]
    if how == 2:
        return content[: at + rng.randint(1, 600)] + content[at:]
    if how == 3 and at:
        return content[:at]
    if how == 4:
        return _put(content, at, rng.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x80\0\0\0")))
    return _put(content, at, some)


def _png(content: bytes, rng: random.Random) -> bytes:
    chunks, at = [], 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        chunks.append((at, length))
        at += 12 + length
    if not chunks:
        return content
    at, length = rng.choice(chunks)
    how = rng.randrange(7)
    if how == 0:
        return _put(content, at, struct.pack(">I", _number(rng) & 0xFFFFFFFF))
    if how == 1:
        return _put(content, 16 + rng.choice((0, 4)), struct.pack(">I", _number(rng) & 0xFFFFFFFF))
    if how == 2:
        return _put(content, 24 + rng.randrange(5), bytes([rng.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))]))
    if how == 3:
        return content[:at] + content[at : at + 12 + length] * rng.choice((0, 2, 60)) + content[at + 12 + length :]
    if how == 4:
        packed = zlib.compress(bytes(BOMB), 1) if rng.random() < 0.1 else zlib.compress(rng.randbytes(100))
        kind, data = rng.choice(
            (
                (b"zTXt", b"Comment\0\0" + packed),
                (b"iCCP", b"ICC\0\0" + packed),
                (b"iTXt", b"Comment\0\1\0\0\0" + packed),
                (b"IDAT", packed),
                (b"eXIf", b"MM\0*" + rng.randbytes(60)),
                (b"acTL", struct.pack(">II", _number(rng) & 0xFFFFFFFF, 0)),
                (b"fcTL", struct.pack(">7I", *(_number(rng) & 0xFFFFFFFF for _ in range(7)))[:26]),
                (b"PLTE", rng.randbytes(rng.choice((0, 3, 768, 900)))),
                (b"tRNS", rng.randbytes(rng.choice((0, 1, 6, 256)))),
            )
        )
        return content[:33] + struct.pack(">I", len(data)) + kind + data + bytes(4) + content[33:]
    if how == 5:
        return _put(content, at + 4, rng.choice((b"IDAT", b"IHDR", b"IEND", b"fdAT", b"PLTE", b"tRNS", b"zTXt")))
    return _put(content, at + 8, rng.randbytes(min(length, 12)))


def _jpeg(content: bytes, rng: random.Random) -> bytes:
    segments, at = [], 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        segments.append(at)
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    segments.append(min(at, max(0, len(content) - 4)))
    at = rng.choice(segments)
    length = int.from_bytes(content[at + 2 : at + 4], "big")
    frames = [each for each in segments if content[each + 1 : each + 2] in (b"\xc0", b"\xc2")]
    how = rng.randrange(7)
    if how == 0:
        return _put(content, at + 2, struct.pack(">H", _number(rng) & 0xFFFF))
    if how == 1 and frames:
        return _put(content, frames[0] + rng.choice((5, 7)), struct.pack(">H", _number(rng) & 0xFFFF))
    if how == 2 and frames:
        return _put(content, frames[0] + rng.randrange(1, 18), bytes([rng.randrange(256)]))
    if how == 3:
        return content[:at] + content[at : at + 2 + length] * rng.choice((0, 2, 40)) + content[at + 2 + length :]
    if how == 4:
        data = rng.choice(
            (b"Exif\0\0MM\0*", b"Exif\0\0II*\0", b"ICC_PROFILE\0\1\1", b"MPF\0MM\0*", b"Adobe\0d\0\0\0\0")
        )
        data += rng.randbytes(rng.randrange(300))
        return (
            content[:2]
            + b"\xff"
            + bytes([rng.choice((0xE0, 0xE1, 0xE2, 0xEE, 0xDD))])
            + (struct.pack(">H", len(data) + 2) + data + content[2:])
        )
    if how == 5:
        return _put(content, at + 1, bytes([rng.randrange(0xC0, 0xFF)]))
    scan = content.rfind(b"\xff\xda")
    return content[:-2] + content[scan:-2] * rng.choice((1, 20, 45, 200)) + content[-2:]


def _gif(content: bytes, rng: random.Random) -> bytes:
    frames = [at for at in range(13, len(content) - 10) if content[at] == 0x2C]
    at = rng.choice(frames) if frames else 13
    how = rng.randrange(6)
    if how == 0:
        return _put(content, 6 + rng.choice((0, 2)), struct.pack("<H", _number(rng) & 0xFFFF))
    if how == 1:
        return _put(content, at + rng.choice((1, 3, 5, 7)), struct.pack("<H", _number(rng) & 0xFFFF))
    if how == 2:
        return _put(content, rng.choice((10, 11, at + 9, at + 10)), bytes([rng.randrange(256)]))
    if how == 3:
        extension = (
            b"\x21" + bytes([rng.choice((0xF9, 0xFE, 0xFF, 1))]) + bytes([rng.randrange(256)]) + rng.randbytes(12)
        )
        return content[:at] + extension * rng.choice((1, 500)) + content[at:]
    if how == 4:
        return content[:-1] + content[at:] * rng.choice((1, 50))
    return _put(content, at + 11 + rng.randrange(200), rng.randbytes(2))


def _tiff(content: bytes, rng: random.Random) -> bytes:
    order = "<" if content[:2] == b"II" else ">"
    if content[2:4] in (b"+\0", b"\0+") or len(content) < 16:
        return _bytes(content, rng)
    start = struct.unpack_from(order + "I", content, 4)[0]
    if start + 2 > len(content):
        return _put(content, 4, struct.pack(order + "I", rng.choice((8, len(content) // 2))))
    count = struct.unpack_from(order + "H", content, start)[0]
    entry = start + 2 + 12 * rng.randrange(max(1, min(count, 60)))
    following = start + 2 + 12 * count
    how = rng.randrange(8)
    if how == 0:
        return _put(
            content, following, struct.pack(order + "I", rng.choice((start, start, 8, 0xFFFFFFFF, len(content))))
        )
    if how == 1:
        return _put(content, entry, struct.pack(order + "H", rng.choice(TIFF_TAGS + TIFF_TAGS_OF_OTHERS)))
    if how == 2:
        return _put(content, entry + 2, struct.pack(order + "H", rng.choice((*range(19), 255))))
    if how == 3:
        return _put(content, entry + 4, struct.pack(order + "I", _number(rng) & 0xFFFFFFFF))
    if how == 4:
        return _put(content, entry + 8, struct.pack(order + "I", _number(rng) & 0xFFFFFFFF))
    if how == 5:
        return _put(content, start, struct.pack(order + "H", _number(rng) & 0xFFFF))
    tags = {
        struct.unpack_from(order + "H", content, at)[0]: at
        for at in range(start + 2, min(following, len(content)) - 11, 12)
    }
    wanted = rng.choice((256, 257, 258, 259, 259, 259, 262, 277, 278, 279, 284, 317))
    if wanted not in tags or tags[wanted] + 12 > len(content):
        return content
    value = rng.choice(TIFF_COMPRESSIONS) if wanted == 259 else _number(rng) & 0xFFFFFFFF
    return _put(content, tags[wanted] + 2, struct.pack(order + "HII", 4, 1, value))


def _bmp(content: bytes, rng: random.Random) -> bytes:
    at, size = rng.choice(
        ((2, 4), (10, 4), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2), (30, 4), (34, 4), (46, 4), (54, 4))
    )
    if rng.random() < 0.3:
        return _put(content, 28, struct.pack("<HI", rng.choice((1, 2, 4, 8, 16, 24, 32)), rng.randrange(7)))
    number = _number(rng) if rng.random() < 0.7 else -rng.choice(SIZES)
    return _put(content, at, struct.pack("<q", number)[:size])


def _webp(content: bytes, rng: random.Random) -> bytes:
    chunks, at = [], 12
    while at + 8 <= len(content):
        chunks.append(at)
        at += 8 + (int.from_bytes(content[at + 4 : at + 8], "little") + 1 & ~1)
    at = rng.choice(chunks) if chunks else 12
    length = int.from_bytes(content[at + 4 : at + 8], "little")
    how = rng.randrange(6)
    if how == 0:
        return _put(content, rng.choice((4, at + 4)), struct.pack("<I", _number(rng) & 0xFFFFFFFF))
    if how == 1:
        return _put(content, at, rng.choice((b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP", b"EXIF")))
    if how == 2:
        header = struct.pack("<I", rng.randrange(256)) + struct.pack("<II", _number(rng) & 0xFFFFFF, 0)[:6]
        return content[:12] + b"VP8X\x0a\0\0\0" + header + content[12:]
    if how == 3:
        return content[:at] + content[at : at + 8 + length] * rng.choice((0, 2, 60)) + content[at + 8 + length :]
    if how == 4:
        return _put(content, 20 + rng.randrange(12), rng.randbytes(rng.randint(1, 4)))
    return _put(content, at + 8 + rng.randrange(max(1, min(length, 40))), rng.randbytes(3))


FORMATS: Mapping[str, Callable[[bytes, random.Random], bytes]] = {
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
    "bmp": _bmp,
    "gif": _gif,
    "tiff": _tiff,
}


def main() -> None:
    """Read mutants, a line each: number, processor's seconds, and `read` or the sentence; then the greatest memory."""
    from mnist_desktop.ink.pictures import PictureError, decode_picture

    for number in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):
        content = mutant(number)
        sys.stdout.write(f"{number} ")
        sys.stdout.flush()
        started = time.process_time()
        try:
            decode_picture(content, name="mutant")
            said = "read"
        except PictureError as error:
            said = str(error)
        sys.stdout.write(f"{time.process_time() - started:.3f} {said}\n")
        sys.stdout.flush()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    sys.stdout.write(f"memory {int(status.split('VmHWM:')[1].split()[0]) * 1024}\n")


if __name__ == "__main__":
    main()

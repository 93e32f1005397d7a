"""Neither Pillow nor the libraries below it write to the terminal, whatever picture they are given."""

from __future__ import annotations

import subprocess
import sys

import pytest
from picture_corpus import digit, encoded, of_every_kind

from mnist_desktop.ink.pictures import PictureError, decode_picture

DECODE_INPUT = """
import sys
from mnist_desktop.ink.pictures import PictureError, decode_picture
try:
    decode_picture(sys.stdin.buffer.read(), name=None)
except PictureError:
    print("refused")
"""


def test_reading_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    for content in of_every_kind().values():
        for end in (len(content), len(content) // 2):
            try:
                decode_picture(content[:end], name=None)
            except PictureError:
                continue
    assert capfd.readouterr() == ("", "")


def test_libtiff_says_nothing_about_a_damaged_picture(capfd: pytest.CaptureFixture[str]) -> None:
    """It writes to standard error by itself, past Python."""
    content = encoded(digit(), "TIFF", compression="tiff_lzw", strip_size=1_000_000)
    at = content.index(b"\x17\x01\x04\0\1\0\0\0") + 8  # the one value of StripByteCounts, tag 279
    with pytest.raises(PictureError):
        decode_picture(content[:at] + b"\xff\xff\xff\x7f" + content[at + 4 :], name=None)
    assert capfd.readouterr() == ("", "")


def test_pillow_says_nothing_about_a_damaged_picture_in_a_program_that_logs_nowhere() -> None:
    content = encoded(digit().convert("RGB"), "TIFF")
    at = content.index(b"\x15\x01\x03\0\1\0\0\0") + 8  # the one value of SamplesPerPixel, tag 277
    command = [sys.executable, "-c", DECODE_INPUT]
    done = subprocess.run(
        command, input=content[:at] + b"\xff\x7f" + content[at + 2 :], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"refused\n", b"")

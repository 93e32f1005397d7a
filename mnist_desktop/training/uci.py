"""Turns the archives of the UCI Machine Learning Repository into drawings and bitmaps."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import DataError
from mnist_desktop.ink.drawing import Drawing, LabelledDrawing, Stroke

PEN_MEMBER = "pendigits-orig.tra.Z"
SCANNED_MEMBER = "optdigits-orig.tra.Z"
"""The originals of the training files, 30 writers' strokes and bitmaps; what lies beside them is reduced already."""

BOX = 500
"""Height in points of the box that was written in; the tablet counted upwards from its lower edge."""

SIDE = 32
"""Width and height of a scanned digit in pixels."""

SEGMENT = re.compile(r'\.SEGMENT\s+DIGIT\s+\S+\s+\?\s+"(\d)"')

MAX_MEMBER_BYTES = 50_000_000

UNPACKING_TIME = 60
"""Seconds: it takes a fraction of one."""


def pen_strokes(archive: Path) -> list[LabelledDrawing]:
    """The drawings of the archive of data set 81, in their order; DataError when it does not hold them.

    The format is UNIPEN (Guyon et al. 1994): `.SEGMENT DIGIT 0 ? "8"` begins a digit, `.PEN_DOWN` a stroke, lines of
    x and y follow, `.PEN_UP` ends it. Here y counts downwards.
    """
    drawings: list[LabelledDrawing] = []
    label, strokes, points = None, list[Stroke](), None
    for line in _lines(archive, PEN_MEMBER):
        if line.startswith(".SEGMENT"):
            _finish(drawings, label, strokes)
            match = SEGMENT.match(line)
            if match is None:
                raise DataError(f"{PEN_MEMBER} in {archive} has a digit without a label.")
            label, strokes = int(match[1]), []
        elif line == ".PEN_DOWN":
            points = list[tuple[float, float]]()
        elif line == ".PEN_UP" and points is not None:
            strokes.append(Stroke(points=tuple(points)))
            points = None
        elif points is not None:
            points.append(_point(line, archive))
    _finish(drawings, label, strokes)
    return drawings


def scanned_digits(archive: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (n×32×32, ink 255 on 0) and labels (n) of the archive of data set 80; DataError when it holds none.

    After a header come, digit by digit, 32 lines of 32 zeros and ones, and one line with what it is.
    """
    rows: list[list[int]] = []
    labels: list[int] = []
    for line in _lines(archive, SCANNED_MEMBER):
        if len(line) == SIDE and not line.strip("01"):
            rows.append([255 * (pixel == "1") for pixel in line])
        elif rows and len(line) == 1 and line.isdecimal():
            labels.append(int(line))
    if not labels or len(rows) != SIDE * len(labels):
        raise DataError(f"{SCANNED_MEMBER} in {archive} does not hold bitmaps of {SIDE}×{SIDE} with their labels.")
    return np.array(rows, np.uint8).reshape(-1, SIDE, SIDE), np.array(labels, np.uint8)


def _finish(drawings: list[LabelledDrawing], label: int | None, strokes: list[Stroke]) -> None:
    if label is not None:
        drawings.append(LabelledDrawing(drawing=Drawing(strokes=tuple(strokes)), label=label))


def _point(line: str, archive: Path) -> tuple[float, float]:
    try:
        x, y = map(int, line.split())
    except ValueError as error:
        raise DataError(f"{PEN_MEMBER} in {archive} has a point that is none: “{line}”.") from error
    return x, BOX - y


def _lines(archive: Path, member: str) -> list[str]:
    """The lines, without space around, of a text in `archive` that was packed by compress(1), which gzip unpacks."""
    try:
        with zipfile.ZipFile(archive) as opened:
            if opened.getinfo(member).file_size > MAX_MEMBER_BYTES:
                raise DataError(f"{member} in {archive} is too large.")
            packed = opened.read(member)
        unpacked = subprocess.run(
            ["gzip", "-dc"], input=packed, capture_output=True, check=True, timeout=UNPACKING_TIME
        ).stdout
    except FileNotFoundError as error:
        raise DataError("The program gzip, which unpacks this data set, is not installed.") from error
    except (KeyError, zipfile.BadZipFile, subprocess.SubprocessError) as error:
        raise DataError(f"{member} in {archive} cannot be unpacked.") from error
    return [line.strip() for line in unpacked.decode("ascii", "replace").splitlines()]

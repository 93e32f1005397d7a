"""Turns pen movements into strokes that can be undone, redone, and kept as JSON."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

Point = tuple[float, float]

MAX_POINTS = 200_000
"""More points than hours of scribbling make; an ink file beyond it is refused before it fills memory."""

MAX_INK_FILE_BYTES = 256_000_000
"""Unpacked size of an ink file at which reading stops: a bomb of a few kilobytes gzipped must not fill memory."""

GZIP = b"\x1f\x8b"
"""What a gzipped file begins with (RFC 1952, section 2.3.1)."""

MAX_COORDINATE = 1e9
"""Any unit is welcome, but beyond this float arithmetic on pixels stops being exact."""


class DrawingError(ValueError):
    """An ink file or line that is not a drawing; the text is the sentence the user reads."""


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """Points from pen down to pen up, in any unit, y down."""

    points: tuple[Point, ...]
    pressures: tuple[float, ...] = field(default=(), compare=False)
    """How hard the pen pressed at each point, 0…1; empty where the device does not tell.

    For the eye alone: readings, records and ink files know only the points.
    """


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The strokes of one canvas, in the order they were drawn; equal drawings look the same."""

    strokes: tuple[Stroke, ...] = ()

    @property
    def blank(self) -> bool:
        """Whether nothing was drawn; a single dot is something."""
        return not any(stroke.points for stroke in self.strokes)

    def bounds(self) -> tuple[float, float, float, float]:
        """Smallest x, smallest y, largest x, largest y over all points; a ValueError when blank."""
        xs, ys = zip(*(point for stroke in self.strokes for point in stroke.points), strict=True)
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, kw_only=True)
class LabelledDrawing:
    """A drawing as an ink file holds it; `label` is what its writer meant, where the file says so."""

    drawing: Drawing
    label: int | None = None


def to_json(drawing: Drawing, label: int | None = None) -> str:
    """One line of an ink file: `{"strokes": [[[x, y], …], …], "label": int?}`."""
    entry: dict[str, Any] = {"strokes": [[list(point) for point in stroke.points] for stroke in drawing.strokes]}
    if label is not None:
        entry["label"] = label
    return json.dumps(entry, separators=(",", ":"))


def from_json(text: str | bytes) -> LabelledDrawing:
    """The drawing of one ink file line; a DrawingError says what is wrong with it."""
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DrawingError("This is not an ink file: it is not JSON.") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("strokes"), list):
        raise DrawingError('This is not an ink file: it has no list of "strokes".')
    label = entry.get("label")
    if label is not None and (isinstance(label, bool) or not isinstance(label, int)):
        raise DrawingError('The "label" of an ink file must be a whole number.')
    strokes = tuple(Stroke(points=_points(stroke)) for stroke in entry["strokes"])
    if sum(len(stroke.points) for stroke in strokes) > MAX_POINTS:
        raise DrawingError(f"This drawing has more than {MAX_POINTS:,} points.")
    return LabelledDrawing(drawing=Drawing(strokes=strokes), label=label)


def read_ink_file(path: Path) -> Iterator[LabelledDrawing]:
    """The drawings of a `.json` (one), `.jsonl` or `.jsonl.gz` (one a line) file, as they are read.

    Raises OSError when the file cannot be read and DrawingError, with the line's number, when a line is no drawing.
    """
    if path.suffix == ".json":
        yield from_json(b"".join(_lines(path)))
    else:
        yield from _each_line(_lines(path))


def read_ink(file: io.BufferedReader) -> Iterator[LabelledDrawing]:
    """The drawings in an open file or pipe without a name, one or one a line, gzipped or not, as they are read.

    Raises as `read_ink_file` does.
    """
    packed = file.peek(len(GZIP))[: len(GZIP)] == GZIP
    with gzip.GzipFile(fileobj=file) if packed else nullcontext(file) as unpacked:
        lines = _limited(unpacked)
        first = next((line for line in lines if line.strip()), b"")
        try:
            json.loads(first)
        except (ValueError, RecursionError):
            # The first of several lines that are one drawing, or nothing that can be read.
            yield from_json(b"".join([first, *lines]))
        else:
            yield from _each_line(chain([first], lines))


def is_ink_file(path: Path) -> bool:
    """Whether the name says that `path` holds drawings rather than a picture."""
    return path.name.endswith((".json", ".jsonl", ".jsonl.gz"))


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, gzipped or not; a DrawingError when it is too large or damaged."""
    if path.exists() and not path.is_file():
        # A pipe would be waited for until somebody writes into it.
        raise DrawingError("This is a folder, a pipe or a device, not an ink file.")
    with path.open("rb") as file, gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file as lines:
        yield from _limited(lines)


def _limited(lines: gzip.GzipFile | io.BufferedReader) -> Iterator[bytes]:
    left = MAX_INK_FILE_BYTES
    try:
        while line := lines.readline(left + 1):
            left -= len(line)
            if left < 0:
                raise DrawingError("This ink file is too large.")
            yield line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DrawingError("This ink file is damaged: it cannot be unpacked to its end.") from error


def _each_line(lines: Iterable[bytes]) -> Iterator[LabelledDrawing]:
    empty = True
    for number, line in enumerate(lines, start=1):
        if line.strip():
            empty = False
            try:
                yield from_json(line)
            except DrawingError as error:
                raise DrawingError(f"Line {number}: {error}") from error
    if empty:
        raise DrawingError("This ink file is empty.")


def _points(stroke: object) -> tuple[Point, ...]:
    if not isinstance(stroke, list):
        raise DrawingError("A stroke of an ink file must be a list of [x, y] points.")
    return tuple(_point(point) for point in stroke)


def _point(point: object) -> Point:
    if not isinstance(point, list) or len(point) < 2:
        raise DrawingError("A point of an ink file must be [x, y].")
    x, y = point[:2]
    for value in (x, y):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise DrawingError("A point of an ink file must be two numbers.")
        # Compared first: a whole number of hundreds of digits has no float. NaN compares false.
        if not -MAX_COORDINATE <= value <= MAX_COORDINATE:
            raise DrawingError("A point of an ink file is not a usable number.")
    return float(x), float(y)

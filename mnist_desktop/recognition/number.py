"""Turns the pieces of a drawing or picture into the digits that they most likely are: one, or a whole number.

A lattice over pieces in reading order, each possible digit scored by the model, and the best way through it (LeCun et
al. 1998, sections V and VI: over-segmentation with a graph of interpretations).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnist_desktop.ink.split import (
    MOST_TOGETHER,
    WIDEST,
    Bounds,
    Line,
    Pieces,
    all_of,
    lines_of,
    spans_of,
)

if TYPE_CHECKING:
    from mnist_desktop.ink.drawing import Drawing
    from mnist_desktop.ink.isolate import Isolated
    from mnist_desktop.recognition.reader import Reading

LEAST = 0.02
"""What the share of digits in the score is at the least, so that one unread digit does not undo a whole number."""

DOUBT = 2.0
"""Weight of the classifier's doubt against what the shape says."""

USUAL_WIDTH, TOO_WIDE = 1.1, 3.0
"""Width over the height of the line from which a digit is less likely, and by how much a height more."""

USUAL_HEIGHT, TOO_LOW = 0.6, 8.0
"""The same for its own height: bars and dots are parts of digits."""

TOO_ODD = 2.5
"""What is against a part that is not even looked at."""

DIGIT = 0.03
"""What each digit costs: of two ways to read the same ink just as well, that of fewer digits is taken."""

ONE = 1.0
"""What is in favour of all being one digit: most drawings are."""

PARTED = 0.15
"""Gap between pieces in heights of the line from which nothing is: the parts of one digit overlap or are close."""

NEAR = 0.6
"""Where so much speaks for all being one digit, its parts are in one place: they touch, or nearly do."""

COMPACT, SURE = 1.2, 0.98
"""What is in one place and so wide, in heights, at the most, may be a letter, whose halves read as digits often enough:
each of its digits must be so probable."""

EQUAL = 0.75
"""And so high, as a share of all of it: the bow of a d or p is no 0."""

CUT_BELOW, CUT_FROM, CUT_TO = -0.7, 0.6, 10.0
"""A digit that scores less may be several that touch, between these widths in heights of the line; half-drawn digits,
which score as low while the pen moves, are mostly narrower, and a line of handwriting is wider."""

MOST_CUT = 6
"""Where more parts than that read badly it is no number, and none is cut."""

CUT = 0.5
"""What each cut through ink costs."""

MOST_ASKED = 2000
"""Parts of all that is cut, at the most: nine bold digits that all touch have 840, and a page of handwriting
would take seconds."""

UPRIGHT = frozenset({"1", "7"})
"""What joined ink is not cut into alone: n, u, m, w, H, N and V are made of upright lines."""


@dataclass(frozen=True, kw_only=True)
class Digit:
    """One digit of a number: what was read, and the box of its pieces in the subject's units."""

    reading: Reading
    box: Bounds
    score: float
    """How well it looks like one digit of its line: 0 is best."""


Way = tuple[Digit, ...]
"""Digits side by side, left to right."""


@dataclass(frozen=True, kw_only=True)
class _Span:
    """Neighbouring pieces that may be one digit."""

    start: int
    end: int
    pieces: tuple[int, ...]
    box: Bounds


def is_plainly_one(pieces: Pieces, whole: Reading) -> bool:
    """Whether no division into `pieces`, which are read as `whole` when taken for one digit, can score better."""
    if not pieces.all_in_one:
        return False
    box = all_of(pieces.boxes)
    least = score(whole, box, box.height)
    return least >= 0 or (least + ONE >= 0 and least + _favour(lines_of(pieces.boxes)) >= 0)


def read_number(
    pieces: Pieces, whole: Reading, ask: Callable[[Sequence[Drawing | Isolated]], list[Reading]]
) -> list[Way]:
    """The lines of digits that `pieces` most likely are; none when that is one digit, or nothing that can be read.

    `whole` is the reading of the subject when it is taken for one digit. `ask` reads subjects, and is called twice at
    most.
    """
    lines = lines_of(pieces.boxes)
    spans = [_spans(line, _height(line)) for line in lines]
    known = [pieces.all_in_one and len(span.pieces) == len(pieces.boxes) for each in spans for span in each]
    every = [span for each in spans for span in each]
    read = iter(ask([pieces.subject(span.pieces) for span, is_known in zip(every, known, strict=True) if not is_known]))
    readings = iter([whole if is_known else next(read) for is_known in known])
    one = _favour(lines)
    found = []
    for line, each in zip(lines, spans, strict=True):
        height = _height(line)
        scored = [(span, _digit(next(readings), span.box, height)) for span in each]
        found.append((height, _best(scored, len(line), one)))
    ways = _with_cuts(pieces, found, ask)
    if pieces.optional:
        ways = [way for way in ways if _is_writing(way)]
    if sum(map(len, ways)) < 2 or not _is_number(ways):
        return []
    if one >= NEAR and not _is_surely_number(ways):
        return []
    if pieces.all_in_one and len(lines) > 1 and not _is_likelier(ways, whole, all_of(pieces.boxes)):
        return []
    return ways


def score(reading: Reading, box: Bounds, height: float) -> float:
    """How likely a part with that reading and box is one digit of a line so high: 0 is best."""
    sure = 0.0
    if reading.prediction is not None:
        labels = len(reading.prediction.labels)
        # Of what is no digit the model says that it could be any of its labels.
        sure = (reading.prediction.confidence - 1 / labels) / (1 - 1 / labels)
    return DOUBT * math.log(max(LEAST, sure)) - _oddity(box, height)


def _oddity(box: Bounds, height: float) -> float:
    """What its shape says against a part of a line so high being a digit."""
    across, down = box.width / max(height, 1e-9), box.height / max(height, 1e-9)
    return TOO_WIDE * max(0.0, across - USUAL_WIDTH) + TOO_LOW * max(0.0, USUAL_HEIGHT - down)


def _digit(reading: Reading, box: Bounds, height: float) -> Digit:
    return Digit(reading=reading, box=box, score=score(reading, box, height))


def _spans(line: Line, height: float, most: int = MOST_TOGETHER) -> list[_Span]:
    """What in `line` is read; the model is not asked about a bar, a dot or what is far too wide, but for all of it."""
    spans = []
    for start, end in spans_of(line, most):
        chosen = line[start:end]
        box = all_of([atom.box for atom in chosen])
        if _oddity(box, height) <= TOO_ODD or (start, end) == (0, len(line)):
            pieces = tuple(number for atom in chosen for number in atom.pieces)
            spans.append(_Span(start=start, end=end, pieces=pieces, box=box))
    return spans


def _height(line: Line) -> float:
    return max(atom.box.height for atom in line)


def _best(
    scored: Sequence[tuple[_Span, Digit]], places: int, one: float, cost: float = DIGIT
) -> list[tuple[_Span, Digit]]:
    """The best way from the first place to the last, each digit at that `cost`; `one` speaks for all being one."""
    best: list[tuple[float, list[tuple[_Span, Digit]]]] = [(0.0, []), *[(-math.inf, [])] * places]
    for end in range(1, places + 1):
        for span, digit in scored:
            if span.end == end and best[span.start][0] > -math.inf:
                favour = one if span.start == 0 and end == places else 0.0
                total = best[span.start][0] + digit.score - cost + favour
                if total > best[end][0]:
                    best[end] = (total, [*best[span.start][1], (span, digit)])
    return best[-1][1]


def _with_cuts(
    pieces: Pieces,
    found: Sequence[tuple[float, list[tuple[_Span, Digit]]]],
    ask: Callable[[Sequence[Drawing | Isolated]], list[Reading]],
) -> list[Way]:
    """The digits of each line, those that read badly cut into several where that reads well."""
    cuts: dict[_Span, tuple[Pieces, list[_Span]]] = {}
    weak = [
        (span, height)
        for height, way in found
        for span, digit in way
        if digit.score < CUT_BELOW
        and CUT_FROM * height <= digit.box.width <= CUT_TO * height
        and not _is_flat_digit(digit, height)
    ]
    for span, height in weak if len(weak) <= MOST_CUT else []:
        finer = pieces.cut(span.pieces)
        together, sliced = finer.most_slices
        if 1 < len(finer.boxes) <= sliced:
            spans = _spans(finer.in_line(), height, together)
            # All of them together have been read already.
            spans = [each for each in spans if len(each.pieces) < len(finer.boxes)]
            cuts[span] = finer, spans
    if sum(len(spans) for _, spans in cuts.values()) > MOST_ASKED:
        cuts = {}
    readings = iter(
        ask([finer.subject(each.pieces) for finer, spans in cuts.values() for each in spans]) if cuts else []
    )
    ways = []
    for height, way in found:
        digits: list[Digit] = []
        for span, digit in way:
            if span in cuts:
                finer, spans = cuts[span]
                scored = [(each, _digit(next(readings), each.box, height)) for each in spans]
                digits += _cut(digit, scored, len(finer.boxes))
            else:
                digits.append(digit)
        ways.append(tuple(digits))
    return ways


def _cut(uncut: Digit, scored: list[tuple[_Span, Digit]], places: int) -> list[Digit]:
    """The digits that `uncut` falls into; itself when they do not read better, or are no number."""
    # At no cost for each: a 1 and its neighbour often read as one digit nearly as surely as they do as two.
    parts = [digit for _, digit in _best(scored, places, 0.0, 0.0)]
    cost = (DIGIT + CUT) * (len(parts) - 1)
    if not parts or not _is_number([tuple(parts)]) or _are_upright_lines(parts):
        return [uncut]
    return parts if sum(part.score for part in parts) - cost > uncut.score else [uncut]


def _are_upright_lines(parts: Sequence[Digit]) -> bool:
    found = (part.reading.prediction for part in parts)
    return all(prediction is not None and prediction.label in UPRIGHT for prediction in found)


def _is_writing(way: Way) -> bool:
    """Whether at least half of a line are digits for sure, so that it is no smudge."""
    return 2 * _unsure(way) <= len(way)


def _is_number(ways: Sequence[Way]) -> bool:
    """Whether at least two thirds of the digits are sure: a word, or a heap of lines, is no number."""
    return 3 * sum(map(_unsure, ways)) <= sum(map(len, ways))


def _is_surely_number(ways: Sequence[Way]) -> bool:
    """Whether digits that touch or overlap are no letter: all of them wide, or each as high and very probable."""
    digits = [digit for way in ways for digit in way]
    box = all_of([digit.box for digit in digits])
    if box.width > COMPACT * box.height:
        return True
    if any(digit.box.height < EQUAL * box.height for digit in digits):
        return False
    found = (digit.reading.prediction for digit in digits)
    return all(prediction is not None and prediction.confidence >= SURE for prediction in found)


def _is_flat_digit(digit: Digit, height: float) -> bool:
    """Whether only the width speaks against one digit of a line so high, and not too much: a flat 2 is no 22."""
    prediction = digit.reading.prediction
    return prediction is not None and prediction.confidence >= SURE and digit.box.width <= WIDEST * height


def _unsure(way: Way) -> int:
    return sum(digit.reading.verdict != "digit" for digit in way)


def _is_likelier(ways: Sequence[Way], whole: Reading, box: Bounds) -> bool:
    """Whether digits in several lines are a better reading than one digit."""
    digits = [digit for way in ways for digit in way]
    together = sum(digit.score for digit in digits) - DIGIT * len(digits)
    return together > score(whole, box, box.height)


def _favour(lines: Sequence[Line]) -> float:
    """What is in favour of all pieces being one digit: the less the farther they stand apart."""
    if len(lines) > 1:
        return 0.0
    height = _height(lines[0])
    gap, right = 0.0, math.inf
    for atom in sorted(lines[0], key=lambda atom: atom.box.left):
        gap = max(gap, atom.box.left - right)
        right = atom.box.right if right == math.inf else max(right, atom.box.right)
    return ONE * max(0.0, 1 - gap / max(PARTED * height, 1e-9))

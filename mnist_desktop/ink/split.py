"""Turns the boxes of a subject's pieces, strokes or connected ink, into lines of text, and into what a digit may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mnist_desktop.ink.drawing import Drawing
    from mnist_desktop.ink.isolate import Isolated

SMALL = 0.4
"""A piece lower than this share of the tallest one is the bar of a 5 or a dot, and does not tell where lines are."""

IN_LINE = 0.35
"""Neighbours stand in one line when they overlap, up and down, for this share of the lower one's height."""

FARTHEST = 2.0
"""Gap between neighbours in heights of the taller one, at the most; what is farther away may belong to another line of
a tilted page."""

STACKED_GAP = 0.1
STACKED_WIDTH = 0.5
"""Pieces above each other are one digit's (the rings of an 8, the segments of a display) when the gap is at most that
share of both their heights, and the narrower stands over or under the other for that share of its width."""

MOST_PIECES = 60
"""Pieces that are taken for digits, at the most: more strokes are a picture or hatching, and must not take seconds."""

MOST_TOGETHER = 4
"""Neighbouring pieces that a digit is made of, at the most: people draw a 4 or 5 in two strokes, few in three."""

MOST_SLICES, MOST_SLICED = 20, 90
"""The same for ink that was cut, and pieces that it is cut into, at the most: a number of six digits is some 50."""

MOST_STROKE_SLICES, MOST_STROKES_SLICED = 8, 60
"""The same for strokes, which are cut in fewer places, and read with each move of the pen."""

WIDEST = 1.7
"""Width of a digit over the height of its line, at the most: the widest of 750 pen digits."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The box of a piece, in its subject's units, y down."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    def joined(self, other: Bounds) -> Bounds:
        """The box of both."""
        return Bounds(
            left=min(self.left, other.left),
            top=min(self.top, other.top),
            right=max(self.right, other.right),
            bottom=max(self.bottom, other.bottom),
        )

    def gap(self, other: Bounds) -> float:
        """How far apart they are going across; negative as far as they overlap."""
        return max(self.left - other.right, other.left - self.right)

    def drop(self, other: Bounds) -> float:
        """How far apart they are going down; negative as far as they overlap."""
        return max(self.top - other.bottom, other.top - self.bottom)


class Pieces(Protocol):
    """What a drawing or a picture can be taken apart into."""

    @property
    def boxes(self) -> Sequence[Bounds]:
        """Where each piece lies."""
        ...

    @property
    def all_in_one(self) -> bool:
        """Whether all of them are what the subject is when it is taken for one digit."""
        ...

    @property
    def optional(self) -> bool:
        """Whether some of them may be no writing at all."""
        ...

    @property
    def most_slices(self) -> tuple[int, int]:
        """Of what was cut the slices that a digit is made of, and all of them, at the most."""
        ...

    def subject(self, chosen: Sequence[int]) -> Drawing | Isolated:
        """The chosen pieces as a subject of their own."""
        ...

    def cut(self, chosen: Sequence[int]) -> Pieces:
        """The chosen pieces cut up where digits that touch, or were drawn in one go, may part; they are one line."""
        ...

    def in_line(self) -> Line:
        """All pieces, of what was cut, left to right."""
        ...


def all_of(boxes: Sequence[Bounds]) -> Bounds:
    """The box of all `boxes`, one or more."""
    joined = boxes[0]
    for box in boxes[1:]:
        joined = joined.joined(box)
    return joined


@dataclass(frozen=True, kw_only=True)
class Atom:
    """Pieces that stay together, by their numbers, and their box."""

    pieces: tuple[int, ...]
    box: Bounds

    def joined(self, other: Atom) -> Atom:
        return Atom(pieces=self.pieces + other.pieces, box=self.box.joined(other.box))


Line = tuple[Atom, ...]
"""What stands side by side, left to right."""


def lines_of(boxes: Sequence[Bounds]) -> list[Line]:
    """The pieces with these `boxes` as lines of text in reading order; none is left out."""
    atoms = _stacked([Atom(pieces=(number,), box=box) for number, box in enumerate(boxes)])
    tallest = max((atom.box.height for atom in atoms), default=0.0)
    tall = [atom for atom in atoms if atom.box.height >= SMALL * tallest]
    chains = _chains(tall)
    for atom in atoms:
        if atom not in tall:
            min(chains, key=lambda chain: min(_distance(atom.box, each.box) for each in chain)).append(atom)
    return _in_reading_order(chains)


def side_by_side(boxes: Sequence[Bounds]) -> Line:
    """The pieces with these `boxes` as one line, left to right."""
    atoms = (Atom(pieces=(number,), box=box) for number, box in enumerate(boxes))
    return tuple(sorted(atoms, key=lambda atom: atom.box.middle))


def spans_of(line: Line, most: int = MOST_TOGETHER) -> list[tuple[int, int]]:
    """Which neighbours in `line`, at most so many, may be one digit, as first and last-but-one place."""
    height = max(atom.box.height for atom in line)
    spans = []
    for start in range(len(line)):
        box = line[start].box
        for end in range(start + 1, min(start + most, len(line)) + 1):
            box = box.joined(line[end - 1].box)
            if end == start + 1 or box.width <= WIDEST * height:
                spans.append((start, end))
    if (0, len(line)) not in spans:
        spans.append((0, len(line)))
    return spans


def _stacked(atoms: list[Atom]) -> list[Atom]:
    """`atoms` with those that stand close above each other joined."""
    waiting, apart = list(atoms), list[Atom]()
    while waiting:
        one = waiting.pop(0)
        other = next((other for other in (*apart, *waiting) if _are_stacked(one.box, other.box)), None)
        if other is None:
            apart.append(one)
        else:
            # What both are together may stand above yet another.
            (waiting if other in waiting else apart).remove(other)
            waiting.append(one.joined(other))
    return apart


def _are_stacked(one: Bounds, other: Bounds) -> bool:
    together = one.joined(other)
    reach = STACKED_GAP * together.height
    if not -reach <= one.drop(other) <= reach or max(one.height, other.height) > (1 - SMALL / 2) * together.height:
        return False
    return -one.gap(other) >= STACKED_WIDTH * min(one.width, other.width)


def _chains(atoms: list[Atom]) -> list[list[Atom]]:
    """`atoms` in groups, each of which goes on from neighbour to neighbour."""
    chains: list[list[Atom]] = []
    for atom in sorted(atoms, key=lambda atom: atom.box.middle):
        near = [chain for chain in chains if any(_are_neighbours(atom.box, other.box) for other in chain)]
        chains = [chain for chain in chains if chain not in near]
        chains.append([*(other for chain in near for other in chain), atom])
    return chains


def _are_neighbours(one: Bounds, other: Bounds) -> bool:
    beside = -one.drop(other) >= IN_LINE * min(one.height, other.height)
    return beside and one.gap(other) <= FARTHEST * max(one.height, other.height)


def _distance(one: Bounds, other: Bounds) -> float:
    return max(one.gap(other), 0.0) + max(one.drop(other), 0.0)


def _in_reading_order(chains: list[list[Atom]]) -> list[Line]:
    """Line by line; parts of one line that are far apart are read left to right."""
    rows: list[tuple[Bounds, list[list[Atom]]]] = []
    for chain in sorted(chains, key=lambda chain: all_of([atom.box for atom in chain]).top):
        box = all_of([atom.box for atom in chain])
        for number, (row, members) in enumerate(rows):
            if -row.drop(box) >= 0.5 * min(row.height, box.height) and row.gap(box) >= 0:
                rows[number] = (row.joined(box), [*members, chain])
                break
        else:
            rows.append((box, [chain]))
    lines = []
    for _, members in rows:
        ordered = sorted(members, key=lambda chain: min(atom.box.left for atom in chain))
        lines += [tuple(sorted(chain, key=lambda atom: atom.box.middle)) for chain in ordered]
    return lines

"""Picks the connected parts of a mask that make up the digit: specks, border junk and frames stay behind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.rings import Mask, is_ring

MIN_SIDE = 3
"""Pixels that the longer side of a digit has at the least."""

MIN_SHARE = 0.012
"""Longer side of a digit over that of the picture, at the least; smaller parts are dust."""

CONTACT = 0.35
"""A part is border junk when it lies along the picture's border for so much of its own longer side."""

SOLID, BLOCK_SIDE, BLOCK_SHARE, NO_BAR, LYING, BLOCK_WEIGHT = 0.85, 12, 0.09, 0.3, 1.5, 0.05
"""A part that fills so much of its box is a block, such as a broad stroke of a text marker. Its shorter side has
BLOCK_SIDE pixels and BLOCK_SHARE of the picture's longer one, which segments of displays lack, and NO_BAR of its own
longer one, which a 1 lacks. Or it is LYING times as wide as high, as a screen's buttons are. It counts for little, but
is what there is where there is nothing else."""

NEAR = 0.3
"""How far a part may be from the rest of its digit, in longer sides of the digit: the bar of a 5, the second half of
a 4."""

HELD = 0.25, 0.9
"""Height of what a ring was drawn around, over the ring's: in an outlined 8 the rings are lower."""

MAX_PARTS = 60
"""Parts that are looked at, the heaviest first: a page of thousands of dots is no digit, but must not take minutes."""

PART_SHARE = 0.12
"""Longer side of a part over that of its digit, at the least."""

PART_STRENGTH = 0.5
"""Contrast of a part over that of the digit's main part, at the least."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One connected component of a mask."""

    number: int
    left: int
    top: int
    right: int
    bottom: int
    area: int
    strength: float
    """Mean contrast of its pixels."""
    contact: float
    """Longest stretch of the picture's border that it covers over its own longer side."""
    is_frame: bool
    """Whether it runs along all four sides of its own box, around something else, or is a ring around a digit."""
    is_block: bool = False
    """Whether it is too solid for a digit."""

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def side(self) -> int:
        return max(self.right - self.left, self.bottom - self.top)

    @property
    def weight(self) -> float:
        """How much it looks like ink: contrast counts more than size, or a shadow's edge would outweigh a digit."""
        return self.strength**2 * math.sqrt(self.area) * (BLOCK_WEIGHT if self.is_block else 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """The connected components of a mask."""

    numbers: NDArray[np.int32]
    """Each pixel's component, from 1; 0 is none; h×w."""
    count: int
    """How many there are."""
    large: tuple[Part, ...]
    """Those of at least the least size."""


def parts_of(mask: Mask, darkness: NDArray[np.float32]) -> Parts:
    """The components of `mask` (h×w); `darkness` is each pixel's contrast to the paper, 0…1."""
    from scipy import ndimage

    labels, count = ndimage.label(mask, structure=np.ones((3, 3), bool))
    numbers = labels.astype(np.int32, copy=False)
    large = _large(numbers, darkness)
    return Parts(numbers=numbers, count=count, large=tuple(_rings_told(large, numbers)))


def digit_mask(found: Parts) -> tuple[Mask, float]:
    """What of a mask makes up the digit, and how much that looks like ink: 0 when there is none."""
    chosen = _digit(found.large)
    keep = np.zeros(found.count + 1, bool)
    keep[[part.number for part in chosen]] = True
    return keep[found.numbers], max((part.weight for part in chosen), default=0.0)


def inner_parts(parts: Sequence[Part]) -> list[Part]:
    """Those of `parts` that are neither border junk nor frames, the heaviest first, MAX_PARTS at the most."""
    inner = [part for part in parts if part.contact < CONTACT and not part.is_frame]
    return sorted(inner, key=lambda part: part.weight, reverse=True)[:MAX_PARTS]


def _digit(parts: Sequence[Part]) -> list[Part]:
    """The heaviest part that is no junk, and what belongs to it."""
    inner = inner_parts(parts)
    heaviest = max(parts, key=lambda part: part.weight, default=None)
    if heaviest is None:
        return []
    main = max(inner, key=lambda part: part.weight, default=heaviest)
    chosen = [main]
    waiting = [part for part in inner if part is not main and may_belong(part, main)]
    while near := [part for part in waiting if any(gap(part, one) <= NEAR * main.side for one in chosen)]:
        chosen += near
        waiting = [part for part in waiting if part not in near]
    return chosen


def may_belong(part: Part, main: Part) -> bool:
    """Whether `part` is large and dark enough to belong to the digit whose heaviest part is `main`."""
    return part.side >= PART_SHARE * main.side and part.strength >= PART_STRENGTH * main.strength


def gap(one: Part, other: Part) -> float:
    """Distance between two boxes, 0 when they overlap."""
    across = max(one.left - other.right, other.left - one.right, 0)
    down = max(one.top - other.bottom, other.top - one.bottom, 0)
    return float(np.hypot(across, down))


def _large(numbers: NDArray[np.int32], darkness: NDArray[np.float32]) -> list[Part]:
    """The components of at least the least size, `numbers` giving each pixel's component, from 1, or 0."""
    from scipy import ndimage

    least = max(MIN_SIDE, MIN_SHARE * max(numbers.shape))
    parts = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(numbers), 1):
        side = max(rows.stop - rows.start, columns.stop - columns.start)
        if side < least:
            continue
        own_box = numbers[rows, columns] == number
        own = darkness[rows, columns][own_box]
        parts.append(
            Part(
                number=number,
                left=columns.start,
                top=rows.start,
                right=columns.stop,
                bottom=rows.stop,
                area=own.size,
                strength=float(own.mean()),
                contact=_contact(numbers, number) / side,
                is_frame=_is_frame(own_box),
                is_block=_is_block(own_box, max(numbers.shape)),
            )
        )
    return parts


def _contact(numbers: NDArray[np.int32], number: int) -> int:
    return max(int((edge == number).sum()) for edge in (numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]))


def _is_frame(own: Mask) -> bool:
    """Whether a component, given in its box, covers nearly all of a band along each side of it, and is hollow."""
    height, width = own.shape
    if min(height, width) < 12 or own.mean() > 0.4:
        return False
    band = max(2, min(height, width) // 12)
    sides = (
        own[:band].any(axis=0),
        own[-band:].any(axis=0),
        own[:, :band].any(axis=1),
        own[:, -band:].any(axis=1),
    )
    return min(float(side.mean()) for side in sides) > 0.85


def _rings_told(parts: Sequence[Part], numbers: NDArray[np.int32]) -> list[Part]:
    """`parts`, the rings that somebody drew around another of them called frames."""
    largest = sorted(parts, key=lambda part: part.side, reverse=True)[:MAX_PARTS]
    rings = {part.number for part in largest if _surrounds(part, largest, numbers)}
    return [replace(part, is_frame=True) if part.number in rings else part for part in parts]


def _surrounds(part: Part, parts: Sequence[Part], numbers: NDArray[np.int32]) -> bool:
    least, most = HELD
    if not any(contains(part, one) and least * part.height <= one.height <= most * part.height for one in parts):
        return False
    return is_ring(numbers[part.top : part.bottom, part.left : part.right] == part.number)


def contains(outer: Part, inner: Part) -> bool:
    """Whether the box of `inner` lies within that of `outer`."""
    across = outer.left < inner.left and inner.right < outer.right
    return across and outer.top < inner.top and inner.bottom < outer.bottom


def _is_block(own: Mask, picture_side: int) -> bool:
    """Whether a component, given in its box, is too solid for a digit."""
    height, width = own.shape
    is_broad = min(height, width) >= max(BLOCK_SIDE, BLOCK_SHARE * picture_side, NO_BAR * max(height, width))
    return (is_broad or lies_flat(width, height)) and float(own.mean()) >= SOLID


def lies_flat(width: int, height: int) -> bool:
    """Whether something solid of that size is a bar that lies, as no digit does."""
    return width >= LYING * height

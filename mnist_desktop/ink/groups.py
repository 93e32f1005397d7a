"""Turns the connected parts of a mask into the pieces that digits are made of: what nearly touches is one piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.components import (
    NEAR,
    PART_SHARE,
    SOLID,
    Part,
    Parts,
    contains,
    gap,
    inner_parts,
    lies_flat,
    may_belong,
)
from mnist_desktop.ink.necks import thickness
from mnist_desktop.ink.threshold import grown

CLOSE = 0.5
"""Gap between parts over the thickness of the stroke, at the most, for them to be one piece: the segments of a display
and a stroke that broke are nearer to each other than digits that somebody set apart."""

UPRIGHT, UNLIT = 0.5, 1.5
"""Two parts so narrow for their height are the upright halves of a display's 1, 7 or 0 when one stands under the other,
and the gap between them, which the unlit segment across leaves, is at most so many times as wide as they are."""


LONE_BAR = 0.2
"""A part so narrow for its height is no digit 1, but a scroll bar or the edge of something, when no other is nearer to
it than the lower of both is high, or when it stands no farther from the picture's border than it is wide, and all
others more than twice as far: where a number is cut out closely, all of it is near the border."""

TALL_SHARE = 0.4
"""Height of a digit over that of another in the same picture, at the least."""


def digit_pieces(found: Parts) -> tuple[NDArray[np.int32], list[Part]]:
    """The pieces of a mask that may belong to any of several digits, and before them each pixel's piece, from 1.

    Such as are as dark as the heaviest, not much smaller, and either tall enough for a digit or close to one that is.
    """
    inner = inner_parts(found.large)
    if not inner:
        return np.zeros_like(found.numbers), []
    order, pieces = _grouped(found, [part for part in inner if may_belong(part, inner[0])])
    main = pieces[0]
    high = [piece for piece in pieces if TALL_SHARE * main.height <= piece.height <= main.height / TALL_SHARE]
    shape = found.numbers.shape
    tall = [piece for piece in high if piece is main or not (piece.is_block or _is_bar(piece, high, shape))]
    small = [piece for piece in pieces if piece not in high and PART_SHARE * main.height <= piece.side <= main.side]
    near = [piece for piece in small if any(gap(piece, one) <= NEAR * one.height for one in tall)]
    kept = [*tall, *near]
    place = np.zeros(len(pieces) + 1, np.int32)
    place[[piece.number for piece in kept]] = np.arange(1, len(kept) + 1)
    return place[order][found.numbers], kept


def _is_bar(piece: Part, others: Sequence[Part], shape: tuple[int, ...]) -> bool:
    """Whether a narrow `piece` of a page of that shape is a bar and no 1."""
    if piece.width > LONE_BAR * piece.height:
        return False
    rest = [other for other in others if other is not piece]
    is_at_rim = _from_border(piece, shape) <= piece.width
    if is_at_rim and all(_from_border(other, shape) > 2 * piece.width for other in rest):
        return True
    return all(gap(piece, other) > min(piece.height, other.height) for other in rest)


def _from_border(piece: Part, shape: tuple[int, ...]) -> int:
    return min(piece.left, piece.top, shape[1] - piece.right, shape[0] - piece.bottom)


def _grouped(found: Parts, parts: Sequence[Part]) -> tuple[NDArray[np.intp], list[Part]]:
    """`parts`, the heaviest first, with those that are one piece made into one, and before them each part's piece.

    The pieces are numbered from 1 in the order of their heaviest parts; 0 is for what is none of `parts`.
    """
    main = parts[0]
    own = found.numbers[main.top : main.bottom, main.left : main.right] == main.number
    reach = round(CLOSE / 2 * thickness(own))
    groups = _within_rings(found.numbers, _close(found, parts, reach))
    order = np.zeros(found.count + 1, np.intp)
    for number, group in enumerate(groups, 1):
        order[[part.number for part in group]] = number
    return order, [_joined(number, group) for number, group in enumerate(groups, 1)]


def _close(found: Parts, parts: Sequence[Part], reach: int) -> list[list[Part]]:
    """`parts` in groups of which each part is within twice `reach` of another one, or a display's other half."""
    labels = _labels(found, parts, reach)
    for one, other in combinations(range(len(parts)), 2):
        if labels[one] != labels[other] and _are_halves(parts[one], parts[other]):
            labels = [labels[one] if label == labels[other] else label for label in labels]
    groups: dict[int, list[Part]] = {}
    for part, label in zip(parts, labels, strict=True):
        groups.setdefault(label, []).append(part)
    return list(groups.values())


def _labels(found: Parts, parts: Sequence[Part], reach: int) -> list[int]:
    """A number for each of `parts`, the same for those that are connected once they have grown by `reach`."""
    from scipy import ndimage

    if reach < 1 or len(parts) < 2:
        return list(range(len(parts)))
    left, top = min(part.left for part in parts), min(part.top for part in parts)
    right, bottom = max(part.right for part in parts), max(part.bottom for part in parts)
    wanted = np.zeros(found.count + 1, bool)
    wanted[[part.number for part in parts]] = True
    own = found.numbers[top:bottom, left:right]
    labels, _ = ndimage.label(grown(wanted[own], reach), np.ones((3, 3), bool))
    boxes = [np.s_[part.top - top : part.bottom - top, part.left - left : part.right - left] for part in parts]
    return [int(labels[box][own[box] == part.number][0]) for part, box in zip(parts, boxes, strict=True)]


def _are_halves(one: Part, other: Part) -> bool:
    """Whether two bars are the upper and the lower half of a display's stroke."""
    upper, lower = sorted((one, other), key=lambda part: part.top)
    narrow, wide = sorted((one.width, other.width))
    if not all(part.width <= UPRIGHT * part.height for part in (one, other)):
        return False
    overlap = min(one.right, other.right) - max(one.left, other.left)
    return 2 * overlap >= narrow and 0 <= lower.top - upper.bottom <= UNLIT * wide


def _within_rings(numbers: NDArray[np.int32], groups: list[list[Part]]) -> list[list[Part]]:
    """`groups` with those that lie in a ring of another one joined to it: the insides of an outlined 8."""
    from scipy import ndimage

    boxes = [_joined(0, group) for group in groups]
    joined = [list(group) for group in groups]
    for inner, box in enumerate(boxes):
        around = next((outer for outer, other in enumerate(boxes) if outer != inner and contains(other, box)), None)
        if around is None:
            continue
        outer = boxes[around]
        own = numbers[outer.top : outer.bottom, outer.left : outer.right]
        filled = ndimage.binary_fill_holes(np.isin(own, [part.number for part in groups[around]]))
        row, column = np.argwhere(numbers[box.top : box.bottom, box.left : box.right] == groups[inner][0].number)[0]
        if filled[box.top - outer.top + row, box.left - outer.left + column]:
            joined[around] += groups[inner]
            joined[inner] = []
    return [group for group in joined if group]


def _joined(number: int, group: Sequence[Part]) -> Part:
    """All of `group` as one part with that number."""
    area = sum(part.area for part in group)
    whole = replace(
        group[0],
        number=number,
        left=min(part.left for part in group),
        top=min(part.top for part in group),
        right=max(part.right for part in group),
        bottom=max(part.bottom for part in group),
        area=area,
        strength=sum(part.strength * part.area for part in group) / area,
        contact=max(part.contact for part in group),
    )
    if len(group) == 1:
        return whole
    is_solid = area >= SOLID * whole.width * whole.height
    return replace(whole, is_block=is_solid and lies_flat(whole.width, whole.height))

"""Turns a picture into its connected ink as pieces of several digits, and cuts ink of digits that touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.choices import AUTOMATIC, Box, Choices
from mnist_desktop.ink.groups import digit_pieces
from mnist_desktop.ink.isolate import CLOSE_ENOUGH, WORKING_SIDE, Isolated, Page, around, isolated_in, look, page_of
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.ink.seams import cut_apart
from mnist_desktop.ink.split import Bounds, all_of


@dataclass(frozen=True, kw_only=True, eq=False)
class PaintedPieces:
    """The connected ink of a page that may belong to digits."""

    page: Page
    numbers: NDArray[np.intp]
    """Each pixel's piece, from 1; 0 is none. As large as the page's darkness."""
    count: int
    all_in_one: bool
    """Whether what was isolated as one digit is all of them."""
    optional: bool = True
    """A page may hold what is no digit."""
    keep_steps: bool = False
    """Whether each digit is to say how it was found."""

    @cached_property
    def _places(self) -> list[tuple[slice, slice]]:
        from scipy import ndimage

        return [(rows, columns) for rows, columns in ndimage.find_objects(self.numbers, self.count)]

    @property
    def boxes(self) -> tuple[Bounds, ...]:
        """In pixels of the page, as it was looked at."""
        return tuple(
            Bounds(left=columns.start, top=rows.start, right=columns.stop, bottom=rows.stop)
            for rows, columns in self._places
        )

    def subject(self, chosen: Sequence[int]) -> Isolated:
        return isolated_in(self.page, self._mask(chosen), keep_steps=self.keep_steps)

    def cut(self, chosen: Sequence[int]) -> PaintedPieces:
        mask = self._mask(chosen)
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        parts = np.where(mask[part], cut_apart(mask[part]) + 1, 0)
        kept = np.unique(parts[parts > 0])
        numbers = np.zeros(self.numbers.shape, np.intp)
        numbers[part] = np.where(parts > 0, np.searchsorted(kept, parts) + 1, 0)
        return replace(self, numbers=numbers, count=len(kept), all_in_one=False)

    def _mask(self, chosen: Sequence[int]) -> NDArray[np.bool_]:
        wanted = np.zeros(self.count + 1, bool)
        wanted[[number + 1 for number in chosen]] = True
        return wanted[self.numbers]


def isolate_pieces(
    picture: Picture, choices: Choices = AUTOMATIC, *, keep_steps: bool = False
) -> tuple[Isolated, PaintedPieces | None]:
    """The one digit in `picture` as `isolate` finds it, and what several may be made of; None when there is nothing."""
    found, page, closer = look(picture, choices, keep_steps=keep_steps)
    pieces = _pieces(page, keep_steps=keep_steps)
    if pieces is None or page.factor == 1 or max(box.height for box in pieces.boxes) >= CLOSE_ENOUGH:
        return found, pieces
    place = all_of(pieces.boxes)
    if closer is not None and pieces.all_in_one and place.height >= place.width:
        closest = _pieces(closer, keep_steps=keep_steps)
        if closest is not None and closest.all_in_one:
            # All that there is was looked at more closely already, as the one digit, with as much room around it.
            return found, closest
    part = _part_of(pieces)
    factor = -(-max(part[2:]) // WORKING_SIDE)
    if factor >= page.factor:
        return found, pieces
    closer = page_of(picture, part, factor, choices, page.sheet)
    closest = _pieces(closer, keep_steps=keep_steps) if closer.polarity == page.polarity else None
    return found, closest or pieces


def _pieces(page: Page, *, keep_steps: bool) -> PaintedPieces | None:
    numbers, parts = digit_pieces(page.mask, page.darkness)
    if not parts:
        return None
    order = np.zeros(int(numbers.max()) + 1, np.intp)
    order[[part.number for part in parts]] = np.arange(1, len(parts) + 1)
    ordered = order[numbers]
    all_in_one = bool(np.array_equal(ordered > 0, page.digit))
    return PaintedPieces(page=page, numbers=ordered, count=len(parts), all_in_one=all_in_one, keep_steps=keep_steps)


def _part_of(pieces: PaintedPieces) -> Box:
    """Where in the picture all pieces are, with the height of the tallest around them."""
    page = pieces.page
    box = all_of(pieces.boxes)
    room = max(each.height for each in pieces.boxes) * page.factor
    place = (box.left * page.factor, box.top * page.factor, box.width * page.factor, box.height * page.factor)
    x, y, width, height = (int(side) for side in place)
    return around((page.part[0] + x, page.part[1] + y, width, height), int(room), page.part)

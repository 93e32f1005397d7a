"""Turns a picture into its connected ink as pieces of several digits, and cuts ink of digits that touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.choices import AUTOMATIC, Box, Choices
from mnist_desktop.ink.groups import digit_pieces
from mnist_desktop.ink.isolate import CLOSE_ENOUGH, WORKING_SIDE, Isolated, Page, around, isolated_in, look, page_of
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.ink.seams import cut_apart
from mnist_desktop.ink.split import MOST_SLICED, MOST_SLICES, Atom, Bounds, Line, all_of


@dataclass(frozen=True, kw_only=True, eq=False)
class PaintedPieces:
    """The connected ink of a page that may belong to digits."""

    page: Page
    numbers: NDArray[np.int32]
    """Each pixel's piece, from 1; 0 is none. As large as the page's darkness."""
    boxes: tuple[Bounds, ...]
    """Of each piece, in pixels of the page, as it was looked at."""
    all_in_one: bool
    """Whether what was isolated as one digit is all of them."""
    optional: bool = True
    """A page may hold what is no digit."""
    most_slices: tuple[int, int] = (MOST_SLICES, MOST_SLICED)
    keep_steps: bool = False
    """Whether each digit is to say how it was found."""

    def subject(self, chosen: Sequence[int]) -> Isolated:
        return isolated_in(self.page, self._mask(chosen), keep_steps=self.keep_steps)

    def in_line(self) -> Line:
        # Not by their boxes: of ink that was cut along leaning ways, one part can lie beneath the next.
        return tuple(Atom(pieces=(number,), box=box) for number, box in enumerate(self.boxes))

    def cut(self, chosen: Sequence[int]) -> PaintedPieces:
        from scipy import ndimage

        place = self._place(chosen)
        mask = self._mask(chosen)[place]
        parts = np.where(mask, cut_apart(mask) + 1, 0)
        kept = np.unique(parts[parts > 0])
        numbers = np.zeros(self.numbers.shape, np.int32)
        numbers[place] = np.where(parts > 0, np.searchsorted(kept, parts) + 1, 0)
        top, left = place[0].start, place[1].start
        boxes = tuple(
            Bounds(left=left + columns.start, top=top + rows.start, right=left + columns.stop, bottom=top + rows.stop)
            for rows, columns in ndimage.find_objects(numbers[place], len(kept))
        )
        return replace(self, numbers=numbers, boxes=boxes, all_in_one=False)

    def _place(self, chosen: Sequence[int]) -> tuple[slice, slice]:
        """The rows and columns of the page in which the chosen pieces lie."""
        box = all_of([self.boxes[number] for number in chosen])
        return slice(int(box.top), int(box.bottom)), slice(int(box.left), int(box.right))

    def _mask(self, chosen: Sequence[int]) -> NDArray[np.bool_]:
        wanted = np.zeros(len(self.boxes) + 1, bool)
        wanted[[number + 1 for number in chosen]] = True
        place = self._place(chosen)
        mask = np.zeros(self.numbers.shape, bool)
        mask[place] = wanted[self.numbers[place]]
        return mask


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
    closest = _pieces(closer, keep_steps=keep_steps) if closer.found.polarity == page.found.polarity else None
    return found, closest or pieces


def _pieces(page: Page, *, keep_steps: bool) -> PaintedPieces | None:
    numbers, parts = digit_pieces(page.found.parts)
    if not parts:
        return None
    return PaintedPieces(
        page=page,
        numbers=numbers,
        boxes=tuple(Bounds(left=part.left, top=part.top, right=part.right, bottom=part.bottom) for part in parts),
        all_in_one=bool(np.array_equal(numbers > 0, page.found.digit)),
        keep_steps=keep_steps,
    )


def _part_of(pieces: PaintedPieces) -> Box:
    """Where in the picture all pieces are, with the height of the tallest around them."""
    page = pieces.page
    box = all_of(pieces.boxes)
    room = max(each.height for each in pieces.boxes) * page.factor
    place = (box.left * page.factor, box.top * page.factor, box.width * page.factor, box.height * page.factor)
    x, y, width, height = (int(side) for side in place)
    return around((page.part[0] + x, page.part[1] + y, width, height), int(room), page.part)

"""Names the kinds of photographs, and takes some of each from a seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from numpy.random import default_rng

from mnist_desktop.training.fonts import Font
from scenes import elsewhere, marked, on_paper
from scenes.easel import Digit, Easel

KINDS: Mapping[str, Callable[[Easel], bytes]] = {
    "note on a table": on_paper.note_on_a_table,
    "stained paper": on_paper.stained_paper,
    "pencil": on_paper.pencil,
    "spiral notebook": on_paper.spiral_notebook,
    "squared paper": on_paper.squared_paper,
    "under a thumb": on_paper.under_a_thumb,
    "receipt": on_paper.receipt,
    "highlighter": on_paper.highlighter,
    "in a printed frame": on_paper.in_a_printed_frame,
    "coloured paper": on_paper.kraft_or_sticky_note,
    "shine-through": on_paper.shine_through,
    "tilted 8 to 15°": on_paper.tilted,
    "chalk": elsewhere.chalk,
    "whiteboard": elsewhere.whiteboard,
    "screenshot": elsewhere.window_on_a_screen,
    "lit display": elsewhere.lit_display,
    "at the edge": elsewhere.at_the_edge,
    "5 % or 95 %": elsewhere.very_small_or_large,
    "strong JPEG": elsewhere.strong_jpeg,
    "shaken": elsewhere.shaken,
    "in the dark": elsewhere.in_the_dark,
    "shadow of a hand": elsewhere.shadow_of_a_hand,
    "striped light": elsewhere.striped_light,
    "circled": marked.circled,
    "on a badge": marked.on_a_badge,
    "made of dots": marked.made_of_dots,
}


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A photograph as a file, and what it shows."""

    file: bytes
    label: int
    kind: str


def photographs(
    digits: Sequence[Digit], fonts: Sequence[Font], kinds: Sequence[str], count: int, seed: int
) -> Iterator[Taken]:
    """`count` of each of `kinds`, of digits drawn at random; the same for the same seed."""
    for kind in kinds:
        # A kind's photographs stay the same whatever kinds stand before it.
        rng = default_rng((seed, zlib.crc32(kind.encode())))
        for _ in range(count):
            digit = digits[int(rng.integers(len(digits)))]
            yield Taken(file=KINDS[kind](Easel(digit=digit, fonts=fonts, rng=rng)), label=digit.label, kind=kind)

"""Draws digits in the ways of writing that the data lacks: crossed, hooked, open, slashed, with base, in segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.training.hand import Manner, draw, drawing_of
from mnist_desktop.training.styles_restyled import restyled
from mnist_desktop.training.styles_shapes import SHAPES

__all__ = ["draw_style", "restyled", "style_names", "styled_digit"]

PLAIN = Manner()
SCHOOL = Manner(aspect=(0.8, 1.3), slant=(-0.05, 0.3), turn=0.04, jitter=1.5, drift=1.0, roundness=0.3, hasty=0.0)
"""A careful, round hand, as children learn it."""
HASTY = Manner(aspect=(0.6, 1.15), slant=(0.0, 0.5), jitter=3.5, drift=2.5, tremor=2.0, roundness=1.0, hasty=0.5)
"""As on an envelope in a hurry."""
MANNERS = (PLAIN, PLAIN, SCHOOL, HASTY)

ASPECTS: Mapping[str, tuple[float, float]] = {
    "0": (0.5, 1.3),
    "0 slashed": (0.65, 1.3),
    "0 slashed back": (0.65, 1.3),
    "0 dotted": (0.65, 1.3),
    "1": (0.5, 1.0),
    "7 short": (0.8, 1.2),
}
"""Narrowest and widest of a digit or a style, where it is not the manner that says so."""

SLANTS: Mapping[str, tuple[float, float]] = {
    "1 bar": (-0.2, 0.6),
    "1 long flag": (0.0, 0.3),
    "1 school": (0.0, 0.3),
    "1 flag and base": (-0.05, 0.2),
    "1 base in one stroke": (-0.05, 0.2),
    "2 like a Z": (-0.1, 0.25),
    "7": (-0.1, 0.25),
}
"""How far a digit or a style leans, where another slant would make another digit of it."""

BOXED_SHARE, BOXES = 0.15, (0.7, 1.05)
"""Share of the digits that fill a box, and its width by its height: scans are often stretched to one size."""

NEVER_BOXED = {"1 bar", "1 flag", "1 school", "7 short"}
"""Stretched to a box, a short flag is the bar of a 7."""

SEGMENT_SHARE = 0.05
"""Share of the digits that are drawn like those of a calculator, in seven segments."""

SEGMENTS = ((0, 0, 1, 0), (1, 0, 1, 1), (1, 1, 1, 2), (1, 2, 0, 2), (0, 2, 0, 1), (0, 1, 0, 0), (0, 1, 1, 1))
"""From and to (x, y on a grid of 1×2) of the segments a to g."""

LIT = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")
LIT_OTHERWISE = {6: "fgedc", 7: "fabc", 9: "abcfg"}
"""Segments of each digit, and of those that some makers light in another way."""


def styled_digit(rng: Generator) -> tuple[Drawing, int]:
    """A digit in one of many styles, and which it is; each digit is as frequent as any other."""
    digit = int(rng.integers(10))
    if rng.random() < SEGMENT_SHARE:
        return _in_segments(digit, rng), digit
    names = BY_DIGIT[digit]
    name = names[rng.integers(len(names))]
    drawing = draw_style(name, rng)
    if name not in NEVER_BOXED and rng.random() < BOXED_SHARE:
        drawing = _boxed(drawing, rng.uniform(*BOXES))
    return drawing, digit


def style_names() -> tuple[str, ...]:
    """Every style; the first character is its digit."""
    return tuple(SHAPES)


def draw_style(name: str, rng: Generator) -> Drawing:
    """The style of that name, drawn once."""
    manner = MANNERS[rng.integers(len(MANNERS))]
    return draw(SHAPES[name], rng, _fitting(manner, name))


def _fitting(manner: Manner, name: str) -> Manner:
    """`manner` within what keeps the style `name` readable."""
    aspect = ASPECTS.get(name) or ASPECTS.get(name[0])
    slant = SLANTS.get(name) or SLANTS.get(name[0])
    if aspect:
        manner = replace(manner, aspect=aspect)
    return replace(manner, slant=slant) if slant else manner


def _boxed(drawing: Drawing, width: float) -> Drawing:
    """`drawing` stretched until it is `width` times as wide as it is high."""
    left, top, right, bottom = drawing.bounds()
    stretch = width * (bottom - top) / (right - left)
    return drawing_of([np.array(stroke.points) * np.array([stretch, 1.0]) for stroke in drawing.strokes])


def _in_segments(digit: int, rng: Generator) -> Drawing:
    """`digit` as a calculator shows it, its segments touching or with gaps."""
    lit = LIT_OTHERWISE[digit] if digit in LIT_OTHERWISE and rng.random() < 0.4 else LIT[digit]
    gap, width, slant = rng.uniform(0, 0.12), rng.uniform(0.7, 1.1), rng.uniform(0, 0.2)
    strokes = []
    for letter in lit:
        ends = np.array(SEGMENTS[ord(letter) - ord("a")], float).reshape(2, 2)
        ends += np.array([[gap], [-gap]]) * (ends[1] - ends[0]) + rng.normal(0, 0.02, (2, 2))
        strokes.append(ends @ np.array([[width, 0.0], [-slant, 1.0]]))
    return drawing_of(strokes)


BY_DIGIT = tuple(tuple(name for name in SHAPES if name.startswith(str(digit))) for digit in range(10))

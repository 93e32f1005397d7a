"""Draws what is no digit, so that the network learns to be unsure of it (outlier exposure, Hendrycks et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator

from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.training.hand import Floats, Manner, draw, drawing_of
from mnist_desktop.training.scribbles_kept_out import kept_out
from mnist_desktop.training.scribbles_shapes import LETTERS, SIGNS
from mnist_desktop.training.styles import styled_digit

__all__ = ["KINDS", "draw_kind", "kept_out", "non_digit"]

LETTER = Manner(aspect=(0.7, 1.35), slant=(-0.2, 0.3), turn=0.1, jitter=3.5, roundness=0.5)
SIGN = Manner(aspect=(0.75, 1.3), slant=(-0.15, 0.2), turn=0.1, jitter=3.5, roundness=0.4)

ROUND_IN_THE_MIDDLE = (0, 2, 3, 4, 5, 6, 8, 9)
"""Digits that stay no digit when another of them is drawn on top; a 1 or a 7 disappears in a 4 or makes a slashed 0."""

LYING = (2, 3, 4)
"""Digits that are none when they lie on their side; the others are a line, a ring, an S, or stand for another one."""


def non_digit(rng: Generator) -> Drawing:
    """A random letter, sign, picture, scribble or spoilt digit, never one that could be meant as a digit."""
    return draw_kind(NAMES[rng.choice(len(NAMES), p=SHARES)], rng)


def draw_kind(kind: str, rng: Generator) -> Drawing:
    """One drawing of a kind of KINDS."""
    return KINDS[kind][1](rng)


def _letter(rng: Generator) -> Drawing:
    return draw(ALL_LETTERS[rng.integers(len(ALL_LETTERS))], rng, LETTER)


def _sign(rng: Generator) -> Drawing:
    return draw(ALL_SIGNS[rng.integers(len(ALL_SIGNS))], rng, SIGN)


def _wandering(rng: Generator) -> Drawing:
    """Two to four strokes that wander with a turning speed of their own; one alone is a digit too often."""
    strokes = []
    for _ in range(rng.integers(2, 5)):
        length = rng.integers(25, 90)
        turning = np.cumsum(rng.normal(0, 0.25, length)) + rng.normal(0, 0.25)
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(turning * 0.5)
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
        strokes.append(np.cumsum(steps, axis=0) + rng.uniform(-8, 8, 2))
    return drawing_of(strokes)


def _curve(rng: Generator) -> Drawing:
    """A smooth curve that crosses itself several times, of a few harmonics."""
    angle = np.linspace(0, 2 * np.pi * rng.uniform(0.8, 1.0), 110)[:, np.newaxis]
    harmonics = np.arange(3, 7)
    size = rng.normal(0, 1, (2, 1, 4))
    phase = rng.uniform(0, 2 * np.pi, (2, 1, 4))
    return drawing_of([(size * np.sin(angle * harmonics + phase)).sum(axis=-1).T])


def _zigzag(rng: Generator) -> Drawing:
    turns = int(rng.integers(6, 14))
    across = np.where(np.arange(turns) % 2, 1.0, 0.0) * rng.uniform(0.6, 3) + rng.normal(0, 0.1, turns)
    return drawing_of([_turned(np.stack([np.linspace(0, 3, turns), across], axis=1), rng.uniform(0, 2 * np.pi))])


def _wave(rng: Generator) -> Drawing:
    """A line like writing that nobody can read."""
    periods = rng.uniform(3, 8)
    along = np.linspace(0, periods * 2 * np.pi, 120)
    height = 1 + 0.6 * np.sin(along * rng.uniform(0.2, 0.6) + rng.uniform(0, 6))
    points = np.stack([along * rng.uniform(0.25, 0.6), height * np.sin(along + 0.4 * np.sin(along))], axis=1)
    return drawing_of([_turned(points, rng.normal(0, 0.2))])


def _spiral(rng: Generator) -> Drawing:
    """At least two full turns: with one it would be a 6 or a 9."""
    turns = rng.uniform(2.2, 4.5) * 2 * np.pi * rng.choice((-1, 1))
    angle = np.linspace(0, turns, 90) + rng.uniform(0, 2 * np.pi)
    radius = np.linspace(0.15, 1, 90)
    return drawing_of([np.stack([radius * np.cos(angle) * rng.uniform(0.6, 1.3), radius * np.sin(angle)], axis=1)])


def _blot(rng: Generator) -> Drawing:
    """A dot, or a patch filled by rubbing to and fro, often enough to be no Z."""
    lines = int(rng.integers(3, 10))
    if lines == 3:
        return drawing_of([np.zeros((1, 2))])
    y = np.linspace(0, rng.uniform(0.5, 1.5), lines * 2)
    x = np.where(np.arange(lines * 2) // 2 % 2, 1.0, 0.0) + rng.normal(0, 0.05, lines * 2)
    return drawing_of([np.stack([x, y], axis=1)])


def _bars(rng: Generator) -> Drawing:
    """Three to seven lines side by side, at times struck through: tally marks, hatching."""
    count = int(rng.integers(3, 8))
    left = np.arange(count) * rng.uniform(0.25, 0.6) + rng.normal(0, 0.04, count)
    ends = rng.normal(0, 0.06, (count, 2)) + np.array([0, 1.4])
    strokes = [
        np.array([[x, top], [x + rng.normal(0, 0.04), bottom]]) for x, (top, bottom) in zip(left, ends, strict=True)
    ]
    if rng.random() < 0.3:
        strokes.append(np.array([[left[0] - 0.3, 1.1], [left[-1] + 0.3, 0.3]]))
    angle = rng.normal(0, 0.1) if rng.random() < 0.5 else rng.uniform(0, np.pi)
    return drawing_of([_turned(stroke, angle) for stroke in strokes])


def _lines(rng: Generator) -> Drawing:
    """Four to eight straight lines, each anywhere."""
    return drawing_of([rng.uniform(0, 1, (2, 2)) for _ in range(rng.integers(4, 9))])


def _dots(rng: Generator) -> Drawing:
    """Two to twelve dots, each a tap of the pen."""
    return drawing_of([rng.uniform(0, 1, (1, 2)) * (1, rng.uniform(0.2, 1.2)) for _ in range(rng.integers(2, 13))])


def _bow(rng: Generator) -> Drawing:
    """A wide half ring: which digit it is a half of, nobody can tell."""
    angle = np.linspace(0, np.pi * rng.uniform(0.8, 1.05), 24) + rng.normal(0, 0.1)
    upwards = rng.choice((-1, 1))
    return drawing_of([np.stack([np.cos(angle) * rng.uniform(0.8, 1.6), np.sin(angle) * upwards], axis=1)])


def _crossed_out(rng: Generator) -> Drawing:
    """A digit with a cross or a zigzag over all of it; a single line could make another digit of it."""
    digit = _strokes(styled_digit(rng)[0])
    if rng.random() < 0.5:
        over = [np.array([[-0.1, -0.05], [1.1, 1.05]]), np.array([[1.1, -0.05], [-0.1, 1.05]])]
        return drawing_of([*digit, *(line + rng.normal(0, 0.08, (2, 2)) for line in over)])
    turns = int(rng.integers(5, 11))
    across = np.where(np.arange(turns) % 2, 1.15, -0.15) + rng.normal(0, 0.08, turns)
    rubbed = np.stack([across, np.linspace(0.05, 0.95, turns)], axis=1)
    return drawing_of([*digit, rubbed if rng.random() < 0.6 else rubbed[:, ::-1]])


def _on_top(rng: Generator) -> Drawing:
    """Two different digits drawn over each other."""
    drawn: dict[int, list[Floats]] = {}
    while len(drawn) < 2:
        drawing, digit = styled_digit(rng)
        if digit in ROUND_IN_THE_MIDDLE:
            drawn[digit] = _strokes(drawing)
    one, other = drawn.values()
    aside = rng.uniform(0.2, 0.5) * rng.choice((-1, 1))
    return drawing_of([*one, *_moved(other, aside, rng.uniform(-0.25, 0.25))])


def _row(rng: Generator) -> Drawing:
    """Two or three digits side by side."""
    strokes: list[Floats] = []
    left = 0.0
    for _ in range(rng.integers(2, 4)):
        digit = _strokes(styled_digit(rng)[0])
        width = max(0.25, float(np.concatenate(digit)[:, 0].max()))
        strokes += _moved(digit, left, rng.normal(0, 0.05))
        left += width + rng.uniform(0.08, 0.35)
    return drawing_of(strokes)


def _lying(rng: Generator) -> Drawing:
    """A digit on its side."""
    while True:
        drawing, digit = styled_digit(rng)
        if digit in LYING:
            angle = rng.choice((-1, 1)) * np.pi / 2 + rng.normal(0, 0.1)
            return drawing_of([_turned(stroke, angle) for stroke in _strokes(drawing)])


def _word(rng: Generator) -> Drawing:
    """Two to four letters side by side."""
    strokes: list[Floats] = []
    left = 0.0
    for _ in range(rng.integers(2, 5)):
        strokes += _moved(_strokes(_letter(rng)), left, 0.0)
        left = float(np.concatenate(strokes)[:, 0].max()) + rng.uniform(0.1, 0.3)
    return drawing_of(strokes)


def _strokes(drawing: Drawing) -> list[Floats]:
    """The strokes of `drawing`, moved to 0 and scaled so that it is 1 high."""
    left, top, right, bottom = drawing.bounds()
    height = max(bottom - top, (right - left) / 3)
    return [(np.array(stroke.points) - (left, top)) / height for stroke in drawing.strokes if stroke.points]


def _moved(strokes: list[Floats], x: float, y: float) -> list[Floats]:
    return [stroke + np.array([x, y]) for stroke in strokes]


def _turned(points: Floats, angle: float) -> Floats:
    cos, sin = np.cos(angle), np.sin(angle)
    turned: Floats = points @ np.array([[cos, sin], [-sin, cos]])
    return turned


ALL_LETTERS = tuple(LETTERS.values())
ALL_SIGNS = tuple(SIGNS.values())

KINDS: Mapping[str, tuple[float, Callable[[Generator], Drawing]]] = {
    "letter": (5.0, _letter),
    "sign": (5.0, _sign),
    "wandering line": (1.5, _wandering),
    "curve": (1.0, _curve),
    "zigzag": (0.7, _zigzag),
    "wave": (0.6, _wave),
    "spiral": (0.5, _spiral),
    "blot": (0.5, _blot),
    "bars": (0.6, _bars),
    "lines": (0.5, _lines),
    "dots": (0.4, _dots),
    "bow": (0.2, _bow),
    "crossed-out digit": (0.8, _crossed_out),
    "digits on top of each other": (0.6, _on_top),
    "digits in a row": (0.8, _row),
    "lying digit": (0.5, _lying),
    "word": (0.5, _word),
}
"""Every kind that training sees: how often, in relation to the others, and how it is drawn."""

NAMES = tuple(KINDS)
SHARES = np.array([share for share, _ in KINDS.values()]) / sum(share for share, _ in KINDS.values())

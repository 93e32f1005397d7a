"""Draws what is no digit, so that the network learns to be unsure of it (outlier exposure, Hendrycks et al. 2019)."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from mnist_desktop.ink.drawing import Drawing, Stroke

Polyline = tuple[tuple[float, float], ...]

LETTERS: dict[str, tuple[Polyline, ...]] = {
    "A": (((0, 4), (1.5, 0), (3, 4)), ((0.6, 2.6), (2.4, 2.6))),
    "E": (((2.6, 0), (0, 0), (0, 4), (2.6, 4)), ((0, 2), (2, 2))),
    "F": (((2.6, 0), (0, 0), (0, 4)), ((0, 2), (2, 2))),
    "H": (((0, 0), (0, 4)), ((2.6, 0), (2.6, 4)), ((0, 2), (2.6, 2))),
    "K": (((0, 0), (0, 4)), ((2.6, 0), (0, 2.2), (2.6, 4))),
    "M": (((0, 4), (0, 0), (1.6, 2.4), (3.2, 0), (3.2, 4)),),
    "N": (((0, 4), (0, 0), (2.6, 4), (2.6, 0)),),
    "P": (((0, 4), (0, 0), (1.8, 0), (2.6, 1), (1.8, 2), (0, 2)),),
    "R": (((0, 4), (0, 0), (1.8, 0), (2.6, 1), (1.8, 2), (0, 2), (2.6, 4)),),
    "T": (((0, 0), (3, 0)), ((1.5, 0), (1.5, 4))),
    "V": (((0, 0), (1.5, 4), (3, 0)),),
    "W": (((0, 0), (0.9, 4), (1.8, 1), (2.7, 4), (3.6, 0)),),
    "X": (((0, 0), (3, 4)), ((3, 0), (0, 4))),
    "Y": (((0, 0), (1.5, 2)), ((3, 0), (1.5, 2), (1.5, 4))),
    "m": (((0, 3), (0, 0), (0.8, 0), (1.2, 0.6), (1.2, 3)), ((1.2, 0.6), (2, 0), (2.4, 0.6), (2.4, 3))),
    "h": (((0, 0), (0, 4)), ((0, 2.4), (1, 1.8), (1.8, 2.4), (1.8, 4))),
    "k": (((0, 0), (0, 4)), ((1.8, 1.8), (0, 3), (1.8, 4))),
}
"""Letters that nobody takes for a digit, as strokes on a grid (our own); O, S, Z, B, I, b, g, l, q and z are not."""

SYMBOLS: dict[str, tuple[Polyline, ...]] = {
    "plus": (((0, 1.5), (3, 1.5)), ((1.5, 0), (1.5, 3))),
    "hash": (((1, 0), (0.8, 3)), ((2.2, 0), (2, 3)), ((0, 1), (3, 1)), ((0, 2), (3, 2))),
    "star": (((1.5, 0), (1.5, 3)), ((0.2, 0.7), (2.8, 2.3)), ((2.8, 0.7), (0.2, 2.3))),
    "square": (((0, 0), (3, 0), (3, 3), (0, 3), (0, 0)),),
    "triangle": (((1.5, 0), (3, 2.6), (0, 2.6), (1.5, 0)),),
    "tick": (((0, 1.6), (1, 3), (3, 0)),),
    "equals": (((0, 0), (3, 0)), ((0, 1.4), (3, 1.4))),
    "minus": (((0, 0), (3, 0)),),
    "arrow": (((0, 1.5), (4, 1.5)), ((2.8, 0.4), (4, 1.5), (2.8, 2.6))),
    "question": (((0, 1), (0.4, 0.2), (1.4, 0), (2.2, 0.8), (1.2, 2), (1.2, 3)), ((1.2, 3.9), (1.2, 4))),
    "house": (((0, 4), (0, 1.6), (1.5, 0), (3, 1.6), (3, 4), (0, 4)),),
}


def non_digit(rng: Generator) -> Drawing:
    """A random letter, symbol, scribble, zigzag, spiral, blot or tangle, never one that could be meant as a digit."""
    kinds: tuple[Callable[[Generator], Drawing], ...] = (_letter, _letter, _symbol, _scribble, _zigzag, _spiral, _blot)
    return kinds[rng.integers(len(kinds))](rng)


def _letter(rng: Generator) -> Drawing:
    return _by_hand(list(LETTERS.values())[rng.integers(len(LETTERS))], rng)


def _symbol(rng: Generator) -> Drawing:
    return _by_hand(list(SYMBOLS.values())[rng.integers(len(SYMBOLS))], rng)


def _by_hand(shape: tuple[Polyline, ...], rng: Generator) -> Drawing:
    """`shape` as a hand draws it: slanted, stretched, no line quite straight, no corner quite where it should be."""
    slant, squeeze = rng.normal(0, 0.15), rng.uniform(0.7, 1.4)
    strokes = []
    for line in shape:
        corners = np.array(line, float) + rng.normal(0, 0.12, (len(line), 2))
        steps = [np.linspace(a, b, 8, endpoint=False) for a, b in itertools.pairwise(corners)]
        path = np.concatenate([*steps, corners[-1:]])
        path += _wobble(len(path), 0.12, rng)
        strokes.append(np.stack([path[:, 0] * squeeze + slant * path[:, 1], path[:, 1]], axis=1))
    return _drawing(strokes)


def _scribble(rng: Generator) -> Drawing:
    """One to three strokes that wander with a turning speed of their own."""
    strokes = []
    for _ in range(rng.integers(1, 4)):
        length = rng.integers(25, 90)
        turning = np.cumsum(rng.normal(0, 0.25, length)) + rng.normal(0, 0.25)
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(turning * 0.5)
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
        strokes.append(np.cumsum(steps, axis=0) + rng.uniform(-8, 8, 2))
    return _drawing(strokes)


def _zigzag(rng: Generator) -> Drawing:
    turns = int(rng.integers(5, 14))
    along = np.linspace(0, 3, turns)
    across = np.where(np.arange(turns) % 2, 1.0, 0.0) * rng.uniform(0.6, 3) + rng.normal(0, 0.1, turns)
    points = np.stack([along, across], axis=1)
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return _drawing([points @ turn])


def _spiral(rng: Generator) -> Drawing:
    """At least two full turns: with one it would be a 6 or a 9."""
    turns = rng.uniform(2.2, 4.5) * 2 * np.pi * rng.choice((-1, 1))
    angle = np.linspace(0, turns, 90) + rng.uniform(0, 2 * np.pi)
    radius = np.linspace(0.15, 1, 90)
    return _drawing([np.stack([radius * np.cos(angle) * rng.uniform(0.6, 1.3), radius * np.sin(angle)], axis=1)])


def _blot(rng: Generator) -> Drawing:
    """A dot, or a patch filled by rubbing to and fro."""
    lines = int(rng.integers(1, 10))
    if lines == 1:
        return _drawing([np.zeros((1, 2))])
    y = np.linspace(0, rng.uniform(0.5, 1.5), lines * 2)
    x = np.where(np.arange(lines * 2) // 2 % 2, 1.0, 0.0) + rng.normal(0, 0.05, lines * 2)
    return _drawing([np.stack([x, y], axis=1)])


def _wobble(length: int, size: float, rng: Generator) -> NDArray[np.float64]:
    """Smooth noise along a stroke, `length`×2."""
    knots = rng.normal(0, size, (max(2, length // 6), 2))
    at = np.linspace(0, len(knots) - 1, length)
    return np.stack([np.interp(at, np.arange(len(knots)), knots[:, axis]) for axis in (0, 1)], axis=1)


def _drawing(strokes: list[NDArray[np.float64]]) -> Drawing:
    return Drawing(strokes=tuple(Stroke(points=tuple(map(tuple, points.tolist()))) for points in strokes))

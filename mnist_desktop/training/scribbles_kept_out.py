"""Kinds of non-digits that training never sees, so that honesty is measured on what is new; only tests read them."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.training.hand import Manner, Shape, draw, drawing_of, shape

MANNER = Manner(aspect=(0.7, 1.35), slant=(-0.15, 0.25), turn=0.1, jitter=3.5, roundness=0.5)

SHAPES: dict[str, Shape] = {
    "plus": shape("0,50 100,50 / 50,0 50,100"),
    "question mark": shape(
        "8,34 24,6 60,2 84,28 72,56 50,74 48,104 / 48,132 49,136",
        "4,28 16,8 46,0 80,18 76,50 44,70 44,100 / 44,128 46,134",
    ),
    "ampersand": shape(
        "100,140 30,50 26,16 52,0 72,20 54,50 14,84 10,118 42,140 76,118 98,76",
        "94,138 36,46 34,12 54,4 68,24 40,62 6,92 18,130 50,136 80,108 92,84",
    ),
    "at": shape(
        "66,50 44,40 32,62 44,84 66,72 68,42^ 70,84 94,76 98,38 62,4 22,16 2,60 20,104 62,118 92,104",
        "70,54 48,44 36,66 48,86 68,74 70,46^ 74,82 92,84 98,54 84,14 46,4 14,28 6,70 30,110 80,114",
    ),
    "T": shape("0,0 100,0 / 50,0 50,140", "0,6 100,-2 / 46,4 54,140"),
    "K": shape("0,0 0,140 / 86,0 2,76^ 90,140"),
    "n": shape("0,46 4,138^ 6,80 34,48 70,62 76,138", "0,40 0,138^ 4,66 44,44 74,70 74,138"),
    "psi": shape("4,30 12,80 50,100 88,76 98,28 / 58,0 44,150"),
    "tree sign": shape("0,40 100,38 / 50,0 50,140 / 48,42 30,84 2,110 / 52,42 72,84 100,108"),
    "copyright": shape("50,0 85,15 100,50 85,85 50,100 15,85 0,50 15,15 50,0 / 70,36 50,26 32,40 32,62 50,76 72,66"),
    "I of the Russians": shape("0,0 0,140^ 94,0^ 94,140"),
    "treble clef": shape("50,180 28,168 40,150 58,170 44,20 62,0 70,24 16,96 20,132 56,140 76,112 56,88 36,108 48,124"),
    "anchor": shape("50,20 36,8 50,-6 64,8 50,20^ 50,130 / 20,44 80,44 / 0,92 14,120 50,132 86,120 100,92"),
}


def coil(rng: Generator) -> Drawing:
    """Loops in a row, as of somebody trying a pen."""
    turns = rng.uniform(3, 7)
    angle = np.linspace(0, turns * 2 * np.pi, 110)
    pace = rng.uniform(0.08, 0.2)
    points = np.stack([np.cos(angle) * 0.6 + angle * pace, np.sin(angle)], axis=1)
    return drawing_of([points + np.cumsum(rng.normal(0, 0.015, points.shape), axis=0)])


def cloud(rng: Generator) -> Drawing:
    """A closed outline of bulges."""
    bulges = int(rng.integers(5, 9))
    angle = np.linspace(0, 2 * np.pi, 100) + rng.uniform(0, 2 * np.pi)
    radius = 1 + rng.uniform(0.4, 0.8) * np.abs(np.sin(angle * bulges / 2))
    points = radius[:, np.newaxis] * np.stack([np.cos(angle) * rng.uniform(1.1, 1.7), np.sin(angle)], axis=1)
    return drawing_of([points + np.cumsum(rng.normal(0, 0.01, points.shape), axis=0)])


def lattice(rng: Generator) -> Drawing:
    """Lines rubbed over each other in two directions."""
    strokes = []
    for direction in (0.4, 1.2):
        lines = int(rng.integers(4, 8))
        along = np.linspace(0, 1, lines * 2)
        across = np.where(np.arange(lines * 2) % 2, 1.0, 0.0) + rng.normal(0, 0.06, lines * 2)
        angle = direction * np.pi / 2 + rng.normal(0, 0.15)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        strokes.append((np.stack([along, across], axis=1) - 0.5) @ turn)
    return drawing_of(strokes)


SCRIBBLES = {"coil": coil, "cloud": cloud, "lattice": lattice}

KINDS = (*SHAPES, *SCRIBBLES)


def draw_kept_out(kind: str, rng: Generator) -> Drawing:
    """One drawing of a kind of KINDS."""
    return SCRIBBLES[kind](rng) if kind in SCRIBBLES else draw(SHAPES[kind], rng, MANNER)


def kept_out(rng: Generator) -> Drawing:
    """A drawing of any of the kinds that training never sees."""
    return draw_kept_out(KINDS[rng.integers(len(KINDS))], rng)

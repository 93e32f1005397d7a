"""Turns control points into the strokes of a hand that never draws the same thing twice."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline

from mnist_desktop.ink.drawing import Drawing, Stroke

Floats = NDArray[np.float64]

HEIGHT = 140.0
"""Sheets are about 100 wide and HEIGHT high, y down, whatever is drawn on them."""

STEP = 9.0
"""Distance between the points of a stroke, about that of a mouse."""

POINTS_A_TREMBLE = 4

FIRST_MIX = (0.5, 1.0)
"""Share of the extreme that is drawn most: the other ones share the rest."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shape:
    """Something to draw: control points that may lie anywhere between extremes, and how strokes follow from them."""

    extremes: Floats
    """e×k×2."""
    sharp: Floats
    """p×k: how much of each control point is in each point of the strokes when corners are corners."""
    smooth: Floats
    """p×k: the same when corners are bends."""
    tremble: Floats
    """p×m: how much of each of m tremors is in each point."""
    stroke_of: NDArray[np.intp]
    """p: the stroke that each point belongs to."""
    ends: tuple[int, ...]
    """Where each stroke ends in the p points."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How something is drawn; lengths in units of the sheet, pairs are the ends of what is drawn from evenly."""

    aspect: tuple[float, float] = (0.75, 1.25)
    slant: tuple[float, float] = (-0.15, 0.4)
    """How far the top leans to the right, as a share of the height."""
    turn: float = 0.08
    """Radians, standard deviation."""
    jitter: float = 3.0
    """How far a control point strays, standard deviation."""
    drift: float = 2.0
    """How far a stroke strays as a whole, standard deviation."""
    tremor: float = 1.2
    roundness: float = 0.6
    """How much of a corner may be lost to haste, at most; 1 makes a bend of it."""
    hasty: float = 0.15
    """Share of the drawings whose strokes lose a little of their ends."""


def shape(*extremes: str) -> Shape:
    """The shape between `extremes`, all with the same strokes and control points.

    `"8,12 90,8^ 40,138 / 30,75 80,70"` is a crossed seven: strokes are divided by `/`, a curve goes through their
    control points, and `^` makes a corner of one.
    """
    parsed = [[_tokens(stroke) for stroke in extreme.split("/")] for extreme in extremes]
    points = np.array([[point[:2] for stroke in extreme for point in stroke] for extreme in parsed])
    middle = points.mean(axis=0)
    sharp, smooth, tremble, stroke_of = [], [], [], []
    first = 0
    for number, stroke in enumerate(parsed[0]):
        last = first + len(stroke)
        knots = middle[first:last]
        corners = [index for index, point in enumerate(stroke) if point[2]]
        with_corners, without = _weights(knots, corners)
        sharp.append(with_corners)
        smooth.append(without)
        tremble.append(_tremble(len(sharp[-1])))
        stroke_of += [number] * len(sharp[-1])
        first = last
    return Shape(
        extremes=points,
        sharp=_diagonal(sharp),
        smooth=_diagonal(smooth),
        tremble=_diagonal(tremble),
        stroke_of=np.array(stroke_of, np.intp),
        ends=tuple(itertools.accumulate(len(weights) for weights in sharp)),
    )


def draw(what: Shape, rng: Generator, manner: Manner) -> Drawing:
    """`what` drawn once: somewhere between its extremes, in `manner`, no line quite straight."""
    knots = _mixed(what.extremes, rng)
    knots = knots + rng.normal(0, manner.jitter, knots.shape)
    roundness = rng.uniform(0, manner.roundness)
    points = what.sharp @ knots * (1 - roundness) + what.smooth @ knots * roundness
    points += what.tremble @ rng.normal(0, manner.tremor * rng.random(), (what.tremble.shape[1], 2))
    points += rng.normal(0, manner.drift, (len(what.ends), 2))[what.stroke_of]
    strokes = np.split(_leaning(points, rng, manner), what.ends[:-1])
    if rng.random() < manner.hasty:
        strokes = [_shortened(stroke, rng) for stroke in strokes]
    return drawing_of(strokes)


def drawing_of(strokes: list[Floats]) -> Drawing:
    """The drawing of these strokes, each n×2."""
    return Drawing(strokes=tuple(Stroke(points=tuple(map(tuple, stroke.tolist()))) for stroke in strokes))


def _mixed(extremes: Floats, rng: Generator) -> Floats:
    """Control points k×2 between `extremes`, nearer to one of them."""
    if len(extremes) == 1:
        only: Floats = extremes[0]
        return only
    shares = rng.random(len(extremes))
    first = rng.integers(len(extremes))
    most = rng.uniform(*FIRST_MIX)
    shares[first] = 0
    shares *= (1 - most) / shares.sum()
    shares[first] = most
    mixed: Floats = np.tensordot(shares, extremes, 1)
    return mixed


def _leaning(points: Floats, rng: Generator, manner: Manner) -> Floats:
    """`points` stretched, slanted and turned."""
    aspect = np.exp(rng.uniform(*np.log(manner.aspect)))
    slant = rng.uniform(*manner.slant)
    turn = rng.normal(0, manner.turn)
    cos, sin = np.cos(turn), np.sin(turn)
    leaned: Floats = points @ np.array([[aspect, 0], [-slant, 1]]) @ np.array([[cos, sin], [-sin, cos]])
    return leaned


def _shortened(stroke: Floats, rng: Generator) -> Floats:
    """`stroke` without up to a tenth of its points at either end."""
    most = len(stroke) // 10
    start, cut = rng.integers(0, most + 1, 2)
    return stroke[start : len(stroke) - cut]


def _tokens(stroke: str) -> list[tuple[float, float, bool]]:
    points = []
    for token in stroke.split():
        x, y = token.removesuffix("^").split(",")
        points.append((float(x), float(y), token.endswith("^")))
    return points


def _weights(knots: Floats, corners: list[int]) -> tuple[Floats, Floats]:
    """Weights p×k of `knots` (k×2) in the points of a Catmull–Rom curve, broken at `corners`, and not broken."""
    count = len(knots)
    if count == 1:
        return np.ones((1, 1)), np.ones((1, 1))
    length = np.maximum(np.hypot(*np.diff(knots, axis=0).T), 1.0)
    # Centripetal (Lee 1989): no loops and no overshoot where control points lie close together.
    at = np.concatenate([[0.0], np.cumsum(np.sqrt(length))])
    breaks = [0, *(corner for corner in corners if 0 < corner < count - 1), count - 1]
    sharp, samples = [], []
    for first, last in itertools.pairwise(breaks):
        steps = max(2, round(float(length[first:last].sum()) / STEP))
        # Each piece leaves its last point to the next one.
        points = np.linspace(at[first], at[last], steps + 1)[: None if last == count - 1 else -1]
        sharp.append(_curve(at[first : last + 1], np.eye(count)[first : last + 1], points))
        samples.append(points)
    return np.concatenate(sharp), _curve(at, np.eye(count), np.concatenate(samples))


def _curve(at: Floats, values: Floats, samples: Floats) -> Floats:
    """The Catmull–Rom curve through `values` at the parameters `at`, at `samples`."""
    curve: Floats = CubicHermiteSpline(at, values, _tangents(at, values))(samples)
    return curve


def _tangents(at: Floats, values: Floats) -> Floats:
    tangents = np.empty_like(values)
    tangents[0] = (values[1] - values[0]) / (at[1] - at[0])
    tangents[-1] = (values[-1] - values[-2]) / (at[-1] - at[-2])
    tangents[1:-1] = (values[2:] - values[:-2]) / (at[2:] - at[:-2])[:, np.newaxis]
    return tangents


def _tremble(points: int) -> Floats:
    """Weights p×m of tremors at every few points, linear between them."""
    tremors = max(2, points // POINTS_A_TREMBLE)
    at = np.linspace(0, tremors - 1, points)[:, np.newaxis]
    weights: Floats = np.maximum(0.0, 1 - np.abs(at - np.arange(tremors)))
    return weights


def _diagonal(blocks: list[Floats]) -> Floats:
    rows, columns = np.cumsum([[0, 0], *(block.shape for block in blocks)], axis=0).T
    whole = np.zeros((rows[-1], columns[-1]))
    for block, row, column in zip(blocks, rows, columns, strict=False):
        whole[row : row + block.shape[0], column : column + block.shape[1]] = block
    return whole

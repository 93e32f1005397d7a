"""Puts a labelled digit, written or printed, on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.training.fonts import Font
from scenes import marks
from scenes.surfaces import Levels, Size

Colour = Sequence[float]
BLACK, BLUE, RED, GREEN = (0.1, 0.1, 0.11), (0.12, 0.17, 0.5), (0.65, 0.12, 0.14), (0.1, 0.4, 0.2)
PENS: tuple[Colour, ...] = (BLACK, BLACK, BLUE, BLUE, RED, GREEN)


@dataclass(frozen=True, kw_only=True, eq=False)
class Digit:
    """A digit that somebody wrote, as strokes or as a small image of ink (bright on 0)."""

    content: Drawing | NDArray[np.uint8]
    label: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Easel:
    """What a scene is made with: the digit, fonts for those that are printed, and chance."""

    digit: Digit
    fonts: Sequence[Font]
    rng: Generator

    def size(self, low: int = 420, high: int = 1000) -> Size:
        """Width and height of a picture, upright or lying."""
        longer = int(self.rng.integers(low, high))
        shorter = int(longer * self.rng.choice([0.5625, 0.75, 1.0]))
        return (longer, shorter) if self.rng.random() < 0.5 else (shorter, longer)

    def share(self, low: float = 0.1, high: float = 0.65) -> float:
        """How large the digit is in the shorter side, evenly by its logarithm."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def hand(self, side: float, pen: tuple[float, float] = (0.05, 0.13), turn: float = 0.07) -> Levels:
        """The digit as it was written, `side` pixels long, turned by a normal deviate of `turn` radians."""
        angle = float(self.rng.normal(0, turn)) if turn < 1 else 0.0
        return self.hand_turned(side, angle, pen)

    def hand_turned(self, side: float, angle: float, pen: tuple[float, float] = (0.05, 0.13)) -> Levels:
        """The same, turned by just so much."""
        if isinstance(self.digit.content, Drawing):
            return marks.written(self.digit.content, round(side), float(self.rng.uniform(*pen)), angle, self.rng)
        return marks.enlarged(self.digit.content, round(side), angle)

    def printed(self, side: float) -> Levels:
        """The same digit in some font."""
        return marks.typed(self.fonts[int(self.rng.integers(len(self.fonts)))], str(self.digit.label), round(side))

    def colour(self, colours: Sequence[Colour] = PENS) -> NDArray[np.float64]:
        return np.clip(np.array(colours[int(self.rng.integers(len(colours)))]) + self.rng.normal(0, 0.03, 3), 0, 1)

    def put(self, page: Levels, mark: Levels, colour: Colour | NDArray[np.float64], strength: float = 0.92) -> Levels:
        """`page` with `mark` somewhere well within it."""
        height, width = page.shape[:2]
        free = np.array([width - mark.shape[1], height - mark.shape[0]])
        margin = np.minimum(0.08 * np.array([width, height]), np.maximum(free, 0) / 2)
        left, top = (margin + self.rng.uniform(0, 1, 2) * np.maximum(free - 2 * margin, 0)).astype(int)
        return stamped(page, mark, (int(left), int(top)), colour, strength)


def stamped(
    page: Levels, mark: Levels, at: tuple[int, int], colour: Colour | NDArray[np.float64], strength: float = 0.92
) -> Levels:
    """`page` with `mark` in `colour`, its upper left corner at `at`; what lies beyond the page is lost."""
    inked = page.copy()
    left, top = at
    part = inked[max(0, top) : top + mark.shape[0], max(0, left) : left + mark.shape[1]]
    seen = mark[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1], np.newaxis] * np.float32(strength)
    part[:] = part * (1 - seen) + np.asarray(colour, np.float32) * seen
    return inked

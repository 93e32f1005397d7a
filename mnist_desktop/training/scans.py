"""Turns a digit into what scanners and sorting machines make of one: coarse, cut too tightly, stretched to a box."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image

from mnist_desktop.ink.glyph import Ink, crop

SIDES = (12, 24)
"""Longer side of a scanned digit in pixels; collections of post codes and school hands have 16, optdigits 32."""

BOXED_SHARE, BOXES = 0.4, (0.75, 1.05)
"""Share of the scans that are stretched to a box, and its width by its height (a full one in many collections)."""

BAR = 0.35
"""Narrower than this, by its height, a digit is a 1 and is not stretched: it would be a block."""

CUT_SHARE, CUT = 0.2, 0.1
"""Share of the scans that lost a rim, and how much of them at most."""

BINARY_SHARE, BINARY_THRESHOLDS = 0.5, (0.25, 0.5)
"""Share of the scans that are black on white, and the darkness from which on a pixel was black."""


def scanned(ink: Ink, rng: Generator) -> Ink:
    """`ink` (float32 h×w, a digit) as a scan of 12 to 23 pixels; paper stays paper."""
    digit = crop(ink)
    if digit is None:
        return ink
    if rng.random() < CUT_SHARE:
        digit = _cut(digit, rng)
    height, width = digit.shape
    side = int(rng.integers(*SIDES))
    if rng.random() < BOXED_SHARE and width > BAR * height:
        size = (max(1, round(side * rng.uniform(*BOXES))), side)
    else:
        size = (max(1, round(side * width / max(digit.shape))), max(1, round(side * height / max(digit.shape))))
    image = Image.fromarray(np.ascontiguousarray(digit, dtype=np.float32))
    levels = np.asarray(image.resize(size, Image.Resampling.BOX), dtype=np.float32)
    if rng.random() >= BINARY_SHARE:
        return levels
    binary: Ink = (levels >= rng.uniform(*BINARY_THRESHOLDS) * levels.max()).astype(np.float32)
    return binary


def _cut(digit: Ink, rng: Generator) -> Ink:
    """`digit` without a rim at one side, as where a machine cut it out too tightly."""
    lost = int(rng.uniform(0, CUT) * max(digit.shape))
    turns = int(rng.integers(4))
    turned = np.rot90(digit, turns)
    left: Ink = np.rot90(turned[min(lost, len(turned) - 1) :], -turns)
    return left

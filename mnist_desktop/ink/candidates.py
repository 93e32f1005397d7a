"""Turns the grey levels of a page into what may be its ink: on either side of the paper, over the paper that fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.background import (
    COPY_SIDE,
    DARK,
    MIN_DIFFERENCE,
    WINDOW,
    background,
    border_of,
    broad_paper,
    enlarged,
    flatten,
    narrow_backgrounds,
)
from mnist_desktop.ink.choices import Polarity
from mnist_desktop.ink.components import Parts, digit_mask, parts_of
from mnist_desktop.ink.dots import are_solid, reach_of, with_lines_drawn
from mnist_desktop.ink.lines import without_lines
from mnist_desktop.ink.threshold import NOISE_FACTOR, ink_threshold, likely_polarities, moved, noise_of

BOLD = WINDOW // 3
"""Pixels, on the copy that paper is found on, from which a stroke is bold: where two such cross they fill half of the
median's window, which then takes ink for paper."""

CALMER = 0.5
"""Noise over narrow stripes of light over that on paper without stripes, at the most, where there are such stripes."""

SHADE, SWALLOWED = 0.4, 0.2
"""Of two levels on paper the lower one is more than SHADE of the other, in shadow or not; beyond, one of them is ink.
Ink was taken for paper when SWALLOWED of it is more like the paper next to it than like that farther around."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """What is found when one of the two sides is taken for ink."""

    polarity: Polarity
    threshold: float
    """Contrast to the paper, 0…1, from which a pixel counts as ink."""
    noise: float
    """Standard deviation of the paper's contrast to itself."""
    darkness: NDArray[np.float32]
    """Contrast to the paper, h×w."""
    mask: NDArray[np.bool_]
    """What is ink, lines left out."""
    parts: Parts
    """The connected components of the mask."""
    digit: NDArray[np.bool_]
    """What of it is the one digit, were there only one."""
    weight: float
    """How much that looks like ink; 0 when there is none, or only what is no digit."""

    def moved(self, by: float) -> Candidate:
        """The same with the threshold moved, as `Choices.threshold` has it."""
        if not by:
            return self
        return _above(moved(self.threshold, by, self.darkness), self.noise, self.darkness, self.polarity)


def candidates_in(levels: NDArray[np.uint8], polarity: Polarity | None) -> list[Candidate]:
    """What may be the ink in `levels` (h×w), one or more; on the side that is given, or on both."""
    paper = background(levels)
    usual = _over(flatten(levels, paper), polarity)
    if paper.size == 1:
        return usual
    best = _heaviest(usual)
    if _is_drowned(best):
        return _on_stripes(levels, best, polarity) or usual
    if _is_steep(paper) or _is_bold(best.mask) or _is_like_border(levels, paper, best):
        return _bolder(levels, paper, best, polarity) or usual
    return usual


def _over(residual: NDArray[np.float32], polarity: Polarity | None) -> list[Candidate]:
    sides = likely_polarities(residual) if polarity is None else [polarity]
    return [_on_side(residual, side) for side in sides]


def _on_side(residual: NDArray[np.float32], side: Polarity) -> Candidate:
    darkness = residual if side == "light on dark" else -residual
    noise = noise_of(darkness)
    return _above(ink_threshold(darkness, noise), noise, darkness, side)


def _above(threshold: float, noise: float, darkness: NDArray[np.float32], side: Polarity) -> Candidate:
    mask = without_lines(darkness, threshold)
    parts = parts_of(mask, darkness)
    if (reach := reach_of(parts.large)) and are_solid(mask):
        mask, darkness = with_lines_drawn(mask, darkness, reach)
        parts = parts_of(mask, darkness)
    digit, weight = digit_mask(parts)
    return Candidate(
        polarity=side,
        threshold=threshold,
        noise=noise,
        darkness=darkness,
        mask=mask,
        parts=parts,
        digit=digit,
        weight=weight,
    )


def _heaviest(candidates: list[Candidate]) -> Candidate:
    return max(candidates, key=lambda candidate: candidate.weight)


def _is_drowned(found: Candidate) -> bool:
    """Whether noise, or what was taken for it, hides all ink, or leaves only the darkest of it."""
    return found.weight == 0 or found.threshold <= NOISE_FACTOR * found.noise


def _on_stripes(levels: NDArray[np.uint8], usual: Candidate, polarity: Polarity | None) -> list[Candidate]:
    """What is found where stripes of light fall on the paper, as through a blind; nothing where they do not."""
    under_dark, under_light = narrow_backgrounds(levels)
    if polarity is None:
        # On the wrong side ink is left, and spreads more than stripes do.
        polarity = "light on dark" if _range(under_light) < _range(under_dark) else "dark on light"
    found = _on_side(flatten(levels, under_light if polarity == "light on dark" else under_dark), polarity)
    if not found.digit.any() or found.noise > CALMER * usual.noise:
        return []
    # What is left at the edges of stripes differs less from the paper than the stripes from each other.
    return [found] if float(found.darkness[found.digit].mean()) >= usual.noise else []


def _range(paper: NDArray[np.float32]) -> float:
    low, high = np.percentile(paper[::2, ::2], (0.1, 99.9))
    return float(high - low)


def _bolder(
    levels: NDArray[np.uint8], paper: NDArray[np.float32], usual: Candidate, polarity: Polarity | None
) -> list[Candidate]:
    """What is found over paper that is looked for farther around; nothing where `usual` is right."""
    copy = broad_paper(levels)
    if not _differ(paper, copy, levels, usual):
        return []
    farther = enlarged(copy, levels.shape)
    found = _over(flatten(levels, farther), polarity)
    best = _heaviest(found)
    if best.weight == 0:
        return []
    level, near, far = (float(np.median(each[usual.digit])) for each in (levels, paper, farther))
    if 2 * abs(level - far) < abs(level - near):
        # Paper that shows through a ring of ink so bold that the ink was taken for paper.
        return found
    if _is_swallowed(levels, paper, farther, best.digit):
        return found
    is_elsewhere = not (best.digit & usual.digit).any()
    if not _is_bold(usual.mask) or (is_elsewhere and not _is_bold(usual.digit)):
        return []
    return found


def _differ(
    paper: NDArray[np.float32], farther: NDArray[np.float32], levels: NDArray[np.uint8], usual: Candidate
) -> bool:
    """Whether `paper` and that `farther` around, a small copy, differ by a part of what the ink differs from it."""
    from scipy import ndimage

    step = max(1, -(-max(paper.shape) // COPY_SIDE))
    some = paper[::step, ::step]
    ink = np.abs(levels[usual.digit] - paper[usual.digit]) if usual.digit.any() else np.zeros(1, np.float32)
    between = np.abs(enlarged(farther, some.shape) - some)
    return bool(ndimage.minimum_filter(between, 3).max() > max(MIN_DIFFERENCE, float(np.median(ink)) / 4))


def _is_swallowed(
    levels: NDArray[np.uint8], paper: NDArray[np.float32], farther: NDArray[np.float32], digit: NDArray[np.bool_]
) -> bool:
    """Whether `digit`, which is no shadow on the paper `farther` around, was taken for `paper`."""
    level, near, far = (each[digit].astype(np.float32) for each in (levels, paper, farther))
    swallowed = float((2 * np.abs(level - near) < np.abs(level - far)).mean())
    return swallowed >= SWALLOWED and _share(float(np.median(level)), float(np.median(far))) < SHADE


def _is_steep(paper: NDArray[np.float32]) -> bool:
    """Whether `paper` changes more than shadows let it, so that it may hold ink."""
    some = paper[::8, ::8]
    return _share(float(some.min()), float(some.max())) < SHADE


def _share(one: float, other: float) -> float:
    """The lower of two levels over the higher one, what a camera shows in the dark put aside."""
    low, high = sorted((max(0.0, one), max(0.0, other)))
    return (low + DARK) / (high + DARK)


def _is_bold(mask: NDArray[np.bool_]) -> bool:
    """Whether a stroke in `mask` may be too broad for the window that paper is found with."""
    from scipy import ndimage

    step = max(1, -(-max(mask.shape) // COPY_SIDE))
    return bool(ndimage.minimum_filter(mask[::step, ::step], BOLD, mode="constant").any())


def _is_like_border(levels: NDArray[np.uint8], paper: NDArray[np.float32], found: Candidate) -> bool:
    """Whether what was found is more like the picture's border than the paper around it is: it may be paper itself."""
    if not found.digit.any():
        return False
    border = float(np.median(border_of(levels)))
    level, near = float(np.median(levels[found.digit])), float(np.median(paper[found.digit]))
    return abs(level - border) < abs(near - border)

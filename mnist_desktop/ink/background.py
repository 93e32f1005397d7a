"""Turns a grey picture into its difference from the paper, whatever light and shadow fall on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SMALL_SIDE = 64
"""Up to this many pixels a picture is all digit and no landscape: its paper is what its border shows most often."""

EXACT_SHARE, EXACT_LEVELS = 0.4, 2
EVEN_SHARE, EVEN_LEVELS, EVEN_BORDER = 0.5, 6, 0.9
SHADED_LEVELS, SHADED_SHARE = 40, 0.1
"""The paper is the same everywhere when EXACT_SHARE of the picture is within EXACT_LEVELS of its most common level, as
in screenshots and drawings; or EVEN_SHARE within EVEN_LEVELS, as in scans, if EVEN_BORDER of the border is, too, for
half of a photograph may be as even, and the other half in the shadow. Either way no more than SHADED_SHARE of the
picture is neither paper nor SHADED_LEVELS away from it, as ink is: on a dark board little parts light from shade."""

COPY_SIDE = 96
"""Longer side in pixels of the copy that the median runs over; over the full picture it would take seconds."""

WINDOW = 21
"""Side in pixels of the median's window on that copy: wider than strokes are, narrower than shadows."""

BROADER = 2
"""So many times wider is the window where ink is too bold for the usual one."""

NARROW = 13
"""Side in pixels, on a copy twice as large, of the window of the paper between narrow stripes of light: wider than
strokes are, narrower than stripes."""

DARK, GAINS = 16, (0.6, 2.5)
"""Levels that a camera shows where no light falls, and how far differences are evened out at the most."""

FILLINGS = 3
MIN_DIFFERENCE = 12
STRONG_SHARE = 0.4
SPREAD = 5.0
"""Where the median was drawn towards the ink is found in so many rounds: pixels that differ from the paper by
MIN_DIFFERENCE levels and by STRONG_SHARE of the strongest ink. They are filled from as far as SPREAD pixels."""


def flatten(levels: NDArray[np.uint8], paper: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """`levels` (h×w, 0…255) as float32 difference from the paper, −1…1: 0 paper, negative darker, positive lighter.

    `paper` is what one of the functions below says of them, `background` if none is given. Where less light falls on
    the paper than elsewhere, its ink differs less from it in the same proportion: there the difference is enlarged.
    """
    if paper is None:
        paper = background(levels)
    light = paper + DARK
    usual = np.float32(np.median(light[::4, ::4]))
    gain = np.clip(usual / light, *GAINS)
    return np.asarray(np.clip((levels - paper) * gain / 255, -1, 1), dtype=np.float32)


def background(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The level that the paper has or would have at each pixel: h×w, or 1×1 where it is the same everywhere."""
    paper = commonest(border_of(levels)) if max(levels.shape) <= SMALL_SIDE else even_paper(levels)
    if paper is not None:
        return np.full((1, 1), paper, np.float32)
    copy = _copy(levels, COPY_SIDE)
    return enlarged(under_ink(copy, local_paper(copy)), levels.shape)


def broad_paper(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The same by a window so wide that bold ink does not fill it, on a small copy: to be `enlarged`."""
    copy = _copy(levels, COPY_SIDE // BROADER)
    return under_ink(copy, local_paper(copy))


def narrow_backgrounds(levels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The same (h×w) under dark and under light ink where narrow stripes of light and shadow fall on the paper.

    What is darker, or lighter, than all around it and narrower than the window is ink; a stripe is wider (closing and
    opening of grey levels, Serra 1982).
    """
    from scipy import ndimage

    copy = _copy(levels, 2 * COPY_SIDE)
    size = (NARROW, NARROW)
    under_dark, under_light = ndimage.grey_closing(copy, size), ndimage.grey_opening(copy, size)
    return enlarged(under_dark, levels.shape), enlarged(under_light, levels.shape)


def _copy(levels: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    image = Image.fromarray(levels)
    return np.asarray(image.reduce(max(1, -(-max(image.size) // side))), dtype=np.float32)


def enlarged(copy: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A small copy of a smooth paper, brought to `shape`."""
    size = shape[1], shape[0]
    return np.asarray(Image.fromarray(copy).resize(size, Image.Resampling.BICUBIC), dtype=np.float32)


def even_paper(levels: NDArray[np.uint8]) -> float | None:
    """The level of paper that is the same everywhere in `levels`; None when light falls on it unevenly."""
    counts = np.bincount(levels.ravel(), minlength=256).astype(np.float64)
    for share, reach, on_border in ((EXACT_SHARE, EXACT_LEVELS, 0.0), (EVEN_SHARE, EVEN_LEVELS, EVEN_BORDER)):
        window = np.convolve(counts, np.ones(2 * reach + 1), mode="same")
        middle = int(np.argmax(window))
        close = np.abs(border_of(levels).astype(np.int16) - middle) <= 2 * reach
        near = slice(max(0, middle - reach), middle + reach + 1)
        shaded = counts[max(0, middle - SHADED_LEVELS) : middle + SHADED_LEVELS + 1].sum() - counts[near].sum()
        is_common = window[middle] >= share * levels.size
        if is_common and shaded <= SHADED_SHARE * levels.size and close.mean() >= on_border:
            return float(np.average(np.arange(256)[near], weights=counts[near]))
    return None


def commonest(levels: NDArray[np.uint8]) -> float:
    """The mean of the levels within EVEN_LEVELS of the one around which there are most.

    Not the median: a digit that fills a small picture touches more than half of its border.
    """
    counts = np.bincount(levels, minlength=256).astype(np.float64)
    middle = int(np.argmax(np.convolve(counts, np.ones(2 * EVEN_LEVELS + 1), mode="same")))
    near = slice(max(0, middle - EVEN_LEVELS), middle + EVEN_LEVELS + 1)
    return float(np.average(np.arange(256)[near], weights=counts[near]))


def border_of(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The pixels of `levels` (h×w) along its four sides, one after the other."""
    return np.concatenate([levels[0], levels[-1], levels[1:-1, 0], levels[1:-1, -1]])


def local_paper(copy: NDArray[np.float32]) -> NDArray[np.float32]:
    """The median of what is around each pixel of `copy` (whole levels): paper, but for the middle of thick strokes."""
    # What scipy.ndimage.median_filter gives, in a sixth of its time: NumPy parts numbers of 16 bits far faster.
    padded = np.pad(copy.astype(np.uint16), WINDOW // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (WINDOW, WINDOW)).reshape(copy.size, -1)
    middle = windows.shape[1] // 2
    return np.partition(windows, middle, axis=1)[:, middle].reshape(copy.shape).astype(np.float32)


def under_ink(copy: NDArray[np.float32], paper: NDArray[np.float32]) -> NDArray[np.float32]:
    """`paper` (h×w, as `copy`) with the places where it followed the ink filled in from the paper around them."""
    from scipy import ndimage

    for _ in range(FILLINGS):
        difference = np.abs(copy - paper)
        strong = difference > max(MIN_DIFFERENCE, STRONG_SHARE * float(np.percentile(difference, 99)))
        if not strong.any():
            return paper
        clear = ~ndimage.binary_dilation(strong, np.ones((3, 3), bool))
        weight = ndimage.gaussian_filter(clear.astype(np.float32), SPREAD)
        filled = ndimage.gaussian_filter(np.where(clear, paper, 0), SPREAD) / np.maximum(weight, 1e-6)
        paper = np.where(clear | (weight < 1e-3), paper, filled).astype(np.float32)
    return paper

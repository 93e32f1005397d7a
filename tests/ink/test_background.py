"""What local_paper promises: the median around each pixel, as another library has it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mnist_desktop.ink.background import WINDOW, local_paper


@pytest.mark.parametrize("shape", [(1, 1), (1, 96), (72, 96), (96, 54), (7, 5)])
def test_local_paper_is_the_median_that_scipy_finds(shape: tuple[int, int]) -> None:
    copy = np.random.default_rng(5).integers(0, 256, shape).astype(np.float32)
    np.testing.assert_array_equal(local_paper(copy), ndimage.median_filter(copy, WINDOW, mode="nearest"))

"""Labelled grey images, as the data sets of scans and prints hold them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Bitmaps:
    """Labelled grey images of one size: `images` uint8 n×h×w, ink bright on 0; `labels` n."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def part(self, start: int | None, end: int | None) -> Bitmaps:
        return Bitmaps(self.images[start:end], self.labels[start:end])

"""What a person can decide about how a picture is looked at, where the program would decide by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Polarity = Literal["dark on light", "light on dark"]

Box = tuple[int, int, int, int]
"""x, y, width and height in pixels of the picture."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The person's decisions about one picture; where there is none, the program finds out.

    A ValueError for a part without pixels, or a threshold out of its range.
    """

    part: Box | None = None
    """The part of the picture that is looked at, as if it were all there is; None for the whole picture."""

    polarity: Polarity | None = None
    """Which side is ink; None for the one with the better digit."""

    threshold: float = 0.0
    """Where the threshold is moved from the automatic one: −1 all that differs from the paper at all, 1 only the
    strongest ink, in between in proportion."""

    def __post_init__(self) -> None:
        if self.part is not None and min(self.part[2:]) < 1:
            raise ValueError("A part of a picture has at least one pixel.")
        if not math.isfinite(self.threshold) or abs(self.threshold) > 1:
            raise ValueError("A threshold is moved by −1 to 1.")


AUTOMATIC = Choices()
"""The person decided nothing."""


def within(part: Box | None, size: tuple[int, int]) -> Box:
    """`part` as far as it lies in a picture of `size`, width and height; the nearest pixel of it where it does not."""
    width, height = size
    if part is None:
        return 0, 0, width, height
    x, y = min(max(0, part[0]), width - 1), min(max(0, part[1]), height - 1)
    right, bottom = min(max(x + 1, part[0] + part[2]), width), min(max(y + 1, part[1] + part[3]), height)
    return x, y, right - x, bottom - y

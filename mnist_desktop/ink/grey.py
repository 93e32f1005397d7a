"""Turns a picture's colours into the one channel in which its ink stands out: the brightness, mostly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLOUR_GAIN = 1.5
"""A single colour channel is taken instead of brightness where the ink stands out so much more in it: yellow on white
in blue, red on black in red."""


def grey(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """`pixels` (h×w×3) as one channel, `factor` times smaller: the brightness, or the colour that shows far more."""
    return channels(pixels, factor)[0]


def channels(pixels: NDArray[np.uint8], factor: int) -> list[NDArray[np.uint8]]:
    """What of `pixels` (h×w×3, made `factor` times smaller) to look at for ink, the likeliest first.

    That is the brightness, but where a colour shows far more, this and then the brightness: what it shows can be a
    text marker, and the ink on it.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    brightness = np.asarray(image.convert("L").reduce(factor))
    glance = image.reduce(max(1, max(image.size) // 128))
    spreads = [_spread(channel) for channel in (glance.convert("L"), *glance.split())]
    best = int(np.argmax(spreads))
    if best > 0 and spreads[best] > COLOUR_GAIN * spreads[0]:
        return [np.asarray(image.getchannel(best - 1).reduce(factor)), brightness]
    return [brightness]


def _spread(channel: Image.Image) -> float:
    """How far the levels of `channel` that are farthest from the most common ones are from them."""
    ranks = np.cumsum(channel.histogram())
    places = np.array([0.005, 0.5, 0.995]) * (ranks[-1] - 1)
    below, above = np.searchsorted(ranks, np.floor(places), "right"), np.searchsorted(ranks, np.ceil(places), "right")
    low, middle, high = below + (above - below) * (places % 1)
    return float(max(middle - low, high - middle))

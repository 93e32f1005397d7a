"""Turns what the steps from a picture to its glyphs left into pictures that Qt shows, one large and one small each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    # NumPy comes after the first paint (DESIGN.md, section 7: "Fast").
    import numpy as np
    from numpy.typing import NDArray

    from mnist_desktop.ink.choices import Box
    from mnist_desktop.ink.isolate import Steps
    from mnist_desktop.ink.pictures import Picture
    from mnist_desktop.recognition.reader import NumberReading, PlacedReading, Reading

    Levels = NDArray[np.uint8]

SMALL_SIDE = 256
"""Longest side of a small one in pixels: what the strip shows at 200 %, or in a high window."""

LEFT_BEHIND = 195
"""How dark ink that belongs to no digit is shown, of 255 for paper: lines, specks, a thumb."""

STRONGEST = 99.5
"""This percentile of the ink's contrast is shown as full black."""

Shares = tuple[float, float, float, float]
"""x, y, width and height as shares of a picture's width and height."""


class StepName(Enum):
    """What a picture goes through, in that order."""

    PICTURE = auto()
    FLATTENED = auto()
    INK = auto()
    CROP = auto()
    GLYPH = auto()


@dataclass(frozen=True, kw_only=True)
class ShownStep:
    """What one step left."""

    image: QImage
    small: QImage
    area: Shares | None = None
    """What of the picture it shows; None when it is a digit on its own."""


@dataclass(frozen=True, kw_only=True)
class ShownSteps:
    """How a picture was read: three steps for all of it, and two for each of its digits."""

    picture: ShownStep
    flattened: ShownStep
    ink: ShownStep
    crops: tuple[ShownStep | None, ...]
    """For each digit in reading order; None for one that is blank."""
    glyphs: tuple[ShownStep | None, ...]
    polarity: str
    threshold: float
    """Contrast to the paper, 0…1, from which a pixel counted as ink."""

    def of(self, name: StepName, digit: int) -> ShownStep | None:
        """The step `name` of that digit; None where there is nothing."""
        of_all = {StepName.PICTURE: self.picture, StepName.FLATTENED: self.flattened, StepName.INK: self.ink}
        if name in of_all:
            return of_all[name]
        each = self.crops if name is StepName.CROP else self.glyphs
        return each[digit] if digit < len(each) else None


def shown_steps(picture: Picture, image: QImage, number: NumberReading) -> ShownSteps | None:
    """The steps of `number`, read from `picture`, which `image` shows; None where they were not kept."""
    readings = [placed.reading for placed in number.digits]
    first = readings[0].isolated
    if first is None or first.steps is None:
        return None
    steps = first.steps
    height, width = picture.pixels.shape[:2]
    area = _shares(steps.part, (width, height))
    # A copy of a closer look at one digit shows less than the part that was asked for.
    chosen = first.choices.part
    part = (0, 0, width, height) if chosen is None else chosen
    seen = image.copy(*part).scaled(SMALL_SIDE, SMALL_SIDE, KEEP, SMOOTH)
    return ShownSteps(
        picture=ShownStep(image=image, small=seen, area=(0, 0, 1, 1)),
        flattened=_step(_flattened(steps, light=first.polarity == "light on dark"), area),
        ink=_step(_ink(steps, readings), area),
        crops=tuple(_crop(reading) for reading in readings),
        glyphs=tuple(_glyph(reading) for reading in readings),
        polarity=first.polarity,
        threshold=first.threshold,
    )


def without_steps(number: NumberReading) -> NumberReading:
    """`number` without what its steps left, which takes megabytes, once that is shown."""
    return replace(number, lines=tuple(tuple(_without_steps(placed) for placed in line) for line in number.lines))


def _without_steps(placed: PlacedReading) -> PlacedReading:
    isolated = placed.reading.isolated
    if isolated is None:
        return placed
    return replace(placed, reading=replace(placed.reading, isolated=replace(isolated, steps=None)))


KEEP, SMOOTH = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation


def grey_image(levels: Levels) -> QImage:
    """`levels` (h×w, 0…255) as an image that owns its pixels, and may leave this thread."""
    height, width = levels.shape
    content = levels.tobytes()
    return QImage(content, width, height, width, QImage.Format.Format_Grayscale8).copy()


def _flattened(steps: Steps, *, light: bool) -> Levels:
    """The picture in even light, its contrast stretched: dark ink on white paper, or light on black as it was."""
    # Not at the top: see above.
    import numpy as np

    ink = steps.darkness[steps.mask]
    strongest = max(float(np.percentile(ink, STRONGEST)) if ink.size else 1.0, 1 / 255)
    levels = np.clip(steps.darkness * np.float32(255 / strongest), 0, 255).astype(np.uint8)
    return levels if light else np.asarray(255 - levels)


def _ink(steps: Steps, readings: Sequence[Reading]) -> Levels:
    """What is ink in black, and greyer what of it belongs to no digit."""
    # Not at the top: see above.
    import numpy as np

    levels = np.where(steps.mask, np.uint8(LEFT_BEHIND), np.uint8(255))
    for reading in readings:
        own = None if reading.isolated is None else reading.isolated.steps
        if own is not None and own.mask is steps.mask:
            levels[own.place][own.digit] = 0
    return levels


def _crop(reading: Reading) -> ShownStep | None:
    isolated = reading.isolated
    if isolated is None or isolated.box is None:
        return None
    return _step((255 - isolated.ink * 255).astype("uint8"))


def _glyph(reading: Reading) -> ShownStep | None:
    return None if reading.glyph is None else _step(reading.glyph.levels)


def _step(levels: Levels, area: Shares | None = None) -> ShownStep:
    image = grey_image(levels)
    larger = max(image.width(), image.height()) > SMALL_SIDE
    return ShownStep(
        image=image, small=image.scaled(SMALL_SIDE, SMALL_SIDE, KEEP, SMOOTH) if larger else image, area=area
    )


def _shares(box: Box, size: tuple[int, int]) -> Shares:
    x, y, across, down = box
    return x / size[0], y / size[1], across / size[0], down / size[1]

"""Turns a drawing, a picture or plain ink into a reading: the one way that window, command line and evaluation take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.ink.choices import AUTOMATIC, Choices
from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.ink.glyph import Glyph, Ink, frame, normalise
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.ink.split import MOST_PIECES, Pieces
from mnist_desktop.ink.split_drawing import pieces_of
from mnist_desktop.recognition.classifier import Classifier, ModelError, Prediction
from mnist_desktop.recognition.explain import occlusion_map
from mnist_desktop.recognition.models import Model
from mnist_desktop.recognition.number import is_plainly_one, read_number

if TYPE_CHECKING:
    from mnist_desktop.ink.isolate import Isolated
    from mnist_desktop.ink.pictures import Picture


MOST_KNOWN = 300
"""Readings of strokes that are remembered: those of a number of a dozen digits for some moves of the pen."""


class Verdict(StrEnum):
    """What a reading amounts to."""

    DIGIT = "digit"
    UNSURE = "unsure"
    BLANK = "blank"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was made of one drawing or picture; glyph and prediction are None exactly when it is blank."""

    glyph: Glyph | None
    prediction: Prediction | None
    verdict: Verdict
    seconds: float
    """From drawing or pixels to the prediction."""
    model: str
    drawing: Drawing | None = None
    isolated: Isolated | None = None
    """How the ink was found in a picture."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A subject on its way to a reading: all that happens before the model is asked."""

    glyph: Glyph | None
    drawing: Drawing | None = None
    isolated: Isolated | None = None
    pieces: Pieces | None = None
    """What it can be divided into, where it may be several digits."""


@dataclass(frozen=True, kw_only=True)
class PlacedReading:
    """The reading of one digit of a number."""

    reading: Reading
    box: tuple[float, float, float, float] | None
    """x, y, width and height of its ink, in pixels of the picture or units of the drawing; None when blank."""


@dataclass(frozen=True, kw_only=True)
class NumberReading:
    """What was made of one drawing or picture that may hold several digits."""

    lines: tuple[tuple[PlacedReading, ...], ...]
    """Line by line, each left to right; one reading at the least, which may be blank."""

    @property
    def digits(self) -> tuple[PlacedReading, ...]:
        """All of them, in reading order."""
        return tuple(placed for line in self.lines for placed in line)

    @property
    def text(self) -> str:
        """The best labels one after the other, each line on a line of its own; empty when blank."""
        labels = ((placed.reading.prediction for placed in line) for line in self.lines)
        return "\n".join("".join(each.label for each in line if each is not None) for line in labels)


class Reader:
    """One model with its engine, ready to read; to be used by one thread at a time, but preparing by any."""

    def __init__(self, model: Model, classifier: Classifier) -> None:
        self.model = model
        self._classifier = classifier
        self._binary = model.card.input == "binary"
        self._whole = model.card.preparation == "picture"
        self._known: dict[tuple[int, ...], Reading] = {}
        """What was read of some strokes; a reading holds its strokes, so that their ids stay theirs."""
        if self._whole:
            # With the model, not with the first stroke, which would wait for it.
            import_module("scipy.ndimage")

    def read_drawing(self, drawing: Drawing) -> Reading:
        """The reading of `drawing`."""
        started = time.perf_counter()
        return self._read(self.prepare_drawing(drawing), started)

    def read_picture(self, picture: Picture, choices: Choices = AUTOMATIC, *, keep_steps: bool = False) -> Reading:
        """The reading of the digit in `picture`, found as the person chose; with the steps to it where asked for."""
        started = time.perf_counter()
        return self._read(self.prepare_picture(picture, choices, keep_steps=keep_steps), started)

    def read_digits(
        self, subject: Drawing | Picture, choices: Choices = AUTOMATIC, *, keep_steps: bool = False
    ) -> NumberReading:
        """The readings of all digits of `subject`; one digit is read as `read_drawing` and `read_picture` read it."""
        started = time.perf_counter()
        prepared = self.prepare_digits(subject, choices, keep_steps=keep_steps)
        whole = self._read(prepared, started)
        return self.divide(prepared, whole)

    def read_growing(self, drawing: Drawing) -> NumberReading:
        """As `read_digits` reads it, but quicker and calmer: the last stroke, under the pen, is not cut into digits."""
        started = time.perf_counter()
        prepared = self.prepare_digits(drawing)
        if prepared.pieces is not None:
            prepared = replace(prepared, pieces=pieces_of(drawing, growing=True))
        return self.divide(prepared, self._read(prepared, started))

    def prepare_digits(
        self, subject: Drawing | Picture, choices: Choices = AUTOMATIC, *, keep_steps: bool = False
    ) -> Prepared:
        """As for one digit, with the pieces that it may be divided into; a drawing leaves nothing to choose."""
        if isinstance(subject, Drawing):
            prepared = self.prepare_drawing(subject)
            is_one = self._whole or subject.blank or len(subject.strokes) > MOST_PIECES
            return prepared if is_one else replace(prepared, pieces=pieces_of(subject))
        if self._whole:
            return self.prepare_picture(subject, choices, keep_steps=keep_steps)
        # With SciPy, as isolate.
        from mnist_desktop.ink.split_picture import isolate_pieces

        isolated, painted = isolate_pieces(subject, choices, keep_steps=keep_steps)
        return Prepared(glyph=self._glyph(isolated.ink), isolated=isolated, pieces=painted)

    def divide(self, prepared: Prepared, whole: Reading) -> NumberReading:
        """The digits that `prepared`, which read as `whole` when it was taken for one, most likely is."""
        started = time.perf_counter()
        one = NumberReading(lines=((PlacedReading(reading=whole, box=_box_of(whole)),),))
        pieces = prepared.pieces
        if pieces is None or is_plainly_one(pieces, whole):
            return one
        ways = read_number(pieces, whole, self._read_parts)
        if not ways:
            return one
        share = (whole.seconds + time.perf_counter() - started) / sum(map(len, ways))
        return NumberReading(
            lines=tuple(
                tuple(
                    PlacedReading(reading=replace(digit.reading, seconds=share), box=_box_of(digit.reading))
                    for digit in way
                )
                for way in ways
            )
        )

    def prepare_drawing(self, drawing: Drawing) -> Prepared:
        ink = rasterise(drawing)
        if self._whole:
            from mnist_desktop.ink.subject import solid

            ink = solid(ink)
        return Prepared(glyph=self._glyph(ink), drawing=drawing)

    def prepare_picture(self, picture: Picture, choices: Choices = AUTOMATIC, *, keep_steps: bool = False) -> Prepared:
        isolated = self._isolate(picture, choices, keep_steps=keep_steps)
        return Prepared(glyph=self._glyph(isolated.ink), isolated=isolated)

    def prepare_ink(self, ink: Ink) -> Prepared:
        return Prepared(glyph=self._glyph(ink))

    def read_prepared(self, prepared: Sequence[Prepared]) -> list[Reading]:
        """Readings of many prepared subjects, asking the model once for all; `seconds` is each one's share."""
        started = time.perf_counter()
        glyphs = [each.glyph for each in prepared if each.glyph is not None]
        predictions = iter(self._classifier.predict(glyphs) if glyphs else ())
        share = (time.perf_counter() - started) / max(1, len(prepared))
        return [self._reading(each, None if each.glyph is None else next(predictions), share) for each in prepared]

    def explain(self, glyph: Glyph, prediction: Prediction | None = None) -> NDArray[np.float32]:
        """How much each pixel of `glyph` speaks for its `prediction`, asked for where it is not at hand: 28×28."""
        return occlusion_map(self._classifier, glyph, prediction)

    def close(self) -> None:
        self._classifier.close()

    def _read_parts(self, parts: Sequence[Drawing | Isolated]) -> list[Reading]:
        """Readings of parts of a subject; the strokes that were there with the pen's last move are known from then."""
        strokes = [_ids_of(part) for part in parts]
        readings = [None if ids is None else self._known.get(ids) for ids in strokes]
        new = [place for place, reading in enumerate(readings) if reading is None]
        read = dict(zip(new, self.read_prepared([self._prepare_part(parts[place]) for place in new]), strict=True))
        for place, reading in read.items():
            if (ids := strokes[place]) is not None:
                self._known[ids] = reading
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return [reading or read[place] for place, reading in enumerate(readings)]

    def _prepare_part(self, part: Drawing | Isolated) -> Prepared:
        if isinstance(part, Drawing):
            return self.prepare_drawing(part)
        return Prepared(glyph=self._glyph(part.ink), isolated=part)

    def _isolate(self, picture: Picture, choices: Choices, *, keep_steps: bool) -> Isolated:
        # SciPy, which finds the ink, takes a fifth of a second to import: it comes with the first picture.
        if self._whole:
            from mnist_desktop.ink.subject import find_subject

            return find_subject(picture, choices, keep_steps=keep_steps)
        from mnist_desktop.ink.isolate import isolate

        return isolate(picture, choices, keep_steps=keep_steps)

    def _glyph(self, ink: Ink) -> Glyph | None:
        return frame(ink, binary=self._binary) if self._whole else normalise(ink, binary=self._binary)

    def _read(self, prepared: Prepared, started: float) -> Reading:
        prediction = None if prepared.glyph is None else self._classifier.predict([prepared.glyph])[0]
        return self._reading(prepared, prediction, time.perf_counter() - started)

    def _reading(self, prepared: Prepared, prediction: Prediction | None, seconds: float) -> Reading:
        return Reading(
            glyph=prepared.glyph,
            prediction=prediction,
            verdict=verdict_of(prediction, self.model.card.unsure_below),
            seconds=seconds,
            model=self.model.card.name,
            drawing=prepared.drawing,
            isolated=prepared.isolated,
        )


def verdict_of(prediction: Prediction | None, unsure_below: float) -> Verdict:
    """`blank` by rule where there was no glyph (a network calls an empty canvas “1”), else by the confidence."""
    if prediction is None:
        return Verdict.BLANK
    return Verdict.UNSURE if prediction.confidence < unsure_below else Verdict.DIGIT


def _ids_of(part: Drawing | Isolated) -> tuple[int, ...] | None:
    """By what the strokes of a drawing are known again; None for a picture."""
    return tuple(map(id, part.strokes)) if isinstance(part, Drawing) else None


def _box_of(reading: Reading) -> tuple[float, float, float, float] | None:
    if reading.isolated is not None:
        return reading.isolated.box
    if reading.drawing is None or reading.drawing.blank:
        return None
    left, top, right, bottom = reading.drawing.bounds()
    return left, top, right - left, bottom - top


def open_reader(model: Model, engine: str = "litert") -> Reader:
    """A reader with `model` loaded in that engine, a stranger's in a confined process; ModelError when it cannot be."""
    if engine == "tensorflow":
        from mnist_desktop.recognition.keras import KerasClassifier

        return Reader(model, KerasClassifier(model))
    if engine == "litert" and model.stranger:
        from mnist_desktop.recognition.confined import ConfinedClassifier

        return Reader(model, ConfinedClassifier(model))
    if engine == "litert":
        from mnist_desktop.recognition.litert import LiteRTClassifier

        return Reader(model, LiteRTClassifier(model))
    raise ModelError(f"There is no engine “{engine}” (there are: litert, tensorflow).")

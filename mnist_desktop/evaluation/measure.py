"""Turns readings of labelled subjects into accuracy, recall, confusion and calibration."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.evaluation.photographs import DIFFICULTIES, Photograph, photographs
from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.recognition.reader import Prepared, Reader, Reading, Verdict

BATCH = 256
ECE_BINS = 15
"""Bins of equal mass for the expected calibration error (Nixon et al. 2019): equal width leaves most of them empty."""

EVERY_PHOTOGRAPH = "all"
"""The name of all photographs among those of their kinds."""

HISTOGRAM_BINS = 20
"""Bins of equal width, 0 to 1, in which confidences are counted."""


@dataclass(frozen=True, kw_only=True)
class CalibrationBin:
    """Readings of about the same confidence: how many, how sure they were on average, and the share that was right."""

    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """How well one model read one data set; `recall` and `confusion` go by label, in the order of the card."""

    count: int
    accuracy: float
    """Share whose best label is right, whatever the verdict; a blank is wrong."""
    unsure: float
    """Share with the verdict `unsure`."""
    blank: int
    """How many held no ink that could be found, with the verdict `blank`."""
    ece: float
    recall: tuple[float, ...]
    confusion: tuple[tuple[int, ...], ...]
    """`confusion[a][b]`: how many of label a were read as b; what was blank or unreadable is in none."""
    totals: tuple[int, ...]
    """How many there were of each label; the recall of a label without any is 0 and means nothing."""
    calibration: tuple[CalibrationBin, ...]
    """The bins of the calibration error, least confident first."""
    confidences: tuple[int, ...]
    """How many readings were how sure, in 20 bins of equal width."""
    ms_per_image: float
    unreadable: tuple[str, ...]
    """A sentence for each picture that could not be read; each counts as wrong."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One subject read: its label, and what was made of it (None when it could not be read)."""

    label: int
    reading: Reading | None
    error: str | None = None


def read_subjects(reader: Reader, subjects: Iterable[Subject]) -> Iterator[Outcome]:
    """Each subject's outcome, in order, read in batches through the way that the window uses."""
    each = iter(subjects)
    while batch := list(islice(each, BATCH)):
        prepared = [_prepare(reader, subject) for subject in batch]
        readings = iter(reader.read_prepared([item for item in prepared if isinstance(item, Prepared)]))
        for subject, item in zip(batch, prepared, strict=True):
            if isinstance(item, Prepared):
                yield Outcome(label=subject.label, reading=next(readings))
            else:
                yield Outcome(label=subject.label, reading=None, error=item)


def measure(reader: Reader, subjects: Iterable[Subject]) -> Measurement:
    """Read every subject, one or more, and compare with its label."""
    tally = Tally(len(reader.model.card.labels))
    started = time.perf_counter()
    for outcome in read_subjects(reader, subjects):
        tally.add(outcome)
    return tally.measurement(time.perf_counter() - started)


def measure_photographs(reader: Reader, subjects: Iterable[Subject], seed: int) -> dict[str, Measurement]:
    """Read a photograph of each of `subjects`, one or more: all of them, and each kind of difficulty, by its name."""
    waiting: deque[Photograph] = deque()
    taking = 0.0

    def taken() -> Iterator[Subject]:
        nonlocal taking
        each = photographs(subjects, seed)
        while True:
            started = time.perf_counter()
            photo = next(each, None)
            taking += time.perf_counter() - started
            if photo is None:
                return
            waiting.append(photo)
            yield Subject(content=photo.jpeg, label=photo.label)

    tallies: dict[str, Tally] = {}
    count = 0
    started = time.perf_counter()
    for outcome in read_subjects(reader, taken()):
        count += 1
        for kind in (EVERY_PHOTOGRAPH, *waiting.popleft().difficulties):
            tallies.setdefault(kind, Tally(len(reader.model.card.labels))).add(outcome)
    # What taking them cost is none of the reader's time.
    each_took = (time.perf_counter() - started - taking) / max(1, count)
    return {
        kind: tallies[kind].measurement(each_took * tallies[kind].count)
        for kind in (EVERY_PHOTOGRAPH, *DIFFICULTIES)
        if kind in tallies
    }


class Tally:
    """Counts outcomes one by one, and keeps none of them."""

    def __init__(self, labels: int) -> None:
        """Of a model that has so many labels."""
        self._confusion = np.zeros((labels, labels), np.int64)
        self._totals = np.zeros(labels, np.int64)
        self._confidences: list[float] = []
        self._hits: list[bool] = []
        self._verdicts: Counter[Verdict] = Counter()
        self._unreadable: list[str] = []

    def add(self, outcome: Outcome) -> None:
        """Count `outcome`."""
        self._totals[outcome.label] += 1
        if outcome.error is not None:
            self._unreadable.append(outcome.error)
        prediction = None
        if outcome.reading is not None:
            self._verdicts[outcome.reading.verdict] += 1
            prediction = outcome.reading.prediction
        if prediction is not None:
            self._confusion[outcome.label, prediction.best] += 1
        self._confidences.append(0.0 if prediction is None else prediction.confidence)
        self._hits.append(prediction is not None and prediction.best == outcome.label)

    @property
    def count(self) -> int:
        return len(self._hits)

    def measurement(self, seconds: float) -> Measurement:
        """What was counted, one outcome or more, read in `seconds`."""
        count = self.count
        confidences, hits = np.array(self._confidences), np.array(self._hits)
        return Measurement(
            count=count,
            accuracy=sum(self._hits) / count,
            unsure=self._verdicts[Verdict.UNSURE] / count,
            blank=self._verdicts[Verdict.BLANK],
            ece=expected_calibration_error(confidences, hits),
            recall=tuple((self._confusion.diagonal() / np.maximum(self._totals, 1)).tolist()),
            confusion=tuple(map(tuple, self._confusion.tolist())),
            totals=tuple(self._totals.tolist()),
            calibration=calibration_bins(confidences, hits),
            confidences=tuple(np.histogram(np.clip(confidences, 0, 1), HISTOGRAM_BINS, (0, 1))[0].tolist()),
            ms_per_image=seconds / count * 1000,
            unreadable=tuple(self._unreadable),
        )


def expected_calibration_error(confidences: NDArray[np.float64], hits: NDArray[np.bool_]) -> float:
    """Mean distance between confidence and accuracy over 15 bins of equal mass."""
    gaps = [each.count * abs(each.confidence - each.accuracy) for each in calibration_bins(confidences, hits)]
    return sum(gaps) / len(confidences)


def calibration_bins(confidences: NDArray[np.float64], hits: NDArray[np.bool_]) -> tuple[CalibrationBin, ...]:
    """Up to 15 bins of equal mass, least confident first; none of them is empty."""
    order = np.argsort(confidences, kind="stable")
    bins = zip(
        np.array_split(confidences[order], ECE_BINS),
        np.array_split(hits[order].astype(np.float64), ECE_BINS),
        strict=True,
    )
    return tuple(
        CalibrationBin(count=len(held), confidence=float(held.mean()), accuracy=float(right.mean()))
        for held, right in bins
        if len(held)
    )


def _prepare(reader: Reader, subject: Subject) -> Prepared | str:
    content = subject.content
    if isinstance(content, Drawing):
        return reader.prepare_drawing(content)
    if isinstance(content, Path | bytes):
        from mnist_desktop.ink.pictures import PictureError, decode_picture, read_picture

        try:
            picture = read_picture(content) if isinstance(content, Path) else decode_picture(content, name=None)
            # How the ink was found matters to nobody here, and with large pictures a batch of it fills memory.
            return replace(reader.prepare_picture(picture), isolated=None)
        except PictureError as error:
            return str(error)
    return reader.prepare_ink(content)

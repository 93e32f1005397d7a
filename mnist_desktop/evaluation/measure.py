"""Turns readings of labelled subjects into accuracy, recall, confusion and calibration."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.recognition.reader import Prepared, Reader, Reading, Verdict

BATCH = 256
ECE_BINS = 15
"""Bins of equal mass for the expected calibration error (Nixon et al. 2019): equal width leaves most of them empty."""

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
    labels = len(reader.model.card.labels)
    confusion = np.zeros((labels, labels), np.int64)
    totals = np.zeros(labels, np.int64)
    confidences: list[float] = []
    hits: list[bool] = []
    verdicts: Counter[Verdict] = Counter()
    unreadable: list[str] = []
    started = time.perf_counter()
    for outcome in read_subjects(reader, subjects):
        totals[outcome.label] += 1
        if outcome.error is not None:
            unreadable.append(outcome.error)
        prediction = None
        if outcome.reading is not None:
            verdicts[outcome.reading.verdict] += 1
            prediction = outcome.reading.prediction
        if prediction is not None:
            confusion[outcome.label, prediction.best] += 1
        confidences.append(0.0 if prediction is None else prediction.confidence)
        hits.append(prediction is not None and prediction.best == outcome.label)
    count = len(hits)
    return Measurement(
        count=count,
        accuracy=sum(hits) / count,
        unsure=verdicts[Verdict.UNSURE] / count,
        blank=verdicts[Verdict.BLANK],
        ece=expected_calibration_error(np.array(confidences), np.array(hits)),
        recall=tuple((confusion.diagonal() / np.maximum(totals, 1)).tolist()),
        confusion=tuple(map(tuple, confusion.tolist())),
        totals=tuple(totals.tolist()),
        calibration=calibration_bins(np.array(confidences), np.array(hits)),
        confidences=tuple(np.histogram(np.clip(confidences, 0, 1), HISTOGRAM_BINS, (0, 1))[0].tolist()),
        ms_per_image=(time.perf_counter() - started) / count * 1000,
        unreadable=tuple(unreadable),
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
    if isinstance(content, Path):
        from mnist_desktop.ink.pictures import PictureError, read_picture

        try:
            # How the ink was found matters to nobody here, and with large pictures a batch of it fills memory.
            return replace(reader.prepare_picture(read_picture(content)), isolated=None)
        except PictureError as error:
            return str(error)
    return reader.prepare_ink(content)

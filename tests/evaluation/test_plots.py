"""The pictures of a measurement show what was measured, whatever the labels are."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_desktop.evaluation.measure import Measurement, calibration_bins, expected_calibration_error
from mnist_desktop.evaluation.plots import Plotted, confusion_matrix, reliability_diagram


def measured(
    confusion: Sequence[Sequence[int]],
    *,
    confidence: float = 0.5,
    right: float = 0.5,
    labels: Sequence[str] | None = None,
    unsure_below: float = 0.7,
) -> Plotted:
    """A measurement whose readings are all equally sure, and right that often."""
    counts = np.array(confusion)
    # Of every twenty as many are right, so in every bin.
    hits = np.arange(300) % 20 < round(20 * right)
    confidences = np.full(300, confidence)
    measurement = Measurement(
        count=int(counts.sum()),
        accuracy=right,
        unsure=0.0,
        blank=0,
        ece=expected_calibration_error(confidences, hits),
        recall=tuple([right] * len(counts)),
        confusion=tuple(map(tuple, counts.tolist())),
        totals=tuple(counts.sum(axis=1).tolist()),
        calibration=calibration_bins(confidences, hits),
        confidences=tuple(np.histogram(confidences, 20, (0, 1))[0].tolist()),
        ms_per_image=1.0,
        unreadable=(),
    )
    names = [str(index) for index in range(len(counts))] if labels is None else labels
    return Plotted(data="numbers", measured=measurement, labels=names, unsure_below=unsure_below)


def pixels(png: bytes) -> NDArray[np.int64]:
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return np.asarray(image.convert("RGB")).astype(np.int64)


def places(picture: NDArray[np.int64], red: int, green: int, blue: int) -> NDArray[np.int64]:
    """Rows and columns, n×2, of the pixels of about that colour."""
    return np.argwhere(np.abs(picture - (red, green, blue)).max(axis=2) < 12)


def middle_of_dark_cells(confusion: Sequence[Sequence[int]]) -> tuple[float, float]:
    """Row and column around which the cells with a whole row in them lie, as shares of the picture without its bar."""
    picture = pixels(confusion_matrix(measured(confusion)))
    found = places(picture[:, : picture.shape[1] * 3 // 4], 8, 48, 107)
    row, column = found.mean(axis=0) / picture.shape[:2]
    return float(row), float(column)


def test_a_label_is_a_row_and_what_it_was_read_as_a_column() -> None:
    """All three labels were read as one of them: the dark cells stand in its column, left, middle or right."""
    columns = []
    for read_as in range(3):
        row, column = middle_of_dark_cells([[9 if each == read_as else 0 for each in range(3)] for _ in range(3)])
        assert row == pytest.approx(0.5, abs=0.1)
        columns.append(column)
    assert columns[1] - columns[0] == pytest.approx(columns[2] - columns[1], rel=0.2)
    assert columns[1] - columns[0] > 0.1
    only_first = middle_of_dark_cells([[9, 0, 0], [0, 0, 0], [0, 0, 0]])
    only_last = middle_of_dark_cells([[0, 0, 0], [0, 0, 0], [9, 0, 0]])
    assert only_first[0] < 0.4
    assert only_last[0] > 0.6


def test_one_confusion_in_a_hundred_is_seen() -> None:
    nothing = pixels(confusion_matrix(measured([[990, 0], [0, 990]])))
    one = pixels(confusion_matrix(measured([[990, 10], [0, 990]])))
    assert (np.abs(nothing - one).max(axis=2) > 20).mean() > 0.05


def test_the_bins_stand_at_their_confidence_and_accuracy() -> None:
    def dot(confidence: float, right: float) -> tuple[int, int]:
        """Row and column with the most blue in the upper part: the middle of the dot."""
        picture = pixels(reliability_diagram(measured([[5, 5], [5, 5]], confidence=confidence, right=right)))
        rows, columns = places(picture[: picture.shape[0] // 2], 11, 87, 208).T
        return int(np.bincount(rows).argmax()), int(np.bincount(columns).argmax())

    low, middle, high = (dot(0.3, right) for right in (0.7, 0.8, 0.9))
    assert low[0] - middle[0] == pytest.approx(middle[0] - high[0], abs=4)
    assert low[0] - high[0] > 80
    assert low[1] == middle[1] == high[1]
    assert dot(0.6, 0.8)[1] > middle[1] + 150


def test_the_threshold_of_the_unsure_is_marked_at_its_confidence() -> None:
    columns = []
    for below in (0.2, 0.5, 0.8):
        picture = pixels(reliability_diagram(measured([[5, 5], [5, 5]], unsure_below=below)))
        columns.append(float(np.median(places(picture, 138, 67, 0)[:, 1])))
    assert columns[1] - columns[0] == pytest.approx(columns[2] - columns[1], abs=4)
    assert columns[1] - columns[0] > 100


@pytest.mark.parametrize(
    "labels",
    [
        ("no", "yes"),
        ("T-shirt/top", "Ankle boot", "Trouser", "a label that is longer than any cell"),
        ("$x^2$", "$", "\\frac{1}{2", "_^%&"),
        ("一", "二", "三"),
        tuple(f"number {index}" for index in range(100)),
    ],
    ids=["two", "words", "formulas", "another script", "a hundred"],
)
@pytest.mark.parametrize("draw", [reliability_diagram, confusion_matrix])
def test_any_labels_make_a_light_picture_of_a_size_that_prints(labels: tuple[str, ...], draw: object) -> None:
    assert callable(draw)
    confusion = (np.eye(len(labels), dtype=int) * 12_345).tolist()
    picture = pixels(draw(measured(confusion, labels=labels)))
    assert picture.shape[0] <= 2400
    assert picture.shape[1] <= 2400
    assert picture[0, 0].tolist() == picture[-1, -1].tolist() == [255, 255, 255]
    assert picture.mean() > 150


def test_the_same_measurement_makes_the_same_file() -> None:
    given = measured([[7, 3], [2, 8]])
    assert confusion_matrix(given) == confusion_matrix(given)
    assert reliability_diagram(given) == reliability_diagram(given)

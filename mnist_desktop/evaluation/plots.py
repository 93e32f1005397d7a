"""Turns a measurement into two pictures to print: a reliability diagram and a confusion matrix."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib.style
import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from mnist_desktop.evaluation.measure import HISTOGRAM_BINS, CalibrationBin, Measurement
from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 150

MOST_NUMBERED = 30
"""Labels up to which each cell of the confusion matrix says its count: with more, numbers are too small to read."""

MOST_NAMED = 60
"""Labels up to which each row and column is named; of more, so many at even distances are."""

LONGEST_LABEL = 14
"""Characters; the rest of a longer label gives way to an ellipsis."""

COLOUR_EXPONENT = 0.4
"""Colours grow with this power of a row's share, so that one confusion in a hundred is seen beside 99 % right."""

DARK_CELL = 0.3
"""Share of its row from which on a cell is so dark that its number is white."""

SURE = 0.9
"""Where most bins are surer than this, the corner from here to 1 is drawn once more, enlarged."""

INTERVAL = 1.96
"""Standard deviations on both sides that hold 95 % of a normal distribution."""

BLUE, GREY, ORANGE = "#0b57d0", "#57606a", "#8a4300"


@dataclass(frozen=True, kw_only=True)
class Plotted:
    """A measurement with what its pictures say beside it."""

    data: str
    """The name of the data, as a title."""
    measured: Measurement
    labels: Sequence[str]
    """In the order of the measurement."""
    unsure_below: float


def reliability_diagram(plotted: Plotted) -> bytes:
    """A PNG: accuracy against confidence in the 15 bins of the calibration error, and how many were how sure."""
    with matplotlib.style.context("default"):
        figure = Figure(figsize=(5.6, 7.6), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        figure.suptitle(f"{_title(plotted)}\ncalibration error (ECE) {plotted.measured.ece:.2%}", parse_math=False)
        bins = plotted.measured.calibration
        _draw_bins(upper, bins)
        upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that was right")
        _mark_unsure(upper, plotted.unsure_below)
        upper.legend(loc="lower right", fontsize="small")
        if sum(each.confidence > SURE for each in bins) > len(bins) / 2:
            corner = upper.inset_axes((0.1, 0.5, 0.42, 0.42), xlim=(SURE, 1.002), ylim=(SURE, 1.002))
            _draw_bins(corner, bins)
            _mark_unsure(corner, plotted.unsure_below)
            corner.tick_params(labelsize="x-small")
            upper.indicate_inset_zoom(corner, edgecolor=GREY)
        counts = plotted.measured.confidences
        edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
        lower.bar(edges[:-1], counts, width=1 / HISTOGRAM_BINS, align="edge", color=BLUE, edgecolor="white")
        # Nearly all readings are in the last bar.
        lower.set_yscale("log")
        lower.set(xlabel="confidence", ylabel="readings", ylim=(0.7, 2 * max(counts)))
        _mark_unsure(lower, plotted.unsure_below)
        return _png(figure)


def confusion_matrix(plotted: Plotted) -> bytes:
    """A PNG: rows are labels, columns what they were read as; counts as numbers, shares of the row as colours."""
    counts = np.array(plotted.measured.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    number = len(counts)
    side = min(3.0 + 0.42 * number, 14.0)
    with matplotlib.style.context("default"):
        figure = Figure(figsize=(side + 1, side), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(COLOUR_EXPONENT, 0, 1), interpolation="nearest")
        bar = figure.colorbar(image, ax=axes, shrink=0.8, label="share of the row")
        bar.set_ticks([0, 0.01, 0.1, 0.5, 1], labels=["0", "1%", "10%", "50%", "100%"])
        axes.set_title(_title(plotted), parse_math=False)
        lost = plotted.measured.count - int(counts.sum())
        axes.set(xlabel="read as" + (f" ({lost} blank or unreadable, in no column)" if lost else ""), ylabel="label")
        _name(axes, plotted.labels)
        if number <= MOST_NUMBERED:
            _write_counts(axes, counts.tolist(), shares.tolist())
        return _png(figure)


def _title(plotted: Plotted) -> str:
    return f"{_short(plotted.data, 50)}: {plotted.measured.accuracy:.2%} of {plotted.measured.count} right"


def _draw_bins(axes: Axes, bins: Sequence[CalibrationBin]) -> None:
    """The bins with their 95 % intervals, and the line on which a calibrated model lies."""
    confidence = [each.confidence for each in bins]
    accuracy = [each.accuracy for each in bins]
    intervals = [_wilson(each) for each in bins]
    pairs = zip(bins, intervals, strict=True)
    away = np.array([(each.accuracy - low, high - each.accuracy) for each, (low, high) in pairs])
    axes.plot((0, 1), (0, 1), color=GREY, linestyle="--", linewidth=1, label="as sure as right")
    axes.errorbar(
        confidence,
        accuracy,
        yerr=np.maximum(away, 0).T,
        color=BLUE,
        marker="o",
        markersize=4,
        linewidth=1,
        elinewidth=0.8,
        label=f"{len(bins)} bins of equal mass, 95% intervals",
    )


def _wilson(each: CalibrationBin) -> tuple[float, float]:
    """Bounds of the true share behind the share of `each` that was right, at 95 % (Wilson 1927)."""
    squared = INTERVAL**2 / each.count
    middle = each.accuracy + squared / 2
    half = math.sqrt(squared * (each.accuracy * (1 - each.accuracy) + squared / 4))
    return (middle - half) / (1 + squared), (middle + half) / (1 + squared)


def _mark_unsure(axes: Axes, below: float) -> None:
    axes.axvline(below, color=ORANGE, linestyle=":", linewidth=1.2, label=f"unsure below {below:.1%}")


def _name(axes: Axes, labels: Sequence[str]) -> None:
    """Name rows and columns by `labels`, words slanted so that they do not run into each other."""
    places = np.unique(np.linspace(0, len(labels) - 1, min(len(labels), MOST_NAMED)).round().astype(int)).tolist()
    names = [_short(labels[place], LONGEST_LABEL) for place in places]
    words = max(map(len, names)) > 2
    rotation, side = (45, "right") if words else (0, "center")
    axes.set_xticks(places, names, parse_math=False, rotation=rotation, ha=side, rotation_mode="anchor")
    axes.set_yticks(places, names, parse_math=False)
    if len(places) > MOST_NUMBERED:
        axes.tick_params(labelsize="x-small")


def _write_counts(axes: Axes, counts: Sequence[Sequence[int]], shares: Sequence[Sequence[float]]) -> None:
    longest = len(str(max(map(max, counts))))
    size = min(9.0, 30.0 / longest)
    for row, (row_counts, row_shares) in enumerate(zip(counts, shares, strict=True)):
        for column, (count, share) in enumerate(zip(row_counts, row_shares, strict=True)):
            # Zeros left out, the confusions are seen at a glance.
            if count:
                colour = "white" if share > DARK_CELL else "black"
                axes.text(column, row, str(count), ha="center", va="center", fontsize=size, color=colour)


def _short(text: str, longest: int) -> str:
    shown = shown_name(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        # A label in a script that the font lacks is shown as boxes, which say as much.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        # Without Matplotlib's version in it, the same figures make the same file.
        figure.savefig(file, format="png", dpi=DPI, facecolor="white", metadata={"Software": None})
    return file.getvalue()

"""Trains the digits' network with one ingredient of its recipe taken out, and prints how it reads validation digits.

`python tools/ablation.py ROW --data DATA --epochs 2 --seed 1`; docs/recognition.md has the table of all rows. The sets
validate and never test: nothing here reads MNIST's test images, the kept-out writers or the fonts kept out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.random import default_rng

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.evaluation.measure import Outcome, read_subjects
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import Model, load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.training import augmentation, samples, train, wear
from mnist_desktop.training.card import Run
from mnist_desktop.training.datasets import load_splits
from mnist_desktop.training.networks import NETWORKS

TILT, STRETCH = 20, 1.6
"""Degrees to either side, and factor of the width in either direction, of the pen strokes read askew."""


def without(*kinds: str) -> Callable[[], None]:
    """Take `kinds` out of the mixture; the others keep their proportions."""

    def take_out() -> None:
        left = {kind: 0.0 if kind in kinds else share for kind, share in samples.MIXTURE.items()}
        samples.MIXTURE = {kind: share / sum(left.values()) for kind, share in left.items()}

    return take_out


def without_wear() -> None:
    """Leave the random threshold alone to stand for pens, paper and scanners."""
    for name in ("THICKENED_SHARE", "DOUBLED_SHARE", "SPECKLED_SHARE", "SCANNED_SHARE", "FADED_SHARE"):
        setattr(wear, name, 0.0)


def without_bending() -> None:
    """Leave every shape as it is."""
    augmentation.STRAIGHT_SHARE = 1.0


def without_averaging() -> None:
    """Take the last weights instead of their average."""
    train.EMA = 0.0


def as_it_is() -> None:
    """Take nothing out."""


ROWS: Mapping[str, Callable[[], None]] = {
    "whole": as_it_is,
    "no-print": without("printed"),
    "no-styles": without("styled"),
    "no-scans": without("scanned"),
    "no-pen": without("pen"),
    "no-outliers": without("non-digits"),
    "no-wear": without_wear,
    "no-bending": without_bending,
    "no-averaging": without_averaging,
}


def askew(subject: Subject, rng: np.random.Generator) -> Subject:
    """A drawing tilted and stretched at random."""
    assert isinstance(subject.content, Drawing)
    angle, stretch = np.radians(rng.uniform(-TILT, TILT)), STRETCH ** rng.uniform(-1, 1)
    turn = np.array([[np.cos(angle) * stretch, -np.sin(angle)], [np.sin(angle) * stretch, np.cos(angle)]])
    strokes = (
        Stroke(points=tuple(map(tuple, (np.array(stroke.points) @ turn.T).tolist())))
        for stroke in subject.content.strokes
    )
    return Subject(content=Drawing(strokes=tuple(strokes)), label=subject.label)


def read_all(model: Model, subjects: list[Subject]) -> list[Outcome]:
    """What the exported model makes of `subjects`."""
    reader = open_reader(model)
    try:
        return list(read_subjects(reader, subjects))
    finally:
        reader.close()


def figures(outcomes: list[Outcome]) -> tuple[float, float]:
    """Share that was read right, and mean cross-entropy, which tells recipes apart where hardly a digit is misread."""
    predictions = [outcome.reading.prediction if outcome.reading else None for outcome in outcomes]
    right = [each is not None and each.best == of.label for each, of in zip(predictions, outcomes, strict=True)]
    likely = [each.probabilities[of.label] if each else 0.0 for each, of in zip(predictions, outcomes, strict=True)]
    return float(np.mean(right)), float(-np.log(np.maximum(likely, 1e-12)).mean())


def main() -> None:
    """Train one row and print a line of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("row", choices=tuple(ROWS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--network", choices=tuple(NETWORKS), default="digits")
    parser.add_argument("--teacher", type=Path, action="append", default=[])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="the model folder that is written")
    asked = parser.parse_args()
    if asked.out.resolve().is_relative_to(shipped("model").resolve()):
        sys.exit("What is trained here is not to be shipped.")
    ROWS[asked.row]()
    teachers = tuple(load_model(folder) for folder in asked.teacher)
    command = " ".join(["python tools/ablation.py", *sys.argv[1:]])
    run = Run(data=asked.data, out=asked.out, epochs=asked.epochs, seed=asked.seed, command=command, teachers=teachers)
    train.train(run, lambda *_: None, asked.network)
    sets = train.validation_sets(load_splits(asked.data).validation)
    rng = default_rng(1)
    sets["pen strokes askew"] = [askew(subject, rng) for subject in sets["pen strokes"]]
    model = load_model(asked.out)
    cells = []
    for name, subjects in sets.items():
        right, entropy = figures(read_all(model, subjects))
        cells.append(f"{name} {right:.2%} ({entropy:.4f})")
    print(f"{asked.row}: {', '.join(cells)}", flush=True)


if __name__ == "__main__":
    main()

"""Turns a trained network into its model folder: calibrated on validation, exported, measured as it was exported."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.evaluation.measure import Measurement, measure, read_subjects
from mnist_desktop.ink.drawing import LabelledDrawing
from mnist_desktop.recognition.models import Model, load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.training.bitmaps import Bitmaps
from mnist_desktop.training.calibration import calibrate
from mnist_desktop.training.card import UNCALIBRATED, Product, Run, describe

if TYPE_CHECKING:
    import keras

Sets = Mapping[str, Sequence[Subject]]
"""Validation sets by the names they have in the card."""


def finish(network: keras.Model, run: Run, product: Product, sets: Sets) -> dict[str, Measurement]:
    """Calibrate a trained network (glyphs to logits) on `sets`, export it to `run.out`, and measure what was exported.

    Raises OSError when the folder cannot be written; what was there before is then still there.
    """
    import keras

    from mnist_desktop.training.export import export
    from mnist_desktop.training.networks import calibrated

    # What Keras prints when it exports would stand among the command's own lines.
    keras.config.disable_interactive_logging()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "uncalibrated"
        export(calibrated(network, 1.0), describe(run, product, UNCALIBRATED), folder)
        with closing(open_reader(load_model(folder))) as reader:
            calibration = calibrate([list(read_subjects(reader, subjects)) for subjects in sets.values()])
        calibration = replace(calibration, unsure_below=max(calibration.unsure_below, product.least_confidence))
        final = calibrated(network, calibration.temperature)
        export(final, describe(run, product, calibration), Path(made) / "calibrated")
        measured = measure_model(load_model(Path(made) / "calibrated"), sets)
    card = describe(run, product, calibration, measured=measured, parameters=network.count_params(), earlier=run.out)
    export(final, card, run.out)
    return measured


def measure_model(model: Model, sets: Sets) -> dict[str, Measurement]:
    """How a model reads each of the sets, through the way that the window takes."""
    with closing(open_reader(model)) as reader:
        return {name: measure(reader, subjects) for name, subjects in sets.items()}


def bitmap_subjects(bitmaps: Bitmaps) -> list[Subject]:
    """What `evaluate` would make of the same images."""
    pairs = zip(bitmaps.images, bitmaps.labels.tolist(), strict=True)
    return [Subject(content=image.astype(np.float32) / 255, label=label) for image, label in pairs]


def pen_subjects(drawings: Sequence[LabelledDrawing]) -> list[Subject]:
    """What `evaluate` would make of the same drawings."""
    return [Subject(content=entry.drawing, label=entry.label) for entry in drawings if entry.label is not None]

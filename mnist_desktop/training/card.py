"""Turns a training run and what was measured into the card of its model folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_desktop.evaluation.measure import Measurement
from mnist_desktop.recognition.models import CARD, KERAS_FILE, Levels, Model, Preparation
from mnist_desktop.training.calibration import Calibration
from mnist_desktop.training.fonts import font_packages

UNCALIBRATED = Calibration(temperature=1.0, unsure_below=0.0)

TrainingData = Mapping[str, str]
"""One data set of a card: `name`, `by`, `license`, how it was `used`, and where it has versions which."""

DIGITS_DATA: tuple[TrainingData, ...] = (
    {
        "name": "MNIST",
        "by": "Yann LeCun, Corinna Cortes, Christopher J. C. Burges",
        "license": "CC BY-SA 3.0",
        "used": "training images but for the last 5,000, which validate; the test images only test",
    },
    {
        "name": "Pen-Based Recognition of Handwritten Digits (UCI)",
        "by": "Ethem Alpaydın, Fevzi Alimoğlu",
        "license": "CC BY 4.0",
        "used": "training file by writer, 250 digits each: the last three writers test, the three before validate, "
        "the other 24 train",
    },
    {
        "name": "Optical Recognition of Handwritten Digits (UCI)",
        "by": "Ethem Alpaydın, Cenk Kaynak",
        "license": "CC BY 4.0",
        "used": "training file but for the last 400, which validate",
    },
    {
        "name": "printed digits, letters and signs",
        "by": "the makers of the fonts in Debian's packages",
        "license": "free licences, each in its package",
        "used": "design groups dealt out by a hash of their names, 70 % to training, 15 % to validation, 15 % to test",
        "packages": ", ".join(f"{package.name} {package.version}" for package in font_packages()),
    },
    {
        "name": "digits in styles that those sets lack",
        "by": "MNIST Desktop",
        "license": "MIT",
        "used": "crossed 7s, 1s with a base, open 4s, slashed 0s and the like, drawn by training/styles.py",
    },
    {
        "name": "non-digits",
        "by": "MNIST Desktop",
        "license": "MIT",
        "used": "letters, signs, scribbles and shapes by training/scribbles.py; pairs and heaps of digits, "
        "crossings-out and noise by training/outliers.py",
    },
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training run as it was asked for."""

    data: Path
    out: Path
    epochs: int | None
    """None: as the recipe says."""
    seed: int
    command: str
    """What a person types to repeat it."""
    teachers: tuple[Model, ...] = ()
    """Models whose answers the network learns to give."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """What kind of model a training makes: all that its card says of it before anything is measured."""

    labels: tuple[str, ...]
    input: Levels
    preparation: Preparation
    data: tuple[TrainingData, ...]
    recipe: str | None = None
    """Network, optimiser and length of the training, in words."""
    least_confidence: float = 0.0
    """`unsure_below` is at least this."""


DIGIT_LABELS = tuple("0123456789")

DIGITS = Product(labels=DIGIT_LABELS, input="binary", preparation="digit", data=DIGITS_DATA)


def describe(
    run: Run,
    product: Product,
    calibration: Calibration,
    *,
    measured: Mapping[str, Measurement] | None = None,
    parameters: int | None = None,
    earlier: Path | None = None,
) -> dict[str, Any]:
    """The card of what `run` made, but for the checksums; runs listed in the card at `earlier` stay listed."""
    validation = {name: _figures(each) for name, each in (measured or {}).items()}
    this_run = {"command": run.command, "seed": run.seed, "epochs": run.epochs, "validation": validation}
    return {
        "name": run.out.name,
        "labels": list(product.labels),
        "input": product.input,
        "preparation": product.preparation,
        "unsure_below": round(calibration.unsure_below, 4),
        "temperature": round(calibration.temperature, 4),
        "parameters": parameters,
        "training": {
            "command": run.command,
            "seed": run.seed,
            "epochs": run.epochs,
            "teachers": [_teacher(model) for model in run.teachers],
            **({} if product.recipe is None else {"recipe": product.recipe}),
            "data": [dict(each) for each in product.data],
        },
        "validation": validation,
        "runs": [*(_earlier_runs(earlier) if earlier else []), this_run],
    }


def _teacher(model: Model) -> dict[str, Any]:
    """What a card says of a model that taught."""
    training = model.card.details.get("training")
    return {"name": model.card.name, "sha256": model.card.sha256[KERAS_FILE], "training": _without_data(training)}


def _without_data(training: object) -> dict[str, Any]:
    return {name: each for name, each in training.items() if name != "data"} if isinstance(training, dict) else {}


def _earlier_runs(folder: Path) -> list[Any]:
    """The runs that led to the model which is about to be replaced, so that none is forgotten."""
    try:
        runs = json.loads((folder / CARD).read_text("utf-8"))["runs"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return runs if isinstance(runs, list) else []


def _figures(measured: Measurement) -> dict[str, float]:
    return {
        "count": measured.count,
        "accuracy": round(measured.accuracy, 5),
        "unsure": round(measured.unsure, 5),
        "ece": round(measured.ece, 5),
    }

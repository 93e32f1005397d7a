"""How well a model's confidence tells digits from what is none, of kinds that no training saw.

`python benchmarks/honesty.py` needs MNIST_DESKTOP_DATA, the folder of the data sets: pen strokes and MNIST, and printed
digits and signs where it holds the fonts. The areas under the ROC curve are scikit-learn's. Beside the shipped model
stand the plain ones that came with it, the number to beat.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from mnist_desktop.evaluation.data import read_idx_pair
from mnist_desktop.ink.drawing import Drawing
from mnist_desktop.ink.glyph import Ink
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.models import find_model
from mnist_desktop.recognition.reader import Reader, open_reader
from mnist_desktop.training.datasets import FONTS_FOLDER, MNIST_FOLDER, writers_kept_out
from mnist_desktop.training.fonts import load_fonts
from mnist_desktop.training.printed import OTHERS_KEPT_OUT, digits, others
from mnist_desktop.training.scribbles_kept_out import KINDS, draw_kept_out

AUROC_PROMISED = 0.985
ABOVE_PROMISED = 0.10
DIGITS_ABOVE = 0.975
"""The confidence that this share of the digits reaches is the bar that non-digits should stay below."""

Confidences = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of non-digits against one kind of digits."""

    model: str
    digits: str
    non_digits: str
    count: int
    auroc: float
    above: float
    """Share of the non-digits that are as sure as 97.5 % of the digits, or more so."""


def rows(model: str, digit_sets: dict[str, Confidences], other_sets: dict[str, Confidences]) -> Iterable[Row]:
    """All digits against all non-digits, then each against all of the other side."""
    all_digits = np.concatenate(list(digit_sets.values()))
    all_others = np.concatenate(list(other_sets.values()))
    yield row(model, ("all", all_digits), ("all", all_others))
    for name, confidences in digit_sets.items():
        yield row(model, (name, confidences), ("all", all_others))
    for name, confidences in other_sets.items():
        yield row(model, ("all", all_digits), (name, confidences))


def row(model: str, digit_set: tuple[str, Confidences], other_set: tuple[str, Confidences]) -> Row:
    """How well confidences tell one set from the other."""
    (digits_name, sure), (others_name, unsure) = digit_set, other_set
    truth = np.concatenate([np.ones(len(sure)), np.zeros(len(unsure))])
    return Row(
        model=model,
        digits=digits_name,
        non_digits=others_name,
        count=len(unsure),
        auroc=float(roc_auc_score(truth, np.concatenate([sure, unsure]))),
        above=float((unsure >= np.quantile(sure, 1 - DIGITS_ABOVE)).mean()),
    )


def confidences(reader: Reader, subjects: Iterable[Drawing | Ink]) -> Confidences:
    """How sure `reader` is of each subject; 0 where it sees nothing."""
    prepared = [
        reader.prepare_drawing(each) if isinstance(each, Drawing) else reader.prepare_ink(each) for each in subjects
    ]
    found = (each.prediction for each in reader.read_prepared(prepared))
    return np.array([0.0 if prediction is None else prediction.confidence for prediction in found])


def digit_subjects(data: Path) -> dict[str, list[Drawing | Ink]]:
    """Digits that no training saw: of pens, of MNIST, and printed where there are fonts."""
    images, _ = read_idx_pair(data / MNIST_FOLDER, "t10k")
    subjects: dict[str, list[Drawing | Ink]] = {
        "pen strokes": [entry.drawing for entry in writers_kept_out(data)],
        "MNIST": _inks(images),
    }
    if (data / FONTS_FOLDER).is_dir():
        subjects["printed"] = _inks(digits(load_fonts(data / FONTS_FOLDER, "test")).images)
    return subjects


def other_subjects(data: Path, count: int, seed: int) -> dict[str, list[Drawing | Ink]]:
    """Non-digits of kinds that no training saw: `count` of each kind drawn, and printed signs where there are fonts."""
    subjects: dict[str, list[Drawing | Ink]] = {}
    for number, kind in enumerate(KINDS):
        rng = default_rng((seed, number))
        subjects[kind] = [draw_kept_out(kind, rng) for _ in range(count)]
    if (data / FONTS_FOLDER).is_dir():
        fonts = load_fonts(data / FONTS_FOLDER, "test")
        for script, characters in groupby(sorted(OTHERS_KEPT_OUT, key=_script), _script):
            subjects[f"printed: {script}"] = _inks(others(fonts, characters="".join(characters)))
    return {kind: each for kind, each in subjects.items() if each}


def _script(character: str) -> str:
    """The writing that `character` belongs to, as Unicode names it; signs are of none."""
    return unicodedata.name(character).split()[0].capitalize() if character.isalpha() else "signs"


def _inks(images: NDArray[np.uint8]) -> list[Drawing | Ink]:
    return [image.astype(np.float32) / 255 for image in images]


def main() -> int:
    """Print a row for each kind; 1 when the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", nargs="+", default=["digits", "mlp", "softmax"], metavar="NAME_OR_FOLDER")
    parser.add_argument("--count", type=int, default=200, help="drawings of each kind")
    parser.add_argument("--seed", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    data = Path(os.environ["MNIST_DESKTOP_DATA"])
    digit_sets, other_sets = digit_subjects(data), other_subjects(data, arguments.count, arguments.seed)
    kept = True
    for name in arguments.model:
        try:
            reader = open_reader(find_model(name, [shipped("model")]))
        except ModelError as error:
            print(error, file=sys.stderr)
            continue
        measured = list(
            rows(
                name,
                {kind: confidences(reader, each) for kind, each in digit_sets.items()},
                {kind: confidences(reader, each) for kind, each in other_sets.items()},
            )
        )
        reader.close()
        _print(measured, json_lines=arguments.json)
        if name == arguments.model[0]:
            kept = measured[0].auroc >= AUROC_PROMISED and measured[0].above <= ABOVE_PROMISED
    return 0 if kept else 1


def _print(measured: list[Row], *, json_lines: bool) -> None:
    if json_lines:
        for each in measured:
            print(json.dumps(asdict(each), ensure_ascii=False))
        return
    print(f"{measured[0].model:12} {'non-digits':22} {'count':>6} {'AUROC':>7} {'above':>7}")
    for each in measured:
        print(f"{each.digits:12} {each.non_digits:22} {each.count:6} {each.auroc:7.4f} {each.above:7.1%}")


if __name__ == "__main__":
    sys.exit(main())

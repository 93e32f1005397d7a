"""What each step from a photograph to its ink is worth: how many are read with that step alone left out.

`python benchmarks/isolate_steps.py` needs MNIST_DESKTOP_DATA, the folder of the data sets with the fonts. The
photographs are those of `benchmarks/photographs.py`, by what makes them hard, and of `benchmarks/other_photographs.py`.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from other_photographs import digits_kept_out
from photographs import held_out_drawings
from PIL import Image
from scenes import kinds

from mnist_desktop.evaluation.photographs import DIFFICULTIES, photographs
from mnist_desktop.ink import candidates, isolate
from mnist_desktop.ink.choices import Polarity
from mnist_desktop.ink.components import Parts
from mnist_desktop.ink.pictures import Picture, decode_picture
from mnist_desktop.ink.threshold import otsu
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import find_model
from mnist_desktop.recognition.reader import Reader, open_reader
from mnist_desktop.training.datasets import FONTS_FOLDER
from mnist_desktop.training.fonts import load_fonts

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def brightness(pixels: NDArray[np.uint8], factor: int) -> list[NDArray[np.uint8]]:
    """The brightness alone."""
    return [np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L").reduce(factor))]


def one_paper(levels: NDArray[np.uint8], _: Floats) -> Floats:
    """Paper of the same level everywhere, the median."""
    return np.asarray((levels.astype(np.float32) - np.float32(np.median(levels))) / np.float32(255), dtype=np.float32)


def no(*_: object) -> bool:
    """Never."""
    return False


def dark_ink(_: Floats) -> list[Polarity]:
    """All ink is dark."""
    return ["dark on light"]


def otsu_of_all(darkness: Floats, _: float) -> float:
    """Otsu's threshold of all of the picture."""
    return otsu(np.clip(darkness, 0, 1))


def above(darkness: Floats, threshold: float) -> Mask:
    """All that is above the threshold."""
    return np.asarray(darkness > threshold)


def all_parts(found: Parts) -> tuple[Mask, float]:
    """All ink is the digit's."""
    return found.numbers > 0, sum(part.strength * part.area for part in found.large)


def hard_edge(darkness: Floats, mask: Mask, *_: float) -> Floats:
    """Ink or paper, nothing between."""
    return mask.astype(np.float32) * (darkness > 0)


LEFT_OUT: Mapping[str, Mapping[str, Any]] = {
    "nothing": {},
    "find the sheet": {"find_sheet": lambda _: None},
    "choose the colour": {"channels": brightness},
    "flatten": {"flatten": one_paper},
    "another paper": {"_is_drowned": no, "_is_bold": no, "_is_like_border": no},
    "choose the side": {"likely_polarities": dark_ink},
    "threshold near ink": {"ink_threshold": otsu_of_all},
    "lines": {"without_lines": above},
    "components": {"digit_mask": all_parts},
    "grey edge": {"graded": hard_edge},
    "look closer": {"CLOSE_ENOUGH": 0},
}
"""Each step and what stands for it, in one of ROOMS, when it is left out."""

ROOMS = (isolate, candidates)


@contextmanager
def without(step: str) -> Iterator[None]:
    """Leave `step` out for a while."""
    stand_ins = LEFT_OUT[step]
    kept = [(room, name, getattr(room, name)) for room in ROOMS for name in stand_ins if hasattr(room, name)]
    for room, name, _ in kept:
        setattr(room, name, stand_ins[name])
    try:
        yield
    finally:
        for room, name, value in kept:
            setattr(room, name, value)


def is_read(reader: Reader, picture: Picture, label: int) -> bool:
    """Whether `reader` takes `picture` for the digit that it shows."""
    prediction = reader.read_picture(picture).prediction
    return prediction is not None and prediction.label == str(label)


def subjects(data: Path, count: int, seed: int) -> Iterator[tuple[Picture, int, tuple[str, ...]]]:
    """`count` photographs of either making with their labels and the columns that they belong to."""
    for photo in photographs(held_out_drawings(data, count, seed), seed):
        yield decode_picture(photo.jpeg, name=None), photo.label, ("all", *photo.difficulties)
    digits, fonts = digits_kept_out(data, "test"), load_fonts(data / FONTS_FOLDER, "test")
    each = max(1, count // len(kinds.KINDS))
    for taken in kinds.photographs(digits, fonts, list(kinds.KINDS), each, seed):
        yield decode_picture(taken.file, name=None), taken.label, ("others",)


def main() -> None:
    """Print a row for each step left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=30_000)
    parser.add_argument("--model", default="digits", metavar="NAME_OR_FOLDER")
    arguments = parser.parse_args()
    reader = open_reader(find_model(arguments.model, [shipped("model")]))
    right: dict[tuple[str, str], list[bool]] = defaultdict(list)
    data = Path(os.environ["MNIST_DESKTOP_DATA"])
    for picture, label, columns in subjects(data, arguments.count, arguments.seed):
        for step in LEFT_OUT:
            with without(step):
                read = is_read(reader, picture, label)
            for column in columns:
                right[step, column].append(read)
    reader.close()
    shown = ("all", *DIFFICULTIES, "others")
    print("left out".ljust(20), *(column.rjust(max(6, len(column))) for column in shown))
    print("count".ljust(20), *(str(len(right["nothing", column])).rjust(max(6, len(column))) for column in shown))
    for step in LEFT_OUT:
        shares = (f"{np.mean(right[step, column]):.1%}".rjust(max(6, len(column))) for column in shown)
        print(step.ljust(20), *shares)


if __name__ == "__main__":
    main()

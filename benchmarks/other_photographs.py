"""Photographs made in another way than those that `ink/isolate.py` was tuned on, and how well they are read, by kind.

`python benchmarks/other_photographs.py` needs MNIST_DESKTOP_DATA, the folder of the data sets with the fonts. The
digits are by the writers and in the fonts that no training saw, and images of MNIST's that only validate.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scenes.easel import Digit
from scenes.kinds import KINDS, Taken, photographs

from mnist_desktop.evaluation.data import read_idx_pair
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.ink.pictures import Picture, decode_picture
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import find_model
from mnist_desktop.recognition.reader import NumberReading, Reader, Reading, open_reader
from mnist_desktop.training.datasets import BOUNDARY, FONTS_FOLDER, MNIST_FOLDER, PEN_FILE, pen_boundaries
from mnist_desktop.training.fonts import load_fonts

MNIST_VALIDATES = 5_000
"""The last so many training images of MNIST."""

PROMISED = 0.95
"""Share of all of them that is read right, at the least."""

MOST_LOST = 0.01
"""Share of them that dividing into several digits may lose."""

TILE = 240
"""Side in pixels of a photograph on the sheet that shows those which were misread."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """A photograph and what was made of it."""

    photo: Taken
    picture: Picture
    one: Reading
    number: NumberReading

    @property
    def as_one(self) -> bool:
        return self.one.prediction is not None and self.one.prediction.label == str(self.photo.label)

    @property
    def divided(self) -> bool:
        return self.number.text == str(self.photo.label)


def digits_kept_out(data: Path, part: str) -> list[Digit]:
    """Half by writers that `part` keeps out of training, half of MNIST's images that validate."""
    drawings = list(read_ink_file(data / PEN_FILE))
    validate_from, test_from = pen_boundaries(len(drawings))
    chosen = drawings[validate_from : test_from - BOUNDARY] if part == "validation" else drawings[test_from:]
    written = [Digit(content=each.drawing, label=each.label or 0) for each in chosen]
    images, labels = read_idx_pair(data / MNIST_FOLDER, "train")
    # One half of the images to look at while the program is worked on, the other to measure.
    half = (
        slice(-MNIST_VALIDATES, -MNIST_VALIDATES // 2) if part == "validation" else slice(-MNIST_VALIDATES // 2, None)
    )
    some = zip(images[half][: len(written)], labels[half][: len(written)], strict=True)
    return [*written, *(Digit(content=image, label=int(label)) for image, label in some)]


def read_all(reader: Reader, photos: Iterable[Taken]) -> Iterable[Read]:
    """Each photograph read as one digit and divided."""
    for photo in photos:
        picture = decode_picture(photo.file, name=None)
        yield Read(photo=photo, picture=picture, one=reader.read_picture(picture), number=reader.read_digits(picture))


def sheet(misread: Sequence[Read]) -> Image.Image:
    """A sheet of photographs with what was found outlined, its glyph, and what it was read as."""
    across = 6
    down = -(-len(misread) // across)
    made = Image.new("RGB", (across * (TILE + 4), max(1, down) * (TILE + 24)), "white")
    draw = ImageDraw.Draw(made)
    for number, read in enumerate(misread):
        left, top = number % across * (TILE + 4), number // across * (TILE + 24)
        image = Image.fromarray(read.picture.pixels)
        found = read.one.isolated
        if found is not None and found.box is not None:
            x, y, width, height = found.box
            thick = max(1, max(image.size) // 200)
            ImageDraw.Draw(image).rectangle((x, y, x + width, y + height), outline=(255, 0, 255), width=thick)
        image.thumbnail((TILE, TILE))
        made.paste(image, (left, top + 20))
        if read.one.glyph is not None:
            made.paste(
                Image.fromarray(read.one.glyph.levels).resize((56, 56), Image.Resampling.NEAREST), (left, top + 20)
            )
        one = "blank" if read.one.prediction is None else read.one.prediction.label
        words = f"{read.photo.kind}: {read.photo.label} as {one}, {read.number.text!r} {read.one.verdict}"
        draw.text((left, top + 4), words, fill="black", font=ImageFont.load_default(11))
    return made


def main() -> int:
    """Print how many of each kind are read; 1 when fewer than promised, or when dividing loses some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="photographs of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--part", choices=("validation", "test"), default="test")
    parser.add_argument("--model", default="digits", metavar="NAME_OR_FOLDER")
    parser.add_argument("--sheet", type=Path, help="PNG of those that were misread")
    arguments = parser.parse_args()
    data = Path(os.environ["MNIST_DESKTOP_DATA"])
    digits, fonts = digits_kept_out(data, arguments.part), load_fonts(data / FONTS_FOLDER, arguments.part)
    reader = open_reader(find_model(arguments.model, [shipped("model")]))
    taken = photographs(digits, fonts, arguments.kind, arguments.count, arguments.seed)
    misread: list[Read] = []
    counted: dict[str, list[tuple[bool, bool, bool]]] = {kind: [] for kind in arguments.kind}
    for read in read_all(reader, taken):
        counted[read.photo.kind].append((read.as_one, read.divided, read.one.verdict != "digit"))
        if not (read.as_one and read.divided):
            misread.append(read)
    reader.close()
    everything = [row for rows in counted.values() for row in rows]
    print(f"{'':20} {'count':>5} {'as one':>7} {'divided':>7} {'unsure':>7}")
    for kind, rows in {"all": everything, **counted}.items():
        as_one, divided, unsure = np.mean(rows, axis=0)
        print(f"{kind:20} {len(rows):5} {as_one:7.1%} {divided:7.1%} {unsure:7.1%}")
    if arguments.sheet:
        sheet(misread).save(arguments.sheet)
    as_one, divided, _ = np.mean(everything, axis=0)
    return 0 if as_one >= PROMISED and divided >= as_one - MOST_LOST else 1


if __name__ == "__main__":
    sys.exit(main())

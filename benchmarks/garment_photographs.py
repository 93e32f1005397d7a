"""Photographs of garments on light and dark, made from Fashion-MNIST's test images, and how well they are read.

`python benchmarks/garment_photographs.py` needs MNIST_DESKTOP_DATA, the folder with fashion-mnist/. The number to beat
is the whole picture made small and negated where it is light, as tutorials tell people to do, which is measured beside
it. No photographs of real clothes come with this project: real ones vary more.
"""

from __future__ import annotations

import argparse
import io
import math
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

from mnist_desktop.evaluation.data import read_idx_pair
from mnist_desktop.ink.glyph import SIDE, Glyph, frame
from mnist_desktop.ink.pictures import decode_picture
from mnist_desktop.ink.subject import find_subject
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.litert import LiteRTClassifier
from mnist_desktop.recognition.models import find_model

Levels = NDArray[np.float32]

GROUNDS: dict[str, tuple[float, float]] = {"white": (0.94, 1.0), "light": (0.65, 0.9), "dark": (0.03, 0.2)}
"""Brightness of what the garment lies on."""

BODY = 12 / 255
"""Level of Fashion-MNIST from which a pixel belongs to the garment."""


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """A JPEG of one garment, and on what it lies."""

    jpeg: bytes
    label: int
    ground: str


def photographs(images: NDArray[np.uint8], labels: NDArray[np.int64], count: int, seed: int) -> Iterator[Photograph]:
    """`count` photographs of garments drawn at random from `images`."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        index = int(rng.integers(len(images)))
        yield photograph(images[index], int(labels[index]), rng)


def photograph(image: NDArray[np.uint8], label: int, rng: np.random.Generator) -> Photograph:
    """One photograph: ground, cloth, place, light and camera are all drawn from `rng`."""
    ground = str(rng.choice(list(GROUNDS)))
    side = int(rng.integers(120, 700))
    levels, body = enlarged(image, side)
    width, height = (int(side * each) for each in rng.uniform(1.08, 2.2, 2))
    left, top = int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1))
    colours = np.ones((height, width, 3), np.float32) * _tinted(rng.uniform(*GROUNDS[ground]), 0.06, rng)
    # On light the image's negative is what was photographed; on dark only cloth that is light can be seen at all.
    brightness = levels * 0.85 + 0.12 if ground == "dark" else 1 - levels * 0.95
    cloth = brightness[..., np.newaxis] * _tinted(1.0, 0.12, rng)
    part = colours[top : top + side, left : left + side]
    part += body[..., np.newaxis] * (cloth - part)
    x, y = np.meshgrid(*(np.linspace(-0.5, 0.5, each, dtype=np.float32) for each in (width, height)))
    angle = rng.uniform(0, 2 * math.pi)
    light = 1 + rng.uniform(0, 0.35) * (x * math.cos(angle) + y * math.sin(angle)) - rng.uniform(0, 0.3) * (x**2 + y**2)
    lit = Image.fromarray(np.rint(np.clip(colours * light[..., np.newaxis], 0, 1) * 255).astype(np.uint8))
    lit = lit.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 0.003) * side)))
    noisy = np.asarray(lit, dtype=np.float32) + rng.normal(0, rng.uniform(0, 6), (height, width, 3))
    file = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=int(rng.integers(60, 96)))
    return Photograph(jpeg=file.getvalue(), label=label, ground=ground)


def enlarged(image: NDArray[np.uint8], side: int) -> tuple[Levels, Levels]:
    """The grey levels (0…1) of a 28×28 image at `side`×`side`, and how much of each pixel the garment covers."""
    body = ndimage.binary_fill_holes(image > BODY).astype(np.float32)
    size = (side, side)
    cover = np.asarray(Image.fromarray(body).resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
    grey = Image.fromarray(image.astype(np.float32) / np.float32(255)).resize(size, Image.Resampling.BICUBIC)
    levels = np.clip(np.asarray(grey, dtype=np.float32), 0, 1)
    # A sharp outline, two of the 28 pixels wide.
    return levels, np.clip((cover - 0.5) * side / 56 + 0.5, 0, 1)


def _tinted(brightness: float, spread: float, rng: np.random.Generator) -> Levels:
    return np.clip(brightness * (1 - rng.uniform(0, spread, 3)), 0, 1).astype(np.float32)


def made_small(pixels: NDArray[np.uint8]) -> Glyph:
    """What a tutorial's reader does: 28×28 of the whole picture, in grey, negated when it is mostly light."""
    small = np.asarray(Image.fromarray(pixels).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))
    return Glyph(levels=255 - small if small.mean() > 127 else small.copy())


def main() -> None:
    """Print how many of `--count` photographs are read, by what the garment lies on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=30_000)
    parser.add_argument("--model", default="fashion")
    parser.add_argument("--validation", action="store_true", help="of the images that validate, to choose by")
    arguments = parser.parse_args()
    classifier = LiteRTClassifier(find_model(arguments.model, [shipped("model")]))
    folder = Path(os.environ["MNIST_DESKTOP_DATA"]) / "fashion-mnist"
    images, labels = read_idx_pair(folder, "train" if arguments.validation else "t10k")
    images, labels = images[-5_000:], labels[-5_000:]
    rows: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    seconds = 0.0
    for photo in photographs(images, labels, arguments.count, arguments.seed):
        picture = decode_picture(photo.jpeg, name=None)
        start = time.perf_counter()
        glyph = frame(find_subject(picture).ink)
        seconds += time.perf_counter() - start
        right = glyph is not None and classifier.predict([glyph])[0].best == photo.label
        plain = classifier.predict([made_small(picture.pixels)])[0].best == photo.label
        for row in ("all", photo.ground):
            rows[row].append((right, plain))
    print(f"{'garments':10} {'count':>5} {'read right':>10} {'made small':>10}")
    for row, results in rows.items():
        rights, plains = (np.mean(column) for column in zip(*results, strict=True))
        print(f"{row:10} {len(results):5} {rights:10.1%} {plains:10.1%}")
    print(f"finding the garment took {seconds / arguments.count * 1000:.1f} ms a photograph")


if __name__ == "__main__":
    main()

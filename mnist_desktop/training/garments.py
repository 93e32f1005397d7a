"""Turns Fashion-MNIST into the garments' network that ships: it knows photographs, sketches and no garments, too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from scipy import ndimage

from mnist_desktop.evaluation.measure import Measurement
from mnist_desktop.ink.glyph import SIDE, frame
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.ink.subject import solid
from mnist_desktop.training.bitmaps import Bitmaps
from mnist_desktop.training.card import Run, TrainingData
from mnist_desktop.training.checkpoint import checkpoint_of
from mnist_desktop.training.finish import bitmap_subjects, finish
from mnist_desktop.training.fitting import Progress, fit_batches
from mnist_desktop.training.images import FASHION, load_images
from mnist_desktop.training.networks import convolution
from mnist_desktop.training.samples import Batch
from mnist_desktop.training.scribbles import non_digit
from mnist_desktop.training.start import start_tensorflow
from mnist_desktop.training.styles import styled_digit

if TYPE_CHECKING:
    import keras

BATCH = 128
EPOCHS = 12
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-3
WARM_UP = 0.05
"""Share of all steps in which the learning rate rises; then it falls by a cosine to zero."""

DROPOUT = 0.3

MOMENTUM = 0.9
"""Of the running statistics of batch normalisation, which nothing takes anew at the end."""

MIXTURE = (0.85, 0.02, 0.04, 0.09)
"""Shares of images, of their outlines as a photographed sketch has them, of their outlines filled in as those of
drawings are, and of what is no garment."""
SEEN, SKETCHED, FILLED, OTHER = range(4)
"""The places of these in MIXTURE."""

SHIFT = 2
"""Pixels that an image is moved by at the most, each way."""

GAMMAS = (0.6, 1.7)
BLURS = (0.3, 0.8)
"""Exponent of the grey levels, and standard deviation in pixels of a blur, each on a share CAMERA_SHARE of the images:
other cameras' light, and pictures that were not sharpened as those of Fashion-MNIST were."""
CAMERA_SHARE = 0.25

ERASED_SHARE = 0.25
ERASED_SIDES = (4, 11)
"""A rectangle of one level, its sides in pixels, covers part of so many images (Zhong et al. 2020, random erasing)."""

NEGATED_SHARE = 0.08
PALEST = 0.15
"""So many garments are seen on dark instead of white: the pale cloth stands out most, the dark one by PALEST."""

BODY = 20 / 255
"""Grey level from which a pixel belongs to the garment's outline."""

PENS = (1, 3)
"""Width in pixels of a sketch's lines."""

DIGIT_SHARE = 0.3
PEN_WIDTHS = (0.03, 0.14)
PRESSURES = (0.5, 1.0)
"""Of what is drawn and is no garment: the share of digits, line widths as shares of the longer side, and darkness."""

RECIPE = (
    "convolutions 3×3 of 32, 48, 64 and 96 with batch normalisation and ReLU, two poolings, dropout 0.3; AdamW 3e-3, "
    "warm-up and cosine, weight decay 1e-3; batches of 128; flipped, moved, erased, in other light, on dark; 6 % "
    "sketched or filled outlines; 9 % no garments with uniform targets"
)

NO_GARMENTS: TrainingData = {
    "name": "non-garments",
    "by": "MNIST Desktop",
    "license": "MIT",
    "used": "letters, symbols, scribbles and digits, made by training/scribbles.py and styles.py; garments cut up and "
    "put together wrongly; clouds of noise",
}


def train_garments(run: Run, progress: Progress) -> dict[str, Measurement]:
    """Train, export to `run.out`, and return how the exported model reads the validation images.

    Raises DataError when data are missing or damaged, and TrainingStoppedError when it was stopped: the same run goes
    on then. Test images are never read.
    """
    splits = load_images(run.data, FASHION)
    start_tensorflow(run.seed)
    import keras

    product = replace(FASHION.product, recipe=RECIPE, data=(*FASHION.product.data, NO_GARMENTS))
    network = garments_network(len(product.labels))
    samples = GarmentSamples(splits.training, labels=len(product.labels), seed=run.seed)
    an_epoch = max(1, len(splits.training.labels) // BATCH)
    steps = (run.epochs or EPOCHS) * an_epoch
    network.compile(
        optimizer=_optimizer(steps), loss=keras.losses.CategoricalCrossentropy(from_logits=True), jit_compile=False
    )
    checkpoint = checkpoint_of(run)
    fit_batches(network, samples.pair, steps, an_epoch, progress, checkpoint=checkpoint)
    measured = finish(network, run, product, {FASHION.name: bitmap_subjects(splits.validation)})
    checkpoint.remove()
    return measured


def garments_network(labels: int) -> keras.Model:
    """Glyphs (n×28×28×1, 0 background … 1) to logits: four 3×3 convolutions, 145,066 parameters for ten labels."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1), name="glyph"),
            *convolution(32, pooled=True, momentum=MOMENTUM),
            *convolution(48, pooled=False, momentum=MOMENTUM),
            *convolution(64, pooled=True, momentum=MOMENTUM),
            *convolution(96, pooled=False, momentum=MOMENTUM),
            layers.Flatten(),
            layers.Dropout(DROPOUT),
            layers.Dense(labels, name="logits"),
        ],
        name="garments",
    )


def _optimizer(steps: int) -> keras.optimizers.Optimizer:
    import keras

    warm_up = int(WARM_UP * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warm_up), warmup_target=LEARNING_RATE, warmup_steps=warm_up
    )
    return keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY)


class GarmentSamples:
    """Batches by number: the same seed and number always make the same batch, in whatever order they are made."""

    def __init__(self, part: Bitmaps, *, labels: int, seed: int) -> None:
        self._part = part
        self._labels = labels
        self._seed = seed

    def pair(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Glyphs and targets of batch `number`."""
        batch = self.batch(number)
        return batch.glyphs, batch.targets

    def batch(self, number: int) -> Batch:
        rng = default_rng((self._seed, number))
        chosen = rng.integers(len(self._part.labels), size=BATCH)
        levels = self._part.images[chosen].astype(np.float32) / np.float32(255)
        kinds = rng.choice(len(MIXTURE), BATCH, p=MIXTURE)
        targets = np.eye(self._labels, dtype=np.float32)[self._part.labels[chosen]]
        for row, kind in enumerate(kinds):
            if kind == SEEN:
                levels[row] = seen_otherwise(levels[row], rng)
            elif kind == OTHER:
                levels[row] = no_garment(levels[row], rng)
                targets[row] = 1 / self._labels
            else:
                levels[row] = outlined(levels[row], rng, filled=kind == FILLED)
        return Batch(glyphs=_moved(levels, rng)[..., np.newaxis], targets=targets, labelled=kinds != OTHER)


def seen_otherwise(levels: NDArray[np.float32], rng: Generator) -> NDArray[np.float32]:
    """`levels` (28×28, 0…1) as it might look on dark, to another camera, or with a part covered; mostly as it is."""
    if rng.random() < NEGATED_SHARE:
        levels = np.where(_body(levels), np.maximum(np.float32(PALEST), 1 - levels), np.float32(0))
    if rng.random() < CAMERA_SHARE:
        levels = levels ** np.float32(np.exp(rng.uniform(*np.log(GAMMAS))))
    if rng.random() < CAMERA_SHARE:
        levels = ndimage.gaussian_filter(levels, rng.uniform(*BLURS))
    if rng.random() < ERASED_SHARE:
        height, width = rng.integers(*ERASED_SIDES, size=2)
        top, left = rng.integers(0, SIDE - height), rng.integers(0, SIDE - width)
        levels = levels.copy()
        levels[top : top + height, left : left + width] = rng.random()
    return levels


def outlined(levels: NDArray[np.float32], rng: Generator, *, filled: bool) -> NDArray[np.float32]:
    """The garment in `levels` as somebody would draw it: its outline by a pen; `filled` as drawings are for reading."""
    body = np.pad(_body(levels), 1)
    inside = ndimage.binary_erosion(body, iterations=int(rng.integers(*PENS, endpoint=True)))[1:-1, 1:-1]
    lines = np.asarray(body[1:-1, 1:-1] & ~inside, dtype=np.float32)
    return solid(lines) if filled else lines


def _body(levels: NDArray[np.float32]) -> NDArray[np.bool_]:
    filled: NDArray[np.bool_] = ndimage.binary_fill_holes(levels > BODY)
    return filled


def no_garment(levels: NDArray[np.float32], rng: Generator) -> NDArray[np.float32]:
    """Something else than a garment: drawn signs and scribbles, a garment's quarters mixed up, or a cloud of noise."""
    kind = rng.random()
    if kind < 0.5:
        drawing = styled_digit(rng)[0] if rng.random() < DIGIT_SHARE else non_digit(rng)
        ink = rasterise(drawing, width=rng.uniform(*PEN_WIDTHS))
        glyph = frame(solid(ink) if rng.random() < 0.5 else ink)
        drawn = np.zeros_like(levels) if glyph is None else glyph.levels / np.float32(255)
        return np.asarray(drawn * rng.uniform(*PRESSURES), dtype=np.float32)
    if kind < 0.75:
        half = SIDE // 2
        quarters = [levels[:half, :half], levels[:half, half:], levels[half:, :half], levels[half:, half:]]
        # Each goes one place on, so that none is where it belongs.
        one, two, three, four = (np.rot90(quarter, int(rng.integers(4))) for quarter in quarters[1:] + quarters[:1])
        return np.block([[one, two], [three, four]])
    cloud = ndimage.gaussian_filter(rng.normal(size=(SIDE, SIDE)), rng.uniform(0.5, 4))
    cloud = np.clip((cloud - np.quantile(cloud, rng.uniform(0, 0.6))) / np.ptp(cloud) * rng.uniform(1, 3), 0, 1)
    return np.asarray(cloud, dtype=np.float32)


def _moved(levels: NDArray[np.float32], rng: Generator) -> NDArray[np.float32]:
    """Each of `levels` (n×28×28) moved by up to SHIFT pixels, and every other one seen in a mirror."""
    count = len(levels)
    flipped = np.where(rng.random(count)[:, np.newaxis, np.newaxis] < 0.5, levels[:, :, ::-1], levels)
    padded = np.pad(flipped, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)))
    tops, lefts = rng.integers(0, 2 * SHIFT + 1, size=(2, count))
    moved = np.empty_like(levels)
    for row in range(count):
        moved[row] = padded[row, tops[row] : tops[row] + SIDE, lefts[row] : lefts[row] + SIDE]
    return moved

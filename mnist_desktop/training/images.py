"""Turns the 28×28 images of MNIST or Fashion-MNIST into a part to train on and one to choose by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mnist_desktop.evaluation.data import DataError
from mnist_desktop.ink.glyph import SIDE
from mnist_desktop.training.bitmaps import Bitmaps
from mnist_desktop.training.card import DIGIT_LABELS, DIGITS_DATA, Product
from mnist_desktop.training.datasets import MNIST_FOLDER, MNIST_VALIDATION, training_images

FASHION_FOLDER = "fashion-mnist"

GARMENTS = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
"""Fashion-MNIST's labels in their order (Xiao et al. 2017, table 2); its “T-shirt/top” is shortened."""

CLASSIC_CONFIDENCE = 0.5
"""What is less likely than not is no answer: the simple networks err too often for fewer than this to say something."""


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """A data set of 28×28 grey images, and the kind of model that it makes."""

    name: str
    folder: str
    """Its name in the folder of the data sets."""
    product: Product


@dataclass(frozen=True, kw_only=True)
class ImageSplits:
    """Training and validation; the test images belong to `evaluate` and are not read here."""

    training: Bitmaps
    validation: Bitmaps


MNIST = ImageSet(
    name="MNIST",
    folder=MNIST_FOLDER,
    product=Product(
        labels=DIGIT_LABELS,
        input="grey",
        preparation="digit",
        data=DIGITS_DATA[:1],
        least_confidence=CLASSIC_CONFIDENCE,
    ),
)

FASHION = ImageSet(
    name="Fashion-MNIST",
    folder=FASHION_FOLDER,
    product=Product(
        labels=GARMENTS,
        input="grey",
        preparation="picture",
        data=(
            {
                "name": "Fashion-MNIST",
                "by": "Han Xiao, Kashif Rasul, Roland Vollgraf (Zalando Research)",
                "license": "MIT",
                "used": "training images but for the last 5,000, which validate; the test images only test",
            },
        ),
        least_confidence=CLASSIC_CONFIDENCE,
    ),
)


def load_images(folder: Path, images: ImageSet) -> ImageSplits:
    """Read the training images of a data set below `folder`; DataError when they are missing, damaged or too few."""
    whole = training_images(folder, images.folder)
    if whole.images.shape[1:] != (SIDE, SIDE) or len(whole.labels) <= MNIST_VALIDATION:
        raise DataError(f"{folder / images.folder} does not hold the training images of {images.name}.")
    if not 0 <= whole.labels.min() <= whole.labels.max() < len(images.product.labels):
        raise DataError(f"The labels in {folder / images.folder} are not those of {images.name}.")
    return ImageSplits(training=whole.part(None, -MNIST_VALIDATION), validation=whole.part(-MNIST_VALIDATION, None))

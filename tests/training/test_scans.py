"""Simulated scans: of a scan's size, at times stretched to a box, and still what their label says."""

from __future__ import annotations

import numpy as np
from numpy.random import default_rng
from sklearn.datasets import load_digits

from mnist_desktop.ink.glyph import Ink
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.training.scans import SIDES, scanned
from mnist_desktop.training.styles import draw_style


def _inks(name: str, count: int) -> list[Ink]:
    rng = default_rng(1)
    return [rasterise(draw_style(name, rng)) for _ in range(count)]


def test_a_scan_has_a_scans_size_and_levels() -> None:
    rng = default_rng(2)
    for ink in _inks("3 round", 60):
        scan = scanned(ink, rng)
        assert SIDES[0] <= max(scan.shape) <= 1.05 * SIDES[1]
        assert scan.dtype == np.float32
        assert 0 <= scan.min() <= scan.max() <= 1
        assert scan.any()


def test_some_narrow_digits_fill_a_box_but_no_bar_does() -> None:
    rng = default_rng(3)
    narrow = [ink for ink in _inks("0 plain", 200) if ink.shape[1] < 0.6 * ink.shape[0]]
    boxed = [scan.shape[1] >= 0.7 * scan.shape[0] for scan in (scanned(ink, rng) for ink in narrow)]
    assert 0.2 < np.mean(boxed) < 0.6
    bars = [ink for ink in _inks("1 bar", 100) if ink.shape[1] < 0.3 * ink.shape[0]]
    assert bars
    assert not any(scan.shape[1] >= 0.7 * scan.shape[0] for scan in (scanned(ink, rng) for ink in bars))


def test_some_scans_are_black_on_white_and_some_grey() -> None:
    rng = default_rng(4)
    binary = [set(np.unique(scanned(ink, rng))) <= {0, 1} for ink in _inks("5 in one line", 80)]
    assert 0.3 < np.mean(binary) < 0.7


def test_the_same_seed_makes_the_same_scan_and_paper_stays_paper() -> None:
    (ink,) = _inks("2 looped", 1)
    assert np.array_equal(scanned(ink, default_rng(5)), scanned(ink, default_rng(5)))
    assert not scanned(np.zeros((30, 20), np.float32), default_rng(6)).any()
    assert scanned(np.ones((1, 1), np.float32), default_rng(7)).all()


def test_a_scan_is_still_that_digit() -> None:
    """Measured by the shipped model on digits that other people wrote: nine in ten must survive."""
    digits = load_digits()
    rng = default_rng(8)
    inks = [scanned(image.astype(np.float32).repeat(4, 0).repeat(4, 1) / 16, rng) for image in digits.images[:400]]
    reader = open_reader(load_model(shipped("model") / "digits"))
    readings = reader.read_prepared([reader.prepare_ink(ink) for ink in inks])
    reader.close()
    right = [
        reading.prediction is not None and reading.prediction.best == label
        for reading, label in zip(readings, digits.target, strict=False)
    ]
    assert np.mean(right) > 0.9

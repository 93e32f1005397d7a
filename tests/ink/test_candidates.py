"""Ink is found over the paper that fits: under bold strokes, in stripes of light, beside a thumb."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from picture_corpus import digit
from PIL import Image, ImageDraw, ImageFilter

from mnist_desktop.ink import candidates
from mnist_desktop.ink.choices import Polarity
from mnist_desktop.ink.isolate import Isolated, isolate
from mnist_desktop.ink.pictures import Picture

SIZE = 640, 480


def lit(image: Image.Image, light: NDArray[np.float64], *, noise: float = 2.0) -> Picture:
    """`image` in that light, with the grain of a camera."""
    levels = np.asarray(image, dtype=np.float64) * light
    levels += np.random.default_rng(7).normal(0, noise, levels.shape)
    rgb = np.repeat(np.clip(levels, 0, 255).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    return Picture(name=None, pixels=rgb)


def falling_off() -> NDArray[np.float64]:
    return np.asarray(np.linspace(1, 0.6, SIZE[0])[np.newaxis, :] * np.linspace(1, 0.8, SIZE[1])[:, np.newaxis])


def striped(period: int, angle: float) -> NDArray[np.float64]:
    rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    wave = np.sin(2 * np.pi * (rows * np.cos(angle) + columns * np.sin(angle)) / period)
    return np.asarray(1 - 0.35 / (1 + np.exp(6 * wave)))


def bold(text: str, paper: int, ink: int) -> Image.Image:
    """A digit of which one stroke is a seventh of the picture wide."""
    drawn = digit(text, size=SIZE, height=400, paper=0, ink=255).filter(ImageFilter.MaxFilter(37))
    return drawn.point([paper + (ink - paper) * level // 255 for level in range(256)])


def overlap(found: Isolated, image: Image.Image, paper: int) -> float:
    """Intersection over union of what was found and what `image` shows beside its paper."""
    assert found.box is not None
    x, y, width, height = found.box
    mine = np.zeros(SIZE[::-1], bool)
    part = Image.fromarray(found.ink).resize((width, height))
    mine[y : y + height, x : x + width] = np.asarray(part) > 0.5
    truth = np.abs(np.asarray(image, dtype=np.int16) - paper) > 60
    return float((mine & truth).sum() / (mine | truth).sum())


SIDES: list[tuple[int, int, Polarity]] = [(225, 40, "dark on light"), (45, 220, "light on dark")]


@pytest.mark.parametrize(("paper", "ink", "side"), SIDES)
@pytest.mark.parametrize("text", ["4", "5", "8", "9"])
def test_bold_ink_is_not_taken_for_paper(text: str, paper: int, ink: int, side: Polarity) -> None:
    image = bold(text, paper, ink)
    found = isolate(lit(image, falling_off()))
    assert found.polarity == side
    assert overlap(found, image, paper) > 0.9


@pytest.mark.parametrize(("paper", "ink", "side"), SIDES)
@pytest.mark.parametrize("period", [100, 140, 200])
@pytest.mark.parametrize("angle", [0.0, 0.6, 1.3])
def test_stripes_of_light_are_not_noise(period: int, angle: float, paper: int, ink: int, side: Polarity) -> None:
    image = digit("5", size=SIZE, height=190, centre=(250, 220), paper=paper, ink=ink)
    found = isolate(lit(image, striped(period, angle)))
    assert found.polarity == side
    assert overlap(found, image, paper) > 0.85


def test_stripes_of_light_without_ink_are_blank() -> None:
    assert isolate(lit(Image.new("L", SIZE, 225), striped(140, 0.6))).box is None


@pytest.mark.parametrize("at", [(500, 300), (120, 330)])
@pytest.mark.parametrize("skin", [90, 130])
def test_a_broad_thumb_stays_behind(at: tuple[int, int], skin: int) -> None:
    image = digit("6", size=SIZE, height=120, centre=(320, 140), paper=225, ink=40)
    alone = image.copy()
    ImageDraw.Draw(image).ellipse((at[0] - 70, at[1], at[0] + 70, at[1] + 400), fill=skin)
    assert overlap(isolate(lit(image, falling_off())), alone, 225) > 0.85


def test_the_usual_paper_is_enough_for_thin_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others cost time, and know less of shadows."""

    def never(*_: Any) -> None:
        raise AssertionError

    for name in ("broad_paper", "narrow_backgrounds"):
        monkeypatch.setattr(candidates, name, never)
    image = digit("3", size=SIZE, height=150, paper=225, ink=40)
    assert overlap(isolate(lit(image, falling_off())), image, 225) > 0.85

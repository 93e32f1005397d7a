"""Turns a scene, what light it would give back, into the file that a hand-held camera makes of it."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import ExifTags, Image, ImageDraw, ImageFilter

from scenes.surfaces import Levels, Size, fractal

TURNED = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
"""EXIF's Orientation → how a camera that was held so stores what it saw."""

HELD_OTHERWISE = 0.3
"""Share of the photographs that are stored turned."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """How a scene is photographed; lengths as shares of the picture's longer side."""

    perspective: float = 0.06
    """How far each corner may move."""
    defocus: float = 0.0012
    motion: float = 0.0
    """How far the camera moves while it looks."""
    falloff: float = 0.35
    """How much darker the far corner is than where the lamp is nearest."""
    shadow: float = 0.0
    """Share of the light that a hand or a telephone takes away, behind a sharp edge."""
    brightness: tuple[float, float] = (0.75, 1.05)
    noise: float = 3.0
    """Standard deviation in levels of 255, on white."""
    cast: float = 0.05
    """Standard deviation of each colour's gain."""
    quality: tuple[int, int] = (55, 93)


SCREENSHOT = Shot(perspective=0, defocus=0, falloff=0, brightness=(1, 1), noise=0, cast=0)


def taken(scene: Levels, shot: Shot, rng: Generator) -> bytes:
    """A JPEG of `scene` (h×w×3, 0…1), stored upright or turned with EXIF saying so."""
    seen = _warped(scene, shot.perspective, rng)
    light = _light((seen.shape[1], seen.shape[0]), shot, rng)
    gains = rng.uniform(*shot.brightness) * np.exp(rng.normal(0, shot.cast, 3))
    exposed = np.clip(seen * light[..., np.newaxis] * gains, 0, 1).astype(np.float32)
    image = _moved(Image.fromarray((exposed * 255).astype(np.uint8)), shot.motion, rng)
    radius = shot.defocus * max(image.size) * rng.uniform(0.3, 1.5)
    noisy = _noisy(np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32), shot.noise, rng)
    return _stored(Image.fromarray(noisy), int(rng.integers(*shot.quality, endpoint=True)), rng)


def screenshot(scene: Levels) -> bytes:
    """A PNG of `scene` as it is."""
    file = io.BytesIO()
    Image.fromarray(np.rint(np.clip(scene, 0, 1) * 255).astype(np.uint8)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def projected(scene: Levels, corners: list[tuple[float, float]], size: Size) -> tuple[Levels, Levels]:
    """`scene` seen so that its corners, from the upper left clockwise, lie at `corners`; and where it is seen, 0…1."""
    height, width = scene.shape[:2]
    own = [(0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height))]
    data = _homography(corners, own)
    image = Image.fromarray((np.clip(scene, 0, 1) * 255).astype(np.uint8))
    seen = image.transform(size, Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC)
    inside = Image.new("L", image.size, 255).transform(
        size, Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC
    )
    share = np.asarray(inside, dtype=np.float32)[..., np.newaxis] / np.float32(255)
    return np.asarray(seen, dtype=np.float32) / np.float32(255), share


def _homography(source: list[tuple[float, float]], target: list[tuple[float, float]]) -> list[float]:
    """The eight numbers of the projection that takes the four points of `source` to those of `target`."""
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    numbers: list[float] = np.linalg.solve(np.array(rows), np.array(right)).tolist()
    return numbers


def _warped(scene: Levels, perspective: float, rng: Generator) -> Levels:
    """`scene` through a camera that is not held level: a part of it, so that nothing beyond it is seen."""
    if not perspective:
        return scene
    height, width = scene.shape[:2]
    reach = perspective * max(scene.shape)
    out = rng.uniform(0, reach, (4, 2)) * [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)]) + out
    return projected(scene, [(float(x), float(y)) for x, y in corners], (width, height))[0]


def _light(size: Size, shot: Shot, rng: Generator) -> Levels:
    """How much light falls on each pixel: of a lamp near one side, less through the lens's rim, less in a shadow."""
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / max(size)
    lamp = rng.uniform(-0.2, 1.2, 2)
    away = np.hypot(columns - lamp[0], rows - lamp[1])
    light = 1 - shot.falloff * away / max(0.3, float(away.max()))
    middle = np.hypot(columns - width / max(size) / 2, rows - height / max(size) / 2)
    light /= np.square(1 + np.square(rng.uniform(0, 0.8) * middle))
    if shot.shadow:
        light *= 1 - shot.shadow * _shade(size, rng)
    return np.asarray(light, dtype=np.float32)


def _shade(size: Size, rng: Generator) -> Levels:
    """Where the shadow of a hand or a telephone falls, 0…1: something with corners, from the picture's side."""
    width, height = size
    image = Image.new("L", size)
    angle = rng.uniform(0, 2 * math.pi)
    middle = np.array([width / 2, height / 2])
    outwards = np.array([math.cos(angle), math.sin(angle)])
    along = np.array([-outwards[1], outwards[0]])
    near, half = rng.uniform(-0.25, 0.3) * max(size), rng.uniform(0.12, 0.5) * max(size)
    points = [
        middle + outwards * 2 * max(size) - along * half,
        middle + outwards * near - along * half,
        middle + outwards * (near - rng.uniform(0, 0.1) * max(size)),
        middle + outwards * near + along * half,
        middle + outwards * 2 * max(size) + along * half,
    ]
    ImageDraw.Draw(image).polygon([(float(x), float(y)) for x, y in points], fill=255)
    soft = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.003, 0.03)) * max(size)))
    return np.asarray(soft, dtype=np.float32) / np.float32(255)


def _moved(image: Image.Image, motion: float, rng: Generator) -> Image.Image:
    """`image` by a hand that moves along a line."""
    reach = motion * max(image.size) * rng.uniform(0.3, 1.0)
    steps = max(1, math.ceil(reach))
    if not motion or steps == 1:
        return image
    angle = rng.uniform(0, 2 * math.pi)
    levels = np.zeros((image.height, image.width, 3), np.float32)
    for place in np.linspace(-reach / 2, reach / 2, steps):
        shift = (1, 0, place * math.cos(angle), 0, 1, place * math.sin(angle))
        levels += np.asarray(image.transform(image.size, Image.Transform.AFFINE, shift, Image.Resampling.BILINEAR))
    # What comes in from beyond the picture is black: the rim goes.
    rim = math.ceil(reach / 2)
    return Image.fromarray((levels / steps).astype(np.uint8)).crop((rim, rim, image.width - rim, image.height - rim))


def _noisy(levels: Levels, noise: float, rng: Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """More of it where there is more light, and some of it in blotches, as cameras that smooth their noise leave it."""
    if not noise:
        return levels.astype(np.uint8)
    height, width = levels.shape[:2]
    fine = rng.normal(0, 1, levels.shape).astype(np.float32)
    blotches = fractal((width, height), rng, coarsest=max(width, height) // 8, roughness=0.5)[..., np.newaxis]
    share = rng.uniform(0, 0.6)
    strength = noise * np.sqrt(0.25 + 0.75 * levels / 255)
    return np.clip(levels + strength * ((1 - share) * fine + share * blotches), 0, 255).astype(np.uint8)


def _stored(image: Image.Image, quality: int, rng: Generator) -> bytes:
    orientation = int(rng.choice([3, 6, 8])) if rng.random() < HELD_OTHERWISE else 1
    turn = TURNED[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    (image if turn is None else image.transpose(turn)).save(file, "JPEG", quality=quality, exif=exif.tobytes())
    return file.getvalue()

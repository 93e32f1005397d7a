"""Photographs of digits elsewhere than on plain paper, or by a camera at its limits."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from scenes import marks, surfaces
from scenes.camera import Shot, screenshot, taken
from scenes.easel import BLACK, Easel, stamped
from scenes.surfaces import Levels


def chalk(easel: Easel) -> bytes:
    """White or coloured chalk, with gaps, on a board that was wiped."""
    rng, size = easel.rng, easel.size()
    mark = easel.hand(easel.share(0.15) * min(size), (0.06, 0.13))
    texture = surfaces.fractal(
        (mark.shape[1], mark.shape[0]), rng, coarsest=max(8, max(mark.shape) // 4), roughness=0.8
    )
    gaps = np.clip(0.85 + 0.4 * texture, 0.15, 1)
    colour = easel.colour(((0.9, 0.9, 0.87), (0.9, 0.9, 0.87), (0.9, 0.85, 0.5), (0.9, 0.6, 0.65)))
    return taken(easel.put(surfaces.blackboard(size, rng), mark * gaps, colour), Shot(noise=5), rng)


def whiteboard(easel: Easel) -> bytes:
    """A coloured marker, and a lamp that the board mirrors."""
    rng, size = easel.rng, easel.size()
    colour = easel.colour((BLACK, (0.1, 0.2, 0.7), (0.8, 0.1, 0.15), (0.05, 0.5, 0.25)))
    page = easel.put(surfaces.even(size, (0.8, 0.81, 0.82)), easel.hand(easel.share() * min(size)), colour, 0.85)
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    across, down = rng.uniform(0.1, 0.3) * size[0], rng.uniform(0.03, 0.2) * size[1]
    spot = np.square((columns - rng.uniform(0, size[0])) / across) + np.square((rows - rng.uniform(0, size[1])) / down)
    glare = (rng.uniform(0.1, 0.5) * np.exp(-spot))[..., np.newaxis]
    return taken(np.asarray(page + glare, dtype=np.float32), Shot(falloff=0.2), rng)


def window_on_a_screen(easel: Easel) -> bytes:
    """A screenshot of a typed digit in a window with a title, buttons and a scroll bar."""
    rng = easel.rng
    size = int(rng.integers(500, 1300)), int(rng.integers(400, 900))
    is_dark = rng.random() < 0.4
    paper, bar, text = ("#1e1f22", "#2f3136", "#e6e6e6") if is_dark else ("#ffffff", "#e8e8ec", "#202124")
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(13)
    draw.rectangle((0, 0, size[0], 28), fill=bar)
    draw.text((10, 6), "Untitled - Editor", fill=text, font=font)
    for number in range(3):
        draw.ellipse(
            (size[0] - 24 - 24 * number, 8, size[0] - 12 - 24 * number, 20),
            fill=("#e0533d", "#e6b43c", "#58b04c")[number],
        )
    draw.rectangle((size[0] - 12, 28, size[0], size[1]), fill=bar)
    draw.rounded_rectangle((size[0] - 10, 40, size[0] - 2, 40 + size[1] // 3), 4, fill="#9a9aa0")
    for number, label in enumerate(("Cancel", "Save")):
        left = size[0] - 110 - 90 * number
        draw.rounded_rectangle((left, size[1] - 36, left + 80, size[1] - 10), 5, fill="#3d6fd9", outline="#2d55ab")
        draw.text((left + 20, size[1] - 31), label, fill="white", font=font)
    page = np.asarray(image, dtype=np.float32) / np.float32(255)
    mark = easel.printed(easel.share(0.15, 0.6) * (size[1] - 90))
    left = int(rng.uniform(10, max(11, size[0] - 30 - mark.shape[1])))
    top = int(rng.uniform(36, max(37, size[1] - 44 - mark.shape[0])))
    colour = (0.9, 0.9, 0.9) if is_dark else (0.12, 0.12, 0.13)
    return screenshot(stamped(page, mark, (left, top), colour, 1.0))


def lit_display(easel: Easel) -> bytes:
    """A clock's or a scale's display: segments of light, or dark ones on grey-green."""
    rng, size = easel.rng, easel.size(400, 900)
    mark = marks.display(str(easel.digit.label), round(easel.share(0.2, 0.7) * min(size)), rng)
    if rng.random() < 0.5:
        glow = Image.fromarray((np.pad(mark, 40) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(12))
        shine = np.maximum(np.pad(mark, 40), 0.35 * np.asarray(glow, dtype=np.float32) / 255)
        colour = easel.colour(((0.95, 0.15, 0.1), (0.2, 0.9, 0.4), (0.3, 0.6, 1.0), (0.95, 0.95, 0.9)))
        page = easel.put(surfaces.even(size, (0.05, 0.05, 0.06)), np.asarray(shine, dtype=np.float32), colour, 1.0)
    else:
        page = easel.put(surfaces.even(size, (0.6, 0.66, 0.55)), mark, (0.15, 0.17, 0.15), 0.85)
    return taken(page, Shot(falloff=0.15), rng)


def at_the_edge(easel: Easel) -> bytes:
    """The digit reaches the picture's rim, or half a line beyond it."""
    rng, size = easel.rng, easel.size()
    mark = easel.hand(easel.share(0.15, 0.5) * min(size))
    beyond = int(rng.uniform(-0.01, 0.03) * max(mark.shape))
    left = int(rng.uniform(0.1, 0.9) * (size[0] - mark.shape[1]))
    top = int(rng.uniform(0.1, 0.9) * (size[1] - mark.shape[0]))
    side = int(rng.integers(4))
    if side < 2:
        left = (-beyond, size[0] - mark.shape[1] + beyond)[side]
    else:
        top = (-beyond, size[1] - mark.shape[0] + beyond)[side - 2]
    page = stamped(surfaces.paper(size, rng), mark, (left, top), easel.colour())
    return taken(page, Shot(perspective=0), rng)


def very_small_or_large(easel: Easel) -> bytes:
    """A twentieth of the picture, or nearly all of it."""
    rng, size = easel.rng, easel.size(700, 1200)
    if rng.random() < 0.5:
        mark = easel.hand(rng.uniform(0.05, 0.07) * max(size), (0.07, 0.13))
    else:
        mark = easel.hand(rng.uniform(0.88, 0.95) * min(size))
    free = np.array(size) - mark.shape[::-1]
    left, top = (rng.uniform(0.02, 0.98, 2) * free).astype(int)
    page = stamped(surfaces.paper(size, rng), mark, (int(left), int(top)), easel.colour())
    return taken(page, Shot(perspective=0), rng)


def strong_jpeg(easel: Easel) -> bytes:
    """Small, and sent on by a messenger that spares bytes."""
    rng, size = easel.rng, easel.size(160, 420)
    page = easel.put(surfaces.paper(size, rng), easel.hand(easel.share(0.2, 0.7) * min(size)), easel.colour())
    return taken(page, Shot(quality=(6, 20)), rng)


def shaken(easel: Easel) -> bytes:
    """The camera moved, and was not in focus."""
    rng, size = easel.rng, easel.size()
    mark = easel.hand(easel.share(0.25) * min(size), (0.07, 0.13))
    page = easel.put(surfaces.paper(size, rng), mark, easel.colour())
    moved = 0.09 * max(mark.shape) / max(size)
    return taken(page, Shot(motion=moved, defocus=moved / 4), rng)


def in_the_dark(easel: Easel) -> bytes:
    """Little light of one colour, and much noise."""
    rng, size = easel.rng, easel.size()
    page = easel.put(surfaces.paper(size, rng), easel.hand(easel.share(0.15) * min(size)), easel.colour((BLACK,)))
    return taken(page, Shot(brightness=(0.2, 0.45), noise=12, cast=0.2, falloff=0.6), rng)


def shadow_of_a_hand(easel: Easel) -> bytes:
    """Something between the lamp and the sheet, its shadow sharp."""
    rng, size = easel.rng, easel.size()
    page = easel.put(surfaces.paper(size, rng), easel.hand(easel.share(0.12) * min(size)), easel.colour())
    return taken(page, Shot(shadow=float(rng.uniform(0.3, 0.6))), rng)


def striped_light(easel: Easel) -> bytes:
    """Sun through a blind."""
    rng, size = easel.rng, easel.size()
    page = easel.put(surfaces.paper(size, rng), easel.hand(easel.share(0.15) * min(size)), easel.colour())
    return taken(_striped(page, rng), Shot(), rng)


def _striped(page: Levels, rng: np.random.Generator) -> Levels:
    height, width = page.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    angle = rng.uniform(0, np.pi)
    wave = np.sin(2 * np.pi * (rows * np.cos(angle) + columns * np.sin(angle)) / rng.uniform(0.15, 0.35))
    bright = 1 / (1 + np.exp(-wave * rng.uniform(2, 8)))
    return np.asarray(page * (1 - rng.uniform(0.2, 0.45) * (1 - bright))[..., np.newaxis], dtype=np.float32)

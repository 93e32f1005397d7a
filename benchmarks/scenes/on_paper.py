"""Photographs of digits on paper: stained, squared, held, printed, in pencil and text marker."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scenes import marks, surfaces
from scenes.camera import Shot, projected, taken
from scenes.easel import BLACK, BLUE, Easel, stamped


def note_on_a_table(easel: Easel) -> bytes:
    """A sheet on a wooden table, its edges in the picture, not seen from above."""
    rng, size = easel.rng, easel.size()
    page = surfaces.paper(size, rng)
    page = easel.put(page, easel.hand(easel.share(0.15) * min(size)), easel.colour())
    inwards = rng.uniform(0.04, 0.18, (4, 2)) * size * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    corners = np.array([(0, 0), (size[0], 0), size, (0, size[1])]) + inwards
    seen, inside = projected(page, [(float(x), float(y)) for x, y in corners], size)
    scene = surfaces.wood(size, rng) * (1 - inside) + seen * inside
    return taken(scene, Shot(perspective=0), rng)


def stained_paper(easel: Easel) -> bytes:
    """Rings of coffee and a fold."""
    rng, size = easel.rng, easel.size()
    page = surfaces.stained(surfaces.paper(size, rng, (0.88, 0.85, 0.78)), rng)
    return taken(easel.put(page, easel.hand(easel.share() * min(size)), easel.colour()), Shot(), rng)


def pencil(easel: Easel) -> bytes:
    """Grey and grainy."""
    rng, size = easel.rng, easel.size()
    mark = easel.hand(easel.share(0.15) * min(size), (0.03, 0.08))
    grain = np.clip(
        0.8 + 0.3 * surfaces.fractal((mark.shape[1], mark.shape[0]), rng, coarsest=150, roughness=0.9), 0.25, 1
    )
    page = easel.put(surfaces.paper(size, rng, grain=0.02), mark * grain, (0.3, 0.3, 0.32), rng.uniform(0.55, 0.85))
    return taken(page, Shot(), rng)


def spiral_notebook(easel: Easel) -> bytes:
    """Ruled, with the holes and the wire at the side."""
    rng, size = easel.rng, easel.size()
    page = surfaces.ruled(
        surfaces.paper(size, rng), rng.uniform(0.04, 0.1) * max(size), (0.5, 0.62, 0.8), squares=False, rng=rng
    )
    page = easel.put(page, easel.hand(easel.share(0.12) * min(size)), easel.colour())
    return taken(surfaces.punched(page, rng), Shot(perspective=0.04), rng)


def squared_paper(easel: Easel) -> bytes:
    """A school's squares, seen askew."""
    rng, size = easel.rng, easel.size()
    colour = ((0.55, 0.7, 0.85), (0.6, 0.6, 0.62), (0.75, 0.65, 0.75))[int(rng.integers(3))]
    page = surfaces.ruled(surfaces.paper(size, rng), rng.uniform(0.03, 0.09) * max(size), colour, squares=True, rng=rng)
    return taken(
        easel.put(page, easel.hand(easel.share(0.15) * min(size)), easel.colour()), Shot(perspective=0.08), rng
    )


def under_a_thumb(easel: Easel) -> bytes:
    """A note that is held by hand."""
    rng, size = easel.rng, easel.size()
    page = easel.put(surfaces.paper(size, rng), easel.hand(easel.share(0.12, 0.45) * min(size)), easel.colour())
    thumb = Image.new("L", size)
    long, wide = rng.uniform(0.15, 0.3) * max(size), rng.uniform(0.06, 0.1) * max(size)
    x, y = float(rng.uniform(0.1, 0.9) * size[0]), float(size[1])
    if rng.random() < 0.5:
        x, y, wide, long = float(size[0]), float(rng.uniform(0.1, 0.9) * size[1]), long, wide
    ImageDraw.Draw(thumb).ellipse((x - wide, y - long, x + wide, y + long), fill=255)
    covered = np.asarray(thumb.filter(ImageFilter.GaussianBlur(3)), dtype=np.float32)[..., np.newaxis] / np.float32(255)
    skin = surfaces.paper(size, rng, ((0.85, 0.65, 0.55), (0.5, 0.34, 0.26))[int(rng.integers(2))])
    return taken(np.asarray(page * (1 - covered) + skin * covered, dtype=np.float32), Shot(perspective=0), rng)


def receipt(easel: Easel) -> bytes:
    """Pale thermal print, its rows uneven."""
    rng, size = easel.rng, easel.size()
    mark = easel.printed(easel.share(0.15) * min(size))
    rows = np.clip(0.85 + 0.25 * rng.normal(0, 1, (mark.shape[0] // 3 + 1, 1)), 0.4, 1).repeat(3, axis=0)[
        : mark.shape[0]
    ]
    page = surfaces.paper(size, rng, (0.85, 0.84, 0.83))
    faded = np.asarray(mark * rows, dtype=np.float32)
    return taken(easel.put(page, faded, (0.35, 0.33, 0.4), float(rng.uniform(0.5, 0.9))), Shot(), rng)


def highlighter(easel: Easel) -> bytes:
    """A pen's digit in a broad stroke of a text marker, or one written with the marker itself."""
    rng, size = easel.rng, easel.size()
    bright = easel.colour(((0.95, 0.95, 0.2), (0.98, 0.55, 0.75), (0.5, 0.95, 0.5), (1.0, 0.7, 0.25)))
    page = surfaces.paper(size, rng)
    side = easel.share(0.12, 0.5) * min(size)
    if rng.random() < 0.4:
        return taken(easel.put(page, easel.hand(side, (0.1, 0.16)), bright, 0.9), Shot(), rng)
    mark = easel.hand(side)
    swath = np.zeros(
        (int(mark.shape[0] * rng.uniform(1.2, 1.7)), int(mark.shape[1] + side * rng.uniform(1.0, 3))), np.float32
    )
    edge = np.linspace(0, 1, swath.shape[0])[:, np.newaxis] + 0.03 * rng.normal(0, 1, (1, swath.shape[1])).cumsum(1) / 8
    swath[(edge > 0.04) & (edge < 0.96)] = 1
    room = np.array([size[0] - swath.shape[1], size[1] - swath.shape[0]])
    left, top = (rng.uniform(0.05, 0.95, 2) * room).astype(int)
    marked = stamped(page, swath, (int(left), int(top)), bright, 0.75)
    at = int(left + (swath.shape[1] - mark.shape[1]) / 2), int(top + (swath.shape[0] - mark.shape[0]) / 2)
    return taken(stamped(marked, mark, at, easel.colour()), Shot(), rng)


def in_a_printed_frame(easel: Easel) -> bytes:
    """In a form's box, which it may nearly touch."""
    rng, size = easel.rng, easel.size()
    page = surfaces.paper(size, rng)
    mark = easel.hand(easel.share(0.12, 0.5) * min(size))
    gap = rng.uniform(0.06, 0.4) * max(mark.shape)
    width, height = (int(side + 2 * gap) for side in mark.shape[::-1])
    thick = max(1, round(rng.uniform(0.002, 0.006) * max(size)))
    frame = Image.new("L", (width, height))
    ImageDraw.Draw(frame).rounded_rectangle(
        (0, 0, width - 1, height - 1), float(rng.choice([0, 0.1])) * height, outline=255, width=thick
    )
    left, top = (rng.uniform(0.1, 0.9, 2) * np.maximum(0, np.array(size) - (width, height))).astype(int)
    box = np.asarray(frame, dtype=np.float32) / np.float32(255)
    page = stamped(page, box, (int(left), int(top)), easel.colour((BLACK, (0.4, 0.4, 0.42), (0.2, 0.35, 0.7))))
    at = int(left + (width - mark.shape[1]) / 2), int(top + (height - mark.shape[0]) / 2)
    return taken(stamped(page, mark, at, easel.colour()), Shot(perspective=0.04), rng)


def kraft_or_sticky_note(easel: Easel) -> bytes:
    """On brown paper, or on a note of a strong colour."""
    rng, size = easel.rng, easel.size()
    colours = ((0.62, 0.47, 0.32), (0.97, 0.88, 0.4), (0.95, 0.55, 0.7), (0.5, 0.78, 0.9), (0.62, 0.85, 0.5))
    page = surfaces.paper(size, rng, easel.colour(colours).tolist(), grain=0.03)
    return taken(
        easel.put(page, easel.hand(easel.share() * min(size)), easel.colour((BLACK, BLACK, BLUE))), Shot(), rng
    )


def shine_through(easel: Easel) -> bytes:
    """Thin paper with print on its back."""
    rng, size = easel.rng, easel.size()
    back = np.zeros((size[1], size[0]), np.float32)
    font = easel.fonts[int(rng.integers(len(easel.fonts)))]
    line = rng.uniform(0.03, 0.06) * max(size)
    for row in np.arange(line, size[1] - 2 * line, 1.8 * line).astype(int).tolist():
        words = marks.typed(font, "".join(rng.choice(list("abcdehmnorstuvwxz  "), 30)).strip(), round(0.9 * size[0]))
        part = back[row : row + words.shape[0], 10 : 10 + words.shape[1]]
        part[:] = words[: part.shape[0], : part.shape[1]]
    page = surfaces.shine_through(surfaces.paper(size, rng), back, float(rng.uniform(0.03, 0.12)))
    return taken(easel.put(page, easel.hand(easel.share(0.2) * min(size)), easel.colour()), Shot(), rng)


def tilted(easel: Easel) -> bytes:
    """The sheet turned by 8 to 15 degrees."""
    rng, size = easel.rng, easel.size()
    angle = float(np.radians(rng.uniform(8, 15)) * rng.choice([-1, 1]))
    return taken(
        easel.put(surfaces.paper(size, rng), easel.hand_turned(easel.share() * min(size), angle), easel.colour()),
        Shot(),
        rng,
    )

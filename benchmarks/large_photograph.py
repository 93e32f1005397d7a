"""How long a photograph of twelve megapixels takes from its bytes to the reading, over decoding it with Pillow.

`python benchmarks/large_photograph.py`; the digit is drawn, the paper uneven and noisy, as a telephone has it. All are
taken in turn, with the processor's time of each, so that a busy computer slows them alike.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from mnist_desktop.ink.pictures import decode_picture
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import find_model
from mnist_desktop.recognition.reader import open_reader

SIZE = (4000, 3000)
PROMISED = 2.5
"""The whole reading over decoding, at the most."""

ROUNDS = 5
SHARES = {"small": 0.05, "medium": 0.3, "large": 0.9}
"""The digit's height over the picture's."""


def photograph(share: float, *, lines: bool) -> bytes:
    """A JPEG of a 4, `share` of the picture high, on plain or ruled paper."""
    rng = np.random.default_rng(4)
    width, height = SIZE
    image = Image.new("L", SIZE, 225)
    draw = ImageDraw.Draw(image)
    if lines:
        for row in range(100, height, 260):
            draw.line((0, row, width, row + 40), fill=170, width=7)
    side = share * height
    pen = max(3, round(0.09 * side))
    places = [[(0.6, 0.05), (0.1, 0.65), (0.8, 0.65)], [(0.6, 0.35), (0.58, 0.95)]]
    for stroke in places:
        points = [(0.4 * width + (x - 0.4) * side, 0.5 * height + (y - 0.5) * side) for x, y in stroke]
        draw.line(points, fill=40, width=pen, joint="curve")
    light = np.linspace(1, 0.65, width)[None, :] * np.linspace(1, 0.9, height)[:, None]
    levels = np.asarray(image.filter(ImageFilter.GaussianBlur(3)), dtype=np.float32) * light
    noisy = levels[..., None] + rng.normal(0, 4, (height, width, 1)) + np.array([0, -4, -12], np.float32)
    file = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


def decode_with_pillow(content: bytes) -> None:
    """What the file costs anybody who opens it."""
    Image.open(io.BytesIO(content)).load()


def seconds(action: Callable[[bytes], object], content: bytes) -> float:
    """The processor's time that `action` takes with `content`."""
    started = time.process_time()
    action(content)
    return time.process_time() - started


def main() -> int:
    """Print the medians of each kind of photograph; 1 when one takes longer than promised."""
    reader = open_reader(find_model("digits", [shipped("model")]))
    kept = True

    def read_one(content: bytes) -> None:
        reader.read_picture(decode_picture(content, name=None))

    def read_several(content: bytes) -> None:
        reader.read_digits(decode_picture(content, name=None))

    for name, share in SHARES.items():
        for lines in (False, True):
            content = photograph(share, lines=lines)
            prediction = reader.read_picture(decode_picture(content, name=None)).prediction
            assert prediction is not None
            decoding, single, several = [], [], []
            for _ in range(ROUNDS):
                decoding.append(seconds(decode_with_pillow, content))
                single.append(seconds(read_one, content))
                several.append(seconds(read_several, content))
            alone, one, number = (statistics.median(each) for each in (decoding, single, several))
            kept &= max(one, number) <= PROMISED * alone
            kind = f"{name:7}{'ruled' if lines else 'plain':6} read as {prediction.label}"
            shown = f"one digit {one * 1000:4.0f} ms ({one / alone:.2f}), divided {number * 1000:4.0f} ms"
            print(f"{kind}: Pillow {alone * 1000:4.0f} ms, {shown} ({number / alone:.2f})")
    reader.close()
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

"""One glyph read by the shipped engine, against what programs of this kind call: `keras.Model.predict`.

All three run the same network on the same glyph in one run; the figures are medians.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import normalise
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.keras import KerasClassifier
from mnist_desktop.recognition.litert import LiteRTClassifier, as_input
from mnist_desktop.recognition.models import load_model

SEVEN = Drawing(strokes=(Stroke(points=((0, 0), (50, 0), (20, 80))),))
ROUNDS = 200
SLOW_ROUNDS = 30


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """Median milliseconds of `work`, after three calls that warm it up."""
    for _ in range(3):
        work()
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def main() -> int:
    """Print the three medians and what they are as multiples of the shipped engine's."""
    glyph = normalise(rasterise(SEVEN))
    assert glyph is not None
    model = load_model(shipped("model") / "digits")
    litert, child = LiteRTClassifier(model), KerasClassifier(model)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    network = keras.models.load_model(model.keras_file, compile=False)
    batch = as_input([glyph])
    figures = {
        "LiteRT (shipped)": median_ms(lambda: litert.predict([glyph]), ROUNDS),
        "tf.function in a child process (--engine tensorflow)": median_ms(lambda: child.predict([glyph]), ROUNDS),
        "keras.Model.predict": median_ms(lambda: network.predict(batch, verbose=0), SLOW_ROUNDS),
    }
    child.close()
    litert.close()
    fastest = figures["LiteRT (shipped)"]
    for name, milliseconds in figures.items():
        print(f"{milliseconds:8.3f} ms  {milliseconds / fastest:7.1f} ×  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What decided: paper over the telling part takes the answer away."""

from __future__ import annotations

import numpy as np

from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.recognition.explain import PATCH, occlusion_map
from mnist_desktop.recognition.litert import LiteRTClassifier
from mnist_desktop.recognition.models import Model
from mnist_desktop.recognition.reader import Reader


def test_the_map_is_the_fall_of_the_answers_probability(model: Model, reader: Reader) -> None:
    drawing = Drawing(strokes=(Stroke(points=((0, 0), (50, 0), (20, 80))),))
    reading = reader.read_drawing(drawing)
    assert reading.glyph is not None
    assert reading.prediction is not None
    classifier = LiteRTClassifier(model)
    found = occlusion_map(classifier, reading.glyph)
    assert found.shape == (28, 28)
    assert found.max() > 0
    without_ink = [
        found[top : top + PATCH, left : left + PATCH]
        for top in range(0, 28, PATCH)
        for left in range(0, 28, PATCH)
        if not reading.glyph.levels[top : top + PATCH, left : left + PATCH].any()
    ]
    assert without_ink
    assert not np.array(without_ink).any()
    classifier.close()

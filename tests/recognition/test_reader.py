"""From a drawing to a reading: the promises that do not depend on how well the model was trained."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from mnist_desktop.ink.drawing import Drawing, Stroke, read_ink_file
from mnist_desktop.ink.pictures import Picture
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import ModelError, Prediction
from mnist_desktop.recognition.models import CARD, Model, load_model
from mnist_desktop.recognition.reader import Reader, Verdict, open_reader, verdict_of

LABELS = tuple("0123456789")


def moved(drawing: Drawing, *, size: float, left: float, top: float) -> Drawing:
    """`drawing` with its longer side `size` pixels, at a place of the canvas, its points on whole pixels."""
    x0, y0, x1, y1 = drawing.bounds()
    scale = size / max(x1 - x0, y1 - y0, 1e-9)
    return Drawing(
        strokes=tuple(
            Stroke(
                points=tuple((round(left + (x - x0) * scale), round(top + (y - y0) * scale)) for x, y in each.points)
            )
            for each in drawing.strokes
        )
    )


def test_a_digit_reads_the_same_small_large_and_in_a_corner(reader: Reader, data: Path) -> None:
    drawings = [entry.drawing for entry in itertools.islice(read_ink_file(data / "pendigits-train.jsonl.gz"), 300)]
    usual = [reader.read_drawing(moved(each, size=200, left=180, top=180)) for each in drawings]
    for size, corner in ((25, 0), (560, 0), (90, 470)):
        same = 0
        for drawing, expected in zip(drawings, usual, strict=True):
            reading = reader.read_drawing(moved(drawing, size=size, left=corner, top=corner))
            assert reading.prediction is not None
            assert expected.prediction is not None
            same += reading.prediction.best == expected.prediction.best
        assert same >= 0.98 * len(drawings), (size, corner)


def test_the_sample_drawings_read_as_what_they_are(reader: Reader) -> None:
    files = sorted((shipped("resources") / "drawings").glob("*.json"))
    assert files
    for file in files:
        entry = next(read_ink_file(file))
        reading = reader.read_drawing(entry.drawing)
        assert reading.prediction is not None
        assert (reading.verdict, reading.prediction.best) == (Verdict.DIGIT, entry.label), file.name


@pytest.mark.parametrize("drawing", [Drawing(), Drawing(strokes=(Stroke(points=()),))])
def test_an_empty_canvas_is_blank_by_rule(reader: Reader, drawing: Drawing) -> None:
    reading = reader.read_drawing(drawing)
    assert reading.verdict is Verdict.BLANK
    assert reading.glyph is None
    assert reading.prediction is None


def test_the_glyph_is_what_the_model_was_given(reader: Reader, model: Model) -> None:
    drawing = Drawing(strokes=(Stroke(points=((0, 0), (50, 0), (20, 80))),))
    reading = reader.read_drawing(drawing)
    assert reading.glyph is not None
    other = open_reader(model)
    assert other._classifier.predict([reading.glyph])[0] == reading.prediction
    other.close()
    assert set(np.unique(reading.glyph.levels)) == {0, 255}


def test_many_at_once_read_as_one_by_one(reader: Reader) -> None:
    drawings = [Drawing(), *(Drawing(strokes=(Stroke(points=((0, 0), (50, 0), (x, 80))),)) for x in range(0, 50, 7))]
    together = reader.read_prepared([reader.prepare_drawing(drawing) for drawing in drawings])
    alone = [reader.read_drawing(drawing) for drawing in drawings]
    for one, other in zip(together, alone, strict=True):
        assert (one.glyph, one.verdict, one.drawing) == (other.glyph, other.verdict, other.drawing)
        if one.prediction is not None:
            assert other.prediction is not None
            assert one.prediction.best == other.prediction.best


def test_below_the_cards_figure_it_is_unsure() -> None:
    prediction = Prediction(probabilities=(0.6, 0.4), labels=("a", "b"))
    assert verdict_of(prediction, 0.61) is Verdict.UNSURE
    assert verdict_of(prediction, 0.6) is Verdict.DIGIT
    assert verdict_of(None, 0.6) is Verdict.BLANK
    assert prediction.labels[prediction.runner_up] == "b"


@pytest.mark.parametrize(
    "points",
    [
        [(i * 12, i % 2 * 60) for i in range(12)],
        [(50 + 45 * np.cos(i / 6) * i / 60, 50 + 45 * np.sin(i / 6) * i / 60) for i in range(90)],
        [(0, 0), (60, 90), (120, 0), (180, 90), (240, 0)],
    ],
    ids=["zigzag", "spiral", "w"],
)
def test_a_scribble_is_not_called_a_digit(reader: Reader, points: list[tuple[float, float]]) -> None:
    drawing = Drawing(strokes=(Stroke(points=tuple((float(x), float(y)) for x, y in points)),))
    assert reader.read_drawing(drawing).verdict is Verdict.UNSURE


def test_a_picture_model_is_given_the_whole_subject_in_its_grey(copied_model: Path) -> None:
    """The digits' network stands in: what counts is the glyph, which here is no stroke and no 20 pixels high."""
    card = json.loads((copied_model / CARD).read_text("utf-8"))
    (copied_model / CARD).write_text(json.dumps({**card, "input": "grey", "preparation": "picture"}), "utf-8")
    shirt = np.full((90, 120, 3), 240, np.uint8)
    shirt[10:80, 30:90] = np.linspace(20, 140, 60).astype(np.uint8)[:, np.newaxis]
    reader = open_reader(load_model(copied_model))
    of_picture = reader.read_picture(Picture(name=None, pixels=shirt))
    of_ink = reader.prepare_ink((240 - shirt[..., 0].astype(np.float32)) / np.float32(220))
    of_drawing = reader.read_drawing(Drawing(strokes=(Stroke(points=((0, 0), (50, 0), (20, 80))),)))
    blank = reader.read_picture(Picture(name=None, pixels=np.full((90, 120, 3), 240, np.uint8)))
    reader.close()
    assert of_picture.isolated is not None
    assert of_picture.isolated.box == (30, 10, 60, 70)
    assert of_picture.glyph is not None
    assert of_ink.glyph is not None
    assert of_drawing.glyph is not None
    assert of_picture.glyph.levels[:, 2:26].all()
    assert np.abs(of_picture.glyph.levels.astype(int) - of_ink.glyph.levels).max() <= 3
    assert np.ptp(np.flatnonzero(of_drawing.glyph.levels.any(axis=1))) == 27
    assert len(np.unique(of_drawing.glyph.levels)) > 2
    assert blank.verdict is Verdict.BLANK


def test_an_unknown_engine_is_refused(model: Model) -> None:
    with pytest.raises(ModelError, match="litert, tensorflow"):
        open_reader(model, "abacus")

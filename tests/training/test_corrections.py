"""Learning from corrections: a new style is learned, and nothing is published that reads anything worse."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng
from sklearn.datasets import load_digits

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.evaluation.measure import Measurement, read_subjects
from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.glyph import normalise
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.models import CARD, Model, load_model
from mnist_desktop.recognition.reader import open_reader
from mnist_desktop.training.card import Run
from mnist_desktop.training.checkpoint import TrainingStoppedError
from mnist_desktop.training.corrections import (
    IN_A_BATCH,
    KEPT_BACK,
    LEARNED_FROM,
    Learned,
    Mixed,
    Usual,
    learn,
)
from mnist_desktop.training.finish import Sets
from mnist_desktop.training.samples import Batch

pytestmark = [
    pytest.mark.timeout(600),
    # Keras 3 has not met NumPy 2's copy keyword everywhere; its own code, its own warning.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

STEPS = 40

USUAL = 64
"""Digits in a usual batch here."""


class ScannedDigits:
    """scikit-learn's digits but for the last 300, in batches, as what the model is to go on reading."""

    def __init__(self, *, without: int | None = None) -> None:
        data = load_digits()
        glyphs, labels = [], []
        for image, label in zip(data.images[:-300], data.target[:-300].tolist(), strict=True):
            glyph = normalise(image.astype(np.float32) / 16)
            if glyph is not None and label != without:
                glyphs.append(glyph.levels)
                labels.append(label)
        self._glyphs = np.stack(glyphs)[..., np.newaxis].astype(np.float32) / np.float32(255)
        self._targets = np.eye(10, dtype=np.float32)[labels]

    def batch(self, number: int) -> Batch:
        chosen = default_rng(number).integers(len(self._glyphs), size=USUAL)
        return Batch(glyphs=self._glyphs[chosen], targets=self._targets[chosen], labelled=np.ones(USUAL, np.bool_))


def digits(start: int, end: int | None) -> list[Subject]:
    data = load_digits()
    pairs = zip(data.images[start:end], data.target[start:end].tolist(), strict=True)
    return [Subject(content=image.astype(np.float32) / 16, label=label) for image, label in pairs]


def spirals(count: int, label: int) -> list[Subject]:
    """A sign that nobody writes for a digit, drawn a little differently each time."""
    rng = default_rng(count)
    drawings = []
    for _ in range(count):
        turns, start = rng.uniform(2.2, 2.8), rng.uniform(0, 1)
        angles = np.linspace(start, start + turns * 2 * np.pi, 60)
        radii = np.linspace(5, 50, 60)
        points = tuple(zip((radii * np.cos(angles)).tolist(), (radii * np.sin(angles)).tolist(), strict=True))
        drawings.append(Drawing(strokes=(Stroke(points=points),)))
    return [Subject(content=drawing, label=label) for drawing in drawings]


@pytest.fixture
def start() -> Model:
    return load_model(shipped("model") / "digits")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many steps as a test can wait for, and longer ones for it."""
    monkeypatch.setattr("mnist_desktop.training.corrections.STEPS", STEPS)
    monkeypatch.setattr("mnist_desktop.training.corrections.LEARNING_RATE", 5e-4)
    # So few and long steps are rough: of 300 digits, six may go.
    monkeypatch.setattr("mnist_desktop.training.corrections.WORSE", 0.02)


def learned(
    start: Model, out: Path, corrections: Sequence[Subject], usual: Usual | None = None, *, sets: Sets | None = None
) -> Learned:
    run = Run(data=Path("nowhere"), out=out, epochs=None, seed=3, command="mnist-desktop train --corrections")
    seen: list[int] = []
    result = learn(
        run,
        start,
        corrections,
        usual or ScannedDigits(),
        sets or {"scanned digits": digits(-300, None)},
        lambda *at: seen.append(at[0]),
    )
    assert seen in ([], list(range(1, STEPS + 1)))
    return result


def test_a_new_style_is_learned_and_nothing_forgotten(start: Model, quick: None, tmp_path: Path) -> None:
    out = tmp_path / "models" / "digits-corrected"
    result = learned(start, out, spirals(30, label=4))
    assert result.before[KEPT_BACK].count == 6
    assert result.before[LEARNED_FROM].count == 24
    assert result.before[KEPT_BACK].accuracy < 0.5
    assert result.after[KEPT_BACK].accuracy == 1
    assert result.after["scanned digits"].accuracy >= result.before["scanned digits"].accuracy - 0.02
    assert result.published

    card = json.loads((out / CARD).read_text("utf-8"))
    assert card["name"] == "digits-corrected"
    assert card["training"]["data"][-1]["used"].startswith("24 corrected readings")
    assert len(card["runs"]) == len(start.card.details["runs"]) + 1
    reader = open_reader(load_model(out))
    readings = [reader.read_drawing(each.content) for each in spirals(7, 4) if isinstance(each.content, Drawing)]
    reader.close()
    assert [reading.prediction.label for reading in readings if reading.prediction] == ["4"] * 7
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_what_would_read_other_digits_worse_is_not_published(
    start: Model, quick: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody corrected all 3s to 8, and no usual sample says otherwise: the model can only follow."""
    monkeypatch.setattr("mnist_desktop.training.corrections.STRIDES", (1.0,))
    wrong = [Subject(content=each.content, label=8) for each in digits(0, 600) if each.label == 3]
    threes = [each for each in digits(-300, None) if each.label == 3]
    out = tmp_path / "models" / "digits-corrected"
    result = learned(start, out, wrong, ScannedDigits(without=3), sets={"threes": threes})
    assert result.after[KEPT_BACK].accuracy > result.before[KEPT_BACK].accuracy
    assert result.worse == ("threes",)
    assert not result.published
    assert not list(out.parent.iterdir())


def test_what_is_there_stays_when_the_new_model_is_refused_and_goes_when_it_is_better(
    start: Model, quick: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / CARD).write_text("earlier")
    with monkeypatch.context() as patch:
        patch.setattr("mnist_desktop.training.corrections.STRIDES", (1.0,))
        patch.setattr("mnist_desktop.training.corrections.WORSE", -1.0)
        assert not learned(start, out, spirals(10, label=4)).published
    assert (out / CARD).read_text() == "earlier"
    assert learned(start, out, spirals(10, label=4)).published
    assert load_model(out).card.name == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [(9_950, 9_940, False), (9_950, 9_939, True), (9_950, 9_960, False), (10_000, 9_990, False), (10_000, 9_980, True)],
)
def test_a_tenth_of_a_point_is_the_most_that_may_be_lost(before: int, after: int, worse: bool) -> None:
    was = {"a set": right(before), LEARNED_FROM: right(0)}
    result = Learned(before=was, after={"a set": right(after), LEARNED_FROM: right(9_000)})
    assert result.worse == (("a set",) if worse else ())
    assert result.published is not worse
    assert not Learned(before=result.after, after=result.after).published


def right(count: int) -> Measurement:
    """So many of 10,000 were read right."""
    return Measurement(
        count=10_000,
        accuracy=count / 10_000,
        unsure=0.0,
        blank=0,
        ece=0.0,
        recall=(),
        confusion=(),
        totals=(),
        calibration=(),
        confidences=(),
        ms_per_image=1.0,
        unreadable=(),
    )


def test_ctrl_c_stops_in_order_and_the_same_corrections_go_on_from_there(
    start: Model, quick: None, tmp_path: Path
) -> None:
    run = Run(data=Path("nowhere"), out=tmp_path / "mine", epochs=None, seed=3, command="mnist-desktop train")
    seen: list[int] = []

    def pressed(done: int, steps: int, loss: float) -> None:
        seen.append(done)
        if len(seen) == 2:
            os.kill(os.getpid(), signal.SIGINT)

    def learn_it(corrections: Sequence[Subject]) -> Learned:
        seen.clear()
        return learn(run, start, corrections, ScannedDigits(), {"scanned digits": digits(-100, None)}, pressed)

    stopped = r"^Stopped after {} of 40 batches; the same command goes on from there\.$"
    for corrections, done in ((spirals(5, label=4), 2), (spirals(5, label=4), 4), (spirals(6, label=4), 2)):
        with pytest.raises(TrainingStoppedError, match=stopped.format(done)):
            learn_it(corrections)
    assert [path.name for path in tmp_path.iterdir()] == [".mine-corrections-checkpoint.npz"]
    # Nobody presses anything from the third batch on.
    seen.append(0)
    result = learn(
        run, start, spirals(6, label=4), ScannedDigits(), {"scanned digits": digits(-100, None)},
        lambda done, *_: seen.append(done),
    )  # fmt: skip
    assert seen[-1] == STEPS
    assert seen[-38:] == list(range(3, STEPS + 1))
    assert result.published
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_what_is_read_right_already_is_not_learned_again(start: Model, tmp_path: Path) -> None:
    reader = open_reader(start)
    right = [
        Subject(content=outcome.reading.glyph.levels.astype(np.float32) / np.float32(255), label=outcome.label)
        for outcome in read_subjects(reader, digits(0, 30))
        if outcome.reading is not None
        and outcome.reading.glyph is not None
        and outcome.reading.prediction is not None
        and outcome.reading.prediction.best == outcome.label
    ]
    reader.close()
    assert len(right) > 20
    left = tmp_path / ".out-corrections-checkpoint.npz"
    left.write_bytes(b"of other corrections")
    result = learned(start, tmp_path / "out", right)
    assert result.nothing_to_learn
    assert not result.published
    assert not list(tmp_path.iterdir())


def test_one_correction_alone_is_learned_from_and_none_is_kept_back(start: Model, quick: None, tmp_path: Path) -> None:
    result = learned(start, tmp_path / "out", spirals(1, label=4))
    assert KEPT_BACK not in result.after
    assert result.after[LEARNED_FROM].accuracy == 1
    assert result.published


def test_corrections_come_with_every_batch_and_the_same_ones_again(start: Model) -> None:
    usual = ScannedDigits()
    corrections = [*spirals(3, label=4), Subject(content=np.eye(28, dtype=np.float32), label=1)]
    one, other = (Mixed(usual, corrections, 5) for _ in range(2))
    batch = one.batch(7)
    assert batch.glyphs.shape == (USUAL + IN_A_BATCH, 28, 28, 1)
    assert np.array_equal(batch.glyphs[:USUAL], usual.batch(7).glyphs)
    assert set(np.unique(batch.glyphs)) == {0, 1}
    assert batch.glyphs.any(axis=(1, 2, 3)).all()
    assert set(batch.targets[USUAL:].argmax(axis=1).tolist()) == {1, 4}
    np.testing.assert_allclose(batch.targets.sum(axis=1), 1)
    assert np.array_equal(batch.glyphs, other.batch(7).glyphs)
    assert not np.array_equal(batch.glyphs[USUAL:], one.batch(8).glyphs[USUAL:])


@pytest.mark.parametrize(
    "changes",
    [{"labels": ["no", "yes"]}, {"input": "grey"}, {"preparation": "picture"}],
    ids=["labels", "grey", "whole"],
)
def test_a_model_for_something_else_is_refused(start: Model, tmp_path: Path, changes: dict[str, object]) -> None:
    card = {**start.card.details, **changes}
    (tmp_path / CARD).write_text(json.dumps(card), "utf-8")
    for file in (start.litert_file, start.keras_file):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelError, match="does not read the ten digits"):
        learned(load_model(tmp_path), tmp_path / "out", spirals(1, label=1))

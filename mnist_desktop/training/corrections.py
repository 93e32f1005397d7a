"""Turns corrected readings into a model that has learned from them, kept only if it reads everything else as well."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.evaluation.measure import Measurement
from mnist_desktop.ink.drawing import Drawing, to_json
from mnist_desktop.ink.glyph import SIDE, Ink, crop, fit, normalise
from mnist_desktop.ink.raster import rasterise
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.models import CARD, KERAS_FILE, LITERT_FILE, Model, load_model
from mnist_desktop.recognition.publishing import put_in_place
from mnist_desktop.training.augmentation import PEN_WIDTHS, bend, in_field, redrawn
from mnist_desktop.training.card import DIGITS, Run
from mnist_desktop.training.checkpoint import Checkpoint, checkpoint_of_corrections
from mnist_desktop.training.finish import Sets, finish, measure_model
from mnist_desktop.training.fitting import Progress, fit_batches
from mnist_desktop.training.samples import Batch
from mnist_desktop.training.start import start_tensorflow

if TYPE_CHECKING:
    import keras

STEPS = 400
LEARNING_RATE = 1e-4
"""A thirtieth of what training from nothing uses: enough for a few styles, too little to forget the rest."""
WEIGHT_DECAY = 1e-4

IN_A_BATCH = 32
"""Corrected samples beside the usual ones of each batch."""

HELD_BACK = 0.2
"""Share of the corrections that are not learned from but measured."""

WORSE = 0.001
"""How much less of an evaluation set may be right: a tenth of a point."""

STRIDES = (1.0, 0.5, 0.25)
"""How far to go from the old weights to the new ones: what lies between keeps more of the old (Wortsman et al. 2022,
"Robust fine-tuning of zero-shot models"). The longest stride that makes nothing worse is taken."""

THRESHOLDS = (0.3, 0.6)
"""Shares of the ink's darkness at which corrected samples are binarised, around that of readings."""

KEPT_BACK = "corrections kept back"
LEARNED_FROM = "corrections learned from"


class Usual(Protocol):
    """What the model learned from before, so that it is not forgotten."""

    def batch(self, number: int) -> Batch: ...


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What learning from corrections has come to: how the model read each set before, and how it does after."""

    before: Mapping[str, Measurement]
    after: Mapping[str, Measurement]

    @property
    def worse(self) -> tuple[str, ...]:
        """The sets of which more than a tenth of a point less is right than before."""
        return tuple(
            name for name, was in self.before.items() if self.after[name].accuracy < was.accuracy - WORSE - 1e-9
        )

    @property
    def nothing_to_learn(self) -> bool:
        """Whether the model read every correction right before."""
        return _right(self.before) == _corrected(self.before)

    @property
    def gained(self) -> bool:
        """Whether more of the corrections is right than before."""
        return _right(self.after) > _right(self.before)

    @property
    def published(self) -> bool:
        return self.gained and not self.worse


def learn(
    run: Run, start: Model, corrections: Sequence[Subject], usual: Usual, sets: Sets, progress: Progress
) -> Learned:
    """Fine-tune `start` on `corrections` (drawings, or ink) among the `usual` samples.

    The model is written to `run.out` only when no set became worse and the corrections better. Raises ModelError when
    `start` is not a network for digits that this program trained, OSError when the folder cannot be written, and
    TrainingStoppedError when it was stopped: the same run goes on then, unless there are other corrections.
    """
    network = _network_of(start, run.seed)
    checkpoint = checkpoint_for(run, start, corrections)
    learned_from, kept_back = _split(corrections, run.seed)
    measured_sets = {**sets, LEARNED_FROM: learned_from, **({KEPT_BACK: kept_back} if kept_back else {})}
    before = measure_model(start, measured_sets)
    learned = Learned(before=before, after=before)
    if learned.nothing_to_learn:
        # What was stopped before had other corrections to learn.
        checkpoint.remove()
        return learned
    old = network.get_weights()
    _fit(network, Mixed(usual, learned_from, run.seed), progress, checkpoint)
    new = network.get_weights()
    run.out.parent.mkdir(parents=True, exist_ok=True)
    for stride in STRIDES:
        network.set_weights([was + stride * (now - was) for was, now in zip(old, new, strict=True)])
        with tempfile.TemporaryDirectory(dir=run.out.parent, prefix=f".{run.out.name}-") as made:
            folder = Path(made) / run.out.name
            _export(network, start, replace(run, out=folder), sets, len(learned_from), len(kept_back))
            learned = Learned(before=before, after=measure_model(load_model(folder), measured_sets))
            if learned.published:
                put_in_place(folder, run.out)
                break
    checkpoint.remove()
    return learned


def checkpoint_for(run: Run, start: Model, corrections: Sequence[Subject]) -> Checkpoint:
    """Where learning is kept when it is stopped, until more is corrected or it is finished."""
    content = hashlib.sha256(start.card.sha256[KERAS_FILE].encode())
    for each in corrections:
        content.update(f"\n{each.label} ".encode())
        content.update(_bytes_of(each))
    return checkpoint_of_corrections(run, content.hexdigest())


class Mixed:
    """The usual batches with corrected samples added, each varied as the usual ones are."""

    def __init__(self, usual: Usual, corrections: Sequence[Subject], seed: int) -> None:
        self._usual = usual
        self._corrections = corrections
        self._seed = seed

    def batch(self, number: int) -> Batch:
        """The usual batch of that number and IN_A_BATCH corrected samples; the same every time it is asked for."""
        usual = self._usual.batch(number)
        rng = default_rng((self._seed, number, 1))
        chosen = [self._corrections[int(rng.integers(len(self._corrections)))] for _ in range(IN_A_BATCH)]
        inks = bend(np.stack([_varied(each, rng) for each in chosen]), rng)
        glyphs = np.zeros((IN_A_BATCH, SIDE, SIDE, 1), np.float32)
        targets = np.zeros((IN_A_BATCH, usual.targets.shape[1]), np.float32)
        for row, (ink, each) in enumerate(zip(inks, chosen, strict=True)):
            glyph = normalise(ink, share=rng.uniform(*THRESHOLDS))
            if glyph is not None:
                glyphs[row, :, :, 0] = glyph.levels / np.float32(255)
            targets[row, each.label] = 1
        return Batch(
            glyphs=np.concatenate([usual.glyphs, glyphs]),
            targets=np.concatenate([usual.targets, targets]),
            labelled=np.concatenate([usual.labelled, np.ones(IN_A_BATCH, np.bool_)]),
        )


def _bytes_of(correction: Subject) -> bytes:
    content = correction.content
    assert not isinstance(content, (Path, bytes))
    return to_json(content).encode() if isinstance(content, Drawing) else content.tobytes()


def _varied(correction: Subject, rng: Generator) -> Ink:
    """A correction in the field in which samples are bent: strokes as drawn once more, with another pen."""
    content = correction.content
    assert not isinstance(content, (Path, bytes))
    if isinstance(content, Drawing):
        content = rasterise(redrawn(content, rng), width=rng.uniform(*PEN_WIDTHS))
    cropped = crop(content)
    return in_field(content[:1, :1] if cropped is None else fit(cropped))


def _corrected(measured: Mapping[str, Measurement]) -> int:
    """How many corrections were measured."""
    return sum(measured[name].count for name in (LEARNED_FROM, KEPT_BACK) if name in measured)


def _right(measured: Mapping[str, Measurement]) -> int:
    """How many of the corrections were read right."""
    parts = [measured[name] for name in (LEARNED_FROM, KEPT_BACK) if name in measured]
    return sum(round(part.accuracy * part.count) for part in parts)


def _split(corrections: Sequence[Subject], seed: int) -> tuple[list[Subject], list[Subject]]:
    """What is learned from, and what is kept back to measure: a fifth, drawn at random."""
    order = default_rng(seed).permutation(len(corrections)).tolist()
    kept = round(len(corrections) * HELD_BACK)
    return [corrections[index] for index in order[kept:]], [corrections[index] for index in order[:kept]]


def _network_of(start: Model, seed: int) -> keras.Model:
    """The network of a model folder from glyphs to logits, without what `calibrated` put behind it; what is random in
    it from now on follows from `seed`.
    """
    card = start.card
    if (card.labels, card.input, card.preparation) != (DIGITS.labels, DIGITS.input, DIGITS.preparation):
        raise ModelError(f"The model in {start.folder} cannot learn from corrections: it does not read the ten digits.")
    start_tensorflow(seed)
    import keras

    try:
        whole = keras.models.load_model(start.keras_file, compile=False)
        names = [layer.name for layer in whole.layers]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"TensorFlow could not use the model in {start.folder}.") from error
    if names[-2:] != ["temperature", "probabilities"]:
        raise ModelError(f"The model in {start.folder} cannot learn from corrections: `train` did not make it.")
    return keras.Sequential([keras.Input((SIDE, SIDE, 1), name="glyph"), *whole.layers[:-2]], name=whole.name)


def _fit(network: keras.Model, mixed: Mixed, progress: Progress, checkpoint: Checkpoint) -> None:
    """Train `network` in place, a little, from `checkpoint` on where it was stopped before."""
    import keras

    normalising = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in normalising:
        # Its statistics are those of all the digits that were learned; a few hundred batches make no better ones.
        layer.trainable = False
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, STEPS)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    # Keras would choose XLA, which takes three times as long for this network on a processor.
    network.compile(optimizer=optimizer, loss=loss, jit_compile=False)

    def pair(number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        batch = mixed.batch(number)
        return batch.glyphs, batch.targets

    fit_batches(network, pair, STEPS, STEPS, progress, checkpoint=checkpoint)
    for layer in normalising:
        layer.trainable = True


def _export(network: keras.Model, start: Model, run: Run, sets: Sets, learned_from: int, kept_back: int) -> None:
    """Write the model folder, its card with all that `start` learned from and the runs that led to it."""
    # `finish` goes on with the card that it finds where it writes.
    run.out.mkdir()
    shutil.copy(start.folder / CARD, run.out)
    data = {
        "name": "corrections",
        "by": "the person at this computer",
        "license": "not given",
        "used": f"{learned_from} corrected readings of the log; {kept_back} more were kept back to measure",
    }
    recipe = (
        f"fine-tuned from “{start.card.name}” (LiteRT file {start.card.sha256[LITERT_FILE][:16]}…): AdamW "
        f"{LEARNING_RATE:g} with a cosine, {STEPS} batches of the usual samples and {IN_A_BATCH} corrected ones"
    )
    finish(network, run, replace(DIGITS, data=(*DIGITS.data, data), recipe=recipe), sets)

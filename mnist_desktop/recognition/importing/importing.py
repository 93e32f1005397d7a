"""Turns a stranger's Keras file into a model folder; the file is read in a confined child process, never here."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.ink.names import shown_name
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.intake import Taken, take
from mnist_desktop.recognition.importing.names import ANSWER, FINISHED, REQUEST, SAMPLES, STRANGER
from mnist_desktop.recognition.importing.samples import Samples, load_samples, pack
from mnist_desktop.recognition.importing.supervision import CancelledError, Watch, supervise
from mnist_desktop.recognition.importing.trials import (
    POLARITIES,
    RANGES,
    UNSURE_UNKNOWN,
    UndecidedError,
    Way,
    classes_of,
)
from mnist_desktop.recognition.litert import LiteRTClassifier
from mnist_desktop.recognition.models import KERAS_FILE, LITERT_FILE, MAX_LABELS, Card, Model, Preparation
from mnist_desktop.recognition.publishing import publish

MAX_ANSWER_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A file that somebody wants to use as a model."""

    file: Path
    name: str
    """Of the model; a `valid_name`."""
    labels: tuple[str, ...] | None = None
    """None for "0", "1" and so on."""
    prepare: Preparation | None = None
    """None when the samples are to tell."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of it."""

    folder: Path
    labels: tuple[str, ...]
    way: Way
    parameters: int
    unsure_below: float
    subject: str | None
    """Which samples it reads, "digits" or "garments"; None when they told nothing."""
    right: int
    count: int
    """Samples of that set, and how many of them the finished model reads right."""


def import_model(wish: Wish, models: Path, samples: Path, watch: Watch) -> Imported:
    """Read, check and convert the file, and put the model folder into `models`; `samples` is the folder of these.

    Raises UndecidedError when `prepare` has to be given, another ModelError when the file cannot become a model.
    """
    words = shown_name(str(wish.file))
    try:
        with tempfile.TemporaryDirectory(dir=models, prefix=f".{wish.name}-") as work:
            return _import(wish, models, load_samples(samples), watch, Path(work))
    except CancelledError:
        raise
    except UndecidedError as error:
        raise UndecidedError(f"{words} cannot be imported without more words: {error}.") from error
    except ModelError as error:
        raise ModelError(f"{words} cannot be imported: {error}.") from error
    except FileExistsError as error:
        raise ModelError(f"There is a model “{wish.name}” already.") from error
    except OSError as error:
        raise ModelError(f"The model “{wish.name}” cannot be written to {models} ({error.strerror}).") from error


def _import(wish: Wish, models: Path, samples: list[Samples], watch: Watch, work: Path) -> Imported:
    if (models / wish.name).exists():
        raise FileExistsError
    taken = take(wish.file, work / STRANGER)
    pack(samples, work / SAMPLES)
    request = {"labels": wish.labels and list(wish.labels), "prepare": wish.prepare}
    (work / REQUEST).write_text(json.dumps(request), "utf-8")
    supervise(work, watch)
    found = _answer(work / ANSWER, wish)
    made = work / FINISHED
    made.mkdir()
    for name in (LITERT_FILE, KERAS_FILE):
        if (work / name).is_symlink() or not (work / name).is_file():
            raise ModelError("nothing came out of it")
        (work / name).replace(made / name)
    imported = _measured(wish, models, made, samples, found)
    publish(made, _details(wish, imported, taken, found), imported.folder, replacing=False)
    return imported


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The child's answer, checked: it read a stranger's file, and is believed no more than that."""

    way: Way
    labels: tuple[str, ...]
    parameters: int
    activation: str
    softmax: bool
    subject: str | None
    unsure_below: float


def _answer(file: Path, wish: Wish) -> _Found:
    try:
        if file.is_symlink() or file.stat().st_size > MAX_ANSWER_BYTES:
            raise ValueError
        answer = json.loads(file.read_text("utf-8"))
        if "undecided" in answer:
            raise UndecidedError(shown_name(str(answer["undecided"])))
        if "refused" in answer:
            raise ModelError(shown_name(str(answer["refused"])))
        return _found(answer, wish)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            "the process that read it ended without an answer, as it does when it needs too much memory"
        ) from error


def _found(answer: Mapping[str, Any], wish: Wish) -> _Found:
    way, tried = Way(**answer["way"]), answer["tried"]
    if way.preparation not in ("digit", "picture") or way.input not in ("binary", "grey"):
        raise ValueError
    if way.polarity not in POLARITIES or way.range not in RANGES:
        raise ValueError
    subject = None if tried is None else str(tried["subject"])
    if subject not in (None, "digits", "garments"):
        raise ValueError
    unsure_below = UNSURE_UNKNOWN if tried is None else float(tried["unsure_below"])
    if not 0 <= unsure_below <= 1:
        raise ValueError
    return _Found(
        way=way,
        labels=wish.labels or tuple(map(str, range(min(int(answer["count"]), MAX_LABELS)))),
        parameters=int(answer["parameters"]),
        activation=shown_name(str(answer["activation"])),
        softmax=bool(answer["softmax"]),
        subject=subject,
        unsure_below=unsure_below,
    )


def _measured(wish: Wish, models: Path, made: Path, samples: list[Samples], found: _Found) -> Imported:
    """The finished model reads the samples once more, as it will read what people draw."""
    card = Card(
        name=wish.name,
        labels=found.labels,
        input=found.way.input,
        preparation=found.way.preparation,
        unsure_below=found.unsure_below,
        sha256={},
        details={},
    )
    reads = next((each for each in samples if _is_read(each, found)), None)
    glyphs = [] if reads is None else [Glyph(levels=levels) for levels in reads.glyphs]
    try:
        with closing(LiteRTClassifier(Model(folder=made, card=card))) as classifier:
            predictions = classifier.predict(glyphs or [Glyph(levels=samples[0].glyphs[0])])
    except ModelError as error:
        raise ModelError("what came out of it cannot be used") from error
    right = 0
    if reads is not None:
        outputs = classes_of(found.labels)[reads.subject]
        wanted = [outputs[number] for number in reads.classes.tolist()]
        right = sum(prediction.best == label for prediction, label in zip(predictions, wanted, strict=True))
    return Imported(
        folder=models / wish.name,
        labels=found.labels,
        way=found.way,
        parameters=found.parameters,
        unsure_below=round(found.unsure_below, 4),
        subject=found.subject,
        right=right,
        count=len(glyphs),
    )


def _is_read(samples: Samples, found: _Found) -> bool:
    """Whether these are the samples that the child found read; it may not have found what these labels cannot be."""
    told = (found.subject, found.way.preparation, found.way.input)
    return (samples.subject, samples.preparation, samples.input) == told and samples.subject in classes_of(found.labels)


def _details(wish: Wish, imported: Imported, taken: Taken, found: _Found) -> dict[str, Any]:
    """The card, but for the checksums."""
    return {
        "name": wish.name,
        "labels": list(imported.labels),
        "input": imported.way.input,
        "preparation": imported.way.preparation,
        "unsure_below": imported.unsure_below,
        "parameters": imported.parameters,
        "training": {"data": "unknown"},
        "imported": {
            "file": shown_name(wish.file.name),
            "sha256": taken.sha256,
            "wants": {"polarity": imported.way.polarity, "range": imported.way.range},
            "activation": found.activation,
            "softmax_added": found.softmax,
        },
        "samples": {
            "subject": imported.subject,
            "count": imported.count,
            "right": imported.right,
        },
    }

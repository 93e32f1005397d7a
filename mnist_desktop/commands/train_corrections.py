"""`train --corrections`: turns what people corrected in the log into a model that has learned from it."""

from __future__ import annotations

import argparse
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_desktop.commands.command import (
    DONE,
    FAILED,
    USAGE,
    CommandError,
    Context,
    complain,
)
from mnist_desktop.commands.downloads import data_folder
from mnist_desktop.commands.history_entries import CONNECT_SECONDS, Search
from mnist_desktop.commands.log import open_log
from mnist_desktop.commands.model_place import check_model_place
from mnist_desktop.commands.watched_training import check_tensorflow, watched_training
from mnist_desktop.ink.names import shown_name
from mnist_desktop.paths import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mnist_desktop.evaluation.data import Subject
    from mnist_desktop.ink.drawing import Drawing
    from mnist_desktop.ink.glyph import Ink
    from mnist_desktop.log.record import Record
    from mnist_desktop.recognition.models import Model
    from mnist_desktop.training.card import Run
    from mnist_desktop.training.corrections import Learned

SUFFIX = "-corrected"
"""What the name of a model ends in that has learned from corrections: the model that it came from stays."""

LABELS_SHOWN = 3
"""Of many labels that a model has not, so many are named."""


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """What the log's corrected records hold to learn from, and what had to be left out."""

    subjects: Sequence[Subject]
    unknown: Counter[str]
    """How many were corrected to which labels that the model has not."""
    empty: int
    """How many have neither ink nor a glyph that can be read."""


def learn_from_corrections(arguments: argparse.Namespace, context: Context, needed: Sequence[str]) -> int:
    """Learn, print how each set is read before and after, and say whether the model was published.

    `needed` are the data sets that the model is to go on reading. FAILED when nothing was published, though there was
    something to learn.
    """
    if arguments.network != "digits" or arguments.dataset or arguments.epochs or arguments.teacher:
        raise CommandError("--corrections takes none of --network, --dataset, --epochs and --teacher.", USAGE)
    check_tensorflow()
    from mnist_desktop.training.card import Run

    start = _start(arguments.model, context)
    out = arguments.out or context.paths.models / (Path(start.card.name).name.removesuffix(SUFFIX) + SUFFIX)
    check_model_place(out)
    with open_log(context, connect=CONNECT_SECONDS) as log:
        from mnist_desktop.log.query import Filters

        each = (entry.record for entry in Search(log, context, Filters(corrected=True)).entries())
        found = gather(each, start.card.labels)
        fault = log.status().fault
    if fault:
        complain(f"Only Cassandra's records are learned from: {fault}")
    _tell_left_out(found)
    if not found.subjects:
        raise CommandError("There is nothing to learn from: the log holds no corrected readings that can be used.")
    data = data_folder(arguments.data, tuple(needed), context)
    asked = Run(data=data, out=out, epochs=None, seed=arguments.seed, command=_command(arguments))
    return _told(_learn(asked, start, found.subjects), out, context)


def gather(records: Iterable[Record], labels: Sequence[str]) -> Corrections:
    """What there is to learn in corrected `records`, for a model with these labels."""
    from mnist_desktop.evaluation.data import Subject

    subjects: list[Subject] = []
    unknown: Counter[str] = Counter()
    empty = 0
    for record in records:
        label = record.corrected or ""
        if label not in labels:
            unknown[label] += 1
            continue
        content = _drawn(record) or _seen(record)
        if content is None:
            empty += 1
        else:
            subjects.append(Subject(content=content, label=labels.index(label)))
    return Corrections(subjects=subjects, unknown=unknown, empty=empty)


def _start(name: str | None, context: Context) -> Model:
    """The model that is to learn: the one that was named, else the shipped one."""
    from mnist_desktop.recognition.classifier import ModelError
    from mnist_desktop.recognition.models import find_model, load_model

    try:
        if name is None:
            return load_model(shipped("model") / "digits")
        return find_model(name, context.paths.model_folders())
    except ModelError as error:
        raise CommandError(str(error)) from error


def _drawn(record: Record) -> Drawing | None:
    """The strokes of a record; None where it has none of its own, or where they cannot be read."""
    from mnist_desktop.ink.drawing import DrawingError
    from mnist_desktop.recording import unpack_ink

    # The digits of one number may share their drawing: each one's glyph is its own.
    if not record.ink or record.drawing is not None:
        return None
    try:
        drawing = unpack_ink(record.ink)
    except (zlib.error, DrawingError):
        return None
    return None if drawing.blank else drawing


def _seen(record: Record) -> Ink | None:
    """The glyph of a record as ink; None where it cannot be read, or is blank."""
    import numpy as np

    from mnist_desktop.ink.glyph import Glyph

    try:
        levels = Glyph.from_png(record.glyph).levels
    except ValueError:
        return None
    return levels.astype(np.float32) / np.float32(255) if levels.any() else None


def _tell_left_out(found: Corrections) -> None:
    if found.unknown:
        labels = [f"“{shown_name(label)}”" for label, _ in found.unknown.most_common(LABELS_SHOWN)]
        more = " …" if len(found.unknown) > LABELS_SHOWN else ""
        count = found.unknown.total()
        complain(f"{count} corrected to labels that the model has not are left out: {', '.join(labels)}{more}.")
    if found.empty:
        complain(f"{found.empty} corrected without ink or glyph to learn from are left out.")


def _command(arguments: argparse.Namespace) -> str:
    words = [
        *([] if arguments.data is None else ["--data", "DIR"]),
        *([] if arguments.model is None else ["--model", Path(arguments.model).name]),
        *("--seed", str(arguments.seed)),
        *([] if arguments.out is None else ["--out", arguments.out.name]),
    ]
    return " ".join(("mnist-desktop train --corrections", *words))


def _learn(asked: Run, start: Model, subjects: Sequence[Subject]) -> Learned:
    from mnist_desktop.training.corrections import checkpoint_for, learn
    from mnist_desktop.training.datasets import load_splits
    from mnist_desktop.training.samples import Samples
    from mnist_desktop.training.train import validation_sets

    def how_on() -> str:
        goes_on = checkpoint_for(asked, start, subjects).goes_on
        return " What was learned is kept: the same command goes on." if goes_on else ""

    with watched_training("learning", asked.out, how_on) as progress:
        splits = load_splits(asked.data)
        usual = Samples(splits.training, labels=len(start.card.labels), seed=asked.seed)
        return learn(asked, start, subjects, usual, validation_sets(splits.validation), progress)


def _told(learned: Learned, out: Path, context: Context) -> int:
    """Print how everything was read before and is now, and what has become of the model."""
    if learned.nothing_to_learn:
        print("The model reads all corrected readings right already: there is nothing to learn.")
        return DONE
    for name, was in learned.before.items():
        print(f"{name}: {was.accuracy:.2%} of {was.count} right before, {learned.after[name].accuracy:.2%} after")
    if not learned.published:
        why = (
            f"it reads less of these: {', '.join(learned.worse)}"
            if learned.worse
            else "it reads no more of the corrected readings than before"
        )
        complain(f"The new model was not published: {why}.")
        return FAILED
    name = out.name if out.parent == context.paths.models else str(out)
    print(shown_name(f"Published in {out}: --model {name} reads with it."))
    return DONE

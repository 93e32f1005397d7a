"""`evaluate`: measures a model on labelled data, through the way that the window takes."""

from __future__ import annotations

import argparse
import importlib.util
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_desktop.commands.command import (
    DONE,
    FAILED,
    CommandError,
    Context,
    complain,
    json_line,
    named_path,
    reader_of,
)
from mnist_desktop.commands.progress import progress_bar
from mnist_desktop.ink.names import shown_name
from mnist_desktop.whole_file import write_whole

if TYPE_CHECKING:
    from mnist_desktop.evaluation.measure import Measurement
    from mnist_desktop.recognition.reader import Reader

MATPLOTLIB_MISSING = (
    "The plots need Matplotlib: in a checkout `make setup` adds it, elsewhere `pip install mnist-desktop[plots]`."
)

JSON_FIELDS = ("count", "accuracy", "unsure", "blank", "ece", "recall", "confusion", "ms_per_image")

ENDINGS = (".jsonl.gz", ".jsonl", ".json", ".npz")

PHOTOGRAPHS_SEED = 30_000
"""Photographs are the same each time; what `ink/isolate.py` was tuned on had other seeds."""

LONGEST_STEM = 100
"""Characters of a data's name that go into the names of its plots: file systems take 255 bytes."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser(
        "evaluate", parents=[shared], help="accuracy, recall, confusion and calibration of the shipped way to read"
    )
    parser.add_argument(
        "data",
        nargs="+",
        type=named_path,
        metavar="DATA",
        help="an ink file, an .npz, or a folder of IDX files or pictures",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    parser.add_argument("--model", metavar="NAME_OR_FOLDER", help="the model that reads")
    parser.add_argument("--engine", choices=("litert", "tensorflow"), help="what runs the model")
    parser.add_argument(
        "--plots",
        type=named_path,
        metavar="DIR",
        help="write a reliability diagram and a confusion matrix there, as PNG",
    )
    parser.add_argument(
        "--photos", action="store_true", help="read photographs made of DATA's digits, and tell the hard kinds apart"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Measure every DATA and print; FAILED when one, or a picture in it, could not be read or drawn."""
    from mnist_desktop.evaluation.data import DataError

    if arguments.plots is not None:
        _prepare_plots(arguments.plots)
    code = DONE
    stems: list[str] = []
    with reader_of(context) as reader:
        for data in arguments.data:
            try:
                found = _measure(data, reader, photos=arguments.photos)
            except DataError as error:
                complain(error)
                code = FAILED
                continue
            for sentence in found.complaints:
                complain(sentence)
                code = FAILED
            _print(data, found, reader, as_json=arguments.json)
            if arguments.plots is not None:
                stems.append(plot_stem(data, stems))
                code = max(code, _plot(found.all, reader, arguments.plots / stems[-1]))
    return code


def _prepare_plots(folder: Path) -> None:
    """Make the folder of the plots and try it out, before minutes are spent on measuring."""
    if importlib.util.find_spec("matplotlib") is None:
        raise CommandError(MATPLOTLIB_MISSING)
    try:
        if folder.exists() and not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CommandError(f"{folder} cannot be written to ({error.strerror}).") from error


def plot_stem(data: Path, taken: list[str]) -> str:
    """What the names of the plots of `data` begin with: its own name, numbered when another has `taken` it."""
    name = data.name if data.name not in ("", "..") else data.resolve().name
    name = next((name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)), name)
    stem = re.sub(r"[^\w.-]+", "_", name.lstrip("."))[:LONGEST_STEM] or "data"
    # Some file systems do not tell small letters from capitals.
    used = {other.casefold() for other in taken}
    numbered, number = stem, 1
    while numbered.casefold() in used:
        number += 1
        numbered = f"{stem}-{number}"
    return numbered


def _plot(measured: Measurement, reader: Reader, stem: Path) -> int:
    """Write both plots beside each other; FAILED, and a sentence, when they cannot be written."""
    from mnist_desktop.evaluation.plots import Plotted, confusion_matrix, reliability_diagram

    card = reader.model.card
    plotted = Plotted(data=stem.name, measured=measured, labels=card.labels, unsure_below=card.unsure_below)
    for kind, draw in (("reliability", reliability_diagram), ("confusion", confusion_matrix)):
        file = stem.with_name(f"{stem.name}-{kind}.png")
        try:
            write_whole(file, draw(plotted))
        except OSError as error:
            complain(f"{file} cannot be written ({error.strerror}).")
            return FAILED
    return DONE


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was measured of one DATA."""

    all: Measurement
    kinds: Mapping[str, Measurement]
    """Of each kind of photograph, when photographs were read."""
    complaints: tuple[str, ...]
    """A sentence for each thing in DATA that could not be read."""


def _measure(data: Path, reader: Reader, *, photos: bool) -> Found:
    from mnist_desktop.evaluation.data import open_data
    from mnist_desktop.evaluation.measure import EVERY_PHOTOGRAPH, measure, measure_photographs

    subjects = open_data(data, reader.model.card.labels)
    with progress_bar(subjects.each, what=data.name, unit="", total=subjects.count) as each:
        if photos:
            kinds = measure_photographs(reader, each, PHOTOGRAPHS_SEED)
            measured = kinds.pop(EVERY_PHOTOGRAPH)
        else:
            kinds, measured = {}, measure(reader, each)
    complaints = (*([subjects.left_out] if subjects.left_out else []), *measured.unreadable)
    return Found(all=measured, kinds=kinds, complaints=complaints)


def _print(data: Path, found: Found, reader: Reader, *, as_json: bool) -> None:
    if as_json:
        print(json_line({"data": str(data), **_fields(found.all)}))
        for kind, measured in found.kinds.items():
            print(json_line({"data": str(data), "photos": kind, **_fields(measured)}))
    else:
        print(_text(data, found.all, reader))
        for kind, measured in found.kinds.items():
            print(f"  {kind}: {measured.accuracy:.2%} of {measured.count} photographs right")
    sys.stdout.flush()


def _fields(measured: Measurement) -> dict[str, object]:
    return {name: getattr(measured, name) for name in JSON_FIELDS}


def _text(data: Path, measured: Measurement, reader: Reader) -> str:
    labels = reader.model.card.labels
    present = [index for index, total in enumerate(measured.totals) if total]
    worst = min(present, key=measured.recall.__getitem__)
    return "\n".join(
        (
            f"{shown_name(str(data))}: {measured.accuracy:.2%} of {measured.count} right",
            f"  unsure of {measured.unsure:.2%}, calibration error {measured.ece:.2%}",
            *([f"  blank, counted as wrong: {measured.blank}"] if measured.blank else []),
            f"  least recall: {labels[worst]} with {measured.recall[worst]:.2%}",
            f"  {measured.ms_per_image:.2f} ms each",
        )
    )

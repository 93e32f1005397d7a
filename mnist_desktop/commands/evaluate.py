"""`evaluate`: measures a model on labelled data, through the way that the window takes."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_desktop.commands.command import DONE, FAILED, Context, complain, json_line, reader_of
from mnist_desktop.commands.progress import progress_bar
from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.evaluation.measure import Measurement
    from mnist_desktop.recognition.reader import Reader


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser(
        "evaluate", parents=[shared], help="accuracy, recall, confusion and calibration of the shipped way to read"
    )
    parser.add_argument(
        "data", nargs="+", type=Path, metavar="DATA", help="an ink file, an .npz, or a folder of IDX files or pictures"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    parser.add_argument("--model", metavar="NAME_OR_FOLDER", help="the model that reads")
    parser.add_argument("--engine", choices=("litert", "tensorflow"), help="what runs the model")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Measure every DATA and print; FAILED when one, or a picture in it, could not be read."""
    from mnist_desktop.evaluation.data import DataError

    code = DONE
    with reader_of(context) as reader:
        for data in arguments.data:
            try:
                measured = _measure(data, reader)
            except DataError as error:
                complain(error)
                code = FAILED
                continue
            for sentence in measured.unreadable:
                complain(sentence)
                code = FAILED
            print(_json_line(data, measured) if arguments.json else _text(data, measured, reader), flush=True)
    return code


def _measure(data: Path, reader: Reader) -> Measurement:
    from mnist_desktop.evaluation.data import open_data
    from mnist_desktop.evaluation.measure import measure

    subjects = open_data(data)
    with progress_bar(subjects.each, what=data.name, unit="", total=subjects.count) as each:
        return measure(reader, each)


def _json_line(data: Path, measured: Measurement) -> str:
    fields = dataclasses.asdict(measured)
    del fields["unreadable"]
    return json_line({"data": str(data), **fields})


def _text(data: Path, measured: Measurement, reader: Reader) -> str:
    labels = reader.model.card.labels
    worst = min(range(len(labels)), key=measured.recall.__getitem__)
    return "\n".join(
        (
            f"{shown_name(str(data))}: {measured.accuracy:.2%} of {measured.count} right",
            f"  unsure of {measured.unsure:.2%}, calibration error {measured.ece:.2%}",
            f"  least recall: {labels[worst]} with {measured.recall[worst]:.2%}",
            f"  {measured.ms_per_image:.2f} ms each",
        )
    )

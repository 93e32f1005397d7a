"""`predict`: reads pictures and drawings, logs each reading, and prints a line once its record is committed."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_desktop.commands.command import (
    DONE,
    FAILED,
    USAGE,
    CommandError,
    Context,
    complain,
    json_line,
    number_up_to,
    reader_of,
)
from mnist_desktop.commands.log import deliver_in_time
from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.log.log import Log
    from mnist_desktop.log.record import Record
    from mnist_desktop.recognition.reader import Prepared, Reader, Reading

GROUP = 64
"""Readings whose records are committed together."""

LONGEST_WAIT = 1e6
"""Seconds: eleven days, so that nobody's "for ever" is refused."""

PATIENCE = 0.25
"""Seconds after which a smaller group is committed, so that lines come while slow pictures are read."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing named on the command line: ready for the model, or with the sentence that says why not."""

    file: Path
    index: int = 0
    prepared: Prepared | None = None
    error: str | None = None


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("predict", parents=[shared], help="read pictures and drawings, a line each")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a picture, or an ink file")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    parser.add_argument("--model", metavar="NAME_OR_FOLDER", help="the model that reads")
    parser.add_argument("--engine", choices=("litert", "tensorflow"), help="what runs the model")
    parser.add_argument("--explain", type=Path, metavar="PNG", help="write there which pixels decided (one FILE only)")
    parser.add_argument("--no-log", action="store_true", help="keep no record")
    parser.add_argument(
        "--wait",
        type=number_up_to(LONGEST_WAIT),
        default=2.0,
        metavar="SECONDS",
        help="deliver records for at most so long (2)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Read every file, log and print; FAILED when some could not be read or kept."""
    if arguments.explain and len(arguments.files) > 1:
        raise CommandError("--explain takes one FILE.", USAGE)
    if arguments.explain and _is_same(arguments.explain, arguments.files[0]):
        raise CommandError(f"--explain would write over {arguments.explain}, which is to be read.", USAGE)
    failed = False
    with (
        reader_of(context) as reader,
        nullcontext() if arguments.no_log else closing(_open_log(context)) as log,
    ):
        for number, group in enumerate(_groups(_items(arguments.files, reader))):
            failed |= _finish(group, reader, log, context, as_json=arguments.json)
            if arguments.explain and number == 0:
                failed |= not _explain(group[0], reader, arguments.explain)
        if log is not None:
            if notice := log.status().notice:
                complain(notice)
            deliver_in_time(log, context, arguments.wait)
    return FAILED if failed else DONE


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        # One of them is not there, or cannot be looked at: whoever opens it says so.
        return False


def _explain(item: Item, reader: Reader, png: Path) -> bool:
    """Write what decided, of several drawings the first; a sentence and False where there is nothing to explain."""
    from mnist_desktop.recognition.explain import picture_of

    glyph = None if item.prepared is None else item.prepared.glyph
    if glyph is None:
        complain(f"{png} was not written: nothing was read in {item.file}.")
        return False
    try:
        png.write_bytes(picture_of(glyph, reader.explain(glyph)))
    except OSError as error:
        raise CommandError(f"{png} cannot be written ({error.strerror}).") from error
    return True


def _open_log(context: Context) -> Log:
    from mnist_desktop.log.log import Log
    from mnist_desktop.settings import log_options

    context.paths.make_folders()
    return Log(log_options(context.settings, context.paths))


def _items(files: Iterable[Path], reader: Reader) -> Iterator[Item]:
    from mnist_desktop.ink.drawing import DrawingError, is_ink_file, read_ink_file
    from mnist_desktop.ink.pictures import PictureError, read_picture

    for file in files:
        try:
            if is_ink_file(file):
                for index, entry in enumerate(read_ink_file(file)):
                    yield Item(file=file, index=index, prepared=reader.prepare_drawing(entry.drawing))
            else:
                yield Item(file=file, prepared=reader.prepare_picture(read_picture(file)))
        except PictureError as error:
            yield Item(file=file, error=str(error))
        except DrawingError as error:
            yield Item(file=file, error=f"{shown_name(file.name)}: {error}")
        except OSError as error:
            yield Item(file=file, error=f"{shown_name(file.name)} cannot be read ({error.strerror}).")


def _groups(items: Iterable[Item]) -> Iterator[list[Item]]:
    group: list[Item] = []
    began = time.monotonic()
    for item in items:
        group.append(item)
        if len(group) == GROUP or time.monotonic() - began > PATIENCE:
            yield group
            group, began = [], time.monotonic()
    if group:
        yield group


def _finish(group: list[Item], reader: Reader, log: Log | None, context: Context, *, as_json: bool) -> bool:
    """Predict, commit and print one group; whether something in it failed."""
    readings = iter(reader.read_prepared([item.prepared for item in group if item.prepared is not None]))
    outcomes = [(item, None if item.prepared is None else next(readings)) for item in group]
    records = {
        index: _record(item, reading, context)
        for index, (item, reading) in enumerate(outcomes)
        if log is not None and reading is not None and reading.prediction is not None
    }
    if log is not None and records and not log.save_all(list(records.values())):
        raise CommandError(f"The readings could not be saved: {log.why_unsaved()}")
    for index, (item, reading) in enumerate(outcomes):
        if reading is None:
            complain(item.error)
            if as_json:
                print(json_line({"file": str(item.file), "error": item.error}))
        else:
            record = records.get(index)
            print(_json_line(item, reading, record) if as_json else shown_name(_text_line(item, reading)))
    _flush()
    return any(reading is None for _, reading in outcomes)


def _flush() -> None:
    print(end="", flush=True)


def _record(item: Item, reading: Reading, context: Context) -> Record:
    from mnist_desktop.log.record import Source
    from mnist_desktop.recording import first_record

    device = context.settings.device
    name = shown_name(item.file.name)
    return first_record(reading, source=Source.FILE, name=name, device=device, now=datetime.now(UTC))


def _json_line(item: Item, reading: Reading, record: Record | None) -> str:
    prediction = reading.prediction
    line: dict[str, Any] = {
        "file": str(item.file),
        "index": item.index,
        "verdict": reading.verdict.value,
        "digit": None if prediction is None else prediction.best,
        "label": None if prediction is None else prediction.label,
        "confidence": 0.0 if prediction is None else prediction.confidence,
        "probabilities": [] if prediction is None else list(prediction.probabilities),
        "id": None if record is None else str(record.id),
        "ms": round(reading.seconds * 1000, 3),
    }
    return json_line(line)


def _text_line(item: Item, reading: Reading) -> str:
    where = f"{item.file}" if item.index == 0 else f"{item.file} [{item.index}]"
    prediction = reading.prediction
    if prediction is None:
        return f"{where}: blank"
    likely = f"{prediction.label} ({prediction.confidence:.1%})"
    if reading.verdict.value == "unsure":
        return f"{where}: unsure, could be {likely} or {prediction.labels[prediction.runner_up]}"
    return f"{where}: {likely}"

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
    from mnist_desktop.recognition.reader import NumberReading, PlacedReading, Prepared, Reader

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


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was read of an item; no number where it could not be read."""

    item: Item
    number: NumberReading | None


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("predict", parents=[shared], help="read pictures and drawings, a line each")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a picture, or an ink file")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    parser.add_argument("--model", metavar="NAME_OR_FOLDER", help="the model that reads")
    parser.add_argument("--engine", choices=("litert", "tensorflow"), help="what runs the model")
    parser.add_argument("--single", action="store_true", help="take everything for one digit")
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
        for number, group in enumerate(_groups(_items(arguments.files, reader, single=arguments.single))):
            outcomes = _read(group, reader)
            failed |= _finish(outcomes, log, context, as_json=arguments.json)
            if arguments.explain and number == 0:
                failed |= not _explain(outcomes[0], reader, arguments.explain)
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


def _explain(outcome: Outcome, reader: Reader, png: Path) -> bool:
    """Write what decided, of several drawings or digits the first; a sentence and False where nothing was read."""
    from mnist_desktop.recognition.explain import picture_of

    glyph = None if outcome.number is None else outcome.number.digits[0].reading.glyph
    if glyph is None:
        complain(f"{png} was not written: nothing was read in {outcome.item.file}.")
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


def _items(files: Iterable[Path], reader: Reader, *, single: bool) -> Iterator[Item]:
    from mnist_desktop.ink.drawing import DrawingError, is_ink_file, read_ink_file
    from mnist_desktop.ink.pictures import PictureError, read_picture

    prepare_drawing = reader.prepare_drawing if single else reader.prepare_digits
    prepare_picture = reader.prepare_picture if single else reader.prepare_digits
    for file in files:
        try:
            if is_ink_file(file):
                for index, entry in enumerate(read_ink_file(file)):
                    yield Item(file=file, index=index, prepared=prepare_drawing(entry.drawing))
            else:
                yield Item(file=file, prepared=prepare_picture(read_picture(file)))
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


def _read(group: list[Item], reader: Reader) -> list[Outcome]:
    """Each item's digits, the model asked once for what all items are as one digit each."""
    wholes = iter(reader.read_prepared([item.prepared for item in group if item.prepared is not None]))
    return [
        Outcome(item=item, number=None if item.prepared is None else reader.divide(item.prepared, next(wholes)))
        for item in group
    ]


def _finish(outcomes: list[Outcome], log: Log | None, context: Context, *, as_json: bool) -> bool:
    """Commit and print one group; whether something in it could not be read."""
    every = [
        [] if log is None or outcome.number is None else _records(outcome.item, outcome.number, context)
        for outcome in outcomes
    ]
    kept = [record for records in every for record in records]
    if log is not None and kept and not log.save_all(kept):
        raise CommandError(f"The readings could not be saved: {log.why_unsaved()}")
    for outcome, records in zip(outcomes, every, strict=True):
        _print(outcome, records, as_json=as_json)
    _flush()
    return any(outcome.number is None for outcome in outcomes)


def _flush() -> None:
    print(end="", flush=True)


def _print(outcome: Outcome, records: list[Record], *, as_json: bool) -> None:
    item, number = outcome.item, outcome.number
    if number is None:
        complain(item.error)
        if as_json:
            print(json_line({"file": str(item.file), "error": item.error}))
        return
    for position, placed in enumerate(number.digits):
        if as_json:
            print(_json_line(item, number, position, records[position] if records else None))
        else:
            print(shown_name(_text_line(item, number, position, placed)))


def _records(item: Item, number: NumberReading, context: Context) -> list[Record]:
    """A record for each digit; none where nothing was found."""
    from mnist_desktop.log.record import Source
    from mnist_desktop.recording import first_records

    device = context.settings.device
    name = shown_name(item.file.name)
    return first_records(number, source=Source.FILE, name=name, device=device, now=datetime.now(UTC))


def _json_line(item: Item, number: NumberReading, position: int, record: Record | None) -> str:
    placed = number.digits[position]
    reading = placed.reading
    prediction = reading.prediction
    line: dict[str, Any] = {
        "file": str(item.file),
        "index": item.index,
        "digit_index": position,
        "box": None if placed.box is None else list(placed.box),
        "text": number.text,
        "verdict": reading.verdict.value,
        "digit": None if prediction is None else prediction.best,
        "label": None if prediction is None else prediction.label,
        "confidence": 0.0 if prediction is None else prediction.confidence,
        "probabilities": [] if prediction is None else list(prediction.probabilities),
        "id": None if record is None else str(record.id),
        "ms": round(reading.seconds * 1000, 3),
    }
    return json_line(line)


def _text_line(item: Item, number: NumberReading, position: int, placed: PlacedReading) -> str:
    where = f"{item.file}" if item.index == 0 else f"{item.file} [{item.index}]"
    if len(number.digits) > 1:
        where += f" ({position + 1} of {' / '.join(number.text.splitlines())})"
    prediction = placed.reading.prediction
    if prediction is None:
        return f"{where}: blank"
    likely = f"{prediction.label} ({prediction.confidence:.1%})"
    if placed.reading.verdict.value == "unsure":
        return f"{where}: unsure, could be {likely} or {prediction.labels[prediction.runner_up]}"
    return f"{where}: {likely}"

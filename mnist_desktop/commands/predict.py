"""`predict`: reads pictures and drawings, logs each reading, and prints a line once its record is committed."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_desktop.commands.command import (
    DONE,
    FAILED,
    INTERRUPTED,
    USAGE,
    CommandError,
    Context,
    complain,
    file_or_input,
    json_line,
    named_path,
    number_up_to,
    reader_of,
    unbroken,
)
from mnist_desktop.commands.log import deliver_in_time
from mnist_desktop.commands.predict_items import Item, Items, is_picture
from mnist_desktop.commands.progress import above, progress_bar
from mnist_desktop.ink.drawing import is_ink_file
from mnist_desktop.ink.named_files import Name, NamedFile, named_files
from mnist_desktop.ink.names import shown_name
from mnist_desktop.whole_file import write_whole

if TYPE_CHECKING:
    from tqdm import tqdm

    from mnist_desktop.log.log import Log
    from mnist_desktop.log.record import Record
    from mnist_desktop.recognition.reader import NumberReading, PlacedReading, Reader

GROUP = 64
"""Readings whose records are committed together."""

PICTURES = 8
"""Pictures that are read together: each holds its page, some ten megabytes, until then."""

LONGEST_WAIT = 1e6
"""Seconds: eleven days, so that nobody's "for ever" is refused."""

LONG = 1.0
"""Seconds after which a bar shows how far it is."""

PATIENCE = 0.25
"""Seconds after which a smaller group is committed, so that lines come while slow pictures are read."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was read of an item; no number where it could not be read."""

    item: Item
    number: NumberReading | None


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("predict", parents=[shared], help="read pictures and drawings, a line each")
    parser.add_argument(
        "files",
        nargs="+",
        type=file_or_input,
        metavar="FILE",
        help="a picture, an ink file, a folder of them, a wildcard, or - for standard input",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    parser.add_argument("--model", metavar="NAME_OR_FOLDER", help="the model that reads")
    parser.add_argument("--engine", choices=("litert", "tensorflow"), help="what runs the model")
    parser.add_argument("--single", action="store_true", help="take everything for one digit")
    parser.add_argument(
        "--explain", type=named_path, metavar="PNG", help="write there which pixels decided (one FILE only)"
    )
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
    files = named_files(arguments.files)
    if arguments.explain and len(files) > 1:
        raise CommandError("--explain takes one FILE.", USAGE)
    if arguments.explain and files[0].file is not None and _is_same(arguments.explain, files[0].file):
        raise CommandError(f"--explain would write over {arguments.explain}, which is to be read.", USAGE)
    failed = False
    with (
        reader_of(context) as reader,
        nullcontext() if arguments.no_log else closing(_open_log(context)) as log,
    ):
        with _stopping_in_order(files) as bar:
            for number, group in enumerate(_groups(Items(reader, single=arguments.single).of(files))):
                outcomes = _read(group, reader)
                with unbroken():
                    failed |= _finish(outcomes, log, context, bar, as_json=arguments.json)
                if arguments.explain and number == 0:
                    failed |= not _explain(outcomes[0], reader, arguments.explain)
        if log is not None:
            if notice := log.status().notice:
                complain(notice)
            deliver_in_time(log, context, arguments.wait)
    return FAILED if failed else DONE


@contextmanager
def _stopping_in_order(files: list[NamedFile]) -> Iterator[tqdm[Any]]:
    """A bar that counts what is read; Ctrl+C becomes a sentence."""
    # How many drawings an ink file holds is known at its end.
    pictures_only = not any(each.file is None or is_ink_file(each.file) for each in files)
    total = len(files) if pictures_only else None
    with progress_bar(what="reading", unit=" read", total=total, delay=LONG) as bar:
        try:
            yield bar
        except KeyboardInterrupt as error:
            raise CommandError("Stopped; the rest was not read.", INTERRUPTED) from error


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        # One of them is not there, or cannot be looked at: whoever opens it says so.
        return False


def _explain(outcome: Outcome, reader: Reader, png: Path) -> bool:
    """Write what decided, of several drawings or digits the first; a sentence and False where that is not possible."""
    from mnist_desktop.recognition.explain import picture_of

    glyph = None if outcome.number is None else outcome.number.digits[0].reading.glyph
    if glyph is None:
        complain(f"{png} was not written: nothing was read in {_called(outcome.item.file)}.")
        return False
    picture = picture_of(glyph, reader.explain(glyph))
    try:
        write_whole(png, picture)
    except OSError as error:
        complain(f"{png} cannot be written ({error.strerror}).")
        return False
    return True


def _open_log(context: Context) -> Log:
    from mnist_desktop.log.log import Log
    from mnist_desktop.settings import log_options

    context.paths.make_folders()
    return Log(log_options(context.settings, context.paths))


def _groups(items: Iterable[Item]) -> Iterator[list[Item]]:
    group: list[Item] = []
    began = time.monotonic()
    for item in items:
        group.append(item)
        # Whoever writes into a pipe may wait for the answer before going on.
        full = item.file is None or len(group) >= (PICTURES if is_picture(item.file) else GROUP)
        if full or time.monotonic() - began > PATIENCE:
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


def _finish(outcomes: list[Outcome], log: Log | None, context: Context, bar: tqdm[Any], *, as_json: bool) -> bool:
    """Commit and print one group; whether something in it could not be read."""
    every = [
        [] if log is None or outcome.number is None else _records(outcome.item, outcome.number, context)
        for outcome in outcomes
    ]
    kept = [record for records in every for record in records]
    if log is not None and kept and not log.save_all(kept):
        raise CommandError(f"The readings could not be saved: {log.why_unsaved()}")
    with above(bar):
        for outcome, records in zip(outcomes, every, strict=True):
            _print(outcome, records, as_json=as_json)
        _flush()
    bar.update(len(outcomes))
    return any(outcome.number is None for outcome in outcomes)


def _flush() -> None:
    print(end="", flush=True)


def _print(outcome: Outcome, records: list[Record], *, as_json: bool) -> None:
    item, number = outcome.item, outcome.number
    if number is None:
        complain(_complaint(item))
        if as_json:
            print(json_line({"file": _called(item.file), "error": item.error}))
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
    name = None if item.file is None else shown_name(item.file.name)
    return first_records(number, source=Source.FILE, name=name, device=device, now=datetime.now(UTC))


def _complaint(item: Item) -> str:
    """What is wrong with a file, under the name by which it was found: its own is not enough where folders are read."""
    error = item.error or ""
    if item.file is None or not error.startswith(name := shown_name(item.file.name or str(item.file))):
        return error
    return str(item.file) + error.removeprefix(name)


def _called(file: Name) -> str:
    """As it was named: standard input is “-” on a command line."""
    return "-" if file is None else str(file)


def _json_line(item: Item, number: NumberReading, position: int, record: Record | None) -> str:
    placed = number.digits[position]
    reading = placed.reading
    prediction = reading.prediction
    line: dict[str, Any] = {
        "file": _called(item.file),
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
    where = _called(item.file) if item.index == 0 else f"{_called(item.file)} [{item.index}]"
    if len(number.digits) > 1:
        where += f" ({position + 1} of {' / '.join(number.text.splitlines())})"
    prediction = placed.reading.prediction
    if prediction is None:
        return f"{where}: blank"
    likely = f"{prediction.label} ({prediction.confidence:.1%})"
    if placed.reading.verdict.value == "unsure":
        return f"{where}: unsure, could be {likely} or {prediction.labels[prediction.runner_up]}"
    return f"{where}: {likely}"

"""`history`: lists, shows and exports what the log holds, newest first."""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import math
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from uuid import UUID

from mnist_desktop.commands.command import (
    DONE,
    FAILED,
    USAGE,
    CommandError,
    Context,
    complain,
    json_line,
    number_up_to,
    whole_number,
)
from mnist_desktop.commands.log import open_log
from mnist_desktop.commands.progress import progress_bar
from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.log.log import Entry, Filters, Log
    from mnist_desktop.log.record import Record

PAGE = 100

MOST_RECORDS = 1_000_000_000

MOST_DIGIT = 32_767
"""What Cassandra's smallint holds."""

CONNECT_SECONDS = 2.0
"""How long a listing waits for Cassandra before it shows this computer's records alone."""

FIELDS = (
    "id",
    "time",
    "digit",
    "label",
    "confidence",
    "verdict",
    "source",
    "name",
    "model",
    "corrected",
    "device",
    "delivered",
)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("history", help="the log, newest first")
    actions = parser.add_subparsers(required=True, metavar="list|show|export")
    chosen = _filters_parser()

    listing = actions.add_parser("list", parents=[shared, chosen], help="print records, a line each")
    listing.add_argument("--limit", type=whole_number(1, MOST_RECORDS), default=PAGE, help=f"at most so many ({PAGE})")
    listing.add_argument("--json", action="store_true", help="print a JSON object a line")
    listing.set_defaults(run=run_list)

    show = actions.add_parser("show", parents=[shared], help="one record, with its glyph")
    show.add_argument("id", type=_record_id, metavar="ID", help="the record's id")
    show.add_argument("--json", action="store_true", help="print a JSON object")
    show.set_defaults(run=run_show)

    export = actions.add_parser("export", parents=[shared, chosen], help="write all records to a file")
    export.add_argument("file", type=Path, metavar="FILE", help="a .csv or .jsonl file")
    export.add_argument("--limit", type=whole_number(1, MOST_RECORDS), help="at most so many")
    export.add_argument("--glyphs", type=Path, metavar="DIR", help="write each glyph there too, as ID.png")
    export.add_argument("--force", action="store_true", help="overwrite the file if it is there")
    export.set_defaults(run=run_export)


def run_list(arguments: argparse.Namespace, context: Context) -> int:
    """Print the newest records that pass the filters."""
    with open_log(context, connect=CONNECT_SECONDS) as log:
        for entry in entries_of(log, context, _filters(arguments), arguments.limit):
            print(json_line(_fields(entry)) if arguments.json else shown_name(_text_line(entry)), flush=True)
        return _told(log)


def run_show(arguments: argparse.Namespace, context: Context) -> int:
    """Print one record; a CommandError when nobody knows it."""
    with open_log(context, connect=CONNECT_SECONDS) as log:
        entry = log.find(arguments.id)
        code = _told(log)
    if entry is None:
        raise CommandError(f"The log has no record {arguments.id}.")
    if arguments.json:
        print(json_line(_fields(entry)))
    else:
        for name, value in _fields(entry).items():
            print(f"{name:<11}{'' if value is None else shown_name(str(value))}")
        print(_picture(entry.record.glyph))
    return code


def run_export(arguments: argparse.Namespace, context: Context) -> int:
    """Stream every record that passes the filters into a file, which is there only when it is whole."""
    file: Path = arguments.file
    if file.suffix not in (".csv", ".jsonl"):
        raise CommandError(f"{file} must end in .csv or .jsonl.", USAGE)
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        if file.exists() and not arguments.force:
            raise CommandError(f"{file} is there already; --force overwrites it.")
        with open_log(context, connect=CONNECT_SECONDS) as log:
            entries = entries_of(log, context, _filters(arguments), arguments.limit)
            with partial.open("w", encoding="utf-8", newline="") as out:
                count = _write(entries, out, as_csv=file.suffix == ".csv", glyphs=arguments.glyphs)
                out.flush()
                os.fsync(out.fileno())
            code = _told(log)
        partial.replace(file)
    except OSError as error:
        raise CommandError(f"{file} could not be written ({error.strerror}).") from error
    finally:
        # Where it could not be made there is none to take away.
        with contextlib.suppress(OSError):
            partial.unlink()
    print(shown_name(f"{count} records written to {file}"))
    return code


def _told(log: Log) -> int:
    """FAILED, and a sentence, when the journal could not be read."""
    fault = log.status().fault
    if fault:
        complain(f"These are Cassandra's records only: {fault}")
    return FAILED if fault else DONE


def entries_of(log: Log, context: Context, filters: Filters, limit: int | None) -> Iterator[Entry]:
    """Entries page by page; says on standard error when they are this computer's alone."""
    cursor = None
    said = False
    left = limit
    while left is None or left > 0:
        page = log.page(cursor, filters, PAGE if left is None else min(PAGE, left))
        if not page.connected and not said and context.settings.cassandra != "off":
            said = True
            complain(f"These are this computer's records only: {log.status().why or 'Cassandra is not connected.'}")
        yield from page.entries
        if left is not None:
            left -= len(page.entries)
        cursor = page.cursor
        if cursor is None:
            return


def _write(entries: Iterator[Entry], out: TextIO, *, as_csv: bool, glyphs: Path | None) -> int:
    table = csv.DictWriter(out, FIELDS) if as_csv else None
    if table is not None:
        table.writeheader()
    count = 0
    for entry in progress_bar(entries, what="records", unit=""):
        fields = _fields(entry)
        if table is None:
            out.write(json.dumps(fields, ensure_ascii=False, allow_nan=False) + "\n")
        else:
            table.writerow({name: _harmless(value) for name, value in fields.items()})
        if glyphs is not None:
            _write_glyph(glyphs, entry.record)
        count += 1
    return count


def _write_glyph(folder: Path, record: Record) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{record.id}.png").write_bytes(record.glyph)
    except OSError as error:
        raise CommandError(f"The glyphs could not be written to {folder} ({error.strerror}).") from error


def _fields(entry: Entry) -> dict[str, Any]:
    """What a listing says of a record, in the order of FIELDS."""
    record = entry.record
    return {
        "id": str(record.id),
        "time": record.time.isoformat().replace("+00:00", "Z"),
        "digit": record.digit,
        "label": record.label,
        # JSON has no word for what is no number.
        "confidence": record.confidence if math.isfinite(record.confidence) else None,
        "verdict": record.verdict,
        "source": record.source.value,
        "name": record.name,
        "model": record.model,
        "corrected": record.corrected,
        "device": record.device,
        "delivered": entry.delivered,
    }


def _harmless(value: object) -> object:
    """A text, such as another desktop's file name, that a spreadsheet does not run as a formula (OWASP, CSV
    injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _text_line(entry: Entry) -> str:
    record = entry.record
    time = record.time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    answer = f"{record.label} {record.confidence:6.1%}{' unsure' if record.verdict == 'unsure' else ''}"
    corrected = f" (it was {record.corrected})" if record.corrected else ""
    state = "" if entry.delivered else " waiting"
    return f"{time}  {answer}{corrected}  {record.source.value}  {record.name or ''}  {record.id}{state}"


def _picture(png: bytes) -> str:
    """The glyph in half blocks, 14 lines of 28."""
    from mnist_desktop.ink.glyph import Glyph

    ink = Glyph.from_png(png).levels > 127
    blocks = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    pairs = zip(ink[::2].tolist(), ink[1::2].tolist(), strict=True)
    return "\n".join("".join(blocks[both] for both in zip(upper, lower, strict=True)) for upper, lower in pairs)


def _filters_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--digit", type=whole_number(0, MOST_DIGIT), help="only this digit (the index of its label)")
    parser.add_argument("--verdict", choices=("digit", "unsure"), help="only this verdict")
    parser.add_argument("--source", choices=("canvas", "file", "clipboard"), help="only from there")
    parser.add_argument("--name", help="only where the file's name holds this")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="from then on (ISO 8601, local unless it says)")
    parser.add_argument("--until", type=_moment, metavar="TIME", help="before then")
    parser.add_argument("--below", type=number_up_to(1), metavar="CONFIDENCE", help="only less confident (0 to 1)")
    parser.add_argument("--corrected", action="store_true", help="only what was corrected")
    return parser


def _filters(arguments: argparse.Namespace) -> Filters:
    from mnist_desktop.log.log import Filters
    from mnist_desktop.log.record import Source

    return Filters(
        digit=arguments.digit,
        verdict=arguments.verdict,
        source=Source(arguments.source) if arguments.source else None,
        # Names are kept as they are shown.
        name=None if arguments.name is None else shown_name(arguments.name),
        since=arguments.since,
        until=arguments.until,
        below=arguments.below,
        corrected=arguments.corrected,
    )


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-03-01 or 2026-03-01T14:30") from error


def _record_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no id of a record") from error

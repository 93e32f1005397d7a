"""`history`: lists and shows what the log holds, newest first; its other actions are in modules of their own."""

from __future__ import annotations

import argparse
from uuid import UUID

from mnist_desktop.commands.command import CommandError, Context, json_line, named_path, whole_number
from mnist_desktop.commands.history_changes import run_correct, run_delete, run_forget, run_restore
from mnist_desktop.commands.history_entries import (
    CONNECT_SECONDS,
    PAGE,
    Search,
    code_of,
    filters_of,
    filters_parser,
    text_of,
)
from mnist_desktop.commands.history_export import run_export
from mnist_desktop.commands.log import open_log
from mnist_desktop.ink.names import shown_name
from mnist_desktop.log.lines import fields_of

MOST_RECORDS = 1_000_000_000


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("history", help="the log, newest first, and changes of it")
    actions = parser.add_subparsers(required=True, metavar="list|show|export|correct|delete|restore|forget")
    _add_looking(actions, shared)
    _add_changing(actions, shared)


def _add_looking(actions: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    chosen = filters_parser()
    listing = actions.add_parser("list", parents=[shared, chosen], help="print records, a line each")
    listing.add_argument("--limit", type=whole_number(1, MOST_RECORDS), default=PAGE, help=f"at most so many ({PAGE})")
    listing.add_argument("--json", action="store_true", help="print a JSON object a line")
    listing.set_defaults(run=run_list)

    show = actions.add_parser("show", parents=[shared], help="one record, with its glyph")
    show.add_argument("id", type=_record_id, metavar="ID", help="the record's id")
    show.add_argument("--json", action="store_true", help="print a JSON object")
    show.set_defaults(run=run_show)

    export = actions.add_parser("export", parents=[shared, chosen], help="write all records to a file")
    export.add_argument("file", type=named_path, metavar="FILE", help="a .csv or .jsonl file")
    export.add_argument("--limit", type=whole_number(1, MOST_RECORDS), help="at most so many")
    export.add_argument("--glyphs", type=named_path, metavar="DIR", help="write each glyph there too, as ID.png")
    export.add_argument("--force", action="store_true", help="overwrite what is there")
    export.set_defaults(run=run_export)


def _add_changing(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser
) -> None:
    correct = actions.add_parser("correct", parents=[shared], help="say what a reading really was")
    correct.add_argument("id", type=_record_id, metavar="ID", help="the record's id")
    correct.add_argument("label", nargs="?", type=_label, metavar="LABEL", help="what it was, such as 7")
    correct.add_argument("--undo", action="store_true", help="take the correction back")
    correct.add_argument("--json", action="store_true", help="print the record as it is now, as a JSON object")
    correct.set_defaults(run=run_correct)

    delete = actions.add_parser("delete", parents=[shared], help="delete records, here and in Cassandra")
    delete.add_argument("ids", nargs="+", type=_record_id, metavar="ID", help="a record's id")
    delete.add_argument("--json", action="store_true", help="print each record as it was, as a JSON object")
    delete.set_defaults(run=run_delete)

    restore = actions.add_parser("restore", parents=[shared], help="bring back what this computer deleted lately")
    restore.add_argument("ids", nargs="+", type=_record_id, metavar="ID", help="a record's id")
    restore.add_argument("--json", action="store_true", help="print each record as it is now, as a JSON object")
    restore.set_defaults(run=run_restore)

    forget = actions.add_parser("forget", parents=[shared], help="empty the whole log, here and in Cassandra")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.set_defaults(run=run_forget)


def run_list(arguments: argparse.Namespace, context: Context) -> int:
    """Print the newest records that pass the filters."""
    filters = filters_of(arguments)
    with open_log(context, connect=CONNECT_SECONDS) as log:
        search = Search(log, context, filters)
        try:
            for entry in search.entries(arguments.limit):
                print(json_line(fields_of(entry)) if arguments.json else text_of(entry), flush=True)
        except KeyboardInterrupt as error:
            raise search.stopped("Stopped.") from error
        return search.code()


def run_show(arguments: argparse.Namespace, context: Context) -> int:
    """Print one record; a CommandError when nobody knows it."""
    with open_log(context, connect=CONNECT_SECONDS) as log:
        entry = log.find(arguments.id)
        code = code_of(log)
    if entry is None:
        raise CommandError(f"The log has no record {arguments.id}.")
    if arguments.json:
        print(json_line(fields_of(entry)))
    else:
        for name, value in fields_of(entry).items():
            print(f"{name:<11}{'' if value is None else shown_name(str(value))}")
        print(_picture(entry.record.glyph) or "Its glyph cannot be shown.")
    return code


def _picture(png: bytes) -> str:
    """The glyph in half blocks, 14 lines of 28; nothing when it is damaged: another program may have written it."""
    from mnist_desktop.ink.glyph import Glyph

    try:
        ink = Glyph.from_png(png).levels > 127
    except ValueError:
        return ""
    blocks = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    pairs = zip(ink[::2].tolist(), ink[1::2].tolist(), strict=True)
    return "\n".join("".join(blocks[both] for both in zip(upper, lower, strict=True)) for upper, lower in pairs)


def _label(text: str) -> str:
    if not text.strip():
        # Kept, it would take a correction back; and of a variable that was not set a script would ask for it.
        raise argparse.ArgumentTypeError("a label cannot be empty; --undo takes a correction back")
    return text


def _record_id(text: str) -> UUID:
    try:
        record_id = UUID(text)
    except ValueError:
        record_id = None
    if record_id is None or record_id.version != 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no id of a record")
    return record_id

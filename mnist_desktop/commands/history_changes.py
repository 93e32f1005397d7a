"""`history correct|delete|restore|forget`: what a person wants changed in the log, saved before it is printed."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING
from uuid import UUID

from mnist_desktop.commands.command import (
    DONE,
    FAILED,
    INTERRUPTED,
    USAGE,
    CommandError,
    Context,
    complain,
    json_line,
)
from mnist_desktop.commands.history_entries import text_of
from mnist_desktop.commands.log import CONNECT_SECONDS, deliver_in_time, open_log
from mnist_desktop.ink.names import shown_name
from mnist_desktop.log.lines import fields_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnist_desktop.log.log import Entry, Log

UNDO = "For a day, `mnist-desktop history restore ID` brings it back on this computer."

LABELS_SHOWN = 12
"""Of a model with many labels, so many are named."""


def run_correct(arguments: argparse.Namespace, context: Context) -> int:
    """Save what a reading was, or that nobody says so any more, and print the record as it is now."""
    if (arguments.label is None) != arguments.undo:
        raise CommandError("Say either what it was or --undo.", USAGE)
    with open_log(context, connect=CONNECT_SECONDS) as log:
        label = arguments.label and _label_of_its_model(log, context, arguments.id, arguments.label)
        corrected = log.correct(arguments.id, label)
        _refuse_unsaved(log)
        deliver_in_time(log, context, CONNECT_SECONDS)
        entry = log.find(arguments.id) or corrected
    print(json_line(fields_of(entry)) if arguments.json else text_of(entry))
    return DONE


def run_delete(arguments: argparse.Namespace, context: Context) -> int:
    """Delete records and print each as it was, and what brings it back; FAILED when one could not be."""

    def delete(log: Log, record_id: UUID) -> Entry:
        return log.delete(record_id)

    return _change_each(arguments, context, delete, "deleted", UNDO)


def run_restore(arguments: argparse.Namespace, context: Context) -> int:
    """Bring back what this computer deleted, and print each record as it is now; FAILED when one could not be."""

    def restore(log: Log, record_id: UUID) -> Entry:
        if log.find(record_id) is not None:
            raise CommandError(f"The record {record_id} is not deleted.")
        record = log.binned(record_id)
        if record is None:
            raise CommandError(f"This computer has not deleted a record {record_id} within a day.")
        return log.restore(record)

    return _change_each(arguments, context, restore, "restored")


def run_forget(arguments: argparse.Namespace, context: Context) -> int:
    """Empty the log after it was asked for twice: by the command, and by its name or --yes."""
    name, everywhere = context.settings.log, context.settings.cassandra != "off"
    places = "on this computer and in Cassandra, for every device" if everywhere else "on this computer only"
    if not arguments.yes:
        _ask_for(name, places)
    with open_log(context, connect=CONNECT_SECONDS) as log:
        log.forget()
        for file in log.damaged_files():
            complain(f"The damaged journal {file} was kept, and may hold readings still.")
    print(shown_name(f"The log “{name}” is empty {places}."))
    return DONE


def _change_each(
    arguments: argparse.Namespace, context: Context, change: Callable[[Log, UUID], Entry], what: str, hint: str = ""
) -> int:
    """Make one change to each of the records that are named; those that fail are named and the others changed."""
    from mnist_desktop.log.record import LogError

    entries: list[Entry] = []
    with open_log(context, connect=CONNECT_SECONDS) as log:
        with log.together():
            for record_id in dict.fromkeys(arguments.ids):
                try:
                    entries.append(change(log, record_id))
                except (CommandError, LogError) as error:
                    complain(error)
        _refuse_unsaved(log)
        for entry in entries:
            print(json_line(fields_of(entry)) if arguments.json else f"{what}: {text_of(entry)}")
        if entries and hint and not arguments.json:
            print(hint)
        deliver_in_time(log, context, CONNECT_SECONDS)
    return DONE if len(entries) == len(set(arguments.ids)) else FAILED


def _refuse_unsaved(log: Log) -> None:
    if log.why_unsaved():
        raise CommandError(f"The change could not be saved: {log.why_unsaved()}")


def _label_of_its_model(log: Log, context: Context, record_id: UUID, asked: str) -> str:
    """`asked` as the record's model writes that label, in any case; where the model is not here, as it is asked.

    A CommandError when the model has no such label: a slip of the finger would otherwise be learned from.
    """
    from mnist_desktop.recognition.models import list_models

    entry = log.find(record_id)
    models = [] if entry is None else list_models(context.paths.model_folders())
    labels = next((one.card.labels for one in models if entry and one.card.name == entry.record.model), None)
    if entry is None or labels is None:
        return asked
    for label in labels:
        if label.casefold() == asked.strip().casefold():
            return label
    known = ", ".join(labels[:LABELS_SHOWN]) + (" …" if len(labels) > LABELS_SHOWN else "")
    raise CommandError(f"“{asked}” is no label of the model {entry.record.model}, which knows {known}.")


def _ask_for(name: str, places: str) -> None:
    """Have the log's name typed; a CommandError when it is not, or when nobody is there to type it."""
    if not sys.stdin.isatty():
        raise CommandError("Nobody can be asked here whether to empty the log: --yes says that it is meant.", USAGE)
    complain(f"This empties the log “{name}” {places}; nothing brings it back.")
    print("Type the name of the log to go on: ", end="", file=sys.stderr, flush=True)
    try:
        typed = sys.stdin.readline().strip()
    except KeyboardInterrupt as error:
        raise CommandError("Stopped; nothing was emptied.", INTERRUPTED) from error
    if typed != name:
        raise CommandError("That is not its name; nothing was emptied.")

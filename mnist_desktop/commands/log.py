"""`log`: what waits for Cassandra, delivered now, tried again, or taken out, and the log copied into a finer one."""

from __future__ import annotations

import argparse
import base64
import dataclasses
import json
import math
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from mnist_desktop.commands.command import DONE, FAILED, USAGE, CommandError, Context, complain, json_line, named_path
from mnist_desktop.commands.progress import progress_bar
from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.log.journal import Journal
    from mnist_desktop.log.log import Log, LogStatus
    from mnist_desktop.log.record import Record

CONNECT_SECONDS = 7.0
"""Connecting gives up after 5, and then says why."""

MOST_QUARANTINED = 1_000_000

MOST_REASONS = 5
"""Why Cassandra refuses records, as `log status` says it; `log quarantined` says all."""

SLICE = 0.5
"""Seconds between two updates of the progress bar."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("log", help="what waits for Cassandra")
    actions = parser.add_subparsers(required=True, metavar="status|deliver|retry|quarantined|move")

    status = actions.add_parser("status", parents=[shared], help="pending, delivered and quarantined records")
    status.add_argument("--json", action="store_true", help="print a JSON object")
    status.set_defaults(run=run_status)

    deliver = actions.add_parser("deliver", parents=[shared], help="deliver now, and wait until all is there")
    deliver.set_defaults(run=run_deliver)

    retry = actions.add_parser("retry", parents=[shared], help="deliver again what Cassandra refused")
    retry.set_defaults(run=run_retry)

    quarantined = actions.add_parser("quarantined", parents=[shared], help="what Cassandra refused, and why")
    quarantined.add_argument(
        "--export", metavar="FILE", type=named_path, help="write these records, whole, to a .jsonl file"
    )
    quarantined.add_argument("--force", action="store_true", help="overwrite the file")
    quarantined.set_defaults(run=run_quarantined)

    move = actions.add_parser("move", parents=[shared], help="copy this log into one with smaller partitions")
    move.add_argument("name", metavar="NEW_NAME", help="the new log's name")
    # Under a name of its own: as `bucket_by` it would be the setting, and that of the present log.
    move.add_argument(
        "--bucket-by", dest="finer", choices=("day", "hour"), required=True, help="how much time a partition spans"
    )
    move.set_defaults(run=run_move)


@contextmanager
def open_log(context: Context, *, connect: float = 0.0) -> Iterator[Log]:
    """The log that is set, closed at the end; with `connect`, Cassandra is given that many seconds to answer.

    A CommandError when the journal cannot be read and Cassandra does not answer either.
    """
    from mnist_desktop.log.log import Log
    from mnist_desktop.settings import log_options

    context.paths.make_folders()
    log = Log(log_options(context.settings, context.paths))
    try:
        if connect and context.settings.cassandra != "off":
            log.deliver(connect)
        status = log.status()
        if status.notice:
            complain(status.notice)
        if status.fault and not status.connected:
            raise CommandError(status.fault)
        yield log
    finally:
        log.close()


def deliver_in_time(log: Log, context: Context, seconds: float) -> None:
    """Deliver what can be delivered in time, and say what is left waiting."""
    if context.settings.cassandra == "off" or not log.status().pending:
        return
    status = log.deliver(seconds)
    if status.pending:
        waiting = "1 record waits" if status.pending == 1 else f"{status.pending} records wait"
        complain(f"{waiting} for Cassandra." if status.why is None else f"{waiting} for Cassandra: {status.why}")


def run_status(arguments: argparse.Namespace, context: Context) -> int:
    """Print how the log stands; FAILED when the journal does not say."""
    with open_log(context, connect=CONNECT_SECONDS) as log:
        status = log.status()
        refused = Counter(reason for _, reason in ([] if status.fault else log.quarantined()))
    if arguments.json:
        fields = {name: getattr(status, name) for name in ("connected", "pending", "delivered", "quarantined", "why")}
        print(json_line(fields))
    else:
        print(_text(status))
        for reason, count in refused.most_common(MOST_REASONS):
            print(shown_name(f"{count} refused: {reason}"))
    return _told(status)


def _told(status: LogStatus) -> int:
    """FAILED, and a sentence, when the journal could not be read."""
    if status.fault:
        complain(status.fault)
        return FAILED
    return DONE


def run_deliver(_arguments: argparse.Namespace, context: Context) -> int:
    """Deliver until nothing is pending; FAILED when Cassandra cannot be reached."""
    with open_log(context) as log:
        status = _deliver_all(log)
    print(_text(status))
    if status.pending:
        complain(status.why or "Cassandra does not take all records.")
    return FAILED if status.pending else _told(status)


def _deliver_all(log: Log) -> LogStatus:
    """Deliver until nothing is pending or Cassandra is away."""
    pending = log.status().pending
    with progress_bar(what="delivering", unit=" records", total=pending) as bar:
        status = log.deliver(CONNECT_SECONDS)
        while status.pending and status.connected:
            bar.update(max(0, pending - status.pending - bar.n))
            status = log.deliver(SLICE)
        bar.update(max(0, pending - status.pending - bar.n))
    return status


def run_retry(_arguments: argparse.Namespace, context: Context) -> int:
    """Make what was refused pending again, and deliver it."""
    with open_log(context) as log:
        count = log.retry_quarantined()
        status = log.deliver(CONNECT_SECONDS)
        refused = log.quarantined()
    print(f"{count} tried again; {_text(status)}")
    for record_id, reason in refused:
        complain(f"{record_id}: {reason}")
    if status.pending:
        complain(status.why or "Cassandra does not take all records.")
    return FAILED if refused or status.pending else DONE


def run_quarantined(arguments: argparse.Namespace, context: Context) -> int:
    """Print what Cassandra refused, a line each, oldest first; with --export write these records to a file too."""
    from mnist_desktop.log.journal import Journal
    from mnist_desktop.log.record import LogError

    context.paths.make_folders()
    journal = Journal(context.paths.journal, context.settings.log)
    try:
        refused = journal.reasons(MOST_QUARANTINED)
        if notice := journal.notice():
            complain(notice)
        if arguments.export is not None:
            _export_quarantined(journal, refused, arguments.export, force=arguments.force)
    except LogError as error:
        raise CommandError(str(error)) from error
    finally:
        journal.close()
    for record_id, reason in refused:
        print(shown_name(f"{record_id}: {reason}"))
    return DONE


def _export_quarantined(journal: Journal, refused: Sequence[tuple[UUID, str]], file: Path, *, force: bool) -> None:
    from mnist_desktop.commands.history_export import new_file

    if file.suffix != ".jsonl":
        raise CommandError(f"{file} must end in .jsonl.", USAGE)
    with new_file(file, force=force) as out:
        for record_id, reason in refused:
            entry = journal.find(record_id)
            if entry is not None:
                fields = _whole(entry.record) | {"reason": reason}
                out.write(json.dumps(fields, ensure_ascii=False, allow_nan=False) + "\n")


def run_move(arguments: argparse.Namespace, context: Context) -> int:
    """Deliver what waits here, then copy the whole log into a new one, and say which setting to change."""
    from mnist_desktop.log.moving import move
    from mnist_desktop.log.record import LogError
    from mnist_desktop.settings import SETTINGS, log_options

    name, finer = arguments.name, arguments.finer
    if not SETTINGS["log"].accepts(name):
        raise CommandError(f"A log's name is {SETTINGS['log'].valid}.", USAGE)
    if context.settings.cassandra == "off":
        raise CommandError("Cassandra is switched off; there is no log to move.")
    with open_log(context) as log:
        status = _deliver_all(log)
    if status.pending:
        raise CommandError(f"{status.pending} records still wait here for Cassandra. {status.why or ''}".rstrip())
    try:
        with progress_bar(what="copying", unit=" records") as bar:
            moved = move(log_options(context.settings, context.paths), name, finer, threading.Event(), bar.update)
    except LogError as error:
        raise CommandError(str(error)) from error
    print(
        f"{moved.records} records are in the log “{name}” now, {moved.copied} of them just copied. When every "
        f"device has delivered, run this again; then set log = {json.dumps(name)} in each one's settings.toml, or "
        f"{SETTINGS['log'].variable}. The old log stays as it is."
    )
    return DONE


def _whole(record: Record) -> dict[str, Any]:
    """All that a record holds, bytes as base64: what else would be lost with it."""
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else _plain(value)
        for name, value in dataclasses.asdict(record).items()
    } | {"time": record.time.isoformat()}


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return str(value) if isinstance(value, UUID) else value


def _text(status: LogStatus) -> str:
    why = (status.why or "switched off").removesuffix(".")
    connected = "connected" if status.connected else f"not connected ({why})"
    return (
        f"Cassandra: {connected}; {status.pending} waiting, {status.delivered} delivered, "
        f"{status.quarantined} quarantined"
    )

"""`log`: what waits for Cassandra, delivered now, or tried again."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mnist_desktop.commands.command import DONE, FAILED, CommandError, Context, complain, json_line
from mnist_desktop.commands.progress import progress_bar

if TYPE_CHECKING:
    from mnist_desktop.log.log import Log, LogStatus

CONNECT_SECONDS = 7.0
"""Connecting gives up after 5, and then says why."""

SLICE = 0.5
"""Seconds between two updates of the progress bar."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("log", help="what waits for Cassandra")
    actions = parser.add_subparsers(required=True, metavar="status|deliver|retry")

    status = actions.add_parser("status", parents=[shared], help="pending, delivered and quarantined records")
    status.add_argument("--json", action="store_true", help="print a JSON object")
    status.set_defaults(run=run_status)

    deliver = actions.add_parser("deliver", parents=[shared], help="deliver now, and wait until all is there")
    deliver.set_defaults(run=run_deliver)

    retry = actions.add_parser("retry", parents=[shared], help="deliver again what Cassandra refused")
    retry.set_defaults(run=run_retry)


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
    if arguments.json:
        fields = {name: getattr(status, name) for name in ("connected", "pending", "delivered", "quarantined", "why")}
        print(json_line(fields))
    else:
        print(_text(status))
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
        pending = log.status().pending
        with progress_bar(what="delivering", unit=" records", total=pending) as bar:
            status = log.deliver(CONNECT_SECONDS)
            while status.pending and status.connected:
                bar.update(max(0, pending - status.pending - bar.n))
                status = log.deliver(SLICE)
            bar.update(max(0, pending - status.pending - bar.n))
    print(_text(status))
    if status.pending:
        complain(status.why or "Cassandra does not take all records.")
    return FAILED if status.pending else _told(status)


def run_retry(_arguments: argparse.Namespace, context: Context) -> int:
    """Make what was refused pending again, and deliver it."""
    with open_log(context) as log:
        count = log.retry_quarantined()
        status = log.deliver(CONNECT_SECONDS)
        refused = log.quarantined()
    print(f"{count} tried again; {_text(status)}")
    for record_id, reason in refused:
        complain(f"{record_id}: {reason}")
    return FAILED if refused or status.pending else DONE


def _text(status: LogStatus) -> str:
    connected = "connected" if status.connected else f"not connected ({status.why or 'switched off'})"
    return (
        f"Cassandra: {connected}; {status.pending} waiting, {status.delivered} delivered, "
        f"{status.quarantined} quarantined"
    )

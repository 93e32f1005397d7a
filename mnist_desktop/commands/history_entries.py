"""Turns filters of the command line into the log's entries, newest first, and an entry into what is said of it."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mnist_desktop.commands.command import (
    DONE,
    FAILED,
    INTERRUPTED,
    USAGE,
    CommandError,
    Context,
    complain,
    number_up_to,
    whole_number,
)
from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.log.log import Cursor, Entry, Filters, Log, Page

PAGE = 100

MOST_DIGIT = 32_767
"""What Cassandra's smallint holds."""

CONNECT_SECONDS = 2.0
"""How long a command waits for Cassandra before it goes on with this computer's records alone."""

TELL_SECONDS = 2.0
"""How often a search that finds nothing says how far it is."""


class Search:
    """Walks back through the log page by page, and says on standard error how far, and what it cannot see."""

    def __init__(self, log: Log, context: Context, filters: Filters) -> None:
        self.reached: datetime | None = None
        """How far back it has looked, in UTC; none before the first page, and when it is at its end."""
        self._log = log
        self._filters = filters
        self._expected = context.settings.cassandra != "off"
        self._connected = False
        self._lost = False
        self._told = -math.inf

    def entries(self, limit: int | None = None, page_size: int = PAGE) -> Iterator[Entry]:
        """At most `limit` entries, newest first, each record once whatever is saved meanwhile."""
        cursor: Cursor | None = None
        left = math.inf if limit is None else limit
        while left > 0:
            page = self._page(cursor, int(min(page_size, left)))
            cursor = page.cursor
            self.reached = None if cursor is None else cursor.time
            if not page.entries and cursor is not None:
                self._tell_how_far(cursor.time)
            yield from page.entries
            left -= len(page.entries)
            if cursor is None:
                return

    def code(self) -> int:
        """FAILED when a place that should have been asked could not be; standard error says which."""
        return FAILED if self._lost else code_of(self._log)

    def stopped(self, what: str) -> CommandError:
        """`what`, and how far it came: how a search that Ctrl+C ended says so."""
        where = "" if self.reached is None else f" It had come back to {date(self.reached)}."
        return CommandError(f"{what}{where}", INTERRUPTED)

    def _page(self, cursor: Cursor | None, limit: int) -> Page:
        page = self._log.page(cursor, self._filters, limit)
        if not page.connected and self._connected:
            # It was there until now: what only it has would silently be missing from here on.
            self._log.deliver(CONNECT_SECONDS)
            page = self._log.page(cursor, self._filters, limit)
        if not page.connected and self._expected:
            why = self._log.status().why or "Cassandra is not connected."
            since = "" if cursor is None else f" from {date(cursor.time)} back"
            complain(f"These are this computer's records only{since}: {why}")
            self._expected = False
            self._lost = self._connected
        self._connected = page.connected
        return page

    def _tell_how_far(self, back_to: datetime) -> None:
        now = time.monotonic()
        if now - self._told >= TELL_SECONDS:
            self._told = now
            complain(f"Searched back to {date(back_to)}, and goes on.")


def code_of(log: Log) -> int:
    """FAILED, and a sentence, when the journal could not be read."""
    fault = log.status().fault
    if fault:
        complain(f"These are Cassandra's records only: {fault}")
    return FAILED if fault else DONE


def date(moment: datetime) -> str:
    """The day of `moment` as people write it, in local time."""
    local = moment.astimezone()
    return f"{local.day} {local:%B %Y}"


def text_of(entry: Entry) -> str:
    """A record on one line, in local time."""
    record = entry.record
    local = record.time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    answer = f"{record.label} {record.confidence:6.1%}{' unsure' if record.verdict == 'unsure' else ''}"
    corrected = f" (it was {record.corrected})" if record.corrected else ""
    state = "" if entry.delivered else " waiting"
    return shown_name(f"{local}  {answer}{corrected}  {record.source.value}  {record.name or ''}  {record.id}{state}")


def filters_parser() -> argparse.ArgumentParser:
    """The options that choose records."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--digit", type=whole_number(0, MOST_DIGIT), help="only this digit (the index of its label)")
    parser.add_argument("--verdict", choices=("digit", "unsure"), help="only this verdict")
    parser.add_argument("--source", choices=("canvas", "file", "clipboard"), help="only from there")
    parser.add_argument("--name", type=_part, help="only where the file's name holds this")
    # Under a name of its own: as `device` it would be the setting, and that of this device.
    parser.add_argument("--device", dest="made_by", type=_part, metavar="DEVICE", help="only what this device made")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="from then on (ISO 8601, local unless it says)")
    parser.add_argument("--until", type=_moment, metavar="TIME", help="before then")
    parser.add_argument("--below", type=number_up_to(1), metavar="CONFIDENCE", help="only less confident (0 to 1)")
    parser.add_argument("--corrected", action="store_true", help="only what was corrected")
    return parser


def filters_of(arguments: argparse.Namespace) -> Filters:
    """What `filters_parser` understood; a CommandError when no record can be in such a span of time."""
    from mnist_desktop.log.log import Filters
    from mnist_desktop.log.record import Source

    since, until = arguments.since, arguments.until
    if since is not None and until is not None and until <= since:
        raise CommandError("--until must be later than --since.", USAGE)
    return Filters(
        digit=arguments.digit,
        verdict=arguments.verdict,
        source=Source(arguments.source) if arguments.source else None,
        # Names are kept as they are shown.
        name=None if arguments.name is None else shown_name(arguments.name),
        since=since,
        until=until,
        below=arguments.below,
        corrected=arguments.corrected,
        device=arguments.made_by,
    )


def _part(text: str) -> str:
    if not text:
        # Of a variable that was not set a script would get all records.
        raise argparse.ArgumentTypeError("what is looked for cannot be empty")
    return text


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    # OSError: Windows knows no local time before 1970.
    except (ValueError, OverflowError, OSError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-03-01 or 2026-03-01T14:30") from error

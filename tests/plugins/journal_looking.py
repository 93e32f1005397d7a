"""Reads a journal to its end, page by page."""

from __future__ import annotations

from mnist_desktop.log.journal import Journal
from mnist_desktop.log.query import Filters
from mnist_desktop.log.record import Record


def everything(
    journal: Journal, filters: Filters | None = None, page: int = 7, *, undelivered: bool = False
) -> list[Record]:
    """Every record that passes the filters, in the order in which the pages hold them."""
    found: list[Record] = []
    before = None
    while True:
        stretch = journal.newest(before, filters or Filters(), page, undelivered=undelivered)
        assert len(stretch.entries) <= page
        found += [entry.record for entry in stretch.entries]
        before = stretch.reached
        if before is None:
            return found

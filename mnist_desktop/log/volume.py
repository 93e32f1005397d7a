"""Counts the partitions that grow, a page at a time and once a day for all devices, and warns before one is full."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from mnist_desktop.log.partitions import Counted, Partitions
from mnist_desktop.log.record import LogError

MOST_RECORDS = 300_000
"""What one partition carries well: some 100 MB of these records."""

NEAR = 240_000
"""From here on the program warns; counting stops at MOST_RECORDS."""

ROUND = 10_000
"""The warning's number is rounded down to this, so that it does not change with every count."""

COUNT_EVERY = timedelta(days=1)

GROWN = 30_000
"""A partition into which this process has delivered so many since it was counted is counted again."""

PAGE = 2_000
"""Ids that one look counts; the next look comes a second later."""

LOOKED_AT = 48
"""The newest partitions, of which the counts are known."""

LOOK_SECONDS = 3600.0
"""How often is looked whether another device has counted."""

FINER = {"month": "day", "day": "hour"}

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Count:
    """A count under way."""

    bucket: str
    records: int = 0
    before: UUID | None = None


class Volume:
    """How full the partitions of a log are, as far as any device has counted."""

    def __init__(self, partitions: Partitions, *, log: str, bucket_by: str) -> None:
        """Nothing is known yet."""
        self._partitions = partitions
        self._log = log
        self._bucket_by = bucket_by
        self._known: dict[str, Counted] = {}
        self._grown: Counter[str] = Counter()
        self._count: Count | None = None
        self._looked = -LOOK_SECONDS
        self._failed = False
        """Whether nothing is counted until the next look, because Cassandra did not answer."""

    @property
    def notice(self) -> str | None:
        """A sentence about the fullest partition, when it is nearly full."""
        fullest = max(self._known.values(), key=lambda counted: counted.records, default=None)
        if fullest is None or fullest.records < NEAR:
            return None
        finer = FINER.get(self._bucket_by)
        advice = (
            f"“mnist-desktop log move NEW_NAME --bucket-by {finer}” makes a log with smaller ones."
            if finer
            else "Let some of the devices write another log."
        )
        records = fullest.records // ROUND * ROUND
        return (
            f"The partition {fullest.bucket} of the log “{self._log}” holds {records:,} records or more, "
            f"and carries {MOST_RECORDS:,} well. {advice}"
        )

    def grows(self, records: Mapping[str, int]) -> None:
        """So many records are being written into these partitions."""
        self._grown.update(records)

    def look(self) -> None:
        """Learn what was counted until now."""
        self._looked = time.monotonic()
        try:
            counted = self._partitions.counted(LOOKED_AT)
        except LogError as error:
            logger.info("It is not known how full the partitions are: %s", error)
            return
        self._known = {each.bucket: each for each in counted}

    def step(self) -> bool:
        """Count a page of what is due, if anything is; whether it goes on."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self.look()
            self._failed = False
        count = self._count or self._next()
        if count is None or self._failed:
            return False
        try:
            ids = self._partitions.ids(count.bucket, count.before, PAGE)
            count.records += len(ids)
            if len(ids) == PAGE and count.records < MOST_RECORDS:
                count.before = ids[-1]
                self._count = count
                return True
            self._end(count)
        except LogError as error:
            logger.info("A partition could not be counted: %s", error)
            self._failed = True
        self._count = None
        return False

    def _next(self) -> Count | None:
        """What is due: a partition that grows, and was not counted for a day, or has grown much since."""
        now = datetime.now(UTC)
        for bucket, grown in self._grown.items():
            known = self._known.get(bucket)
            # One that is full stays full.
            if known is None or (known.records < MOST_RECORDS and (grown >= GROWN or now - known.time >= COUNT_EVERY)):
                return Count(bucket=bucket)
        return None

    def _end(self, count: Count) -> None:
        counted = Counted(bucket=count.bucket, records=count.records, time=datetime.now(UTC))
        self._known[count.bucket] = counted
        del self._grown[count.bucket]
        self._partitions.note_count(counted)

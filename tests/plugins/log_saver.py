"""A program that saves records as fast as it can and says which are saved, until somebody kills it.

Run as `python -m log_saver JOURNAL HOST PORT KEYSPACE LOG SEED`. It prints `connected` once it delivers, and
`ID VERSION` for each record only after `save` has returned True.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from sample_records import make_record

from mnist_desktop.log.log import Log, LogOptions
from mnist_desktop.log.record import Record


def main(journal: str, host: str, port: str, keyspace: str, log_name: str, seed: str) -> None:
    """Save new records, and now and then a new version of an earlier one, for ever."""
    chance = random.Random(int(seed))
    log = Log(LogOptions(journal=Path(journal), hosts=((host, int(port)),), keyspace=keyspace, log=log_name))
    log.start()
    saved: list[Record] = []
    connected = False
    while True:
        if not connected and log.status().connected:
            connected = True
            say("connected")
        if saved and chance.random() < 0.3:
            position = chance.randrange(len(saved))
            record = saved[position].changed(datetime.now(UTC), corrected=str(chance.randrange(10)))
            saved[position] = record
        else:
            record = make_record()
            saved.append(record)
        if log.save(record):
            say(f"{record.id} {record.version}")


def say(line: str) -> None:
    """Print at once, so that what the reader has seen was true before."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

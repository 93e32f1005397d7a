"""What the log is told at its start, and what it tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BUCKET_BY = "month"
"""How a new log is cut: a month of one desktop stays far under the 300,000 rows that a partition carries well."""


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """Where the records go: the journal on this computer, and the log they belong to in Cassandra."""

    journal: Path
    hosts: tuple[tuple[str, int], ...] = ()
    """Contact points, host and port; none switches Cassandra off."""
    log: str = "default"
    keyspace: str = "mnist_desktop"
    datacenter: str | None = None
    """None: the data centre of the first contact point that answers."""
    replication: int = 1
    """Copies of each record in that data centre; used only when the keyspace is made."""
    bucket_by: str | None = None
    """How much time one partition spans, `month`, `day` or `hour`; used only when the log is made. None: BUCKET_BY."""
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    """Certificates to trust; given, the connection is encrypted and the server's name checked."""
    keep: int = 100_000
    """Delivered records that stay in the journal as the history without a connection."""


@dataclass(frozen=True, kw_only=True)
class LogStatus:
    """How the log stands at one moment."""

    connected: bool
    pending: int
    """Committed here, not yet known to be in Cassandra."""
    delivered: int
    """Held here and in Cassandra."""
    quarantined: int
    """Refused by Cassandra for ever; they stay here until they are retried."""
    unsaved: int
    """Only in memory, because the journal cannot be written."""
    why: str | None
    """A sentence that says why there is no connection."""
    fault: str | None = None
    """A sentence that says why the journal cannot be read; the numbers above are then not known."""
    notice: str | None = None
    """Sentences about the journal and about how the log is cut that the user should read once."""

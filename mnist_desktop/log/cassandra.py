"""Turns options into a connected log: reaches a node, makes what is missing there, and learns the log's identity.

Imports the driver, which takes 80 ms: nothing may import this module before the window has been painted.
"""
# ruff: noqa: S608 - the keyspace in the statements has been checked; values are always bound.

from __future__ import annotations

import atexit
import importlib.resources
import logging
import re
import ssl
import threading
import uuid
from collections import defaultdict
from collections.abc import Mapping
from string import Template
from typing import Any

import cassandra.cluster
from cassandra import AlreadyExists, ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.policies import DCAwareRoundRobinPolicy, ExponentialReconnectionPolicy, TokenAwarePolicy
from cassandra.query import SimpleStatement

from mnist_desktop.log.failures import explain, is_refused
from mnist_desktop.log.options import BUCKET_BY, LogOptions
from mnist_desktop.log.partitions import FORGETTING, Cut
from mnist_desktop.log.record import BUCKETS, LogError, UnreachableError
from mnist_desktop.log.table import Table

PROTOCOL = 5
"""What Cassandra 4 and later speak; fixed, so that the driver does not try its way down."""

SCHEMA = 1
"""What a new log asks of a program; a log that asks for more than FORGETTING was made by a newer program."""

CONNECT_SECONDS = 5.0

CONTACT_SECONDS = 10.0
"""For each statement of first contact; making a table takes a ring of three nodes a second."""

HEARTBEAT_SECONDS = 5
"""A node that answers nothing is noticed after twice this; the driver's own 30 + 30 is a minute of false hope."""

# At exit the driver would close every cluster and wait for those that hang; this program has closed its own by then.
atexit.unregister(cassandra.cluster._shutdown_clusters)  # noqa: SLF001 - there is no public way

OWN = {
    "log": {"log", "identity", "bucket_by", "schema"},
    "bucket": {"log", "bucket"},
    "prediction": {"log", "bucket", "id", "verdict"},
}
"""By table, columns without which it is somebody else's."""

ADDED = {"log": {"forgotten"}, "bucket": {"records", "counted"}}
"""By table, columns that a log made by an earlier version has not."""

logging.getLogger("cassandra").addHandler(logging.NullHandler())
"""What the driver logs goes where the program's log goes; without this it would go to the terminal."""


class Connection:
    """A connected log and the cluster behind it."""

    def __init__(self, cluster: Cluster, table: Table) -> None:
        self.table = table
        self._cluster = cluster

    def close(self) -> None:
        """End the connection; with a node that does not answer this takes seconds."""
        self._cluster.shutdown()


def connect(options: LogOptions, closing: threading.Event) -> Connection:
    """Reach the log that `options` name; takes seconds, or as long as the node hangs. A LogError says why not.

    A Cluster that failed does not recover, so each attempt makes its own.
    """
    if not re.fullmatch(r"[a-z]\w{0,47}", options.keyspace, re.ASCII):
        raise LogError(f"“{options.keyspace}” cannot name a keyspace: a small letter, then letters, digits and _.")
    cluster = _cluster(options)
    try:
        session = cluster.connect()
        return Connection(cluster, _contact(cluster, session, options, closing))
    except LogError:
        cluster.shutdown()
        raise
    # The driver raises what it likes: all of it goes on as a sentence.
    except Exception as error:
        cluster.shutdown()
        if options.datacenter and isinstance(error, NoHostAvailable) and not isinstance(error.errors, dict):
            raise LogError(f"Cassandra has no node in the data centre “{options.datacenter}”.") from error
        raise (UnreachableError if is_refused(error) else LogError)(explain(error)) from error


def _cluster(options: LogOptions) -> Cluster:
    profile = ExecutionProfile(
        # Without a data centre given, the driver takes that of the first contact point that answers.
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=options.datacenter or "")),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
        request_timeout=CONTACT_SECONDS,
    )
    login = None
    if options.username is not None:
        login = PlainTextAuthProvider(username=options.username, password=options.password or "")
    try:
        trust = ssl.create_default_context(cafile=str(options.ca_file)) if options.ca_file else None
    except OSError as error:
        raise LogError(f"The certificates {options.ca_file} cannot be read: {error.strerror or error}.") from error
    try:
        return Cluster(
            contact_points=list(options.hosts),
            protocol_version=PROTOCOL,
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            auth_provider=login,
            ssl_context=trust,
            connect_timeout=CONNECT_SECONDS,
            control_connection_timeout=CONNECT_SECONDS,
            idle_heartbeat_interval=HEARTBEAT_SECONDS,
            idle_heartbeat_timeout=HEARTBEAT_SECONDS,
            # The driver's own schedule gives up after 64 tries.
            reconnection_policy=ExponentialReconnectionPolicy(base_delay=0.5, max_delay=30.0, max_attempts=None),
        )
    # As above.
    except Exception as error:
        raise LogError(explain(error)) from error


def _contact(cluster: Cluster, session: Session, options: LogOptions, closing: threading.Event) -> Table:
    keyspace = options.keyspace
    there = _columns(session, keyspace)
    if any(there[table] and not there[table] >= own for table, own in OWN.items()):
        raise LogError(f"The keyspace “{keyspace}” in Cassandra holds tables that were not made by this program.")
    if there["log"] and not all(there[table] for table in OWN):
        _renew_identities(session, keyspace)
    if any(not there[table] >= own | ADDED.get(table, set()) for table, own in OWN.items()):
        _make_schema(cluster, session, options)
    row = _identity(session, options)
    if row.schema is None or row.schema > FORGETTING:
        raise LogError(f"The log “{options.log}” in Cassandra was made by a newer version of this program.")
    if row.bucket_by not in BUCKETS or row.identity is None:
        raise LogError(f"The log “{options.log}” in Cassandra was not made by this program.")
    return Table(
        session=session,
        keyspace=keyspace,
        log=options.log,
        cut=Cut(identity=row.identity, bucket_by=row.bucket_by, forgotten=frozenset(row.forgotten or ())),
        closing=closing,
    )


def _columns(session: Session, keyspace: str) -> Mapping[str, set[str]]:
    """Which columns the tables of a keyspace have."""
    there: dict[str, set[str]] = defaultdict(set)
    find = "SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = %s"
    for row in session.execute(find, (keyspace,)):
        there[row.table_name].add(row.column_name)
    return there


def _renew_identities(session: Session, keyspace: str) -> None:
    """Give every log another identity, because a table was dropped and what was in it is lost.

    Before the table is made again: a crash in between must not leave a log that seems whole.
    """
    renew = f"UPDATE {keyspace}.log SET identity = %s WHERE log = %s IF identity = %s"
    for row in session.execute(f"SELECT log, identity FROM {keyspace}.log"):
        session.execute(renew, (uuid.uuid4(), row.log, row.identity))


def _make_schema(cluster: Cluster, session: Session, options: LogOptions) -> None:
    local = options.datacenter or _datacenter(cluster)
    text = importlib.resources.files("mnist_desktop.log").joinpath("schema.cql").read_text(encoding="utf-8")
    code = "\n".join(line.split("--", 1)[0] for line in text.splitlines())
    names = {
        "keyspace": options.keyspace,
        "datacenter": local.replace("'", "''"),
        "replication": str(options.replication),
    }
    for statement in Template(code).substitute(names).split(";"):
        if statement.strip():
            try:
                session.execute(SimpleStatement(statement))
            except AlreadyExists:
                # Another desktop makes it at the same moment.
                continue


def _datacenter(cluster: Cluster) -> str:
    """The data centre that the driver has found itself in."""
    names = [host.datacenter for host in cluster.metadata.all_hosts() if host.is_up and host.datacenter]
    if not names:
        raise LogError("Cassandra does not say which data centre its nodes are in.")
    return str(names[0])


def _identity(session: Session, options: LogOptions) -> Any:
    """The log's row; made when it is missing, in such a way that two desktops agree on who made it."""
    keyspace, log = options.keyspace, options.log
    find = f'SELECT identity, bucket_by, "schema", forgotten FROM {keyspace}.log WHERE log = %s'
    row = session.execute(find, (log,)).one()
    if row is None:
        make = f'INSERT INTO {keyspace}.log (log, identity, bucket_by, "schema") VALUES (%s, %s, %s, %s) IF NOT EXISTS'
        session.execute(make, (log, uuid.uuid4(), options.bucket_by or BUCKET_BY, SCHEMA))
        # Serial: it sees what a conditional write has agreed on, even before that is everywhere.
        row = session.execute(SimpleStatement(find, consistency_level=ConsistencyLevel.LOCAL_SERIAL), (log,)).one()
    return row

"""Turns what the driver raises into the one sentence that the user reads."""

from __future__ import annotations

from cassandra import (
    AuthenticationFailed,
    DriverException,
    InvalidRequest,
    OperationTimedOut,
    Timeout,
    Unauthorized,
    Unavailable,
    UnresolvableContactPoints,
)
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionException, ProtocolError
from cassandra.protocol import ErrorMessage

SENTENCES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (UnresolvableContactPoints, "The address of Cassandra cannot be found."),
    (ConnectionRefusedError, "Nothing listens{at}: the connection was refused."),
    (AuthenticationFailed, "Cassandra{at} does not accept the user name and password."),
    (Unauthorized, "Cassandra{at} does not permit this: {text}"),
    ((OperationTimedOut, TimeoutError), "Cassandra{at} does not answer in time."),
    (Unavailable, "Too few of Cassandra's nodes are up."),
    (Timeout, "Too few of Cassandra's nodes answer in time."),
    ((ProtocolError, UnicodeDecodeError), "What answers{at} is not a Cassandra that this program knows."),
    (InvalidRequest, "Cassandra refuses: {text}"),
    ((ConnectionException, OSError), "The connection to Cassandra{at} broke: {text}"),
    ((DriverException, ErrorMessage), "Cassandra{at} answers with an error: {text}"),
)
"""The first that fits is said; `at` is the host where it is known, `text` the driver's own words."""


def explain(error: BaseException) -> str:
    """A sentence for `error`, and for the first of the hosts that it names."""
    where, cause = _first(error)
    at = f" at {where}" if where else ""
    if "[SSL" in str(cause):
        # The driver keeps the words of an SSLError and loses its class.
        return f"The encrypted connection{at} could not be made: {_text(cause)}"
    if where and isinstance(cause, OperationTimedOut):
        return f"What listens{at} does not answer as Cassandra does."
    for kind, sentence in SENTENCES:
        if isinstance(cause, kind):
            return sentence.format(at=at, text=_text(cause))
    return f"Cassandra{at} cannot be used: {_text(cause)}"


def is_refused(error: BaseException) -> bool:
    """Whether nothing listens at the address, so that one can see at once when something does."""
    _, cause = _first(error)
    return isinstance(cause, ConnectionRefusedError)


def _first(error: BaseException) -> tuple[str | None, BaseException]:
    """The host and the error behind a collection of errors."""
    if isinstance(error, NoHostAvailable) and isinstance(error.errors, dict) and error.errors:
        host, cause = next(iter(error.errors.items()))
        return str(getattr(host, "endpoint", host)), cause
    return None, error


def _text(error: BaseException) -> str:
    text = " ".join(str(getattr(error, "message", None) or error).split()) or type(error).__name__
    return text if text.endswith(".") else f"{text}."

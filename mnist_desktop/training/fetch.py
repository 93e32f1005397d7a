"""Turns the address and the checksum of a file into that file, going on where an earlier attempt stopped."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from mnist_desktop import __version__
from mnist_desktop.evaluation.data import DataError
from mnist_desktop.training.alone import alone

CHUNK = 1 << 16

TRANSIENT = (408, 425, 429, 500, 502, 503, 504)
"""HTTP's answers after which asking again may help; after any other error it does not."""

Progress = Callable[[int, int], None]
"""Called with the bytes that are there, and how many there will be."""


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A file at its home and, after that, at places which hold the same bytes."""

    name: str
    """What people call it, for progress and sentences."""
    addresses: tuple[str, ...]
    sha256: str
    at_most: int
    """Bytes; of an answer that is longer no more is read."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a download waits for its server."""

    silence: float = 30.0
    """Seconds without a byte after which a connection counts as dead."""
    attempts: int = 4
    """Attempts in a row that may bring nothing new."""
    pause: float = 1.0
    """Seconds before the second attempt; each later one waits twice as long."""


class _InterruptedError(Exception):
    """The connection failed: another attempt may go on."""


class _RefusedError(Exception):
    """This address does not have the file: no other attempt will help."""


def fetch(remote: Remote, target: Path, progress: Progress, patience: Patience | None = None) -> None:
    """Download `remote` to `target`; what came before an interruption waits in `target`.part and is not asked again.

    Raises DataError, whose sentence says how to go on. Two processes that want the same file do not disturb each
    other: one downloads, the other waits for it.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with alone(target.with_name(f"{target.name}.lock"), lambda: progress(_size(part), remote.at_most)):
            if not target.exists():
                _download(remote, part, progress, patience or Patience())
                part.replace(target)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DataError(
                f"There is no space left for {remote.name} in {target.parent}. Make room; {_how_on(part)}"
            ) from error
        raise DataError(f"{remote.name} cannot be written to {target.parent} ({error.strerror}).") from error


def _download(remote: Remote, part: Path, progress: Progress, patience: Patience) -> None:
    """Fill `part` with the whole file, from one address or another; DataError when none will give it."""
    addresses = list(remote.addresses)
    why, fruitless, most = "", 0, _size(part)
    while addresses and fruitless < patience.attempts:
        if fruitless:
            # Twice as long each time: a home that is overloaded is not asked at once again.
            time.sleep(patience.pause * 2 ** (fruitless - 1))
        for address in tuple(addresses):
            try:
                _transfer(address, part, remote, progress, patience)
            except _InterruptedError as failure:
                why = f"{urlsplit(address).hostname}: {failure}"
            except _RefusedError as failure:
                why = f"{urlsplit(address).hostname}: {failure}"
                addresses.remove(address)
            else:
                return
        # What was cut off but brought something does not count: a bad line must not be given up while it carries.
        fruitless = 0 if _size(part) > most else fruitless + 1
        most = max(most, _size(part))
    raise DataError(f"{remote.name} could not be downloaded ({why}); {_how_on(part)}")


def _transfer(address: str, part: Path, remote: Remote, progress: Progress, patience: Patience) -> None:
    """Ask one address for what `part` lacks, append it, and see whether the whole is what it should be."""
    start = _size(part)
    with _answer(address, start, patience) as answer:
        if answer is not None:
            # A server that knows no ranges sends the file from its beginning.
            resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT and _first_byte(answer) == start
            if answer.status == http.HTTPStatus.PARTIAL_CONTENT and not resumed:
                part.unlink(missing_ok=True)
                raise _InterruptedError("it sent another part of the file than was asked for")
            _append(answer, part, start if resumed else 0, remote, progress)
            start = start if resumed else 0
    if _sha256(part) != remote.sha256:
        raise _another_file(part, start, "by its checksum")


def _append(answer: http.client.HTTPResponse, part: Path, start: int, remote: Remote, progress: Progress) -> None:
    length = answer.length
    size = remote.at_most if length is None else start + length
    if size > remote.at_most:
        raise _another_file(part, start, "by its length")
    done = start
    with part.open("ab" if start else "wb") as file:
        for chunk in _chunks(answer):
            done += len(chunk)
            if done > remote.at_most:
                raise _another_file(part, start, "by its length")
            file.write(chunk)
            progress(done, size)
    if length is not None and done < size:
        raise _InterruptedError("the connection ended too early")


def _another_file(part: Path, start: int, what: str) -> Exception:
    """Throw `part` away, which is not the file that is known; what went on from byte `start` may be wrong before it."""
    part.unlink(missing_ok=True)
    failure = _InterruptedError if start else _RefusedError
    return failure(f"what it has is not the file that is known, {what}")


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """What comes, as it comes; what the network does wrong is told from what the disk does wrong."""
    while True:
        try:
            chunk = answer.read1(CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise _InterruptedError(_reason(error)) from error
        if not chunk:
            return
        yield chunk


@contextlib.contextmanager
def _answer(address: str, start: int, patience: Patience) -> Iterator[http.client.HTTPResponse | None]:
    """The server's answer to a request for everything from byte `start`; None when it says that nothing is left."""
    headers = {"User-Agent": f"mnist-desktop/{__version__}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - sources.py holds https only, and a test
    try:
        answer = urllib.request.build_opener(_SameScheme).open(request, timeout=patience.silence)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start:
            yield None
            return
        failure = _InterruptedError if error.code in TRANSIENT else _RefusedError
        raise failure(f"{error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise _InterruptedError(_reason(error)) from error
    with answer:
        yield answer


class _SameScheme(urllib.request.HTTPRedirectHandler):
    """Follows a server that sends on elsewhere, but never from https to something that anybody can listen to."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != urlsplit(req.full_url).scheme:
            fp.close()
            raise _RefusedError(f"it sends on to {newurl}, which is not safe")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _first_byte(answer: http.client.HTTPResponse) -> int | None:
    """Where the part of the file begins that a server says it sends: "bytes 100-199/200"."""
    first = (answer.headers.get("Content-Range") or "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdecimal() else None


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _how_on(part: Path) -> str:
    size = _size(part)
    return f"the same command goes on after the {size:,} bytes that came." if size else "the same command tries again."


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

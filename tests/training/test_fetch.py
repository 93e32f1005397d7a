"""Downloads, from a real server on this machine, survive what networks and disks do."""

from __future__ import annotations

import errno
import hashlib
import http.server
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mnist_desktop.evaluation.data import DataError
from mnist_desktop.training.fetch import Patience, Remote, fetch

CONTENT = bytes(range(256)) * 2_000

HASTE = Patience(silence=5, attempts=2, pause=0)


@dataclass
class Server:
    """A server that can be told how to misbehave, and what it was asked."""

    content: bytes = CONTENT
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    """Bytes after which each of the next answers ends too early."""
    statuses: list[int] = field(default_factory=list)
    """Errors that the next requests get."""
    elsewhere: str | None = None
    """Where the server sends on to."""
    silent: threading.Event | None = None
    """Until this is set, answers stop half way."""
    asked: list[str | None] = field(default_factory=list)
    """The Range of each request, None for the whole."""
    address: str = ""

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        if self.statuses:
            request.send_error(self.statuses.pop(0))
            return
        if self.elsewhere is not None:
            request.send_response(302)
            request.send_header("Location", self.elsewhere)
            request.end_headers()
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        if start and start >= len(self.content):
            request.send_error(416)
            return
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        request.send_header("Content-Length", str(len(self.content) - start))
        request.end_headers()
        self._send(request.wfile, self.content[start:])

    def _send(self, connection: io.BufferedIOBase, content: bytes) -> None:
        if self.cuts:
            content = content[: self.cuts.pop(0)]
        middle = len(content) // 2
        connection.write(content[:middle])
        if self.silent is not None:
            self.silent.wait()
            return
        connection.write(content[middle:])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    told = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.answer(self)

        def log_message(self, *arguments: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        told.address = f"http://127.0.0.1:{listening.server_port}/digits.gz"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield told
        if told.silent is not None:
            told.silent.set()
        listening.shutdown()
        thread.join()


def remote(*addresses: str, content: bytes = CONTENT) -> Remote:
    return Remote(
        name="The digits", addresses=addresses, sha256=hashlib.sha256(content).hexdigest(), at_most=len(content)
    )


def seen(done: int, size: int) -> None:
    """A progress that nobody looks at."""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "data" / "digits.gz"


def part_of(target: Path) -> Path:
    return target.with_name("digits.gz.part")


def test_a_file_comes_whole_and_says_how_far_it_is(server: Server, target: Path) -> None:
    steps: list[tuple[int, int]] = []
    fetch(remote(server.address), target, lambda done, size: steps.append((done, size)))
    assert target.read_bytes() == CONTENT
    assert not part_of(target).exists()
    assert steps == sorted(steps)
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert server.asked == [None]


def test_what_is_there_is_not_asked_for_again(server: Server, target: Path) -> None:
    for _ in range(2):
        fetch(remote(server.address), target, seen)
    assert server.asked == [None]


def test_a_cut_connection_goes_on_where_it_ended(server: Server, target: Path) -> None:
    server.cuts = [100_000, 50_000]
    fetch(remote(server.address), target, seen, HASTE)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=100000-", "bytes=150000-"]


def test_a_line_that_breaks_often_is_not_given_up_while_it_carries(server: Server, target: Path) -> None:
    server.cuts = [40_000] * 8
    fetch(remote(server.address), target, seen, HASTE)
    assert target.read_bytes() == CONTENT


def test_another_run_goes_on_after_an_interruption(server: Server, target: Path) -> None:
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT[:1_000])
    fetch(remote(server.address), target, seen, HASTE)
    assert target.read_bytes() == CONTENT
    assert server.asked == ["bytes=1000-"]


def test_ctrl_c_keeps_what_came(server: Server, target: Path) -> None:
    def impatient(done: int, size: int) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(remote(server.address), target, impatient)
    kept = part_of(target).stat().st_size
    assert kept > 100_000
    fetch(remote(server.address), target, seen)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={kept}-"]


def test_a_part_that_is_whole_is_only_checked(server: Server, target: Path) -> None:
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT)
    fetch(remote(server.address), target, seen, HASTE)
    assert target.read_bytes() == CONTENT
    assert server.asked == [f"bytes={len(CONTENT)}-"]


def test_a_server_without_ranges_sends_it_again_from_the_start(server: Server, target: Path) -> None:
    server.ranges = False
    server.cuts = [100_000]
    fetch(remote(server.address), target, seen, HASTE)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=100000-"]


def test_a_part_of_something_else_is_thrown_away_and_all_of_it_asked_again(server: Server, target: Path) -> None:
    target.parent.mkdir()
    part_of(target).write_bytes(b"an older edition" * 10)
    fetch(remote(server.address), target, seen, HASTE)
    assert target.read_bytes() == CONTENT
    assert server.asked == ["bytes=160-", None]


@pytest.mark.parametrize("other", [CONTENT[:-1] + b"?", CONTENT + b"more"])
def test_another_file_is_refused_and_not_kept(server: Server, target: Path, other: bytes) -> None:
    server.content = other
    with pytest.raises(DataError, match=r"not be downloaded \(127.0.0.1: .* not the file that is known"):
        fetch(remote(server.address), target, seen, HASTE)
    assert not target.exists()
    assert not part_of(target).exists()
    assert server.asked == [None]


def test_the_next_address_is_asked_where_one_does_not_have_it(server: Server, target: Path) -> None:
    server.statuses = [404]
    fetch(remote(server.address, server.address), target, seen, HASTE)
    assert target.read_bytes() == CONTENT


def test_a_file_that_is_gone_is_not_asked_for_again(server: Server, target: Path) -> None:
    server.statuses = [404] * 5
    with pytest.raises(DataError, match="404 Not Found"):
        fetch(remote(server.address), target, seen, HASTE)
    assert server.asked == [None]


def test_a_server_in_trouble_is_asked_again(server: Server, target: Path) -> None:
    server.statuses = [503]
    fetch(remote(server.address), target, seen, HASTE)
    assert target.read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_given_up_and_what_came_is_kept(server: Server, target: Path) -> None:
    server.silent = threading.Event()
    server.content = CONTENT[:2]
    with pytest.raises(DataError, match=r"no answer in time.*the same command goes on after the 1 bytes that came"):
        fetch(remote(server.address), target, seen, Patience(silence=0.5, attempts=1, pause=0))
    assert part_of(target).read_bytes() == CONTENT[:1]


def test_a_closed_port_is_one_sentence(server: Server, target: Path) -> None:
    nowhere = "http://127.0.0.1:9/digits.gz"
    with pytest.raises(DataError, match=r"could not be downloaded \(127.0.0.1: Connection refused\); the same command"):
        fetch(remote(nowhere), target, seen, HASTE)


@pytest.mark.parametrize("elsewhere", ["file:///etc/hostname", "ftp://127.0.0.1/digits.gz", "https://127.0.0.1:9/x"])
def test_no_server_sends_on_to_another_kind_of_address(server: Server, target: Path, elsewhere: str) -> None:
    server.elsewhere = elsewhere
    with pytest.raises(DataError, match=f"{elsewhere}.* not "):
        fetch(remote(server.address), target, seen, HASTE)


def test_a_full_disk_keeps_what_came(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.FileIO):
        def write(self, content: Any) -> int:
            if self.tell() + len(content) > 200_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(content) or 0

    opened = Path.open

    def almost_full(self: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if self.name.endswith(".part") and mode in {"ab", "wb"}:
            return Full(self, mode)
        return opened(self, mode, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", almost_full)
        with pytest.raises(DataError, match=r"no space left for The digits in .*data\. Make room; the same command"):
            fetch(remote(server.address), target, seen, HASTE)
    kept = part_of(target).stat().st_size
    assert 0 < kept <= 200_000
    fetch(remote(server.address), target, seen, HASTE)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={kept}-"]


def test_a_folder_that_cannot_be_made_is_one_sentence(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(DataError, match="The digits cannot be written to"):
        fetch(remote(server.address), tmp_path / "file" / "digits.gz", seen, HASTE)


def test_two_processes_download_once(server: Server, target: Path) -> None:
    wanted = remote(server.address)
    script = (
        "import sys; from pathlib import Path; from mnist_desktop.training.fetch import Remote, fetch;"
        f"fetch({wanted!r}, Path(sys.argv[1]), lambda done, size: None)"
    )
    command = [sys.executable, "-c", script, str(target)]
    both = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert target.read_bytes() == CONTENT
    assert server.asked == [None]

"""Stands between the driver and a real node, and passes on, delays, loses or cuts what they say to each other."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

FRAME_HEADER = 9
"""Bytes before the body: version, flags, stream (two), opcode, length (four). Source: native_protocol_v5.spec."""

SEGMENT_HEADER, SEGMENT_TRAILER = 6, 4
"""Bytes around a segment's payload: its length and a checksum, and another checksum; nothing here compresses."""

STARTUP, READY, AUTHENTICATE = 1, 2, 3
"""Opcodes: the last frames of either side that stand alone; what follows comes in segments."""

LONGEST_PAYLOAD = (1 << 17) - 1
SELF_CONTAINED = 1 << 17

CHUNK = 65536

LINGER_NOT = struct.pack("ii", 1, 0)
"""Closing such a socket resets the connection, as a router does that has forgotten it."""


class Messages:
    """Cuts one direction of a connection into whole messages: frames during the handshake, segments after it."""

    def __init__(self, last_frames: frozenset[int]) -> None:
        """`last_frames` are the opcodes that end the handshake in this direction."""
        self._held = b""
        self._in_segments = False
        self._last_frames = last_frames

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are complete now."""
        self._held += data
        while (length := self._length()) is not None and len(self._held) >= length:
            message, self._held = self._held[:length], self._held[length:]
            self._in_segments = self._in_segments or message[4] in self._last_frames
            yield message

    def _length(self) -> int | None:
        if self._in_segments:
            if len(self._held) < SEGMENT_HEADER:
                return None
            payload = int.from_bytes(self._held[:3], "little") & LONGEST_PAYLOAD
            return SEGMENT_HEADER + payload + SEGMENT_TRAILER
        if len(self._held) < FRAME_HEADER:
            return None
        return FRAME_HEADER + int.from_bytes(self._held[5:9])


def streams_of(segment: bytes) -> set[int]:
    """The numbers of the requests, or of the answers, in a segment that holds whole frames."""
    found: set[int] = set()
    if not int.from_bytes(segment[:3], "little") & SELF_CONTAINED:
        return found
    payload = segment[SEGMENT_HEADER:-SEGMENT_TRAILER]
    while len(payload) >= FRAME_HEADER:
        found.add(int.from_bytes(payload[2:4]))
        payload = payload[FRAME_HEADER + int.from_bytes(payload[5:9]) :]
    return found


@dataclass(kw_only=True)
class Pair:
    """One connection of the driver's and the one to the node that it is passed on to."""

    driver: socket.socket
    node: socket.socket
    unanswered: set[int] = field(default_factory=set)
    """Numbers of the requests whose answers are to be lost."""
    over: threading.Event = field(default_factory=threading.Event)

    def cut(self) -> None:
        """End both connections at once."""
        self.over.set()
        for side in (self.driver, self.node):
            with contextlib.suppress(OSError):
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
                side.shutdown(socket.SHUT_RDWR)


class FaultProxy:
    """A listening address of its own in front of a node; connect to `address`, then break what is to be broken.

    A *write* is a request that carries `marker`, bytes that stand in every record that is sent.
    """

    def __init__(self, node: tuple[str, int], marker: bytes) -> None:
        self._node = node
        self._marker = marker
        self._lock = threading.Lock()
        self._pairs: list[Pair] = []
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._passing = threading.Event()
        self._passing.set()
        self._requests_to_lose = self._answers_to_lose = 0
        self.delay = 0.0
        """Seconds that everything the node says is held back."""
        self.connections = 0
        self.writes = self.lost_requests = self.lost_answers = 0
        """Counted since the proxy was made; a lost request is not among the writes."""
        self._listener: socket.socket | None = None
        self.address = ("127.0.0.1", 0)
        self.listen()

    def listen(self) -> None:
        """Take connections, at the address of the first time."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(self.address)
        listener.listen()
        self.address = listener.getsockname()
        self._listener = listener
        self._begin(lambda: self._accept(listener))

    def refuse(self) -> None:
        """Refuse connections until `listen`; those that stand stay."""
        listener, self._listener = self._listener, None
        if listener is not None:
            # Closing alone would leave the thread waiting in it.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def silence(self) -> None:
        """Pass nothing on in either direction; connections stand, and new ones are made that nothing answers."""
        self._passing.clear()

    def speak(self) -> None:
        """Pass on again, what was held back first."""
        self._passing.set()

    def cut(self) -> None:
        """End every connection that stands."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.cut()

    def lose_requests(self, count: int) -> None:
        """Let the next writes never reach the node, while their connection lives."""
        with self._lock:
            self._requests_to_lose = count

    def lose_answers(self, count: int) -> None:
        """Let the next writes reach the node, and their answers never come back."""
        with self._lock:
            self._answers_to_lose = count

    def close(self) -> None:
        """End everything, and wait for it."""
        self._closing.set()
        self.refuse()
        self.speak()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="fault proxy", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                driver, _ = listener.accept()
            except OSError:
                return
            try:
                node = socket.create_connection(self._node)
            except OSError:
                # A node that is away is away for those who come through here.
                driver.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
                driver.close()
                continue
            pair = Pair(driver=driver, node=node)
            with self._lock:
                self.connections += 1
                self._pairs.append(pair)
            self._begin(lambda pair=pair: self._carry(pair))  # type: ignore[misc]  # mypy does not infer the default

    def _carry(self, pair: Pair) -> None:
        answers = threading.Thread(target=self._carry_answers, args=(pair,), name="fault proxy", daemon=True)
        answers.start()
        requests = Messages(frozenset({STARTUP}))
        self._pump(pair, pair.driver, pair.node, lambda data: self._requests(pair, requests.feed(data)))
        pair.cut()
        answers.join()
        pair.driver.close()
        pair.node.close()

    def _carry_answers(self, pair: Pair) -> None:
        answers = Messages(frozenset({READY, AUTHENTICATE}))
        self._pump(pair, pair.node, pair.driver, lambda data: self._answers(pair, answers.feed(data)))
        pair.cut()

    def _pump(
        self, pair: Pair, source: socket.socket, target: socket.socket, passed_on: Callable[[bytes], bytes]
    ) -> None:
        try:
            while data := source.recv(CHUNK):
                if target is pair.driver and self.delay:
                    pair.over.wait(self.delay)
                self._passing.wait()
                if pair.over.is_set():
                    return
                target.sendall(passed_on(data))
        except OSError:
            # Either side has gone, or was cut.
            return

    def _requests(self, pair: Pair, messages: Iterator[bytes]) -> bytes:
        kept = b""
        for message in messages:
            if self._marker not in message:
                kept += message
                continue
            with self._lock:
                if self._requests_to_lose:
                    self._requests_to_lose -= 1
                    self.lost_requests += 1
                    continue
                self.writes += 1
                if self._answers_to_lose:
                    self._answers_to_lose -= 1
                    pair.unanswered |= streams_of(message)
            kept += message
        return kept

    def _answers(self, pair: Pair, messages: Iterator[bytes]) -> bytes:
        kept = b""
        for message in messages:
            if pair.unanswered:
                with self._lock:
                    lost = streams_of(message) & pair.unanswered
                    pair.unanswered -= lost
                    self.lost_answers += len(lost)
                if lost:
                    continue
            kept += message
        return kept

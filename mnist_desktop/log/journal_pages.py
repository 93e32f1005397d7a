"""Turns the bytes of a damaged SQLite file into the rows that its whole pages still hold.

SQLite itself finds rows by way of the header, the schema and the pages above, and gives up where one of them is broken.
Here each page that is a leaf of a table speaks for itself. Source: https://www.sqlite.org/fileformat2.html.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

MAGIC = b"SQLite format 3\0"

USUAL_PAGE_SIZE = 4096
"""What SQLite takes by itself, and so what a file has whose header is gone."""

TABLE_LEAF = 0x0D

WAL_HEADER = struct.Struct(">8I")
WAL_FRAME = struct.Struct(">6I")
WAL_MAGIC = 0x377F0682
"""Its lowest bit says that the checksums' words are big-endian."""

INTEGER_SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Bytes of an integer by its serial type."""

MOST_COLUMNS = 100

MOST_BYTES = 100_000_000
"""No row is larger; a size beyond it is part of the damage."""

Value = None | int | float | str | bytes
Row = tuple[Value, ...]


class _BrokenError(Exception):
    """This cell, or this page, makes no sense."""


class DamagedFile:
    """The pages of a SQLite file and of its write-ahead log, read only; for one thread, to be closed."""

    def __init__(self, path: Path) -> None:
        """An OSError when it cannot be read."""
        self._file: BinaryIO = path.open("rb")
        self._wal: BinaryIO | None = None
        header = self._file.read(100).ljust(100, b"\0")
        size = int.from_bytes(header[16:18])
        size = 65536 if size == 1 else size
        sound = header.startswith(MAGIC) and size >= 512 and size & (size - 1) == 0
        self._size = size if sound else USUAL_PAGE_SIZE
        self._usable = self._size - (header[20] if sound else 0)
        self._newer: dict[int, int] = {}
        wal = path.with_name(path.name + "-wal")
        if wal.exists():
            self._wal = wal.open("rb")
            self._newer = _committed_pages(self._wal, self._size)
        in_file = -(-path.stat().st_size // self._size)
        self.pages = max([in_file, *self._newer])
        """How many there are, numbered from 1."""
        self._free = self._free_pages(self._page(1)[:100])

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        if self._wal is not None:
            self._wal.close()

    def rows(self, number: int) -> Iterator[tuple[int, Row]]:
        """Every row on a page, with its rowid; none when the page is not a table's leaf, or is free."""
        page = self._page(number)
        start = 100 if number == 1 else 0
        if number in self._free or len(page) < self._size or page[start] != TABLE_LEAF:
            return
        count = int.from_bytes(page[start + 3 : start + 5])
        for place in range(start + 8, min(start + 8 + 2 * count, len(page) - 1), 2):
            try:
                yield self._cell(page, int.from_bytes(page[place : place + 2]))
            except (_BrokenError, IndexError, UnicodeDecodeError, struct.error):
                continue

    def _page(self, number: int) -> bytes:
        source, offset = self._file, (number - 1) * self._size
        if number in self._newer and self._wal is not None:
            source, offset = self._wal, self._newer[number]
        source.seek(offset)
        return source.read(self._size)

    def _free_pages(self, header: bytes) -> set[int]:
        """Pages that hold nothing now, and may show what was there before."""
        free: set[int] = set()
        trunk = int.from_bytes(header[32:36]) if header.startswith(MAGIC) else 0
        while 0 < trunk <= self.pages and trunk not in free:
            free.add(trunk)
            page = self._page(trunk)
            count = min(int.from_bytes(page[4:8]), len(page) // 4 - 2)
            free |= {int.from_bytes(page[8 + 4 * each : 12 + 4 * each]) for each in range(count)}
            trunk = int.from_bytes(page[:4])
        return free

    def _cell(self, page: bytes, place: int) -> tuple[int, Row]:
        size, place = _varint(page, place)
        rowid, place = _varint(page, place)
        if size > MOST_BYTES:
            raise _BrokenError
        local = self._local(size)
        payload = page[place : place + local]
        if local < size:
            payload += self._overflow(int.from_bytes(page[place + local : place + local + 4]), size - local)
        if len(payload) < size:
            raise _BrokenError
        return rowid, _values(payload)

    def _local(self, size: int) -> int:
        """How much of a row of `size` bytes is on its leaf; the rest is on overflow pages."""
        if size <= self._usable - 35:
            return size
        least = (self._usable - 12) * 32 // 255 - 23
        most = least + (size - least) % (self._usable - 4)
        return most if most <= self._usable - 35 else least

    def _overflow(self, number: int, size: int) -> bytes:
        found = bytearray()
        # A chain that leads in a circle ends when it has been long enough.
        while len(found) < size and 0 < number <= self.pages:
            page = self._page(number)
            found += page[4 : self._usable]
            number = int.from_bytes(page[:4])
        if number:
            # The last of a chain leads nowhere; this one was overwritten.
            raise _BrokenError
        return bytes(found[:size])


def _values(payload: bytes) -> Row:
    end, place = _varint(payload, 0)
    kinds: list[int] = []
    while place < end:
        kind, place = _varint(payload, place)
        kinds.append(kind)
        if len(kinds) > MOST_COLUMNS:
            raise _BrokenError
    values = []
    for kind in kinds:
        value, place = _value(payload, place, kind)
        values.append(value)
    return tuple(values)


def _value(payload: bytes, place: int, kind: int) -> tuple[Value, int]:
    size = INTEGER_SIZES.get(kind, 8 if kind == 7 else (kind - 12) // 2 if kind >= 12 else 0)
    content = payload[place : place + size]
    if len(content) < size or kind in (10, 11):
        raise _BrokenError
    value: Value
    if kind == 0:
        value = None
    elif kind in INTEGER_SIZES:
        value = int.from_bytes(content, signed=True)
    elif kind == 7:
        value = struct.unpack(">d", content)[0]
    elif kind in (8, 9):
        value = kind - 8
    else:
        value = content.decode() if kind % 2 else content
    return value, place + size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for position in range(place, place + 8):
        byte = data[position]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, position + 1
    return value << 8 | data[place + 8], place + 9


def _committed_pages(wal: BinaryIO, size: int) -> dict[int, int]:
    """Where in the write-ahead log the last committed content of each page is, as far as its checksums hold."""
    header = wal.read(WAL_HEADER.size)
    committed: dict[int, int] = {}
    if len(header) < WAL_HEADER.size:
        return committed
    magic, _, page_size, _, *salts_and_sums = WAL_HEADER.unpack(header)
    salts, sums = tuple(salts_and_sums[:2]), (salts_and_sums[2], salts_and_sums[3])
    add = _adder(magic)
    if magic & ~1 != WAL_MAGIC or page_size != size or add(header[:24], (0, 0)) != sums:
        return committed
    pages: dict[int, int] = {}
    while len(frame := wal.read(WAL_FRAME.size)) == WAL_FRAME.size:
        number, commit, *rest = WAL_FRAME.unpack(frame)
        offset = wal.tell()
        sums = add(wal.read(size), add(frame[:8], sums))
        if tuple(rest[:2]) != salts or tuple(rest[2:]) != sums:
            break
        pages[number] = offset
        if commit:
            committed |= pages
    return committed


def _adder(magic: int) -> Callable[[bytes, tuple[int, int]], tuple[int, int]]:
    order = ">" if magic & 1 else "<"

    def add(data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
        first, second = sums
        for one, other in struct.iter_unpack(f"{order}2I", data[: len(data) // 8 * 8]):
            first = (first + one + second) & 0xFFFFFFFF
            second = (second + other + first) & 0xFFFFFFFF
        return first, second

    return add

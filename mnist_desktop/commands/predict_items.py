"""Turns files into items that are ready for the model, in their order; several pictures are prepared at a time."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnist_desktop.ink.drawing import Drawing, is_ink_file
from mnist_desktop.ink.incoming import Incoming, incoming
from mnist_desktop.ink.named_files import Name, NamedFile

if TYPE_CHECKING:
    from mnist_desktop.ink.pictures import Picture
    from mnist_desktop.recognition.reader import Prepared, Reader

THREADS = min(4, os.cpu_count() or 1)
"""Pictures that are prepared at a time; NumPy, SciPy and Pillow let go of Python's lock while they compute."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to read: ready for the model, or with the sentence that says why not."""

    file: Name
    index: int = 0
    prepared: Prepared | None = None
    error: str | None = None


def is_picture(file: Name) -> bool:
    """Whether what is in `file` is one thing; ink files and standard input are read drawing by drawing."""
    return file is not None and not is_ink_file(file)


class Items:
    """What is in files, prepared for `reader`."""

    def __init__(self, reader: Reader, *, single: bool) -> None:
        self._reader = reader
        self._single = single
        self._decoding = threading.Lock()

    def of(self, files: Iterable[NamedFile]) -> Iterator[Item]:
        """Each drawing and picture in `files`; some are prepared ahead of being asked for."""
        ahead: deque[tuple[NamedFile, Future[list[Item]] | None]] = deque()
        with ThreadPoolExecutor(THREADS) as pool:
            try:
                for named in files:
                    future = pool.submit(self._picture, named) if is_picture(named.file) else None
                    ahead.append((named, future))
                    if len(ahead) > THREADS:
                        yield from self._first(ahead)
                while ahead:
                    yield from self._first(ahead)
            finally:
                for _, future in ahead:
                    if future is not None:
                        future.cancel()

    def _first(self, ahead: deque[tuple[NamedFile, Future[list[Item]] | None]]) -> Iterable[Item]:
        named, future = ahead.popleft()
        return self._prepared(named, incoming(named)) if future is None else future.result()

    def _picture(self, named: NamedFile) -> list[Item]:
        # One at a time: of a hostile one the decoder may take as much memory as it is allowed.
        with self._decoding:
            came = list(incoming(named))
        return list(self._prepared(named, came))

    def _prepared(self, named: NamedFile, came: Iterable[Incoming]) -> Iterator[Item]:
        for each in came:
            ready = None if each.content is None else self._prepare(each.content)
            yield Item(file=named.file, index=each.index, prepared=ready, error=each.error)

    def _prepare(self, content: Drawing | Picture) -> Prepared:
        if not self._single:
            return self._reader.prepare_digits(content)
        if isinstance(content, Drawing):
            return self._reader.prepare_drawing(content)
        return self._reader.prepare_picture(content)

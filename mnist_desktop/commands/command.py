"""What every command is given, and how one ends."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from mnist_desktop.ink.names import shown_name
from mnist_desktop.paths import Paths
from mnist_desktop.settings import Settings

if TYPE_CHECKING:
    from mnist_desktop.recognition.reader import Reader

DONE, FAILED, USAGE = 0, 1, 2
"""Exit codes: all done; something could not be read or done, the rest was; the command was not understood."""

INTERRUPTED = 130
"""What a shell reports of a command ended by Ctrl+C."""


class CommandError(Exception):
    """A command that cannot go on; the text is the sentence the user reads."""

    def __init__(self, sentence: str, code: int = FAILED) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Context:
    """Settings and places that a command works with."""

    settings: Settings
    paths: Paths
    notice: str | None = None
    """A sentence about settings that could not be used; only the window goes on without them."""


def complain(sentence: object) -> None:
    """One sentence for the user, on one line of standard error, whatever the names in it hold."""
    try:
        print(f"mnist-desktop: {shown_name(str(sentence))}", file=sys.stderr, flush=True)
    except OSError:
        # There is nowhere left to say it, which is no reason to leave the rest undone.
        discard(sys.stderr)


def discard(stream: TextIO) -> None:
    """Let go of what `stream` could not write: Python would try once more at its end, and end otherwise for it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def json_line(fields: Mapping[str, Any]) -> str:
    """`fields` as one line of strict JSON; in plain ASCII where standard output cannot carry what is in them.

    A file's name that is not text keeps its bytes as Python reads them, lone surrogates (PEP 383), escaped.
    """
    line = json.dumps(fields, ensure_ascii=False, allow_nan=False)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(fields, allow_nan=False)
    return line


def named_path(word: str) -> Path:
    """What argparse turns a word into the path of a file or folder with."""
    if not word:
        # Path("") is the folder one is in: of a variable that was not set a script would read everything there.
        raise argparse.ArgumentTypeError("the name of a file cannot be empty")
    return Path(word)


def file_or_input(word: str) -> Path | None:
    """What argparse turns a word into a file's path with; `-`, which is standard input, into None."""
    return None if word == "-" else named_path(word)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """What argparse turns a word into a whole number with, refusing those out of bounds."""

    def convert(word: str) -> int:
        try:
            number = int(word)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{word!r} is no whole number from {least} to {most}")
        return number

    return convert


def number_up_to(most: float) -> Callable[[str], float]:
    """What argparse turns a word into a number from 0 to `most` with."""

    def convert(word: str) -> float:
        try:
            number = float(word)
        except ValueError:
            number = math.nan
        if not 0 <= number <= most:
            raise argparse.ArgumentTypeError(f"{word!r} is no number from 0 to {most:g}")
        return number

    return convert


@contextmanager
def unbroken() -> Iterator[None]:
    """While this lasts, Ctrl+C waits for its end; where it is ignored, as in a script's background, it stays so."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    asked: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *which: asked.append(which))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        for which in asked[:1]:
            before(*which)


@contextmanager
def ended_by_interrupts() -> Iterator[None]:
    """While this lasts, Ctrl+C ends the process at once, unless it is ignored or somebody has a better way.

    Qt for Python aborts when an exception comes while it is loaded, and loses one that comes in what it calls.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def reader_of(context: Context) -> Iterator[Reader]:
    """The reader of the model and engine that are set, closed at the end.

    A CommandError says why there is none, or why the model fails while it is used.
    """
    from mnist_desktop.recognition.classifier import ModelError
    from mnist_desktop.recognition.models import find_model
    from mnist_desktop.recognition.reader import open_reader

    try:
        model = find_model(context.settings.model, context.paths.model_folders())
        with closing(open_reader(model, context.settings.engine)) as reader:
            yield reader
    except ModelError as error:
        raise CommandError(str(error)) from error

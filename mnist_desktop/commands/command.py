"""What every command is given, and how one ends."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_desktop.paths import Paths, shipped
from mnist_desktop.settings import Settings

if TYPE_CHECKING:
    from mnist_desktop.recognition.reader import Reader

DONE, FAILED, USAGE = 0, 1, 2
"""Exit codes: all done; something could not be read or done, the rest was; the command was not understood."""


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
    """One sentence for the user, on standard error."""
    print(f"mnist-desktop: {sentence}", file=sys.stderr, flush=True)


def model_folders(context: Context) -> tuple[Path, ...]:
    """Where models are looked for: the user's own first, then the shipped ones."""
    return (context.paths.models, shipped("model"))


def reader_of(context: Context) -> Reader:
    """The reader of the model and engine that are set; a CommandError says why there is none."""
    from mnist_desktop.recognition.classifier import ModelError
    from mnist_desktop.recognition.models import find_model
    from mnist_desktop.recognition.reader import open_reader

    try:
        model = find_model(context.settings.model, model_folders(context))
        return open_reader(model, context.settings.engine)
    except ModelError as error:
        raise CommandError(str(error)) from error

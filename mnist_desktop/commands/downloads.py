"""Turns the data sets that a command needs into a folder that holds them, downloaded where none is named."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mnist_desktop.commands.command import INTERRUPTED, CommandError, Context
from mnist_desktop.commands.progress import progress_bar

if TYPE_CHECKING:
    from tqdm import tqdm

FOLDER = "data"
"""Where, in the cache, downloaded data sets lie."""

FONTS = "fonts"
"""What the fonts for printed digits are called among the data sets; they come from elsewhere than these."""

KILOBYTE = 1_000


def data_folder(named: Path | None, data_sets: Sequence[str], context: Context) -> Path:
    """`named`, or the folder in the cache, once `data_sets` (of `sources`, and FONTS) are in it.

    Raises CommandError when one cannot be had; what came is kept for the next time.
    """
    if named is not None:
        return named
    from mnist_desktop.evaluation.data import DataError
    from mnist_desktop.training.datasets import FONTS_FOLDER
    from mnist_desktop.training.fonts import ensure_fonts
    from mnist_desktop.training.sources import ensure

    context.paths.make_folders()
    folder = context.paths.cache / FOLDER
    try:
        with Bars() as bars:
            ensure(folder, [name for name in data_sets if name != FONTS], bars.show)
            if FONTS in data_sets:
                ensure_fonts(folder / FONTS_FOLDER, bars.tell)
    except DataError as error:
        raise CommandError(f"{error} Or name a folder that holds the data sets with --data.") from error
    except KeyboardInterrupt as error:
        raise CommandError(
            "Stopped; what came of the data sets is kept, and the same command goes on from there.", INTERRUPTED
        ) from error
    return folder


class Bars:
    """A progress bar for one thing after another."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._bar: tqdm[Any] | None = None
        self._what = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._open.close()

    def show(self, what: str, done: int, size: int) -> None:
        """`done` of the `size` bytes of `what` are there."""
        bar = self._bar_of(what, unit=" kB")
        bar.total = size // KILOBYTE
        bar.update(done // KILOBYTE - bar.n)

    def tell(self, what: str) -> None:
        """`what` is on its way, nobody knows how far."""
        self._bar_of(what, unit="")

    def _bar_of(self, what: str, unit: str) -> tqdm[Any]:
        if self._bar is None or what != self._what:
            self._open.close()
            self._what = what
            self._bar = self._open.enter_context(progress_bar(what=what, unit=unit))
        return self._bar

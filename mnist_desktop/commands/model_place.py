"""Tries whether a model folder can be written where `--out` names one, before anything is loaded or trained."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mnist_desktop.commands.command import USAGE, CommandError

LONGEST_ENDING = "-corrections-checkpoint.npz"
"""The longest of what stands behind the folder's name in the names of files that are made beside it."""


def check_model_place(out: Path) -> None:
    """CommandError when no model can be written to `out`: by its name, by the disk, or by what is there already.

    Leaves nothing behind, not even the folders above `out` that are missing.
    """
    from mnist_desktop.recognition.models import is_word
    from mnist_desktop.training.export import holds_other_things

    if not is_word(out.name) or out.name == "..":
        raise CommandError(f"A model takes the name of its folder, and “{out}” ends in none that can be shown.", USAGE)
    try:
        above = next(folder for folder in out.absolute().parents if folder.exists())
        with tempfile.TemporaryDirectory(dir=above, prefix=f".{out.name}{LONGEST_ENDING}"):
            pass
    except OSError as error:
        raise CommandError(f"The model could not be written to {out} ({error.strerror}).") from error
    if holds_other_things(out):
        raise CommandError(f"{out} holds something else than a model, which would be replaced.", USAGE)

"""Turns a trained network into a model folder: LiteRT file, Keras file, and the card that vouches for both."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_desktop.recognition.keras import to_litert
from mnist_desktop.recognition.models import CARD, KERAS_FILE, LITERT_FILE
from mnist_desktop.recognition.publishing import publish

if TYPE_CHECKING:
    import keras


PLOTS = ("-reliability.png", "-confusion.png")
"""How the names of the pictures end that `evaluate --plots` leaves beside a card."""


def export(network: keras.Model, details: Mapping[str, Any], folder: Path) -> None:
    """Write `network` (glyphs in, probabilities out) with its card into `folder`, replacing what is there at once.

    `details` is the card but for the checksums. Raises OSError when the folder cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as around:
        made = Path(around) / folder.name
        made.mkdir()
        network.save(made / KERAS_FILE)
        (made / LITERT_FILE).write_bytes(to_litert(network))
        publish(made, details, folder, replacing=True)


def holds_other_things(folder: Path) -> bool:
    """Whether something is there that no training and no `evaluate --plots` put there: `export` would take it away."""
    try:
        return folder.exists() and not (folder.is_dir() and all(_is_of_a_model(each) for each in folder.iterdir()))
    except OSError:
        return True


def _is_of_a_model(path: Path) -> bool:
    return path.is_file() and (path.name in {CARD, LITERT_FILE, KERAS_FILE} or path.name.endswith(PLOTS))

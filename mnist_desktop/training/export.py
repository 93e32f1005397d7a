"""Turns a trained network into a model folder: LiteRT file, Keras file, and the card that vouches for both."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_desktop.recognition.models import CARD, KERAS_FILE, LITERT_FILE, checksum

if TYPE_CHECKING:
    import keras


def export(network: keras.Model, details: Mapping[str, Any], folder: Path) -> None:
    """Write `network` (glyphs in, probabilities out) with its card into `folder`, replacing what is there at once.

    `details` is the card but for the checksums. Raises OSError when the folder cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
        new = Path(made) / folder.name
        new.mkdir()
        network.save(new / KERAS_FILE)
        (new / LITERT_FILE).write_bytes(to_litert(network))
        sha256 = {name: checksum(new / name) for name in (LITERT_FILE, KERAS_FILE)}
        card = json.dumps({**details, "sha256": sha256}, indent=1, ensure_ascii=False)
        (new / CARD).write_text(card + "\n", "utf-8")
        if folder.exists():
            folder.replace(Path(made) / "replaced")
        new.replace(folder)


def holds_other_things(folder: Path) -> bool:
    """Whether something is there that is neither a model folder nor empty: `export` would take it away."""
    try:
        return folder.exists() and not (folder / CARD).is_file() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError:
        return True


def to_litert(network: keras.Model) -> bytes:
    """`network` as a LiteRT flatbuffer in float32, for any number of glyphs at once."""
    import tensorflow as tf

    flatbuffer: bytes = tf.lite.TFLiteConverter.from_keras_model(network).convert()
    return flatbuffer

"""Turns a model's files and what is known of it into its model folder, which appears at once and whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnist_desktop.recognition.models import CARD, KERAS_FILE, LITERT_FILE, checksum


def publish(made: Path, details: Mapping[str, Any], folder: Path, *, replacing: bool) -> None:
    """Write the card beside the two files in `made`, and move that to `folder`, on the same disk.

    `details` is the card but for the checksums. What is at `folder` already goes to the folder around `made`, or
    without `replacing` stays and FileExistsError says so. Raises OSError when something cannot be written.
    """
    sha256 = {name: checksum(made / name) for name in (LITERT_FILE, KERAS_FILE)}
    card = json.dumps({**details, "sha256": sha256}, indent=1, ensure_ascii=False)
    (made / CARD).write_text(card + "\n", "utf-8")
    if folder.exists():
        if not replacing:
            raise FileExistsError(f"{folder} is there already")
        folder.replace(made.parent / "replaced")
    made.replace(folder)

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
    if folder.exists() and not replacing:
        raise FileExistsError(f"{folder} is there already")
    put_in_place(made, folder)


def put_in_place(made: Path, folder: Path) -> None:
    """Move the model folder `made` to `folder`, on the same disk; what is there goes to the folder around `made`.

    When it cannot be moved (OSError), or somebody interrupts, what was there is there again.
    """
    if not folder.exists():
        made.replace(folder)
        return
    earlier = made.parent / "replaced"
    folder.replace(earlier)
    try:
        made.replace(folder)
    except BaseException:
        earlier.replace(folder)
        raise

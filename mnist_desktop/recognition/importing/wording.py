"""Checks the words that come with a stranger's model, name and labels, and says in a sentence what was found."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.importing import Imported
from mnist_desktop.recognition.models import MAX_LABELS

VALID_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
"""What is a folder's name on every system, and no option of a command."""

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Names that Windows keeps for its devices."""

MAX_LABELS_BYTES = 1_000_000

LONGEST_LABEL = 60

POLARITY_WORDS = {"bright": "ink bright", "dark": "ink dark"}


def check_name(name: str, search: Sequence[Path]) -> None:
    """ModelError when `name` cannot be that of a new model beside those in the `search` folders."""
    if not VALID_NAME.fullmatch(name) or RESERVED.fullmatch(name):
        raise ModelError(f"A model's name has up to 60 of a-z, A-Z, 0-9, - and _, as “{name}” has not.")
    for folder in search:
        # Some file systems do not tell capitals apart.
        if folder.is_dir() and any(each.name.casefold() == name.casefold() for each in folder.iterdir()):
            raise ModelError(f"There is a model “{name}” already.")


def name_for(file: Path, search: Sequence[Path]) -> str:
    """A name for the model in `file` that no other has: the file's own, as far as it can be one, and a number."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", file.stem).strip("-_")[:50] or "model"
    number = 1
    while True:
        name = stem if number == 1 else f"{stem}-{number}"
        try:
            check_name(name, search)
        except ModelError:
            number += 1
        else:
            return name


def read_labels(file: Path) -> tuple[str, ...]:
    """The labels in `file`, one a line or as a JSON list, in the order of the network's outputs; or ModelError."""
    try:
        if not stat.S_ISREG(file.stat().st_mode) or file.stat().st_size > MAX_LABELS_BYTES:
            raise ModelError(f"{file} is no list of labels.")
        text = file.read_text("utf-8-sig").strip()
        if _is_json_object(text):
            raise ModelError(f"{file} is a JSON object, and labels are a list, in the order of the network's outputs.")
        found = json.loads(text) if text.startswith("[") else [line.strip() for line in text.splitlines()]
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{file} is no list of labels, one a line or as a JSON list.") from error
    labels = tuple(each if isinstance(each, str) else str(each) if isinstance(each, int) else "" for each in found)
    if not 2 <= len(labels) <= MAX_LABELS:
        raise ModelError(f"{file} has {len(labels)} labels, and a model has from 2 to {MAX_LABELS:,}.")
    for label in labels:
        if not label or not label.isprintable() or len(label) > LONGEST_LABEL:
            raise ModelError(
                f"{file} has a label that is empty, longer than {LONGEST_LABEL} characters or no plain text."
            )
    if len(set(labels)) < len(labels):
        raise ModelError(f"{file} has a label twice.")
    return labels


def _is_json_object(text: str) -> bool:
    """Whether it is one, and not labels of which the first begins with a brace."""
    try:
        return text.startswith("{") and isinstance(json.loads(text), dict)
    except ValueError:
        return False


def sentence(imported: Imported) -> str:
    """What was found, and what it rests on."""
    way = imported.way
    wants = f"{way.preparation} preparation, {way.input}, {POLARITY_WORDS[way.polarity]}, {way.range}"
    name = imported.folder.name
    if imported.subject is None:
        return f"{name}: {wants}, which no sample could confirm"
    return f"{name}: reads {imported.right} of {imported.count} sample {imported.subject} ({wants})"

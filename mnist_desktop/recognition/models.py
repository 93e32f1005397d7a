"""Finds model folders, and lets none into use whose files are not the ones its card vouches for."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from mnist_desktop.recognition.classifier import ModelError

CARD = "card.json"
LITERT_FILE = "model.tflite"
KERAS_FILE = "model.keras"

MAX_CARD_BYTES = 4_000_000
MAX_LABELS = 10_000

Levels = Literal["binary", "grey"]
Preparation = Literal["digit", "picture"]


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a model folder says of itself; `details` holds all of it, training data and metrics included."""

    name: str
    labels: tuple[str, ...]
    input: Levels
    preparation: Preparation
    unsure_below: float
    """A best label less probable than this is not an answer."""
    sha256: Mapping[str, str]
    """Checksum of each of the model's files, by name."""
    details: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model folder whose files were found to match its card."""

    folder: Path
    card: Card
    stranger: bool = False
    """Whether it lies elsewhere than the shipped models and the user's own: anybody may have made it, and its card."""

    @property
    def litert_file(self) -> Path:
        return self.folder / LITERT_FILE

    @property
    def keras_file(self) -> Path:
        return self.folder / KERAS_FILE


@dataclass(frozen=True, kw_only=True)
class FoundModel:
    """A model folder that was looked at: a model, or the reason why it cannot be used."""

    folder: Path
    model: Model | None = None
    size: int = 0
    """Bytes of the model that the shipped engine loads."""
    why_not: str | None = None
    """A sentence, where there is no model."""


def find_model(name_or_folder: str, search: Sequence[Path]) -> Model:
    """The model of that name in the first of the `search` folders that has it, or the model folder at that path.

    Raises ModelError when there is none, or when its files do not match its card.
    """
    for folder in (*(base / name_or_folder for base in search), Path(name_or_folder)):
        if _holds_card(folder):
            return _as_found(load_model(folder), search)
    known = ", ".join(sorted({folder.name for folder in _model_folders(search)})) or "none"
    raise ModelError(f"There is no model “{name_or_folder}” (there are: {known}).")


def list_models(search: Sequence[Path]) -> list[Model]:
    """Every usable model below the `search` folders, by folder name; damaged ones are left out."""
    models: dict[str, Model] = {}
    for folder in _model_folders(search):
        if folder.name not in models:
            try:
                models[folder.name] = load_model(folder)
            except ModelError:
                continue
    return [models[name] for name in sorted(models)]


def look_at_models(search: Sequence[Path], chosen: str | None = None) -> list[tuple[str, FoundModel]]:
    """Every model folder below the `search` folders with its name, of two of one name the one that `find_model` takes.

    Damaged ones are among them, with the reason; and last the folder `chosen`, where that names none of these.
    """
    found: dict[str, FoundModel] = {}
    for folder in _model_folders(search):
        if folder.name not in found:
            found[folder.name] = _look_at(folder, search)
    models = sorted(found.items())
    if chosen is not None and chosen not in found and _holds_card(Path(chosen)):
        models.append((chosen, _look_at(Path(chosen), search)))
    return models


def _look_at(folder: Path, search: Sequence[Path]) -> FoundModel:
    try:
        model = _as_found(load_model(folder), search)
        return FoundModel(folder=folder, model=model, size=model.litert_file.stat().st_size)
    except (ModelError, OSError) as error:
        return FoundModel(folder=folder, why_not=str(error))


def _as_found(model: Model, search: Sequence[Path]) -> Model:
    """`model`, a stranger's where its folder is in none of the `search` folders, by whichever name it was found."""
    # Not Path.resolve, which does not go through links that lead to themselves, such as a `models` folder might be.
    around = os.path.realpath(model.folder.absolute().parent)
    return model if around in map(os.path.realpath, search) else replace(model, stranger=True)


def load_model(folder: Path) -> Model:
    """The model in `folder`, its files compared with the checksums in its card; ModelError when they differ."""
    card = read_card(folder)
    for name, expected in card.sha256.items():
        try:
            if not (folder / name).is_file():
                # A device or a pipe would be read for ever.
                raise OSError("no regular file")
            actual = checksum(folder / name)
        except OSError as error:
            raise ModelError(f"The model in {folder} is incomplete: {name} cannot be read.") from error
        if actual != expected:
            raise ModelError(f"The model in {folder} is damaged: {name} is not the file that its card describes.")
    return Model(folder=folder, card=card)


def read_card(folder: Path) -> Card:
    """The card of the model in `folder`, without looking at the model's files; ModelError when it is no card."""
    path = folder / CARD
    try:
        if path.stat().st_size > MAX_CARD_BYTES:
            raise ModelError(f"The card {path} is too large to be one.")
        details = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"The card {path} cannot be read.") from error
    if not isinstance(details, dict):
        raise ModelError(f"The card {path} does not describe a model: it is no JSON object.")
    try:
        return _card(details)
    except KeyError as error:
        raise ModelError(f"The card {path} does not describe a model: it has no {error.args[0]}.") from error
    except ValueError as error:
        raise ModelError(f"The card {path} does not describe a model: {error}.") from error


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_word(text: object) -> bool:
    """Whether `text` can be a name or a label: stand in a line, a table or on a button."""
    return isinstance(text, str) and text != "" and text.isprintable()


def _model_folders(search: Sequence[Path]) -> Iterator[Path]:
    for base in search:
        try:
            folders = sorted(base.iterdir())
        except OSError:
            # Not there, or not for this user.
            continue
        yield from filter(_holds_card, folders)


def _holds_card(folder: Path) -> bool:
    try:
        return (folder / CARD).is_file()
    except OSError:
        # A name too long for a file, or a folder that this user may not look into.
        return False


def _card(details: Mapping[str, Any]) -> Card:
    """The card; a KeyError names what it lacks, a ValueError what is wrong with it."""
    labels = details["labels"]
    if not isinstance(labels, list) or not 2 <= len(labels) <= MAX_LABELS or not all(map(is_word, labels)):
        raise ValueError("its labels are not a list of two or more texts")
    levels: Levels = details["input"]
    preparation: Preparation = details["preparation"]
    if levels not in ("binary", "grey") or preparation not in ("digit", "picture"):
        raise ValueError("its input or preparation is unknown")
    sha256 = details["sha256"]
    if not isinstance(sha256, dict) or set(sha256) != {LITERT_FILE, KERAS_FILE}:
        raise ValueError(f"it does not have the checksums of {LITERT_FILE} and {KERAS_FILE}, and no others")
    unsure_below = details["unsure_below"]
    if not isinstance(unsure_below, int | float) or not math.isfinite(unsure_below):
        raise ValueError("its unsure_below is no number")
    if not is_word(details["name"]):
        raise ValueError("its name is no text")
    return Card(
        name=details["name"],
        labels=tuple(labels),
        input=levels,
        preparation=preparation,
        unsure_below=float(unsure_below),
        sha256=sha256,
        details=details,
    )

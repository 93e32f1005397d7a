"""Turns a model's card into the names and values that people want to know of it; a stranger may have written it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.recognition.models import Card, FoundModel

MOST_LABELS = 20
"""Labels named one by one; of more, how many there are is said too."""

MOST_LINES = 30
"""Data sets named one by one."""

LONGEST = 300
"""Characters of one line."""

MEGABYTE = 1_000_000

Fact = tuple[str, tuple[str, ...]]
"""What is known, and the lines that say it."""


def facts_of(found: FoundModel) -> list[Fact]:
    """What the card of `found` says, in plain text; of one that cannot be used why, and where it is."""
    where = (_tr("Folder"), (_line(str(found.folder)),))
    if found.model is None:
        return [(_tr("Cannot be used"), (_line(found.why_not or ""),)), where]
    card = found.model.card
    facts = [
        (_tr("Labels"), (_labels(card),)),
        (_tr("Reads"), (_what_it_reads(card),)),
        (_tr("Unsure"), (_tr("below {percent} %").format(percent=_figure(card.unsure_below)),)),
        (_tr("Read right"), tuple(_accuracies(card.details))),
        (_tr("Learned from"), tuple(_sources(card.details))),
        (_tr("Imported"), tuple(_origin(card.details))),
        (_tr("Size"), (_size(card.details, found.size),)),
        where,
    ]
    return [(name, lines) for name, lines in facts if lines]


def _labels(card: Card) -> str:
    named = ", ".join(shown_name(label) for label in card.labels[:MOST_LABELS])
    if len(card.labels) <= MOST_LABELS:
        return _line(named)
    return _tr("{count}: {labels} …").format(count=f"{len(card.labels):,}", labels=_line(named))


def _what_it_reads(card: Card) -> str:
    if card.preparation == "digit":
        binary = _tr("digits: cut out, fitted and centred; black and white")
        grey = _tr("digits: cut out, fitted and centred; in grey")
    else:
        binary = _tr("pictures of things: the whole of it, fitted; black and white")
        grey = _tr("pictures of things: the whole of it, fitted; in grey")
    return binary if card.input == "binary" else grey


def _accuracies(details: Mapping[str, Any]) -> Iterator[str]:
    """A line for each data set that it was measured on, and for the samples that an imported one was tried on."""
    for name, measured in _items(details.get("metrics")):
        accuracy, count = _number(measured, "accuracy"), _number(measured, "count")
        if accuracy is not None and count is not None:
            said = _tr("{percent} % of {count} in {name}")
            yield _line(said.format(percent=f"{accuracy * 100:.2f}", count=f"{count:,.0f}", name=shown_name(name)))
    samples = details.get("samples")
    right, count = _number(samples, "right"), _number(samples, "count")
    if right is not None and count:
        yield _tr("{right} of {count} sample drawings").format(right=f"{right:,.0f}", count=f"{count:,.0f}")


def _sources(details: Mapping[str, Any]) -> Iterator[str]:
    training = details.get("training")
    data = training.get("data") if isinstance(training, dict) else None
    if isinstance(data, str):
        yield _line(shown_name(data))
    for source in data[:MOST_LINES] if isinstance(data, list) else ():
        if isinstance(source, dict) and isinstance(source.get("name"), str):
            words = [source[key] for key in ("name", "by", "license") if isinstance(source.get(key), str)]
            yield _line(shown_name("; ".join(words)))


def _origin(details: Mapping[str, Any]) -> Iterator[str]:
    imported = details.get("imported")
    if isinstance(imported, dict) and isinstance(imported.get("file"), str):
        yield _line(_tr("from {name}").format(name=shown_name(imported["file"])))


def _size(details: Mapping[str, Any], size: int) -> str:
    megabytes = _tr("{size} MB").format(size=f"{size / MEGABYTE:.1f}")
    parameters = _number(details, "parameters")
    if parameters is None:
        return megabytes
    return _tr("{size}, {count} parameters").format(size=megabytes, count=f"{parameters:,.0f}")


def _items(value: Any) -> list[tuple[str, Any]]:
    return [(str(name), each) for name, each in list(value.items())[:MOST_LINES]] if isinstance(value, dict) else []


def _number(value: Any, key: str) -> float | None:
    """What stands there, if it is a number that can be shown."""
    found = value.get(key) if isinstance(value, dict) else None
    return float(found) if isinstance(found, int | float) and abs(found) < 1e15 else None


def _figure(share: float) -> str:
    """A share as per cent, with as many places as it has: "99.45", "78.24", "50"."""
    return f"{share * 100:.2f}".rstrip("0").rstrip(".")


def _line(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelFacts", text)

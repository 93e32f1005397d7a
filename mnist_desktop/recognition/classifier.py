"""What a classifier is asked and what it answers: glyphs in, probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mnist_desktop.ink.glyph import Glyph


class ModelError(Exception):
    """A model that cannot be used; the text is the sentence the user reads."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a classifier says of one glyph: a probability for each of its labels, summing to 1."""

    probabilities: tuple[float, ...]
    labels: tuple[str, ...]

    @property
    def best(self) -> int:
        """Index of the most probable label."""
        return max(range(len(self.labels)), key=self.probabilities.__getitem__)

    @property
    def runner_up(self) -> int:
        """Index of the second most probable label."""
        return sorted(range(len(self.labels)), key=self.probabilities.__getitem__)[-2]

    @property
    def confidence(self) -> float:
        """Probability of the best label."""
        return self.probabilities[self.best]

    @property
    def label(self) -> str:
        return self.labels[self.best]


class Classifier(Protocol):
    """Anything that predicts glyphs: an engine with one model loaded."""

    def predict(self, glyphs: Sequence[Glyph]) -> list[Prediction]:
        """One prediction a glyph, in order; an empty list for none."""
        ...

    def close(self) -> None:
        """Free what the engine holds; the classifier is not used afterwards."""
        ...

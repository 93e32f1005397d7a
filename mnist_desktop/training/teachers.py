"""Turns what trained models make of a batch into softer targets for the network that learns (Hinton et al. 2015)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mnist_desktop.recognition.litert import LiteRTClassifier
from mnist_desktop.recognition.models import Model
from mnist_desktop.training.samples import Batch

TAUGHT_SHARE = 0.7
"""Weight of the teachers' answer in a digit's target; the label has the rest."""


class Teachers:
    """Models whose mean answer a network learns to give; any number of threads may ask."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = tuple(models)
        self._of_thread = threading.local()

    def soften(self, batch: Batch) -> Batch:
        """`batch` with the teachers' mean probabilities mixed into the targets of its digits.

        What is no digit keeps its even target: of that, teachers know no more than the label says.
        """
        if not self._models:
            return batch
        answers = np.mean([each.probabilities(batch.glyphs) for each in self._classifiers()], axis=0)
        softened = (1 - TAUGHT_SHARE) * batch.targets + TAUGHT_SHARE * answers
        return replace(
            batch, targets=np.where(batch.labelled[:, np.newaxis], softened, batch.targets).astype(np.float32)
        )

    def _classifiers(self) -> list[LiteRTClassifier]:
        """The engines of this thread: one engine serves one thread at a time."""
        held: list[LiteRTClassifier] | None = getattr(self._of_thread, "classifiers", None)
        if held is None:
            held = self._of_thread.classifiers = [LiteRTClassifier(model) for model in self._models]
        return held

"""Has several models read the same drawing or picture; for one thread, which keeps them loaded in between."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_desktop.gui.readings import DrawingRead, DrawingRequest, PictureRead, PictureRequest, answer_to

if TYPE_CHECKING:
    from mnist_desktop.recognition.models import Model
    from mnist_desktop.recognition.reader import NumberReading, Reader


@dataclass(frozen=True, kw_only=True)
class ModelAnswer:
    """What one model made of it; a sentence in its place where it could not read."""

    folder: Path
    number: NumberReading | None = None
    error: str | None = None


class Comparing:
    """Models read here by the shipped engine, whatever the window reads with: the networks are the same."""

    def __init__(self) -> None:
        self._readers: dict[Path, tuple[Model, Reader]] = {}
        self.given_up = threading.Event()
        """Set from any thread: the models that have not answered yet are not asked any more."""

    def compare(self, subject: DrawingRequest | PictureRequest, models: Sequence[Model]) -> list[ModelAnswer]:
        """The answer of each of `models` to `subject`, in their order."""
        answers = []
        for model in models:
            if self.given_up.is_set():
                break
            answers.append(self._answer(subject, model))
        return answers

    def close(self) -> None:
        """Let go of the models; they are loaded anew when they are asked again."""
        for _, reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def _answer(self, subject: DrawingRequest | PictureRequest, model: Model) -> ModelAnswer:
        # Not at the top: NumPy and LiteRT come after the first paint.
        from mnist_desktop.recognition.classifier import ModelError

        try:
            read = answer_to(subject, self._reader(model))
        except ModelError as error:
            return ModelAnswer(folder=model.folder, error=str(error))
        assert isinstance(read, DrawingRead | PictureRead)
        why = read.error if isinstance(read, PictureRead) else None
        return ModelAnswer(folder=model.folder, number=read.number, error=why)

    def _reader(self, model: Model) -> Reader:
        from mnist_desktop.recognition.reader import open_reader

        known = self._readers.get(model.folder)
        if known is not None and known[0] == model:
            return known[1]
        reader = open_reader(model)
        if known is not None:
            # Another model lies in that folder by now.
            known[1].close()
        self._readers[model.folder] = (model, reader)
        return reader

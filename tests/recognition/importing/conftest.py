"""What the tests of importing share: the folder of models, and an import into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing.importing import Imported, Wish, import_model
from mnist_desktop.recognition.importing.supervision import Watch


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def bring(models: Path) -> Callable[..., Imported]:
    """Imports a file as “stranger”."""

    def bring(file: Path, watch: Watch | None = None, **wish: Any) -> Imported:
        samples = shipped("resources") / "samples"
        return import_model(Wish(file=file, name="stranger", **wish), models, samples, watch or Watch())

    return bring


@pytest.fixture
def refusal(bring: Callable[..., Imported], models: Path) -> Callable[..., str]:
    """The one sentence that a file gets; nothing is left behind."""

    def refusal(file: Path, **wish: Any) -> str:
        with pytest.raises(ModelError) as caught:
            bring(file, **wish)
        sentence = str(caught.value)
        assert file.name in sentence
        assert sentence.endswith(".")
        assert sentence.isprintable()
        assert list(models.iterdir()) == []
        return sentence

    return refusal

"""The shipped model, and a copy of it that a test may damage."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import Model, load_model
from mnist_desktop.recognition.reader import Reader, open_reader


@pytest.fixture(scope="session")
def model() -> Model:
    return load_model(shipped("model") / "digits")


@pytest.fixture(scope="session")
def reader(model: Model) -> Iterator[Reader]:
    reader = open_reader(model)
    yield reader
    reader.close()


@pytest.fixture
def copied_model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("model") / "digits", tmp_path / "models" / "copy"))

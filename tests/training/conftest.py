"""What tests of the training share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from few_fonts import with_few_fonts

from mnist_desktop.training.datasets import MNIST_FOLDER, PEN_FILE, SCANNED_FILE


@pytest.fixture(autouse=True)
def ctrl_c_reaches_us() -> Iterator[None]:
    """As in a terminal, even where the tests run in the background of a script, which ignores it for them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def printed_data(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The real data sets, with few fonts."""
    return with_few_fonts(monkeypatch, data, tmp_path / "data", (MNIST_FOLDER, PEN_FILE, SCANNED_FILE))


@pytest.fixture
def unknown_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data sets that a test makes are none of those that are known: no checksum is expected of them."""
    monkeypatch.setattr("mnist_desktop.training.digests.DIGESTS", {})

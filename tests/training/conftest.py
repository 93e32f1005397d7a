"""What tests of the training share."""

from __future__ import annotations

import pytest


@pytest.fixture
def unknown_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data sets that a test makes are none of those that are known: no checksum is expected of them."""
    monkeypatch.setattr("mnist_desktop.training.digests.DIGESTS", {})

"""The fonts that come with Matplotlib, laid out as the pinned packages are: prints to train on without a network."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import pytest

from mnist_desktop.training.datasets import FONTS_FOLDER
from mnist_desktop.training.fonts import FontPackage, FontPart, part_of

FILES: dict[FontPart, tuple[str, ...]] = {
    "training": ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSerif.ttf", "cmtt10.ttf"),
    "validation": ("STIXGeneral.ttf", "STIXGeneralBol.ttf"),
    "test": ("cmss10.ttf",),
}


def few_fonts(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Put these fonts into the data folder `folder`, and let the pinned list name them alone."""
    package = FontPackage(
        name="fonts-few", version="1", sha256="", designs={_group(part): files for part, files in FILES.items()}
    )
    monkeypatch.setattr("mnist_desktop.training.fonts.font_packages", lambda: (package,))
    unpacked = folder / FONTS_FOLDER / package.folder_name
    unpacked.mkdir(parents=True)
    for name in itertools.chain.from_iterable(FILES.values()):
        (unpacked / name).symlink_to(Path(mpl.get_data_path()) / "fonts" / "ttf" / name)


def with_few_fonts(monkeypatch: pytest.MonkeyPatch, data: Path, folder: Path, names: Sequence[str]) -> Path:
    """A data folder `folder` that holds what `data` holds under `names`, and these fonts."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to((data / name).resolve())
    few_fonts(monkeypatch, folder)
    return folder


def _group(part: FontPart) -> str:
    """A design group whose name the hash deals to `part`."""
    return next(name for number in itertools.count() if part_of(name := f"group {number}") == part)

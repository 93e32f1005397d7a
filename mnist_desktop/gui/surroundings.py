"""What the window needs of the world outside: places, and how to open what is slow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_desktop.gui.import_model import ImportFile
from mnist_desktop.gui.models_commands import ModelPlaces
from mnist_desktop.gui.recorder import REST_SECONDS
from mnist_desktop.gui.settings_commands import SettingsPlaces
from mnist_desktop.gui.theme import Theme

if TYPE_CHECKING:
    from mnist_desktop.log.log import Log
    from mnist_desktop.recognition.reader import Reader

RETRY_SECONDS = 2.0
"""How often what is not saved is tried again: soon after somebody freed the disk, but not a busy loop."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """All that the window needs of the world outside; what is slow is opened in the workers."""

    open_reader: Callable[[], Reader]
    open_log: Callable[[Callable[[], None]], Log]
    device: str
    window_state: Path
    """Where size and place are kept, as an ini file."""
    theme: Theme = Theme.SYSTEM
    models: ModelPlaces | None = None
    settings: SettingsPlaces | None = None
    import_file: ImportFile | None = None
    rest_seconds: float = REST_SECONDS
    retry_seconds: float = RETRY_SECONDS

"""The progress bar of long work: on standard error, and only where a person watches."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm


def progress_bar(each: Any = None, *, what: str, unit: str, total: int | None = None) -> tqdm[Any]:
    """A bar over `each`, or one that is updated by hand."""
    from tqdm import tqdm

    # Its monitor thread only mends bars that are updated too rarely, and would outlive them.
    tqdm.monitor_interval = 0
    # None: no bar where standard error is no terminal.
    return tqdm(each, desc=what, unit=unit, total=total, disable=None, file=sys.stderr)

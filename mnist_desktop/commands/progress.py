"""The progress bar of long work: on standard error, and only where a person watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm


def progress_bar(each: Any = None, *, what: str, unit: str, total: int | None = None, delay: float = 0.0) -> tqdm[Any]:
    """A bar over `each`, or one that is updated by hand; it appears after `delay` seconds."""
    from tqdm import tqdm

    # Its monitor thread only mends bars that are updated too rarely, and would outlive them.
    tqdm.monitor_interval = 0
    # None: no bar where standard error is no terminal.
    return tqdm(each, desc=what, unit=unit, total=total, delay=delay, disable=None, file=sys.stderr)


@contextmanager
def above(bar: tqdm[Any]) -> Iterator[None]:
    """While this lasts, lines are printed where `bar` was, which comes back below them."""
    # tqdm would bring a bar back that has not appeared yet.
    if bar.disable or time.time() < bar.start_t + (bar.delay or 0):
        yield
    else:
        with bar.external_write_mode():
            yield

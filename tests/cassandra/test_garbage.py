"""What delivery leaves behind: nothing that the garbage collector would have to stop the program for."""

from __future__ import annotations

import gc

import pytest
from cassandra.cluster import ResponseFuture
from log_looking import LogMaker, wait_until
from sample_records import make_records

from mnist_desktop.log.log import LogOptions

pytestmark = pytest.mark.cassandra

FEW = 20
"""Questions that are asked beside the writes; each waits for the collector."""


def test_a_write_that_is_over_leaves_nothing_for_the_garbage_collector(options: LogOptions, open_log: LogMaker) -> None:
    log = open_log(options)
    wait_until(lambda: log.status().connected)
    gc.collect()
    gc.disable()
    try:
        log.save_all(make_records(500))
        wait_until(lambda: log.status().pending == 0)
        wait_until(lambda: sum(type(each) is ResponseFuture for each in gc.get_objects()) <= FEW)
    finally:
        gc.enable()

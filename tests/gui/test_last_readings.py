"""The strip of the last readings: what is saved together is shown together."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from sample_records import make_record

from mnist_desktop.gui.last_readings import MOST, LastReadings


def test_readings_that_a_slow_disk_has_saved_together_are_drawn_once(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    really_show = LastReadings._show

    def show(strip: LastReadings) -> None:
        drawn.append(len(strip._entries))
        really_show(strip)

    monkeypatch.setattr(LastReadings, "_show", show)
    strip = LastReadings()
    qtbot.addWidget(strip)
    strip.resize(2000, 40)
    for label in "0123456789" * 10:
        strip.add((make_record(label=label),))
    qtbot.waitUntil(lambda: bool(drawn))
    assert drawn == [MOST]
    assert [button.text() for button in strip.shown] == list("98765432")

"""The strip of the last readings: what is saved together is shown together."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from sample_records import make_record

from mnist_desktop.gui.last_readings import MOST, LastReadings
from mnist_desktop.ink.glyph import Glyph


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


def test_a_button_is_wide_enough_as_soon_as_its_reading_has_grown_to_several_digits(qtbot: QtBot) -> None:
    strip = LastReadings()
    qtbot.addWidget(strip)
    strip.resize(400, 40)
    strip.show()
    one = make_record(label="7", verdict="unsure")
    for label in "0123456":
        strip.add((make_record(label=label),))
    strip.add((one,))
    assert strip.shown[0].text() == "?"
    strip.add((one, *(make_record(label="1") for _ in range(3))))
    button = strip.shown[0]
    # At once, before any event: what is painted next must not be squeezed.
    assert button.text() == "?111"
    assert all(shown.width() >= shown.minimumSizeHint().width() for shown in strip.shown)
    assert strip.shown[-1].geometry().right() < strip.width()


def test_the_glyphs_that_stay_are_not_painted_anew_with_each_reading(qtbot: QtBot) -> None:
    # Qt kept six pixmaps for each reading, 20 kB, until there were 10 MB of them.
    strip = LastReadings()
    qtbot.addWidget(strip)
    strip.resize(2000, 40)
    glyphs = [Glyph(levels=np.full((28, 28), level, np.uint8)).to_png() for level in range(0, 200, 10)]
    first = make_record(label="1", glyph=glyphs[0])
    strip.add((first,))
    keys = [strip.shown[0].icon().cacheKey()]
    for place, glyph in enumerate(glyphs[1:MOST], start=1):
        strip.add((make_record(label="2", glyph=glyph),))
        keys.append(strip.shown[place].icon().cacheKey())
    assert len(set(keys)) == 1
    assert strip.shown[0].icon().cacheKey() not in keys

"""A reading becomes a record, and its drawing comes back out of it."""

from __future__ import annotations

import gc
import json
import tracemalloc
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mnist_desktop.ink.choices import Choices
from mnist_desktop.ink.drawing import Drawing, DrawingError, Stroke
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.ink.pictures import read_picture
from mnist_desktop.log.record import Record, Source
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import NumberReading, Reader, open_reader
from mnist_desktop.recording import MAX_INK_BYTES, Logged, extended, first_record, first_records, unpack_ink

NOW = datetime(2026, 3, 1, 12, 30, 15, 250_001, tzinfo=UTC)
SEVEN = Drawing(strokes=(Stroke(points=((0.0, 0.0), (50.0, 0.5), (20.0, 80.0))),))
CROSSED = Drawing(strokes=(*SEVEN.strokes, Stroke(points=((10.0, 40.0), (50.0, 40.0)))))


ONE = Stroke(points=((90.0, 0.0), (90.0, 80.0)))
BEFORE = Stroke(points=((-40.0, 0.0), (-40.0, 80.0)))


def drawn(*strokes: Stroke) -> Drawing:
    return Drawing(strokes=strokes)


def logged(reader: Reader, before: Logged | None, drawing: Drawing, *, now: datetime = NOW) -> Logged:
    """What the log is to hold of `drawing`, drawn at the desk."""
    return extended(before, reader.read_digits(drawing), source=Source.CANVAS, name=None, device="desk", now=now)


def said(before: Logged, position: int, label: str) -> Logged:
    """The same after a person has said what one of its digits was."""
    records = list(before.records)
    record = records[position]
    assert record is not None
    records[position] = record.changed(NOW, corrected=label)
    return Logged(boxes=before.boxes, records=tuple(records))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = open_reader(load_model(shipped("model") / "digits"))
    yield reader
    reader.close()


def test_what_is_remembered_of_a_picture_keeps_none_of_its_pixels(reader: Reader) -> None:
    # A hundred sheets are remembered, each with up to 4 MB of ink.
    number = reader.read_digits(read_picture(shipped("resources") / "pictures" / "4_on_paper.jpg"))
    isolated = number.digits[0].reading.isolated
    assert isolated is not None
    ink = weakref.ref(isolated.ink)
    kept = extended(None, number, source=Source.FILE, name="4", device="desk", now=NOW)
    del number, isolated
    gc.collect()
    assert kept.shown[0].label == "4"
    assert ink() is None


def test_a_record_holds_what_the_model_saw_and_what_was_drawn(reader: Reader) -> None:
    reading = reader.read_drawing(SEVEN)
    record = first_record(reading, source=Source.CANVAS, name=None, device="desk", now=NOW)
    assert record.time == NOW
    assert record.ink is not None
    assert unpack_ink(record.ink) == SEVEN
    assert Glyph.from_png(record.glyph) == reading.glyph
    assert reading.prediction is not None
    assert (record.digit, record.label, record.probabilities) == (7, "7", reading.prediction.probabilities)
    assert (record.source, record.model, record.verdict) == (Source.CANVAS, "digits", reading.verdict)


def test_an_extended_drawing_keeps_its_id_and_gets_a_later_version(reader: Reader) -> None:
    before = logged(reader, None, SEVEN)
    (first,) = before.shown
    for clock in (NOW + timedelta(seconds=1), NOW - timedelta(hours=1)):
        (second,) = logged(reader, before, CROSSED, now=clock).shown
        assert second.id == first.id
        assert second.version > first.version
        assert second.ink is not None
        assert unpack_ink(second.ink) == CROSSED
        assert (second.drawing, second.position) == (None, None)


def test_the_digits_of_a_number_are_tied_together_in_order(reader: Reader) -> None:
    number = reader.read_digits(drawn(ONE, *SEVEN.strokes))
    seven, one = first_records(number, source=Source.FILE, name="a", device="desk", now=NOW)
    assert (seven.label, seven.position, one.label, one.position) == ("7", 0, "1", 1)
    assert seven.drawing == one.drawing
    assert seven.drawing is not None
    assert seven.id != one.id
    assert (seven.time, one.time) == (NOW, NOW + timedelta(microseconds=1))
    assert seven.ink is not None
    assert unpack_ink(seven.ink) == SEVEN


def test_one_digit_is_tied_to_nothing(reader: Reader) -> None:
    (record,) = first_records(reader.read_digits(SEVEN), source=Source.FILE, name="a", device="desk", now=NOW)
    assert (record.drawing, record.position) == (None, None)
    assert not first_records(reader.read_digits(Drawing()), source=Source.FILE, name="a", device="desk", now=NOW)


def test_the_first_digit_of_a_drawing_that_grows_keeps_its_record(reader: Reader) -> None:
    alone = logged(reader, None, SEVEN)
    grown = logged(reader, alone, drawn(*SEVEN.strokes, ONE))
    seven, one = grown.shown
    assert seven.id == alone.shown[0].id
    assert seven.version > alone.shown[0].version
    assert seven.drawing == one.drawing is not None
    assert (seven.position, one.position) == (0, 1)
    assert (seven.label, one.label) == ("7", "1")
    assert seven.ink is not None
    assert unpack_ink(seven.ink) == SEVEN


def test_a_digit_that_stays_as_it_is_gets_no_new_version(reader: Reader) -> None:
    two = logged(reader, None, drawn(*SEVEN.strokes, ONE))
    three = logged(reader, two, drawn(*SEVEN.strokes, ONE, Stroke(points=((130.0, 0.0), (130.0, 80.0)))))
    assert [record.position for record in three.shown] == [0, 1, 2]
    assert three.records[:2] == two.records
    assert len({record.drawing for record in three.shown}) == 1


def test_a_digit_that_is_gone_is_marked_and_takes_its_record_up_again(reader: Reader) -> None:
    two = said(logged(reader, None, drawn(*SEVEN.strokes, ONE)), 1, "4")
    one = logged(reader, two, SEVEN)
    (seven,) = one.shown
    mark = one.records[1]
    assert mark is not None
    assert two.records[1] is not None
    assert (mark.id, mark.deleted, mark.glyph, mark.ink) == (two.records[1].id, True, b"", b"")
    assert (seven.id, seven.drawing, seven.position) == (two.shown[0].id, two.shown[0].drawing, 0)
    assert logged(reader, one, SEVEN).records == one.records
    back = logged(reader, one, drawn(*SEVEN.strokes, ONE)).shown
    assert [record.id for record in back] == [record.id for record in two.shown]
    assert back[1].version > mark.version
    assert back[1].ink == two.shown[1].ink
    assert back[1].corrected == "4"


def test_what_a_person_deleted_begins_another_record(reader: Reader) -> None:
    two = logged(reader, None, drawn(*SEVEN.strokes, ONE))
    deleted = Logged(boxes=two.boxes, records=(None, two.records[1]))
    again = logged(reader, deleted, drawn(*CROSSED.strokes, ONE)).shown
    assert again[0].id != two.shown[0].id
    assert again[1] == two.shown[1]
    assert again[0].drawing == again[1].drawing


def test_what_was_said_of_a_digit_stays_with_its_ink(reader: Reader) -> None:
    """A digit drawn to the left of others moves them on: each position keeps its record, not what it was."""
    two = said(said(logged(reader, None, drawn(*SEVEN.strokes, ONE)), 0, "2"), 1, "4")
    three = logged(reader, two, drawn(*SEVEN.strokes, ONE, BEFORE))
    assert [record.label for record in three.shown] == ["1", "7", "1"]
    assert [record.corrected or None for record in three.shown] == [None, "2", "4"]
    assert [record.id for record in three.shown[:2]] == [record.id for record in two.shown]
    back = logged(reader, three, drawn(*SEVEN.strokes, ONE))
    assert [record.corrected for record in back.shown] == ["2", "4"]


def test_a_single_digit_keeps_what_was_said_however_it_goes_on(reader: Reader) -> None:
    before = said(logged(reader, None, SEVEN), 0, "2")
    (record,) = logged(reader, before, CROSSED).shown
    assert record.corrected == "2"


def test_a_number_in_a_picture_that_is_read_otherwise_keeps_names_and_has_no_ink(reader: Reader) -> None:
    number = reader.read_digits(drawn(*SEVEN.strokes, ONE))
    pictured = NumberReading(
        lines=tuple(
            tuple(replace(placed, reading=replace(placed.reading, drawing=None)) for placed in line)
            for line in number.lines
        )
    )
    only = NumberReading(lines=((pictured.digits[0],),))
    given = {"source": Source.FILE, "name": "a.png", "device": "desk", "now": NOW}
    two = extended(None, pictured, **given)  # type: ignore[arg-type]  # by name
    one = extended(two, only, **given)  # type: ignore[arg-type]  # by name
    mark = one.records[1]
    assert isinstance(mark, Record)
    assert (mark.deleted, mark.name, mark.ink) == (True, "", None)
    back = extended(one, pictured, **given)  # type: ignore[arg-type]  # by name
    assert [(record.name, record.ink) for record in back.shown] == [("a.png", None)] * 2


def test_a_picture_keeps_how_it_was_looked_at_and_what_of_that_a_person_chose(reader: Reader) -> None:
    picture = read_picture(shipped("resources") / "pictures" / "4_on_paper.jpg")

    def preparation(choices: Choices) -> dict[str, object]:
        reading = reader.read_picture(picture, choices)
        record = first_record(reading, source=Source.FILE, name=None, device="desk", now=NOW)
        assert record.preparation is not None
        kept: dict[str, object] = json.loads(record.preparation)
        return kept

    automatic = preparation(Choices())
    assert set(automatic) == {"box", "polarity", "threshold"}
    assert automatic["polarity"] == "dark on light"
    height, width = picture.pixels.shape[:2]
    chosen = preparation(Choices(part=(0, 0, width, height - 10), polarity="dark on light", threshold=-0.25))
    assert chosen["chosen"] == {"part": [0, 0, width, height - 10], "polarity": "dark on light", "threshold": -0.25}
    assert chosen["threshold"] != automatic["threshold"]


def test_two_readings_never_share_an_id(reader: Reader) -> None:
    reading = reader.read_drawing(SEVEN)
    ids = {first_record(reading, source=Source.FILE, name="a", device="desk", now=NOW).id for _ in range(500)}
    assert len(ids) == 500


def test_blank_makes_no_record(reader: Reader) -> None:
    with pytest.raises(ValueError, match="blank"):
        first_record(reader.read_drawing(Drawing()), source=Source.CANVAS, name=None, device="desk", now=NOW)
    with pytest.raises(ValueError, match="blank"):
        logged(reader, None, Drawing())


@pytest.mark.parametrize(
    "ink",
    [b"", b"no ink", zlib.compress(b"[]")[:-6], zlib.compress(b"no JSON"), zlib.compress(bytes(100_000_000))],
    ids=["empty", "not packed", "cut short", "not a drawing", "a bomb"],
)
def test_ink_that_is_none_is_one_error_and_fills_no_memory(ink: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DrawingError):
            unpack_ink(ink)
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_INK_BYTES
    finally:
        tracemalloc.stop()

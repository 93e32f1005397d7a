"""A reading becomes a record, and its drawing comes back out of it."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mnist_desktop.ink.drawing import Drawing, DrawingError, Stroke
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.log.record import Source
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.models import load_model
from mnist_desktop.recognition.reader import Reader, open_reader
from mnist_desktop.recording import MAX_INK_BYTES, extended_record, first_record, first_records, unpack_ink

NOW = datetime(2026, 3, 1, 12, 30, 15, 250_001, tzinfo=UTC)
SEVEN = Drawing(strokes=(Stroke(points=((0.0, 0.0), (50.0, 0.5), (20.0, 80.0))),))
CROSSED = Drawing(strokes=(*SEVEN.strokes, Stroke(points=((10.0, 40.0), (50.0, 40.0)))))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = open_reader(load_model(shipped("model") / "digits"))
    yield reader
    reader.close()


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
    first = first_record(reader.read_drawing(SEVEN), source=Source.CANVAS, name=None, device="desk", now=NOW)
    for clock in (NOW + timedelta(seconds=1), NOW - timedelta(hours=1)):
        second = extended_record(first, reader.read_drawing(CROSSED), clock)
        assert second.id == first.id
        assert second.version > first.version
        assert second.ink is not None
        assert unpack_ink(second.ink) == CROSSED


def test_the_digits_of_a_number_are_tied_together_in_order(reader: Reader) -> None:
    beside = Stroke(points=((90.0, 0.0), (90.0, 80.0)))
    number = reader.read_digits(Drawing(strokes=(beside, *SEVEN.strokes)))
    seven, one = first_records(number, source=Source.FILE, name="a", device="desk", now=NOW)
    assert (seven.label, seven.position, one.label, one.position) == ("7", 0, "1", 1)
    assert seven.drawing == one.drawing
    assert seven.drawing is not None
    assert seven.id != one.id
    assert seven.time == one.time == NOW
    assert seven.ink is not None
    assert unpack_ink(seven.ink) == SEVEN


def test_one_digit_is_tied_to_nothing(reader: Reader) -> None:
    (record,) = first_records(reader.read_digits(SEVEN), source=Source.FILE, name="a", device="desk", now=NOW)
    assert (record.drawing, record.position) == (None, None)
    assert not first_records(reader.read_digits(Drawing()), source=Source.FILE, name="a", device="desk", now=NOW)


def test_two_readings_never_share_an_id(reader: Reader) -> None:
    reading = reader.read_drawing(SEVEN)
    ids = {first_record(reading, source=Source.FILE, name="a", device="desk", now=NOW).id for _ in range(500)}
    assert len(ids) == 500


def test_blank_makes_no_record(reader: Reader) -> None:
    with pytest.raises(ValueError, match="blank"):
        first_record(reader.read_drawing(Drawing()), source=Source.CANVAS, name=None, device="desk", now=NOW)


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

"""Ids carry their time, compare as the server compares them, and name their partition; versions only grow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid1

import pytest
from cassandra.cqltypes import TimeUUIDType
from cassandra.util import datetime_from_uuid1, max_uuid_from_time, min_uuid_from_time
from hypothesis import given
from hypothesis import strategies as st
from sample_records import make_record

from mnist_desktop.log.record import bucket_of, compare_key, first_id, microseconds, new_id, time_of

times = st.integers(1, 230 * 366 * 24 * 3600 * 10**6).map(
    lambda microsecond: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microsecond)
)
time_ids = st.builds(
    lambda ticks, low: UUID(
        int=(ticks & 0xFFFFFFFF) << 96 | (ticks >> 32 & 0xFFFF) << 80 | (ticks >> 48 | 0x1000) << 64 | low
    ),
    # Few times, so that the low eight bytes decide; and bytes on both sides of the sign.
    st.integers(0, 3) | st.integers(0, 2**60 - 1),
    st.binary(min_size=8, max_size=8).map(int.from_bytes) | st.sampled_from([0, 0x7F << 56, 0x80 << 56, 2**64 - 1]),
)


def server_order(record_id: UUID) -> tuple[int, tuple[int, ...]]:
    """As Cassandra's TimeUUIDType says it: the timestamp, then the low eight bytes, each a signed byte."""
    return record_id.time, tuple(byte - 256 if byte > 127 else byte for byte in record_id.bytes[8:])


@given(time_ids, time_ids)
def test_keys_sort_as_the_server_sorts_ids(one: UUID, other: UUID) -> None:
    by_key = (compare_key(one) > compare_key(other)) - (compare_key(one) < compare_key(other))
    by_server = (server_order(one) > server_order(other)) - (server_order(one) < server_order(other))
    assert by_key == by_server


def test_pythons_own_order_of_uuids_is_another_one() -> None:
    early, late = new_id(datetime(2026, 1, 1, tzinfo=UTC)), new_id(datetime(2026, 1, 1, 0, 10, tzinfo=UTC))
    assert early > late
    assert compare_key(early) < compare_key(late)


@given(times)
def test_an_id_carries_its_time_to_the_microsecond(time: datetime) -> None:
    record_id = new_id(time)
    assert time_of(record_id) == time
    assert record_id.version == 1
    assert record_id.variant == "specified in RFC 4122"
    assert abs(datetime_from_uuid1(record_id).replace(tzinfo=UTC) - time) < timedelta(milliseconds=1)
    assert TimeUUIDType.serialize(record_id, 5) == record_id.bytes


def test_ids_never_carry_this_computers_address() -> None:
    ids = [new_id(datetime.now(UTC)) for _ in range(100)]
    assert uuid1().node not in {record_id.node for record_id in ids}
    assert all(record_id.node >> 40 & 1 for record_id in ids), "a random node has the multicast bit set"
    assert len({record_id.node for record_id in ids}) == 100


@given(times)
def test_the_first_id_of_a_time_lies_before_all_its_ids_and_after_all_earlier_ones(time: datetime) -> None:
    bound = compare_key(first_id(time))
    assert compare_key(new_id(time - timedelta(microseconds=1))) < bound < compare_key(new_id(time))


@pytest.mark.parametrize("year", [1, 1582, 5237, 9999])
def test_a_time_that_no_id_can_carry_bounds_all_of_them_on_its_side(year: int) -> None:
    bound, record_id = compare_key(first_id(datetime(year, 1, 1, tzinfo=UTC))), compare_key(make_record().id)
    assert bound < record_id if year < 2000 else bound > record_id


def test_the_first_id_is_the_drivers_lowest_for_that_time() -> None:
    time = datetime(2026, 11, 21, 7, 30, 15, tzinfo=UTC)
    assert first_id(time).bytes[8:] == min_uuid_from_time(time.timestamp()).bytes[8:]
    assert compare_key(max_uuid_from_time(time.timestamp())) > compare_key(first_id(time))


@pytest.mark.parametrize(
    ("bucket_by", "bucket"), [("month", "2026-11"), ("day", "2026-11-30"), ("hour", "2026-11-30T23")]
)
def test_the_bucket_follows_from_the_id_in_utc(bucket_by: str, bucket: str) -> None:
    # Already December in Berlin.
    assert bucket_of(new_id(datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC)), bucket_by) == bucket


@given(times, times, st.sampled_from(["month", "day", "hour"]))
def test_buckets_sort_as_their_times_do(one: datetime, other: datetime, bucket_by: str) -> None:
    early, late = sorted([one, other])
    assert bucket_of(new_id(early), bucket_by) <= bucket_of(new_id(late), bucket_by)


@given(st.integers(-(10**12), 10**12))
def test_a_change_always_makes_a_later_version_whatever_the_clock_says(shift: int) -> None:
    record = make_record()
    changed = record.changed(record.time + timedelta(microseconds=shift), corrected="3")
    assert changed.version >= max(record.version + 1, microseconds(record.time))
    assert (changed.id, changed.corrected) == (record.id, "3")

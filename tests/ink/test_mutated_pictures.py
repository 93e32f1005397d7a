"""Damaged files of every kind: each is read or refused in one sentence, and nothing else ever comes out."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from picture_corpus import NOT_PICTURES, digit, encoded, of_every_kind, with_png_checksums
from PIL import Image

from mnist_desktop.ink.pictures import Picture, PictureError, decode_picture
from mnist_desktop.ink.pixels import MAX_SIDE

Mutation = Callable[[bytes], bytes]

FEW = settings(max_examples=400, deadline=None, derandomize=True, database=None)
MANY = settings(
    max_examples=25_000, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


def _with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a maker"
    return encoded(digit().convert("RGB"), "JPEG", exif=exif.tobytes(), icc_profile=bytes(range(256)))


SEEDS = [
    *of_every_kind().values(),
    encoded(digit(), "PNG", interlace=True, dpi=(72, 72)),
    encoded(digit().convert("RGB"), "WEBP", save_all=True, append_images=[digit("7").convert("RGB")]),
    encoded(digit("7").convert("RGB"), "PNG", save_all=True, append_images=[digit("8").convert("RGB")]),
    encoded(digit().convert("RGB"), "TIFF", compression="jpeg"),
    encoded(digit().convert("1"), "TIFF", compression="packbits"),
    encoded(digit().convert("RGB"), "MPO", save_all=True, append_images=[digit("7").convert("RGB")]),
    _with_exif(),
    *(content for content, _ in NOT_PICTURES.values()),
]

POSITION = st.floats(0, 1, exclude_max=True)
# Most of a format's meaning is in its first bytes, and of a TIFF in its last.
NEAR_AN_END = st.one_of(POSITION.map(lambda x: x * 0.02), POSITION.map(lambda x: 1 - (x + 1e-9) * 0.02), POSITION)
STRANGE_BYTES = st.one_of(
    st.binary(min_size=1, max_size=8),
    st.sampled_from(
        [b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff\xff", b"\xff\xda", b"\0\0\0\1"]
    ),
)


def _overwrite(at: float, what: bytes) -> Mutation:
    return lambda content: content[: int(at * len(content))] + what + content[int(at * len(content)) + len(what) :]


def _insert(at: float, what: bytes) -> Mutation:
    return lambda content: content[: int(at * len(content))] + what + content[int(at * len(content)) :]


def _delete(at: float, count: int) -> Mutation:
    return lambda content: content[: int(at * len(content))] + content[int(at * len(content)) + count :]


def _repeat(at: float, count: int) -> Mutation:
    return lambda content: content[: int(at * len(content)) + count] + content[int(at * len(content)) :]


def _cut(at: float) -> Mutation:
    return lambda content: content[: int(at * len(content))]


MUTATIONS = st.lists(
    st.one_of(
        st.builds(_overwrite, NEAR_AN_END, STRANGE_BYTES),
        st.builds(_overwrite, NEAR_AN_END, STRANGE_BYTES),
        st.builds(_insert, NEAR_AN_END, STRANGE_BYTES),
        st.builds(_delete, NEAR_AN_END, st.integers(1, 40)),
        st.builds(_repeat, NEAR_AN_END, st.integers(1, 400)),
        st.builds(_cut, POSITION),
    ),
    min_size=1,
    max_size=5,
)


def reads_or_refuses(content: bytes) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")  # the program's own filter, which pytest has replaced
        outcome = picture_or_sentence(content)
    if isinstance(outcome, str):
        assert outcome.startswith("mutant ")
        assert outcome.endswith(".")
        assert outcome.isprintable()
    else:
        assert 1 <= min(outcome.pixels.shape) <= max(outcome.pixels.shape) <= MAX_SIDE


def picture_or_sentence(content: bytes) -> Picture | str:
    try:
        return decode_picture(content, name="mutant")
    except PictureError as error:
        return str(error)


def mutate_and_read(seed: bytes, mutations: list[Mutation], repair: bool) -> None:
    for mutation in mutations:
        seed = mutation(seed)
    reads_or_refuses(with_png_checksums(seed) if repair and seed.startswith(b"\x89PNG") else seed)


@FEW
@given(st.sampled_from(SEEDS), MUTATIONS, st.booleans())
def test_a_damaged_file_is_read_or_refused(seed: bytes, mutations: list[Mutation], repair: bool) -> None:
    mutate_and_read(seed, mutations, repair)


@pytest.mark.long
@pytest.mark.timeout(1800)
@MANY
@given(st.sampled_from(SEEDS), MUTATIONS, st.booleans())
def test_a_damaged_file_is_read_or_refused_many_times(seed: bytes, mutations: list[Mutation], repair: bool) -> None:
    mutate_and_read(seed, mutations, repair)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(
        [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x40\0\0\0WEBPVP8X", b"GIF89a", b"II*\0", b"MM\0*", b"BM"]
    ),
    st.binary(max_size=300),
)
def test_any_bytes_behind_a_signature_are_read_or_refused(signature: bytes, rest: bytes) -> None:
    reads_or_refuses(signature + rest)

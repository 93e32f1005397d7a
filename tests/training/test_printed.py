"""Printed digits are the font's own, and printed characters that are no digits are none in any eye."""

from __future__ import annotations

import unicodedata
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mnist_desktop.evaluation.data import DataError, read_npz
from mnist_desktop.training import printed
from mnist_desktop.training.fonts import Font, FontPart, load_fonts
from mnist_desktop.training.printed import OTHERS_KEPT_OUT, OTHERS_TRAINED

PARTS: tuple[FontPart, ...] = ("training", "validation", "test")

LOOK_ALIKE = 0.15
"""Mean share of ink that differs between two fonts' digits, below which they count as one design."""


def _embedded() -> bytes:
    """The font that comes inside Pillow (Aileron)."""
    opened = ImageFont.load_default(20)
    assert isinstance(opened, ImageFont.FreeTypeFont)
    content: bytes = opened.font_bytes
    return content


def _font(path: Path, content: bytes) -> Font:
    path.write_bytes(content)
    return Font(name=path.stem, group="Aileron", path=path)


@pytest.fixture
def aileron(tmp_path: Path) -> Font:
    return _font(tmp_path / "Aileron.ttf", _embedded())


@pytest.fixture
def without_digits(tmp_path: Path) -> Font:
    """Aileron whose table of characters begins after the digits."""
    starts, later = bytes((0, 0x20, 0, 0xA9)), bytes((0, ord(":"), 0, 0xA9))
    assert _embedded().count(starts) == 1
    return _font(tmp_path / "NoDigits.ttf", _embedded().replace(starts, later))


@pytest.fixture(scope="module")
def fonts_folder(data: Path) -> Path:
    folder = data / "fonts"
    if not folder.is_dir():
        pytest.skip("the data folder holds no fonts; mnist_desktop.training.fonts.ensure_fonts fetches them")
    return folder


def _drawn(font: Font, text: str, side: int) -> NDArray[np.float32]:
    """`text` as Pillow draws it large, cropped and scaled."""
    image = Image.new("L", (900, 900))
    ImageDraw.Draw(image).text((200, 100), text, font=ImageFont.truetype(font.path, 500), fill=255)
    cropped = image.crop(image.getbbox())
    scale = side / max(cropped.size)
    size = (max(1, round(cropped.width * scale)), max(1, round(cropped.height * scale)))
    return np.asarray(cropped.resize(size, Image.Resampling.LANCZOS), np.float32) / np.float32(255)


@pytest.mark.parametrize("text", [*"0123456789", "W", "~", "."])
def test_a_character_is_rendered_as_the_font_draws_it(aileron: Font, text: str) -> None:
    ink = printed.render(aileron, text, side=48)
    assert ink is not None
    assert ink.dtype == np.float32
    assert 0 <= ink.min() <= ink.max() <= 1
    assert max(ink.shape) == 48
    assert min(edge.max() for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1])) > 0
    drawn = _drawn(aileron, text, 48)
    assert np.abs(np.array(ink.shape) - np.array(drawn.shape)).max() <= 1
    height, width = np.minimum(ink.shape, drawn.shape)
    # Two ways to shrink differ at the rims; an 8 for a 3 makes 0.14.
    assert np.abs(ink[:height, :width] - drawn[:height, :width]).mean() < 0.06


def test_rims_are_grey(aileron: Font) -> None:
    ink = printed.render(aileron, "8")
    assert ink is not None
    assert 0.05 < ((ink > 0.1) & (ink < 0.9)).mean() < 0.5
    assert (ink == 1).any()


@pytest.mark.parametrize("text", ["あ", "Ж", " ", "\u0378"])
def test_what_a_font_lacks_or_shows_as_nothing_is_none(aileron: Font, text: str) -> None:
    assert printed.render(aileron, text) is None


def test_a_font_without_digits_gives_none(aileron: Font, without_digits: Font) -> None:
    assert printed.render(without_digits, "A") is not None
    assert all(printed.render(without_digits, text) is None for text in printed.DIGITS)
    bitmaps = printed.digits([without_digits, aileron])
    assert bitmaps.labels.tolist() == list(range(10))
    assert printed.digits([without_digits]).images.shape == (0, 48, 48)


def test_digits_are_in_the_middle_with_their_labels(aileron: Font) -> None:
    bitmaps = printed.digits([aileron, aileron], side=32)
    assert bitmaps.images.shape == (20, 32, 32)
    assert bitmaps.images.dtype == np.uint8
    assert bitmaps.labels.tolist() == [*range(10), *range(10)]
    for image, label in zip(bitmaps.images, bitmaps.labels, strict=True):
        ink = printed.render(aileron, str(label), side=32)
        assert ink is not None
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        assert abs(rows[0] - (31 - rows[-1])) <= 1
        assert abs(columns[0] - (31 - columns[-1])) <= 1
        assert image.sum() == pytest.approx(ink.sum() * 255, rel=0.01)


def test_others_leave_out_what_is_like_a_digit_of_the_font(aileron: Font) -> None:
    assert len(printed.others([aileron], characters="AK#あ")) == 3
    # The 8 stands for a letter that is drawn like one.
    assert len(printed.others([aileron], characters="8A")) == 1
    assert printed.others([aileron], characters="8").shape == (0, 48, 48)


def test_others_are_no_digits_and_what_is_kept_out_is_not_trained() -> None:
    everything = OTHERS_TRAINED + OTHERS_KEPT_OUT
    assert len(set(everything)) == len(everything)
    assert all(unicodedata.numeric(text, None) is None for text in everything)
    assert not set("OoQDIiLlJjUSsZzBbGgqCc()[]{}|/\\!'.,").intersection(everything)
    # A letter and its other case are one kind: they often look the same.
    assert not {text.casefold() for text in OTHERS_TRAINED} & {text.casefold() for text in OTHERS_KEPT_OUT}
    assert len(OTHERS_KEPT_OUT) >= len(everything) / 4


def test_a_file_that_is_no_font_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Broken\.ttf is no font"):
        printed.render(_font(tmp_path / "Broken.ttf", b"no font"), "1")


def test_a_part_can_be_written_for_evaluate(aileron: Font, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[FontPart] = []

    def loaded(folder: Path, part: FontPart) -> list[Font]:
        parts.append(part)
        return [aileron]

    monkeypatch.setattr(printed, "load_fonts", loaded)
    printed.write_npz(tmp_path, "test", tmp_path / "printed.npz")
    images, labels = read_npz(tmp_path / "printed.npz")
    assert parts == ["test"]
    assert np.array_equal(images, printed.digits([aileron]).images)
    assert labels.tolist() == list(range(10))
    with pytest.raises(DataError, match="cannot be written"):
        printed.write_npz(tmp_path, "test", tmp_path / "missing" / "printed.npz")


def test_every_pinned_font_has_ten_different_digits(fonts_folder: Path) -> None:
    for part in PARTS:
        fonts = load_fonts(fonts_folder, part)
        bitmaps = printed.digits(fonts, side=24)
        assert len(bitmaps.images) == 10 * len(fonts)
        for number, font in enumerate(fonts):
            digits = bitmaps.images[10 * number : 10 * number + 10]
            assert len(np.unique(digits.reshape(10, -1), axis=0)) == 10, font.name


def test_no_two_fonts_of_different_parts_look_alike(fonts_folder: Path) -> None:
    """Renamed copies, clones and metric twins hide in other packages under other names: the pixels would tell."""
    shapes = {}
    for part in PARTS:
        fonts = load_fonts(fonts_folder, part)
        levels = printed.digits(fonts, side=24).images.reshape(len(fonts), 10, -1).astype(np.float32) / 255
        shapes[part] = list(zip(fonts, levels, strict=True))
    alike = [
        (one.name, other.name)
        for first, second in combinations(PARTS, 2)
        for (one, ours), (other, theirs) in product(shapes[first], shapes[second])
        if (np.abs(ours - theirs).sum(axis=1) / np.maximum(ours, theirs).sum(axis=1)).mean() < LOOK_ALIKE
    ]
    assert alike == []

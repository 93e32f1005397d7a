"""What a person decides about a picture is followed; what is not decided stays as it was, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from picture_corpus import digit
from PIL import Image

from mnist_desktop.evaluation.data import Subject
from mnist_desktop.evaluation.photographs import photographs
from mnist_desktop.ink.choices import AUTOMATIC, Choices, Polarity, within
from mnist_desktop.ink.drawing import read_ink_file
from mnist_desktop.ink.glyph import normalise
from mnist_desktop.ink.isolate import Isolated, isolate
from mnist_desktop.ink.pictures import Picture, decode_picture, read_picture
from mnist_desktop.ink.split_picture import isolate_pieces
from mnist_desktop.ink.subject import find_subject
from mnist_desktop.paths import shipped


def picture(image: Image.Image) -> Picture:
    return Picture(name=None, pixels=np.array(image.convert("RGB")))


def samples() -> Iterator[Picture]:
    """The sample pictures, photographs by the generator, and a small digit on a large scan."""
    resources = shipped("resources")
    yield from (read_picture(path) for path in sorted((resources / "pictures").iterdir()))
    drawings = [next(read_ink_file(path)) for path in sorted((resources / "drawings").glob("*.json"))]
    subjects = (Subject(content=each.drawing, label=each.label or 0) for each in drawings)
    yield from (decode_picture(photo.jpeg, name=None) for photo in photographs(subjects, 31))
    yield picture(digit("4", size=(2000, 1400), height=40, centre=(1500, 400)))


def same(one: Isolated, other: Isolated) -> bool:
    facts = [(found.box, found.polarity, found.threshold, found.ink.shape) for found in (one, other)]
    return facts[0] == facts[1] and one.ink.tobytes() == other.ink.tobytes()


def amount(found: Isolated) -> float:
    return 0.0 if found.box is None else float(found.ink.sum()) * (found.box[2] / found.ink.shape[1]) ** 2


def test_choosing_what_the_program_chose_changes_not_a_bit() -> None:
    for each in samples():
        automatic = isolate(each)
        height, width = each.pixels.shape[:2]
        chosen = Choices(part=(0, 0, width, height), polarity=automatic.polarity)
        assert same(isolate(each, chosen), automatic)
        assert same(isolate_pieces(each, chosen)[0], automatic)


def test_steps_are_kept_only_where_asked_for_and_change_not_a_bit() -> None:
    for each in samples():
        bare, kept = isolate(each), isolate(each, keep_steps=True)
        assert same(bare, kept)
        assert bare.steps is None
        assert kept.steps is not None
        assert kept.steps.darkness.shape == kept.steps.mask.shape
        assert kept.steps.mask[kept.steps.place].shape == kept.steps.digit.shape
        assert not (kept.steps.digit & ~kept.steps.mask[kept.steps.place]).any()
        assert kept.steps.digit.any()


def two_digits() -> Image.Image:
    page = Image.new("L", (600, 300), 240)
    page.paste(digit("8", size=(250, 300), height=220, paper=240), (0, 0))
    page.paste(digit("3", size=(250, 300), height=90, paper=240), (350, 0))
    return page


def test_only_the_part_that_was_chosen_is_looked_at() -> None:
    page = two_digits()
    found = isolate(picture(page), Choices(part=(350, 0, 250, 300)))
    alone = isolate(picture(page.crop((350, 0, 600, 300))))
    assert np.array_equal(found.ink, alone.ink)
    assert found.box is not None
    assert alone.box is not None
    assert found.box == (alone.box[0] + 350, *alone.box[1:])


def test_a_small_digit_in_a_chosen_part_of_a_large_scan_is_read_in_full_resolution() -> None:
    scan = digit("4", size=(3000, 2200), height=40, centre=(2500, 400))
    found = isolate(picture(scan), Choices(part=(2300, 200, 400, 400)))
    assert found.box is not None
    assert found.ink.shape == found.box[:1:-1]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (None, (0, 0, 50, 40)),
        ((-10, 5, 20, 100), (0, 5, 10, 35)),
        ((45, 35, 50, 50), (45, 35, 5, 5)),
        ((90, 90, 5, 5), (49, 39, 1, 1)),
        ((-9, -9, 5, 5), (0, 0, 1, 1)),
    ],
)
def test_a_part_is_cut_off_at_the_edge_of_the_picture(part: Any, expected: tuple[int, ...]) -> None:
    assert within(part, (50, 40)) == expected


def test_light_and_dark_can_be_flipped() -> None:
    page = two_digits().point([128 if level > 200 else level for level in range(256)])
    page.paste(255, (400, 100, 420, 220))
    sides: dict[Polarity, int] = {"dark on light": 0, "light on dark": 400}
    for polarity, left in sides.items():
        found = isolate(picture(page), Choices(polarity=polarity))
        assert found.polarity == polarity
        assert found.box is not None
        assert left <= found.box[0] < left + 200


def test_a_lower_threshold_takes_in_what_is_fainter_and_a_higher_one_leaves_only_the_strongest() -> None:
    page = digit("7", size=(300, 300), height=200)
    faint = np.asarray(page).copy()
    faint[130:140, 150:200] = 235
    by = [-0.95, -0.5, 0.0, 0.5, 1.0]
    found = [isolate(picture(Image.fromarray(faint)), Choices(threshold=each)) for each in by]
    thresholds = [each.threshold for each in found]
    assert thresholds == sorted(set(thresholds))
    amounts = [amount(each) for each in found]
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[0] > 1.05 * amounts[2]


@pytest.mark.parametrize("side", [28, 300])
def test_the_glyph_gets_thinner_as_the_threshold_rises(side: int) -> None:
    full = digit("8", size=(600, 600), height=500).resize((side, side), Image.Resampling.BICUBIC)
    inks = []
    for by in (-0.8, 0.0, 0.8):
        glyph = normalise(isolate(picture(full), Choices(threshold=by)).ink)
        assert glyph is not None
        inks.append(int((glyph.levels > 0).sum()))
    assert inks[0] > inks[2]
    assert inks == sorted(inks, reverse=True)


@pytest.mark.parametrize("wrong", [{"part": (0, 0, 0, 5)}, {"threshold": 1.5}, {"threshold": float("nan")}])
def test_impossible_choices_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"part|threshold"):
        Choices(**wrong)


parts = st.none() | st.tuples(st.integers(-20, 150), st.integers(-20, 150), st.integers(1, 200), st.integers(1, 200))
choices = st.builds(
    Choices,
    part=parts,
    polarity=st.sampled_from([None, "dark on light", "light on dark"]),
    threshold=st.floats(-1, 1),
)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(st.data(), choices)
def test_whatever_is_chosen_the_ink_fits_its_box_and_the_box_its_part(data: st.DataObject, chosen: Choices) -> None:
    shape = data.draw(st.tuples(st.integers(1, 140), st.integers(1, 140)))
    levels = data.draw(arrays.arrays(np.uint8, (*shape, 3), fill=st.integers(0, 255)))
    seen = Picture(name=None, pixels=levels)
    left, top, width, height = within(chosen.part, (shape[1], shape[0]))
    for found in (isolate(seen, chosen, keep_steps=True), find_subject(seen, chosen, keep_steps=True)):
        assert found.choices == chosen
        assert found.steps is not None
        assert found.steps.part == (left, top, width, height)
        if found.box is not None:
            x, y, across, down = found.box
            assert found.ink.shape == (down, across)
            assert left <= x < x + across <= left + width
            assert top <= y < y + down <= top + height
        if chosen.polarity is not None and found.box is not None:
            assert found.polarity == chosen.polarity


def test_a_garment_can_be_steered_as_well() -> None:
    page = np.full((200, 300, 3), 128, np.uint8)
    page[40:160, 30:110] = 20
    page[60:140, 190:250] = 250
    seen = Picture(name=None, pixels=page)
    both = find_subject(seen)
    assert both.choices == AUTOMATIC
    assert both.box == (30, 40, 220, 120)
    assert find_subject(seen, Choices(polarity="light on dark")).box == (190, 60, 60, 80)
    assert find_subject(seen, Choices(polarity="dark on light")).box == (30, 40, 80, 120)
    assert find_subject(seen, Choices(part=(150, 0, 150, 200))).box == (190, 60, 60, 80)


def test_the_steps_of_many_digits_share_what_is_the_same_and_keep_little_of_their_own() -> None:
    page = Image.new("L", (1000, 1000), 240)
    for x in range(10):
        for y in range(5):
            page.paste(digit("7", size=(90, 180), height=120, paper=240), (5 + 100 * x, 10 + 200 * y))
    _, pieces = isolate_pieces(picture(page), keep_steps=True)
    assert pieces is not None
    kept = [pieces.subject([number]).steps for number in range(len(pieces.boxes))]
    assert len(kept) == 50
    assert all(each is not None and each.mask is pieces.page.found.mask for each in kept)
    assert sum(each.digit.size for each in kept if each is not None) < pieces.page.found.mask.size

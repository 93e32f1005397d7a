"""Several digits in one drawing or picture: what is read, in which order, and that one digit stays as it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mnist_desktop.ink.drawing import Drawing, Point, Stroke, read_ink_file
from mnist_desktop.ink.glyph import Glyph
from mnist_desktop.ink.pictures import Picture, read_picture
from mnist_desktop.ink.split_picture import PaintedPieces
from mnist_desktop.paths import shipped
from mnist_desktop.recognition.classifier import Prediction
from mnist_desktop.recognition.reader import Reader, Verdict

DRAWINGS = shipped("resources") / "drawings"


def sample(digit: int) -> Drawing:
    return next(
        entry.drawing
        for file in sorted(DRAWINGS.glob("*.json"))
        for entry in read_ink_file(file)
        if entry.label == digit
    )


def placed(drawing: Drawing, left: float, top: float, height: float = 100) -> tuple[Stroke, ...]:
    x0, y0, _, y1 = drawing.bounds()
    scale = height / (y1 - y0)
    return tuple(
        Stroke(points=tuple((left + (x - x0) * scale, top + (y - y0) * scale) for x, y in stroke.points))
        for stroke in drawing.strokes
    )


def written(*lines: str, gap: float = 25) -> Drawing:
    """The sample digits side by side, 100 units high, a line below the other."""
    strokes: list[Stroke] = []
    for number, line in enumerate(lines):
        left = 0.0
        for character in line:
            digit = placed(sample(int(character)), left, 170 * number)
            strokes += digit
            left = max(x for stroke in digit for x, _ in stroke.points) + gap
    return Drawing(strokes=tuple(strokes))


def printed(*lines: str, size: int = 60) -> Picture:
    image = Image.new("RGB", (60 + size * max(map(len, lines)), 40 + 100 * len(lines)), "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((30, 20 + 100 * number), line, fill="black", font=ImageFont.load_default(size))
    return Picture(name=None, pixels=np.array(image))


@pytest.fixture
def asked(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many glyphs the model is asked about, each time that it is."""
    counts: list[int] = []
    predict = reader._classifier.predict

    def counted(glyphs: Sequence[Glyph]) -> list[Prediction]:
        counts.append(len(glyphs))
        return predict(glyphs)

    monkeypatch.setattr(reader._classifier, "predict", counted)
    return counts


@pytest.mark.parametrize("digit", range(10))
def test_one_digit_is_read_as_it_always_was(reader: Reader, digit: int) -> None:
    drawing = sample(digit)
    number, alone = reader.read_digits(drawing), reader.read_drawing(drawing)
    (only,) = number.digits
    assert (only.reading.glyph, only.reading.prediction) == (alone.glyph, alone.prediction)
    assert only.reading.drawing == drawing
    assert number.text == str(digit)


@pytest.mark.parametrize("file", sorted((shipped("resources") / "pictures").iterdir()), ids=lambda file: file.name)
def test_one_digit_in_a_picture_is_read_as_it_always_was(reader: Reader, file: object) -> None:
    picture = read_picture(shipped("resources") / "pictures" / getattr(file, "name", ""))
    (only,) = reader.read_digits(picture).digits
    alone = reader.read_picture(picture)
    assert (only.reading.glyph, only.reading.prediction) == (alone.glyph, alone.prediction)
    assert alone.isolated is not None
    assert only.box == alone.isolated.box


@pytest.mark.parametrize("widest", [1.38, 1.5, 1.62])
@pytest.mark.parametrize("digit", range(10))
def test_a_flat_digit_is_not_cut(reader: Reader, digit: int, widest: float) -> None:
    """A 0 half as wide again as high was 07."""
    upright = sample(digit)
    left, top, right, bottom = upright.bounds()
    wider = widest * (bottom - top) / (right - left)
    strokes = (tuple((x * wider, y) for x, y in stroke.points) for stroke in upright.strokes)
    drawing = Drawing(strokes=tuple(Stroke(points=points) for points in strokes))
    alone = reader.read_drawing(drawing).prediction
    assert alone is not None
    assert reader.read_digits(drawing).text == alone.label


@pytest.mark.parametrize("text", ["10", "42", "777", "2468", "13579", "908172"])
def test_digits_side_by_side_are_a_number(reader: Reader, text: str) -> None:
    number = reader.read_digits(written(text))
    assert number.text == text
    lefts = [placed.box[0] for placed in number.digits if placed.box is not None]
    assert lefts == sorted(lefts)
    assert len(lefts) == len(text)


def test_each_digit_of_a_drawing_keeps_its_own_strokes(reader: Reader) -> None:
    drawing = written("457")
    parts = [placed.reading.drawing for placed in reader.read_digits(drawing).digits]
    strokes = [stroke for part in parts if part is not None for stroke in part.strokes]
    assert sorted(strokes, key=str) == sorted(drawing.strokes, key=str)


def test_the_order_of_drawing_does_not_matter(reader: Reader) -> None:
    drawing = written("3845")
    assert reader.read_digits(Drawing(strokes=drawing.strokes[::-1])).text == "3845"


def test_lines_are_read_from_above(reader: Reader) -> None:
    number = reader.read_digits(written("27", "805"))
    assert number.text == "27\n805"
    assert [len(line) for line in number.lines] == [2, 3]


@pytest.mark.parametrize("lines", [("2069",), ("4723", "386"), ("55",)])
def test_a_typed_number_is_read_in_a_picture(reader: Reader, lines: Sequence[str]) -> None:
    number = reader.read_digits(printed(*lines))
    assert number.text == "\n".join(lines)
    for placed in number.digits:
        assert placed.box is not None
        x, y, width, height = placed.box
        assert 15 < x < 300
        assert 15 < height < 60
        assert 5 < width < 60
        assert y >= 20


def test_light_digits_on_a_dark_screen_are_read(reader: Reader) -> None:
    picture = Picture(name=None, pixels=255 - printed("6280").pixels)
    assert reader.read_digits(picture).text == "6280"


def test_small_digits_on_a_large_page_are_read(reader: Reader) -> None:
    pixels = np.full((3000, 4000, 3), 245, np.uint8)
    small = printed("9034", size=100).pixels
    pixels[2000 : 2000 + small.shape[0], 1500 : 1500 + small.shape[1]] = np.minimum(small, 245)
    number = reader.read_digits(Picture(name=None, pixels=pixels))
    assert number.text == "9034"
    assert all(placed.box is not None and 1500 < placed.box[0] < 1800 for placed in number.digits)


def test_specks_and_a_border_are_no_digits(reader: Reader) -> None:
    pixels = printed("38").pixels.copy()
    rng = np.random.default_rng(2)
    for y, x in rng.integers(4, 130, (25, 2)):
        pixels[y : y + 2, x : x + 2] = 60
    pixels[:3] = pixels[-3:] = 0
    pixels[:, :3] = pixels[:, -3:] = 0
    assert reader.read_digits(Picture(name=None, pixels=pixels)).text == "38"


def test_touching_strokes_of_two_digits_are_two(reader: Reader) -> None:
    assert reader.read_digits(written("73", gap=-3)).text == "73"
    assert reader.read_digits(written("205", gap=-3)).text == "205"


LETTERS = {
    "X": (((0, 0), (80, 100)), ((80, 0), (0, 100))),
    "+": (((0, 50), (100, 50)), ((50, 0), (50, 100))),
    "p": (((0, 0), (0, 100)), ((0, 10), (25, 0), (50, 12), (56, 30), (48, 50), (25, 58), (0, 48))),
    "d": (((50, 50), (30, 40), (10, 48), (0, 70), (10, 92), (30, 100), (50, 88)), ((52, 0), (52, 100))),
}
"""Drawn in two strokes, each of which is a 1 or a 0 for itself."""


@pytest.mark.parametrize("strokes", LETTERS.values(), ids=LETTERS)
def test_a_letter_of_two_strokes_is_no_number(reader: Reader, strokes: tuple[tuple[Point, ...], ...]) -> None:
    assert len(reader.read_digits(Drawing(strokes=tuple(Stroke(points=points) for points in strokes))).digits) == 1


@pytest.mark.parametrize("letter", "nmwMNVW")
def test_a_letter_of_upright_lines_is_not_cut_into_ones(reader: Reader, letter: str) -> None:
    assert len(reader.read_digits(printed(letter)).digits) == 1


def test_blank_stays_blank(reader: Reader) -> None:
    for subject in (Drawing(), Picture(name=None, pixels=np.full((90, 120, 3), 255, np.uint8))):
        number = reader.read_digits(subject)
        (only,) = number.digits
        assert (only.reading.verdict, only.box, number.text) == (Verdict.BLANK, None, "")


def test_dots_and_a_zigzag_are_no_number(reader: Reader) -> None:
    dots = Drawing(strokes=tuple(Stroke(points=((float(x), 50.0 + x % 7),)) for x in range(0, 400, 40)))
    zigzag = Drawing(strokes=(Stroke(points=tuple((12.0 * i, i % 2 * 60.0) for i in range(12))),))
    for drawing in (dots, zigzag):
        (only,) = reader.read_digits(drawing).digits
        assert only.reading.verdict is Verdict.UNSURE


def test_hatching_is_not_looked_through_for_digits(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    lines = rng.uniform(0, 300, (3000, 2, 2)).tolist()
    strokes = tuple(Stroke(points=tuple((x, y) for x, y in line)) for line in lines)
    monkeypatch.setattr(reader, "_read_parts", None)
    assert len(reader.read_digits(Drawing(strokes=strokes)).digits) == 1


def test_a_plain_digit_asks_the_model_once(reader: Reader, asked: list[int]) -> None:
    for digit in range(10):
        reader.read_digits(sample(digit))
    assert asked == [1] * 10
    asked.clear()
    reader.read_digits(written("27180"))
    assert len(asked) <= 3
    assert sum(asked) <= 25


def test_a_scribble_of_long_strokes_asks_the_model_about_few_parts(reader: Reader, asked: list[int]) -> None:
    rng = np.random.default_rng(5)
    ways = [np.cumsum(rng.normal(0, 6, (300, 2)), axis=0) + rng.uniform(0, 400, 2) for _ in range(30)]
    strokes = tuple(Stroke(points=tuple((x, y) for x, y in way.tolist())) for way in ways)
    reader.read_growing(Drawing(strokes=strokes))
    assert sum(asked) <= 400


def handwriting(amplitude: float, lines: int) -> Picture:
    """So many lines that go to and fro over the whole width, as joined letters do."""
    image = Image.new("RGB", (1600, 1200), "white")
    draw = ImageDraw.Draw(image)
    place = np.linspace(60, 1540, 900)
    across = place + 0.8 * amplitude * np.cos(place / 14)
    for line in range(lines):
        down = (line + 0.5) * 1200 / lines + amplitude * np.sin(place / 14 + 3 * np.sin(place / 90))
        draw.line([(float(x), float(y)) for x, y in zip(across, down, strict=True)], fill="black", width=7)
    return Picture(name=None, pixels=np.array(image))


def test_lines_of_handwriting_are_too_long_to_be_cut(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PaintedPieces, "cut", None)
    reader.read_digits(handwriting(amplitude=30, lines=5))


def test_what_falls_into_too_many_parts_is_left_whole(
    reader: Reader, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_desktop.recognition.number.MOST_ASKED", 100)
    reader.read_digits(handwriting(amplitude=90, lines=2))
    assert sum(asked) <= 100


def test_a_stroke_under_the_pen_is_not_cut_before_it_is_lifted(reader: Reader) -> None:
    """Half of a 4 or 5 may look like a 1 and a 7: what is shown while one draws it does not flicker between the two."""
    (first,), (second,) = placed(sample(3), 0, 0), placed(sample(2), 70, 0)
    joined = Drawing(strokes=(Stroke(points=first.points + second.points),))
    assert len(reader.read_digits(joined).digits) == 2
    assert len(reader.read_growing(joined).digits) == 1
    after = Drawing(strokes=(*joined.strokes, *placed(sample(0), 220, 0)))
    assert reader.read_growing(after).text == reader.read_digits(after).text == "320"


def test_strokes_that_are_known_are_not_read_again(reader: Reader, asked: list[int]) -> None:
    strokes = written("98172").strokes
    first = reader.read_digits(Drawing(strokes=strokes))
    needed = sum(asked)
    asked.clear()
    right = max(x for stroke in strokes for x, _ in stroke.points)
    longer = Drawing(strokes=(*strokes, *placed(sample(0), right + 25, 0)))
    number = reader.read_digits(longer)
    assert number.text == first.text + "0"
    assert sum(asked) < needed / 2
    fresh = Reader(reader.model, reader._classifier).read_digits(longer)
    assert [each.reading.prediction for each in number.digits] == [each.reading.prediction for each in fresh.digits]

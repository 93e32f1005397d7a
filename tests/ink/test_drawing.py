"""Drawings that survive a file, and files that are none."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_desktop.ink.drawing import (
    Drawing,
    DrawingError,
    Stroke,
    from_json,
    is_ink_file,
    read_ink_file,
    to_json,
)

POINTS = st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2), max_size=8).map(tuple)
DRAWINGS = st.lists(POINTS.map(lambda points: Stroke(points=points)), max_size=5).map(
    lambda strokes: Drawing(strokes=tuple(strokes))
)


@given(DRAWINGS, st.none() | st.integers(0, 9))
def test_json_gives_back_the_very_drawing(drawing: Drawing, label: int | None) -> None:
    entry = from_json(to_json(drawing, label))
    assert entry.drawing == drawing
    assert entry.label == label


def test_how_hard_the_pen_pressed_stays_out_of_the_file() -> None:
    pressed = Drawing(strokes=(Stroke(points=((0, 0), (1, 1)), pressures=(0.2, 0.9)),))
    assert to_json(pressed) == '{"strokes":[[[0,0],[1,1]]]}'
    assert from_json(to_json(pressed)).drawing == pressed


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not JSON"),
        ("[1]", "strokes"),
        ('{"strokes": 3}', "strokes"),
        ('{"strokes": [3]}', "list of"),
        ('{"strokes": [[3]]}', r"\[x, y\]"),
        ('{"strokes": [[["a", 1]]]}', "two numbers"),
        ('{"strokes": [[[true, 1]]]}', "two numbers"),
        ('{"strokes": [[[1e300, 1]]]}', "usable"),
        ('{"strokes": [[[NaN, 1]]]}', "usable"),
        (f'{{"strokes": [[[1{"0" * 400}, 1]]]}}', "usable"),
        ('{"strokes": [], "label": "7"}', "whole number"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_drawing_gets_one_sentence(text: str, complaint: str) -> None:
    with pytest.raises(DrawingError, match=complaint) as caught:
        from_json(text)
    assert str(caught.value).endswith(".")


def test_a_bad_line_is_named_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text('{"strokes": []}\n\nrubbish\n')
    with pytest.raises(DrawingError, match="Line 3"):
        list(read_ink_file(file))


def test_the_three_kinds_of_ink_file_hold_the_same(tmp_path: Path) -> None:
    line = to_json(Drawing(strokes=(Stroke(points=((0, 0), (1, 1))),)), 7)
    (tmp_path / "one.json").write_text(line)
    (tmp_path / "many.jsonl").write_text(line + "\n")
    (tmp_path / "many.jsonl.gz").write_bytes(gzip.compress(line.encode()))
    files = [tmp_path / name for name in ("one.json", "many.jsonl", "many.jsonl.gz")]
    assert all(is_ink_file(file) for file in files)
    first, *others = [list(read_ink_file(file)) for file in files]
    assert others == [first, first]


@pytest.mark.parametrize("damage", [lambda packed: packed[:-12], lambda packed: packed[:14] + b"\xff" * 20])
def test_a_damaged_gzip_file_gets_one_sentence(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    file = tmp_path / "many.jsonl.gz"
    lines = "\n".join(f'{{"strokes":[[[{i},{i * 7 % 13}],[{i * 3 % 11},1]]]}}' for i in range(200))
    file.write_bytes(damage(gzip.compress(lines.encode())))
    with pytest.raises(DrawingError, match=r"damaged|not JSON"):
        list(read_ink_file(file))


def test_a_bomb_is_refused_before_it_fills_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_desktop.ink.drawing.MAX_INK_FILE_BYTES", 10_000)
    file = tmp_path / "bomb.jsonl.gz"
    file.write_bytes(gzip.compress(b" " * 1_000_000))
    with pytest.raises(DrawingError, match="too large"):
        list(read_ink_file(file))


@pytest.mark.parametrize("name", ["some.json", "some.jsonl", "some.jsonl.gz"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(DrawingError, match="a pipe or a device"):
        list(read_ink_file(tmp_path / name))


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_ink_file_without_a_drawing_is_said_to_be_empty(tmp_path: Path, content: str) -> None:
    (tmp_path / "some.jsonl").write_text(content)
    with pytest.raises(DrawingError, match="empty"):
        list(read_ink_file(tmp_path / "some.jsonl"))

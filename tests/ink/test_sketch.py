"""Strokes that grow and are rubbed out, undone and redone."""

from __future__ import annotations

from mnist_desktop.ink.drawing import Drawing, Stroke
from mnist_desktop.ink.sketch import MOST_STEPS, Change, Sketch


def drawn(*lines: list[tuple[float, float]]) -> Sketch:
    sketch = Sketch()
    for line in lines:
        sketch.begin(line[0])
        for point in line[1:]:
            sketch.extend(point)
        sketch.end()
    return sketch


def test_the_stroke_under_the_pen_is_part_of_the_drawing() -> None:
    sketch = Sketch()
    sketch.begin((0, 0))
    sketch.extend((5, 5))
    assert sketch.drawing.strokes[-1].points == ((0, 0), (5, 5))
    assert sketch.undoable is None


def test_undo_takes_back_a_whole_stroke_and_redo_brings_it_again() -> None:
    sketch = drawn([(0, 0), (1, 1)], [(2, 2), (3, 3)])
    whole = sketch.drawing
    sketch.undo()
    assert len(sketch.drawing.strokes) == 1
    sketch.redo()
    assert sketch.drawing == whole


def test_what_is_farther_back_than_anybody_undoes_is_not_kept() -> None:
    sketch = drawn(*[[(float(number), 0.0), (float(number), 1.0)] for number in range(MOST_STEPS + 3)])
    whole = sketch.drawing
    while sketch.undoable:
        sketch.undo()
    assert len(sketch.drawing.strokes) == 3
    while sketch.redoable:
        sketch.redo()
    assert sketch.drawing == whole


def test_clearing_can_be_undone() -> None:
    sketch = drawn([(0, 0), (1, 1)])
    sketch.clear()
    assert sketch.drawing.blank
    sketch.undo()
    assert not sketch.drawing.blank


def test_drawing_on_forgets_what_was_undone() -> None:
    sketch = drawn([(0, 0), (1, 1)])
    sketch.undo()
    sketch.begin((9, 9))
    sketch.end()
    assert sketch.redoable is None


def test_nothing_happens_without_a_pen_down() -> None:
    sketch = Sketch()
    sketch.extend((1, 1))
    sketch.end()
    sketch.undo()
    sketch.redo()
    sketch.clear()
    assert sketch.drawing == Drawing()
    assert sketch.undoable is None


def test_each_step_is_known_by_what_it_did() -> None:
    sketch = drawn([(0, 0), (100, 0)])
    sketch.rub((50, 0), (50, 0), 10)
    sketch.end()
    sketch.clear()
    sketch.replace(Drawing(strokes=(Stroke(points=((1, 2),)),)))
    sketch.clear(Change.OPENING)
    undone = []
    while (change := sketch.undoable) is not None:
        undone.append(change)
        sketch.undo()
        assert sketch.redoable is change
    assert undone == [Change.OPENING, Change.OPENING, Change.CLEAR, Change.ERASING, Change.STROKE]


def test_one_way_of_the_rubber_is_one_step_however_much_it_takes() -> None:
    sketch = drawn([(0, 0), (0, 100)], [(50, 0), (50, 100)])
    whole = sketch.drawing
    sketch.rub((0, 50), (25, 50), 10)
    sketch.rub((25, 50), (50, 50), 10)
    rubbed = sketch.drawing
    sketch.end()
    assert [len(stroke.points) for stroke in rubbed.strokes] == [2, 2, 2, 2]
    sketch.undo()
    # The very object: the recorder knows a sheet by it.
    assert sketch.drawing is whole
    sketch.redo()
    assert sketch.drawing == rubbed


def test_a_rubber_that_touches_nothing_makes_no_step() -> None:
    sketch = drawn([(0, 0), (0, 100)])
    drawing = sketch.drawing
    sketch.rub((500, 500), (600, 500), 10)
    sketch.end()
    assert sketch.drawing is drawing
    sketch.undo()
    assert sketch.drawing.blank


def test_a_stroke_remembers_how_hard_the_pen_pressed_only_where_the_device_told_it() -> None:
    sketch = Sketch()
    sketch.begin((0, 0), 0.25)
    sketch.extend((1, 1), 0.75)
    sketch.begin((2, 2), 0.5)
    sketch.extend((3, 3))
    sketch.end()
    assert [stroke.pressures for stroke in sketch.drawing.strokes] == [(0.25, 0.75), ()]

"""Turns the moves of a pen and a rubber into a drawing in the making, whose every finished change can be undone."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from mnist_desktop.ink.drawing import Drawing, Point, Stroke
from mnist_desktop.ink.erasing import erased

MOST_STEPS = 500
"""How far back one can undo: some hundred digits. Without an end a day of drawing would stay in memory."""


class Change(StrEnum):
    """What a step that can be undone did: drew a stroke, rubbed some out, cleared the sheet, or opened something."""

    STROKE = "stroke"
    ERASING = "erasing"
    CLEAR = "clear"
    OPENING = "opening"


@dataclass(frozen=True, kw_only=True)
class _Step:
    """A change, and the drawing on its other side: before it when it can be undone, after it when it can be redone."""

    change: Change
    drawing: Drawing


@dataclass
class Sketch:
    """A drawing in the making: strokes grow point by point, and every finished change can be undone and redone."""

    _drawing: Drawing = field(default_factory=Drawing)
    _undone: deque[_Step] = field(default_factory=deque)
    _done: deque[_Step] = field(default_factory=lambda: deque(maxlen=MOST_STEPS))
    _points: list[Point] = field(default_factory=list)
    _pressures: list[float] = field(default_factory=list)
    _unrubbed: Drawing | None = None

    @property
    def drawing(self) -> Drawing:
        """What is on the canvas now, the stroke under the pen included."""
        if not self._points:
            return self._drawing
        # A stroke whose device told the pressure only now and then has none.
        pressures = tuple(self._pressures) if len(self._pressures) == len(self._points) else ()
        return Drawing(strokes=(*self._drawing.strokes, Stroke(points=tuple(self._points), pressures=pressures)))

    @property
    def undoable(self) -> Change | None:
        """What undo would take back; None when there is nothing."""
        return self._done[-1].change if self._done else None

    @property
    def redoable(self) -> Change | None:
        """What redo would do again; None when there is nothing."""
        return self._undone[-1].change if self._undone else None

    def begin(self, point: Point, pressure: float | None = None) -> None:
        """Put the pen down at `point`; a stroke still growing is finished first."""
        self.end()
        self._add(point, pressure)

    def extend(self, point: Point, pressure: float | None = None) -> None:
        """Move the pen to `point`; without a pen down nothing happens."""
        if self._points and self._points[-1] != point:
            self._add(point, pressure)

    def rub(self, start: Point, end: Point, radius: float) -> None:
        """Move a rubber of `radius` from `start` to `end`: what it touches goes, until `end` as one step."""
        if self._points:
            self.end()
        rubbed = erased(self._drawing, start, end, radius)
        if rubbed is not self._drawing:
            if self._unrubbed is None:
                self._unrubbed = self._drawing
            self._drawing = rubbed

    def end(self) -> None:
        """Lift the pen or the rubber: what it did becomes one step that can be undone."""
        if self._points:
            self._change(Change.STROKE, self.drawing)
            self._points, self._pressures = [], []
        if self._unrubbed is not None:
            rubbed, self._drawing, self._unrubbed = self._drawing, self._unrubbed, None
            self._change(Change.ERASING, rubbed)

    def clear(self, change: Change = Change.CLEAR) -> None:
        """Empty the canvas, as one step that can be undone."""
        self.end()
        if not self._drawing.blank:
            self._change(change, Drawing())

    def replace(self, drawing: Drawing) -> None:
        """Put another drawing on the canvas, as one step that can be undone."""
        self.end()
        self._change(Change.OPENING, drawing)

    def undo(self) -> None:
        self.end()
        if self._done:
            self._swap(self._done, self._undone)

    def redo(self) -> None:
        self.end()
        if self._undone:
            self._swap(self._undone, self._done)

    def _add(self, point: Point, pressure: float | None) -> None:
        self._points.append(point)
        if pressure is not None:
            self._pressures.append(pressure)

    def _change(self, change: Change, drawing: Drawing) -> None:
        self._done.append(_Step(change=change, drawing=self._drawing))
        self._undone.clear()
        self._drawing = drawing

    def _swap(self, source: deque[_Step], target: deque[_Step]) -> None:
        step = source.pop()
        target.append(_Step(change=step.change, drawing=self._drawing))
        self._drawing = step.drawing

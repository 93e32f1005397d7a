"""Turns the events of mouse, pen and finger into the moves of a hand, all of one kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEventPoint, QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent, QTouchEvent
from PySide6.QtWidgets import QWidget


class Phase(Enum):
    """What the hand does: hover over the paper, touch it, go on, leave it, or be called off."""

    HOVER = auto()
    DOWN = auto()
    MOVE = auto()
    UP = auto()
    CANCEL = auto()


@dataclass(frozen=True, kw_only=True)
class HandMove:
    """One move of one device; `position` is in the widget's pixels."""

    phase: Phase
    device: object
    position: QPointF
    pressure: float | None = None
    """How hard the pen presses, 0…1; None where the device does not tell."""
    rubbing: bool = False
    """Whether it is the pen's other end."""


def of_mouse(event: QMouseEvent) -> HandMove | None:
    """The move of a mouse; None for its other buttons."""
    if event.type() is QEvent.Type.MouseMove:
        phase = Phase.MOVE
    elif event.button() is not Qt.MouseButton.LeftButton:
        return None
    else:
        phase = Phase.UP if event.type() is QEvent.Type.MouseButtonRelease else Phase.DOWN
    return HandMove(phase=phase, device=event.device(), position=event.position())


def of_tablet(event: QTabletEvent) -> HandMove:
    """The move of a pen on a tablet, or of its eraser end."""
    phase = {QEvent.Type.TabletPress: Phase.DOWN, QEvent.Type.TabletRelease: Phase.UP}.get(event.type(), Phase.MOVE)
    if phase is Phase.MOVE and not event.buttons():
        phase = Phase.HOVER
    device = event.device()
    knows_pressure = bool(device.capabilities() & QInputDevice.Capability.Pressure)
    return HandMove(
        phase=phase,
        device=device,
        position=event.position(),
        # At the release it is 0, which would end every stroke in a point that nobody drew.
        pressure=event.pressure() if knows_pressure and phase is not Phase.UP else None,
        rubbing=event.pointerType() is QPointingDevice.PointerType.Eraser,
    )


class Fingers:
    """Follows the first finger that touches the screen; a palm or a second finger beside it moves nothing."""

    def __init__(self) -> None:
        self._first: int | None = None

    def moves(self, event: QTouchEvent) -> HandMove | None:
        """The move of the finger that draws; None when only others moved."""
        if event.type() is QEvent.Type.TouchCancel:
            self._first = None
            return HandMove(phase=Phase.CANCEL, device=event.device(), position=QPointF())
        if event.type() is QEvent.Type.TouchBegin:
            self._first = event.points()[0].id()
        for point in event.points():
            if point.id() == self._first:
                return self._move(event, point)
        return None

    def _move(self, event: QTouchEvent, point: QEventPoint) -> HandMove:
        phase = {QEventPoint.State.Pressed: Phase.DOWN, QEventPoint.State.Released: Phase.UP}.get(
            point.state(), Phase.MOVE
        )
        if phase is Phase.UP:
            self._first = None
        return HandMove(phase=phase, device=event.device(), position=point.position())


class HandWidget(QWidget):
    """A widget on which a hand is the same whatever it holds: it is told each move by `hand`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fingers = Fingers()
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setTabletTracking(True)

    def hand(self, move: HandMove) -> None:
        """What the hand does."""
        # Not `abstractmethod`: PySide makes objects of an abstract class all the same.
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mouse(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._mouse(event)

    def _mouse(self, event: QMouseEvent) -> None:
        move = of_mouse(event)
        if move is not None:
            self.hand(move)

    def tabletEvent(self, event: QTabletEvent) -> None:
        # Accepted tablet events are not sent again as mouse events.
        event.accept()
        self.hand(of_tablet(event))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent):
            event.accept()
            move = self._fingers.moves(event)
            if move is not None:
                self.hand(move)
            return True
        return super().event(event)

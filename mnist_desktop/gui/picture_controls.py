"""The controls beside a picture: all of it again, light and dark flipped, the threshold moved."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from mnist_desktop.gui.theme import SPACE

STEPS = 100
"""Places of the slider on each side of the automatic one."""

NOTCH = 4
"""So near to the middle the mouse lets the slider fall into it."""

TRACK, MARK, RING = 4, 4, 2
"""Width of the track, how far the middle's mark stands out beyond the handle, and width of the ring around the track
that has the focus, in device-independent pixels."""

BY_KEYS = QStyle.StateFlag.State_KeyboardFocusChange


class ThresholdSlider(QSlider):
    """A slider whose middle is what the program decides; a double click goes back there.

    How far it is from there is what is filled, not how far from its left end.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(-STEPS, STEPS)
        self.setPageStep(STEPS // 10)
        self.setTickInterval(STEPS)
        self.setTickPosition(QSlider.TickPosition.TicksBothSides)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(16 * self.fontMetrics().averageCharWidth())

    def paintEvent(self, event: QPaintEvent) -> None:
        option, palette = QStyleOptionSlider(), self.palette()
        self.initStyleOption(option)
        groove = self._place_of(option, QStyle.SubControl.SC_SliderGroove)
        handle = self._place_of(option, QStyle.SubControl.SC_SliderHandle)
        option.sliderPosition = 0
        middle = self._place_of(option, QStyle.SubControl.SC_SliderHandle).center()
        option.sliderPosition = self.sliderPosition()
        track = QRect(groove.left() + RING, middle.y() - TRACK // 2, groove.width() - 2 * RING, TRACK)
        accent = palette.color(QPalette.ColorRole.Accent)
        with QPainter(self) as painter:
            if option.state & QStyle.StateFlag.State_HasFocus and option.state & BY_KEYS:
                painter.fillRect(track.adjusted(-RING, -RING, RING, RING), accent)
            painter.fillRect(track, palette.color(QPalette.ColorRole.Mid))
            if self.isEnabled():
                left, right = sorted((middle.x(), handle.center().x()))
                painter.fillRect(left, track.top(), right - left, TRACK, accent)
            mark = QRect(middle.x(), handle.top() - MARK, 1, handle.height() + 2 * MARK)
            painter.fillRect(mark, palette.color(QPalette.ColorRole.PlaceholderText))
            option.subControls = QStyle.SubControl.SC_SliderHandle
            if self.isSliderDown():
                option.activeSubControls = QStyle.SubControl.SC_SliderHandle
                option.state |= QStyle.StateFlag.State_Sunken
            self.style().drawComplexControl(QStyle.ComplexControl.CC_Slider, option, painter, self)

    def _place_of(self, option: QStyleOptionSlider, part: QStyle.SubControl) -> QRect:
        return self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if 0 < abs(self.sliderPosition()) < NOTCH:
            self.setSliderPosition(0)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.setValue(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.setValue(0)
        else:
            super().keyPressEvent(event)


class PictureControls(QObject):
    """Three controls to be laid out side by side: they show what is chosen, and say what the person chooses."""

    whole_wanted = Signal()
    """All of the picture is to be looked at again."""
    flipped = Signal(bool)
    """Light and dark are to change places, or to be what the program takes them for again."""
    threshold_moved = Signal(float)
    """−1 … 1: 0 is the automatic threshold."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.whole = QPushButton(self.tr("Whole picture"), parent)
        self.whole.setToolTip(self.tr("Look at the whole picture again, not at the part that you dragged over (Esc)"))
        self.whole.setEnabled(False)
        self.flip = QPushButton(self.tr("Flip light and dark"), parent)
        self.flip.setCheckable(True)
        self.flip.setToolTip(self.tr("Take for paper what was taken for ink, and the other way round"))
        together = QWidget(parent)
        label = QLabel(self.tr("Threshold"), together)
        self.threshold = ThresholdSlider(together)
        self.threshold.setToolTip(
            self.tr(
                "To the left fainter marks count as ink, to the right only strong ones; in the middle it is automatic"
            )
        )
        label.setBuddy(self.threshold)
        self.automatic = QPushButton(self.tr("Automatic"), together)
        self.automatic.setToolTip(self.tr("Put the threshold back where the program would have it"))
        self.automatic.setEnabled(False)
        for button in (self.whole, self.flip, self.automatic):
            button.setAccessibleName(button.text())
        self.whole.clicked.connect(self.whole_wanted)
        self.flip.clicked.connect(self.flipped)
        self.threshold.valueChanged.connect(self._moved)
        self.automatic.clicked.connect(lambda: self.threshold.setValue(0))
        row = QHBoxLayout(together)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for widget in (label, self.threshold, self.automatic):
            row.addWidget(widget)
        self.widgets = (self.whole, self.flip, together)
        self._name_threshold()

    def set_visible(self, on: bool) -> None:
        """Show the controls, or leave their room to others."""
        for widget in self.widgets:
            widget.setVisible(on)

    def set_state(self, *, part: bool, flipped: bool, threshold: float) -> None:
        """Show what is chosen: whether a part, whether light and dark are flipped, and where the threshold is."""
        self.whole.setEnabled(part)
        self.flip.setChecked(flipped)
        with QSignalBlocker(self.threshold):
            self.threshold.setValue(round(threshold * STEPS))
        self._name_threshold()

    def _moved(self, value: int) -> None:
        self._name_threshold()
        self.threshold_moved.emit(value / STEPS)

    def _name_threshold(self) -> None:
        value = self.threshold.value()
        self.automatic.setEnabled(value != 0)
        said = self.tr("automatic") if value == 0 else f"{value:+d} %"
        self.threshold.setAccessibleName(self.tr("Threshold, {position}").format(position=said))
